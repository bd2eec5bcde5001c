/* SPDX-License-Identifier: MIT
 * arena.h - memory with one lifetime: all of a decoded message, freed at once. */
#ifndef PLAYBUS_PROTO_WIRE_ARENA_H
#define PLAYBUS_PROTO_WIRE_ARENA_H

#include <stddef.h>

#include "proto/base/own.h"

struct arena; /* starts small, grows in doubling blocks */

struct arena *arena_new(void);
void arena_destroy(struct arena **arena);
void arena_wipe(struct arena *arena);                /* zeros all that it has given */
void arena_reset(struct arena *arena);               /* keeps one block */
void *arena_alloc(struct arena *arena, size_t size); /* zeroed, aligned for any type; never NULL */
char *arena_text(struct arena *arena, const char *bytes, size_t size); /* copy with a NUL */
char *arena_keep(struct arena *arena, const char *text);               /* a copy; NULL of NULL */
char *arena_format(struct arena *arena, const char *format, ...) PRINTF_LIKE(2, 3);

#endif

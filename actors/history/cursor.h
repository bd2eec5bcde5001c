/* SPDX-License-Identifier: MIT
 * cursor.h - where a page ended, as text that means nothing to a client: whole numbers with dots.
 */
#ifndef PLAYBUS_ACTORS_HISTORY_CURSOR_H
#define PLAYBUS_ACTORS_HISTORY_CURSOR_H

#include <stdint.h>

#include "proto/base/error.h"
#include "proto/base/own.h"
#include "proto/wire/arena.h"

const char *cursor_text(struct arena *arena, const int64_t *numbers, size_t count);
/* BAD_FIELD unless it is exactly `count` numbers. */
enum err cursor_read(const char *text, int64_t *out_numbers, size_t count) NODISCARD;

#endif

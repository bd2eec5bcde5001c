/* SPDX-License-Identifier: MIT
 * server_address.h - the address of a media server as a person types it, in its one form: scheme,
 * host, port where it is not the scheme's own, and the path without a slash at its end. */
#ifndef PLAYBUS_ACTORS_SERVER_SYNC_SERVER_ADDRESS_H
#define PLAYBUS_ACTORS_SERVER_SYNC_SERVER_ADDRESS_H

#include <stdbool.h>

#include "proto/base/error.h"
#include "proto/wire/arena.h"

#define FINGERPRINT_SIZE 65 /* of SHA-256: 64 hexadecimal digits in lower case, and the NUL */

/* BAD_FIELD, with a sentence in `out_why`, for what is no address of a web server, or holds more: a
 * name and password, a query, a fragment. A secret may stand there, so the sentence repeats none of
 * it. */
enum err server_address_read(const char *text, struct arena *arena, const char **out,
                             const char **out_why) NODISCARD;

/* Do two addresses in their one form lead to the same scheme, host and port? */
bool server_address_same_origin(const char *a, const char *b);

/* Does an address in its one form lead to this machine, by what is written there? */
bool server_address_is_local(const char *address);
/* Or is all that is sent there encrypted? */
bool server_address_is_encrypted(const char *address);

/* A fingerprint as programs print it, with colons or without, in its one form. */
bool fingerprint_read(const char *text, char out[static FINGERPRINT_SIZE]);

#endif

/* SPDX-License-Identifier: MIT
 * password.h - Argon2id, and which passwords are too easy to guess. Slow, and libcrack keeps static
 * memory: accounts lane only. */
#ifndef PLAYBUS_GATEWAY_ACCESS_PASSWORD_H
#define PLAYBUS_GATEWAY_ACCESS_PASSWORD_H

#include <stdbool.h>

#include "gateway/access/parts.h"
#include "proto/wire/codec.h"

#define PASSWORD_LEAST 12 /* characters */
#define PASSWORD_MOST 128

/* PASSWORD_WEAK with a sentence in `out_flaw`: too short, too long, the name, or a common one. */
enum err password_check(const char *password, const char *name, struct flaw *out_flaw) NODISCARD;
/* Encoded with its salt and parameters. */
enum err password_hash(const char *password, char out[static PASSWORD_TEXT_SIZE]) NODISCARD;
bool password_matches(const char *hash, const char *password);
/* Was the hash made with other parameters than today's? */
bool password_is_dated(const char *hash);

#endif

/* SPDX-License-Identifier: MIT
 * secret.h - the random texts callers show: cookies, bearer tokens, the local token, the set-up
 * code. Only their BLAKE2b hashes are kept. */
#ifndef PLAYBUS_GATEWAY_ACCESS_SECRET_H
#define PLAYBUS_GATEWAY_ACCESS_SECRET_H

#include <stdbool.h>
#include <stddef.h>

#include "gateway/access/access.h"

#define SECRET_TEXT_LENGTH (SECRET_TEXT_SIZE - 1)
#define DIGEST_SIZE 32
#define TOKEN_TEXT_SIZE (sizeof "pbt__" + ID_SIZE + SECRET_TEXT_SIZE)

struct digest {
    unsigned char bytes[DIGEST_SIZE];
};

/* What a key of the instance is used for; each use has a key of its own, derived from one secret.
 */
enum key_use { KEY_CSRF = 1, KEY_ACCOUNT_NAME = 2 };

/* 32 random bytes in base64url. */
void secret_new(char out[static SECRET_TEXT_SIZE]);
bool secret_has_shape(const char *text, size_t size);
struct digest secret_digest(const char *text, size_t size);
bool digest_equal(const struct digest *a, const struct digest *b); /* in constant time */
/* A hash that only this instance can make. */
struct digest secret_keyed(const struct digest *instance, enum key_use use, const char *text,
                           size_t size);
void digest_text(const struct digest *digest, char out[static SECRET_TEXT_SIZE]);

/* A bearer token's parts, borrowed from its text. */
struct token_parts {
    const char *id, *secret; /* not terminated */
    size_t id_size;          /* less than ID_SIZE */
};
bool token_split(const char *text, size_t size, struct token_parts *out);
void token_join(const char *id, const char *secret, char out[static TOKEN_TEXT_SIZE]);

#endif

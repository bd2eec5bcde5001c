/* SPDX-License-Identifier: MIT
 * token_key.h - the key that tokens are sealed with, and the sealing.
 *
 * It is in servers/servers.key (base64 of 32 bytes, 0600), or in
 * $CREDENTIALS_DIRECTORY/servers.key, where systemd puts a credential. What is sealed (libsodium's
 * crypto_secretbox, a random nonce for each) says inside which server, kind and field it is of, so
 * a blob that was put elsewhere does not open. */
#ifndef PLAYBUS_ACTORS_SERVER_SYNC_TOKEN_KEY_H
#define PLAYBUS_ACTORS_SERVER_SYNC_TOKEN_KEY_H

#include <stdbool.h>

#include "actors/server_sync/secret.h"
#include "proto/base/error.h"
#include "proto/schema/schema.h"
#include "proto/wire/arena.h"

#define TOKEN_KEY_FILE "servers/servers.key"
#define TOKEN_KEY_NEXT_FILE "servers/servers.key.next" /* while the key is being changed */
#define TOKEN_KEY_OLD_FILE "keys/servers.key"          /* where earlier versions had them */
#define TOKEN_KEY_OLD_NEXT_FILE "keys/servers.key.next"
#define TOKEN_KEY_CREDENTIAL "servers.key"

/* FILE_NOT_FOUND if there is none; SERVER_KEY_LOST if the file holds none. `out_given`: it is a
 * credential, and not ours to change. */
enum err token_key_read(struct secret **out, bool *out_given) NODISCARD;
/* The same of a file of ours. */
enum err token_key_read_file(const char *path, struct secret **out) NODISCARD;
struct secret *token_key_new(void) NODISCARD;
/* Whole and on the disk when this returns. */
enum err token_key_write(const char *path, const struct secret *key) NODISCARD;
/* What was written as the next key is the key. */
enum err token_key_take_next(void) NODISCARD;

/* What a sealed value is of. */
struct token_place {
    const char *server_id, *kind, *field;
};

/* In the arena. */
struct bytes token_seal(const struct secret *key, const struct token_place *place,
                        const struct secret *token, struct arena *arena);
/* SERVER_KEY_LOST: it was sealed with another key, for another place, or is damaged. */
enum err token_open(const struct secret *key, const struct token_place *place, struct bytes sealed,
                    struct secret **out) NODISCARD;

#endif

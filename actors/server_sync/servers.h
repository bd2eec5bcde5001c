/* SPDX-License-Identifier: MIT
 * servers.h - servers.db: the media servers, and their tokens, which are there sealed only.
 *
 * The key is made with the first token. While a token does not open with the key that is there
 * (SERVER_KEY_LOST) servers can be looked at, changed and removed; no further token is sealed. */
#ifndef PLAYBUS_ACTORS_SERVER_SYNC_SERVERS_H
#define PLAYBUS_ACTORS_SERVER_SYNC_SERVERS_H

#include "actors/server_sync/secret.h"
#include "proto/base/error.h"
#include "proto/schema/operations.h"
#include "proto/schema/schema.h"
#include "proto/wire/arena.h"

#define SERVERS_FILE "servers.db"

struct servers;

#define SERVER_SECRET_MAX 1024 /* bytes of a token */

/* What a server said of itself. Texts are borrowed; NULL: not known. */
struct server_facts {
    enum server_kind kind;
    const char *identity, *server_name, *version, *owner;
    struct server_library *libraries;
    size_t libraries_count;
    struct secret *token;  /* owned; that a sign-in made */
    struct secret *secret; /* owned; of a Quick Connect */
    const char *username;  /* whose token that is */
    const char *code;      /* that a person types */
    bool agreed;           /* a person has typed it */
};

/* Opens the file of the current folder, and completes a change of the key that was cut short. */
enum err servers_open(struct servers **out) NODISCARD;
void servers_close(struct servers **servers);

/* Grows with every change of a row. */
int64_t servers_changes(const struct servers *s);

/* By name. All that is told is in the arena. */
enum err servers_list(struct servers *s, struct arena *arena, struct servers_listed *out) NODISCARD;
/* SERVER_NOT_FOUND. */
enum err servers_get(struct servers *s, const char *id, struct arena *arena,
                     struct server_view *out) NODISCARD;

/* The id of the server that is this one; NULL: there is none. */
enum err servers_known_as(struct servers *s, const char *identity, struct arena *arena,
                          const char **out_id) NODISCARD;

/* With the address in its one form; with a username the token was made by a sign-in. A known id
 * changes nothing. NAME_TAKEN, LIMIT_REACHED, SERVER_KEY_LOST. */
enum err servers_add(struct servers *s, const struct server_add *add) NODISCARD;
/* The same. What was tested is not known any more where address, token or certificate changed;
 * SERVER_TOKEN_NEEDED if the token would go to another origin than the one it was given for. */
enum err servers_change(struct servers *s, const struct server_change *change) NODISCARD;
enum err servers_remove(struct servers *s, const char *id) NODISCARD;

/* SERVER_TOKEN_MISSING, SERVER_KEY_LOST. */
enum err servers_token(struct servers *s, const char *id, struct secret **out) NODISCARD;

/* A test of the row as it stood went well; of one that was changed since nothing is kept.
 * SERVER_KNOWN if another row is that server already. */
enum err servers_tested(struct servers *s, const struct server_view *as_it_stood,
                        const struct server_facts *facts) NODISCARD;
/* It failed; `certificate_sha256`: the one that could not be trusted, or NULL. */
enum err servers_test_failed(struct servers *s, const struct server_view *as_it_stood,
                             enum err code, const char *certificate_sha256) NODISCARD;

/* What came of a sync of the server: OK, or what kept it from there, with a text of its own or
 * NULL. The first of several failures tells since when. */
enum err servers_synced(struct servers *s, const char *id, enum err code,
                        const char *text) NODISCARD;
/* How often it failed in a row; 0 of a server that is gone. */
unsigned servers_sync_failures(struct servers *s, const char *id);
/* When a sync of it last ended that could not read all; 0: never. */
int64_t servers_sync_missed_at(struct servers *s, const char *id);

/* Adds a server that was tested with its token, and tells how it stands then: in the arena. As
 * servers_add and servers_tested. */
enum err servers_add_tested(struct servers *s, const struct server_add *add,
                            const struct server_facts *facts, struct arena *arena,
                            struct server_view *out) NODISCARD;

/* What we call ourselves towards a server: random, and the same for as long as the file lives. One
 * of Jellyfin or Emby with this id (NULL: it is not registered) knows each registration as a device
 * of its own. */
enum err servers_client_id(struct servers *s, enum server_kind kind, const char *id,
                           struct arena *arena, const char **out) NODISCARD;

/* Seals every token with a new key, in one transaction; the old key counts until it is committed.
 */
enum err servers_rotate_key(struct servers *s, uint64_t *out_tokens) NODISCARD;

#endif

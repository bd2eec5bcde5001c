/* SPDX-License-Identifier: MIT
 * plex_servers.h - the servers of a person as plex.tv lists them, each with its addresses and the
 * token that opens it. */
#ifndef PLAYBUS_ACTORS_SERVER_SYNC_PLEX_SERVERS_H
#define PLAYBUS_ACTORS_SERVER_SYNC_PLEX_SERVERS_H

#include <jansson.h>

#include "actors/server_sync/secret.h"
#include "proto/base/error.h"
#include "proto/schema/schema.h"
#include "proto/wire/arena.h"

struct plex_server {
    struct plex_person_server view; /* its connections may be written to */
    struct secret *token;           /* owned */
};

struct plex_servers {
    struct plex_server *items; /* in the arena; the person's own first, then by name */
    size_t count;
};

/* Of what is no server, has no token or no identity, nothing is taken; of more than fit the last
 * are left out. Texts are in the arena. PLEX_TV_FAILED: it is no list. */
enum err plex_servers_read(const json_t *resources, struct arena *arena,
                           struct plex_servers *out) NODISCARD;
/* Those addresses first that work; of these, and of the others, the best first. */
void plex_servers_rank(struct plex_server *server);
/* Wipes the tokens. */
void plex_servers_forget(struct plex_servers *servers);

#endif

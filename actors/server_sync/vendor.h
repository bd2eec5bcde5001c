/* SPDX-License-Identifier: MIT
 * vendor.h - how a kind of media server is asked who it is: one row a kind. */
#ifndef PLAYBUS_ACTORS_SERVER_SYNC_VENDOR_H
#define PLAYBUS_ACTORS_SERVER_SYNC_VENDOR_H

#include <jansson.h>

#include "actors/server_sync/server_test.h"

#define VENDOR_STEPS_MAX 3
#define VENDOR_HEADERS_MAX 6

/* One request, and what its answer must be. */
struct vendor_step {
    const char *path;
    bool with_token; /* never sent before the server has said that it is the one that is meant */
    size_t body_max;
    /* Adds to the facts, with texts in the arena; OK, or what the answer is not. */
    enum err (*read)(const json_t *answer, struct arena *arena, struct server_facts *facts);
    /* What 401 and 403 mean here. */
    enum err refused, forbidden;
};

struct vendor {
    const char *token_header, *client_header;
    const char *headers[2 * (VENDOR_HEADERS_MAX - 2)]; /* name, value, …; NULL at the end */
    /* Is this error page the one of a server that is starting? */
    bool (*is_maintenance)(struct bytes body);
    struct vendor_step steps[SERVER_QUESTIONS][VENDOR_STEPS_MAX]; /* a NULL path ends them */
};

/* By kind. */
extern const struct vendor *const vendors[server_kind_COUNT];

extern const struct vendor vendor_plex;

#endif

/* SPDX-License-Identifier: MIT
 * vendor.h - what differs between kinds of media servers: one row a kind. A row says how a caller
 * introduces itself, and for each question which requests are made one after another. */
#ifndef PLAYBUS_ACTORS_SERVER_SYNC_VENDOR_H
#define PLAYBUS_ACTORS_SERVER_SYNC_VENDOR_H

#include <jansson.h>

#include "actors/server_sync/server_test.h"

#define VENDOR_STEPS_MAX 4
#define VENDOR_HEADERS_MAX 6

/* One request, and what its answer must be. */
struct vendor_step {
    const char *path;
    bool with_token; /* never sent before the server has said that it is the one that is meant */
    bool with_secret_in_path; /* what was given ends the path: the server has no other way */
    bool or_get;              /* a 405 means that an older server wants a GET */
    bool form;                /* what is posted is a form, not JSON */
    size_t body_max;
    /* The body of a POST, from what was given; NULL: it is a GET. */
    struct secret *(*post)(const char *username, const struct secret *given);
    /* Adds to the facts, with texts in the arena; OK, or what the answer is not. NULL: a 204 is all
     * that is wanted. */
    enum err (*read)(const json_t *answer, struct arena *arena, struct server_facts *facts);
    /* What 401, 403 and 404 mean here; OK: nothing of its own. */
    enum err refused, forbidden, missing;
};

struct vendor_headers {
    struct http_header items[VENDOR_HEADERS_MAX];
    size_t count;
    struct secret *made; /* owned; a value that holds the token */
};

struct vendor {
    const char *name;
    /* Adds who asks and, unless it is NULL, the token. */
    void (*introduce)(struct vendor_headers *headers, const char *client_id,
                      const struct secret *token);
    /* Does the body of a 503 say that the server is starting, or being looked after? NULL: none
     * says so. */
    bool (*is_maintenance)(const struct http_answer *answer);
    /* Where a kind says in the body what it refuses, whatever the status is: OK, or that. NULL: by
     * the status. */
    enum err (*judge)(const struct http_answer *answer, const json_t *said, bool with_token);
    /* By its first step another kind is found at an address that has none of this one. */
    enum server_kind other;
    struct vendor_step steps[SERVER_QUESTIONS][VENDOR_STEPS_MAX]; /* a NULL path ends them; none:
                                                                     it is not asked that */
};

/* By kind. */
extern const struct vendor *const vendors[server_kind_COUNT];

extern const struct vendor vendor_plex, vendor_jellyfin, vendor_emby, vendor_tautulli;

void vendor_add_header(struct vendor_headers *headers, const char *name, const char *value);
/* A text of an object; NULL where it is none, or longer than is kept. */
const char *vendor_text(const json_t *object, const char *name, size_t max, struct arena *arena);
/* An empty body. */
struct secret *vendor_post_nothing(const char *username, const struct secret *given);

#endif

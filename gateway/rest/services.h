/* SPDX-License-Identifier: MIT
 * services.h - what a handler may use besides its request, and nothing of how that travels; handed
 * to it with the request. All borrowed, all alive as long as any request. */
#ifndef PLAYBUS_GATEWAY_REST_SERVICES_H
#define PLAYBUS_GATEWAY_REST_SERVICES_H

#include <stdbool.h>

struct services {
    struct actor *bus; /* to ask actors with; bus thread */
    const struct config *config;
    struct access *access;        /* users, sessions, tokens */
    struct snapshot_cache *cache; /* how operations stand, as text */
    struct snapshot *snapshot;    /* the same as records; bus thread */
    struct feed *feed;            /* open sockets */
    struct metrics *metrics;
    struct turns *turns;         /* questions that wait to be asked; bus thread */
    struct shared_text *openapi; /* this API as a document */
    bool plain_lan; /* gateway.allow_plain_lan is in use: the panel shows a warning, and where
                     * a port is forwarded strangers share its forwarder's address */
};

#endif

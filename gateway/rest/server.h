/* SPDX-License-Identifier: MIT
 * server.h - the HTTP thread: libmicrohttpd owns the one listening socket; every request passes the
 * guards, finds its route, gets its body read with a limit, and is answered in one shape. */
#ifndef PLAYBUS_GATEWAY_REST_SERVER_H
#define PLAYBUS_GATEWAY_REST_SERVER_H

#include "gateway/rest/admit.h"
#include "gateway/rest/audit_recorder.h"
#include "gateway/rest/handoff.h"

struct server;

/* What a server is made of; all but `listener` borrowed. */
struct server_parts {
    int listener; /* a listening socket, taken */
    struct origins origins;
    struct proxies proxies;
    const struct assets *assets;
    const struct services *services; /* for handlers */
    request_fn *const *handlers;     /* by route */
    struct handoff *handoff;
    struct audit_recorder *recorder; /* of the bus thread */
};

enum err server_open(const struct server_parts *parts, struct server **out) NODISCARD;
/* Every request that was handed off must have been answered (handoff_close). */
void server_close(struct server **server);
/* Bus thread, a few times a second: ends connections past their deadline. */
void server_sweep(struct server *server);

#endif

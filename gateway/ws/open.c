/* SPDX-License-Identifier: MIT
 * open.c - the route /ws: a request like any other until its handshake is accepted, then its socket
 * changes hands, even if it carried other requests before, as proxies that pool connections do. */
#include "gateway/rest/respond.h"
#include "gateway/rest/server.h"

void open_feed(struct request *r)
{
    const struct server_parts *parts = server_parts(r->server);
    bool local = r->caller.kind == CALLER_LOCAL; /* may open any number */
    if (!local && !feed_has_seat_for(parts->feed, &r->caller)) {
        struct flaw flaw = {.code = ERR_RATE_LIMITED, .text = "Too many sockets are open already"};
        respond_error(r, ERR_RATE_LIMITED, &flaw, NULL);
        return;
    }
    /* The head for libwebsockets was made when this request's own head was checked. */
    if (feed_figures(parts->feed).clients >= FEED_CLIENTS_MAX ||
        server_hand_over(r, r->body.data, r->body.size) != OK) {
        respond_error(r, ERR_BUSY, NULL, NULL);
    }
}

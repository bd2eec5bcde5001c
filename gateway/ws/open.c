/* SPDX-License-Identifier: MIT
 * open.c - the route /ws: a request like any other until its handshake is accepted, then its socket
 * changes hands, even if it carried other requests before, as proxies that pool connections do. */
#include "gateway/rest/respond.h"
#include "gateway/rest/server.h"

void open_feed(struct request *r)
{
    /* The head for libwebsockets was made when this request's own head was checked. */
    if (feed_figures(server_parts(r->server)->feed).clients >= FEED_CLIENTS_MAX ||
        server_hand_over(r, r->body.data, r->body.size) != OK) {
        respond_error(r, ERR_BUSY, NULL, NULL);
    }
}

/* SPDX-License-Identifier: MIT
 * websocket.c - the route /ws: a request like any other until its handshake is accepted, then its
 * socket changes hands, even if it carried other requests before, as proxies that pool connections
 * do. */
#include "gateway/rest/handlers.h"
#include "gateway/rest/respond.h"
#include "gateway/ws/feed.h"

void open_feed(struct request *r)
{
    if (feed_figures(r->services->feed).clients >= FEED_CLIENTS_MAX) {
        respond_error(r, ERR_BUSY, NULL, NULL);
    } else {
        /* The head for libwebsockets was made when this request's own head was checked. */
        r->stage = STAGE_HANDED_OVER;
    }
}

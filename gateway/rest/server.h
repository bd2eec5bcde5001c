/* SPDX-License-Identifier: MIT
 * server.h - the HTTP thread: libmicrohttpd owns the one listening socket; every request passes the
 * guards, finds its route, gets its body read with a limit, and is answered in one shape. */
#ifndef PLAYBUS_GATEWAY_REST_SERVER_H
#define PLAYBUS_GATEWAY_REST_SERVER_H

#include "gateway/access/access.h"
#include "gateway/audit/trail.h"
#include "gateway/board.h"
#include "gateway/guard/address.h"
#include "gateway/guard/counts.h"
#include "gateway/guard/limits.h"
#include "gateway/guard/origin.h"
#include "gateway/metrics.h"
#include "gateway/rest/assets.h"
#include "gateway/rest/crossing.h"
#include "gateway/snapshot.h"
#include "gateway/ws/feed.h"
#include "proto/base/config.h"

struct server;

/* What a server is made of; all but `listener` borrowed. */
struct server_parts {
    int listener;   /* a listening socket, taken */
    bool plain_lan; /* gateway.allow_plain_lan is in use: the panel shows a warning */
    struct origins origins;
    struct proxies proxies;
    const struct config *config;
    struct board *board;
    struct feed *feed;
    struct crossing *crossing;
    struct snapshot *snapshot; /* of the bus thread */
    struct metrics *metrics;
    struct assets *assets;
    struct access *access;
    struct trail *trail; /* of the bus thread */
    struct turns *turns; /* of the bus thread */
};

enum err server_open(const struct server_parts *parts, struct server **out) NODISCARD;
/* Every crossing request must have been answered (crossing_close). */
void server_close(struct server **server);
/* Bus thread, a few times a second: ends connections past their deadline. */
void server_sweep(struct server *server);

const struct server_parts *server_parts(const struct server *server);
struct crossing *server_crossing(const struct server *server);
struct limits *server_limits(const struct server *server); /* of the HTTP thread */
struct counts *server_files(const struct server *server);  /* likewise: being sent */
struct page *server_openapi(const struct server *server);  /* borrowed */

/* HTTP thread: its answer is queued, and only its client can delay it now. */
void server_set_answered(struct request *r);
/* HTTP thread: the client's socket now belongs to the feed. */
enum err server_hand_over(struct request *r, const char *head, size_t size) NODISCARD;

#endif

/* SPDX-License-Identifier: MIT
 * listener.h - the door's tcp socket: CURVE, ZAP by zauth over the keys' folder, and a bounded
 * number of connections. What is too many, silent or unwanted is cut at once, by its descriptor. */
#ifndef PLAYBUS_ACTORS_DOOR_LISTENER_H
#define PLAYBUS_ACTORS_DOOR_LISTENER_H

#include <czmq.h>

#include "proto/bus/actor.h"

#define CONNECTIONS_MAX 64
enum {
    ROUTER_QUEUE = 4,            /* messages on the way, each direction and connection */
    HANDSHAKE_MS = 3000,         /* for who does not finish it */
    CONNECTION_SILENT_MS = 10000 /* without any message: workers say hello twice a second */
};

struct connection_seen {
    int fd;
    int64_t heard_ms;
    bool cut; /* asked of the kernel; libzmq tells when it is gone */
};

struct listener {
    zcert_t *own;     /* owned: the door's key, door/door.key, made with the first start */
    zactor_t *zap;    /* owned */
    zsock_t *router;  /* owned */
    zsock_t *monitor; /* owned */
    struct connection_seen connections[CONNECTIONS_MAX];
    size_t count;
    uint64_t accepted, too_many, not_let_in, silent; /* counters */
};

/* Binds at once, so that a wrong address is known at the start. */
enum err listener_open(struct listener *l, struct actor *a, const char *endpoint) NODISCARD;
void listener_close(struct listener *l, struct actor *a);
/* The keys' folder has changed: zauth reads it anew. */
void listener_reload(struct listener *l);
void listener_heard(struct listener *l, int fd);
void listener_cut(struct listener *l, int fd);
/* Once a second: cuts who says nothing. */
void listener_tick(struct listener *l);

#endif

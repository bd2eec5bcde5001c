/* SPDX-License-Identifier: MIT
 * listener.h - the door's tcp socket: CURVE, ZAP by zauth over the keys' folder, and a bounded
 * number of connections, of each key too. What is too many, silent or unwanted is cut at once, by
 * its descriptor; where all places are taken, strangers go first, and of keys the one that has
 * most. Addresses that open one after the
 * other are not heard for a while. */
#ifndef PLAYBUS_ACTORS_DOOR_LISTENER_H
#define PLAYBUS_ACTORS_DOOR_LISTENER_H

#include <czmq.h>
#include <sys/socket.h>

#include "actors/door/strangers.h"
#include "proto/bus/actor.h"
#include "proto/bus/remote.h"

#define CONNECTIONS_MAX 64
#define CONNECTIONS_OF_KEYS_MAX 56 /* the rest is for who has not said anything yet */
#define CONNECTIONS_OF_KEY_MAX \
    20 /* its processes, and predecessors that nobody was told the end of */
enum {
    ROUTER_QUEUE = 4,    /* messages on the way, each direction and connection */
    BACKLOG = 32,        /* connections that nobody has accepted yet */
    HANDSHAKE_MS = 3000, /* for who does not finish it */
    LINE_MS = 60000,
    CONNECTION_SILENT_MS = 10000, /* without a byte: workers say hello twice a second */
    CONNECTION_BYTES_MAX =
        24 * 1024 * 1024,          /* without a message: none is as long, with all queues */
    BYTES_MAX = 128 * 1024 * 1024, /* the same of all: as many as may have a whole one on the way.
                                      Small frames are held in twice as much memory */
    LISTENER_TICK_MS = 100         /* what comes in that time is beyond it */
};

struct connection_seen {
    int fd;
    struct sockaddr_storage peer; /* by which it is told from another that has its descriptor now */
    char key_id[REMOTE_ID_SIZE];  /* of its messages; empty: there was none */
    char route[REMOTE_ROUTE_SIZE]; /* the socket that sent them: another may get its descriptor */
    int64_t came_ms;
    int64_t heard_ms;    /* when bytes came, as far as the last tick knows */
    uint64_t bytes;      /* that came until then */
    uint64_t bytes_then; /* the same when a message was read last */
    bool spoke;          /* a message was read since the last tick */
    bool cut;            /* asked of the kernel; libzmq tells when it is gone */
};

struct listener {
    zcert_t *own;     /* owned: the door's key, door/door.key, made with the first start */
    zactor_t *zap;    /* owned */
    zsock_t *router;  /* owned */
    zsock_t *monitor; /* owned */
    struct connection_seen connections[CONNECTIONS_MAX];
    size_t count;
    struct strangers strangers;
    int listening;        /* libzmq's descriptor; -1: not known yet */
    int64_t next_line_ms; /* in the log, of strangers */
    uint64_t accepted, too_many, not_let_in, silent, heavy; /* counters */
};

/* Binds at once, so that a wrong address is known at the start. */
enum err listener_open(struct listener *l, struct actor *a, const char *endpoint) NODISCARD;
void listener_close(struct listener *l, struct actor *a);
/* The keys' folder has changed: zauth reads it anew. */
void listener_reload(struct listener *l);
/* A message of this key and socket; of too many connections of one key the most silent is cut. */
void listener_heard(struct listener *l, int fd, const char *key_id, const char *route);
/* When bytes of this socket came here, on the monotonic clock; 0: its connection is gone. */
int64_t listener_heard_ms(struct listener *l, int fd, const char *route);
void listener_cut(struct listener *l, int fd);
void listener_cut_key(struct listener *l, const char *key_id);
/* Every LISTENER_TICK_MS: cuts who says nothing, or nothing that ends. */
void listener_tick(struct listener *l);
/* Of what all have sent without ending a message there is more than BYTES_MAX, and this one has the
 * most of it; NULL: there is not. */
struct connection_seen *listener_heaviest(struct listener *l);

#endif

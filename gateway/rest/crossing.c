/* SPDX-License-Identifier: MIT
 * crossing.c - one PUSH socket in the HTTP thread, one PULL in the bus thread. Both have room for
 * more than CROSSING_MAX messages, so a send never waits. The bus thread lists what is with it, so
 * that the gateway can end while actors are silent. */
#include "gateway/rest/crossing.h"

#include <stdlib.h>
#include <string.h>

#include "gateway/rest/respond.h"
#include "gateway/rest/stream.h"
#include "gateway/rest/trail.h"
#include "gateway/rest/turns.h"

#define ENDPOINT "inproc://gateway-requests"

struct crossing {
    struct actor *actor; /* borrowed */
    struct trail *trail; /* borrowed */
    zsock_t *from_http;  /* PULL, of the bus thread */
    zsock_t *to_bus;     /* PUSH, of the HTTP thread once that runs */
    atomic_uint across;
    atomic_bool closed;
    TAILQ_HEAD(, request) with_bus;
};

/* What the socket carries: within one process the request itself is the message. */
struct passage {
    struct request *request;
};

/* The end of a request's stay in the bus thread: the HTTP thread goes on with it, unless its
 * connection is gone. */
static void give_back(struct request *r)
{
    struct crossing *crossing = r->crossing;
    TAILQ_REMOVE(&crossing->with_bus, r, across);
    r->done = NULL;
    if (r->stage == STAGE_CUT) {
        request_destroy(&r);
    } else {
        struct MHD_Connection *connection = r->connection;
        atomic_store(&r->with_bus, false);
        MHD_resume_connection(connection); /* from here on the request is the HTTP thread's */
    }
    atomic_fetch_sub(&crossing->across, 1);
}

/* What becomes of a request that was answered here, or of one more page of it. */
static void settle(struct request *r)
{
    turns_leave(r);
    if (r->stage == STAGE_STREAMING) {
        give_back(r);
    } else {
        trail_end(r->crossing->trail, r, give_back);
    }
}

static struct request *receive(struct crossing *crossing, int flags)
{
    struct passage passage = {0};
    void *socket = zsock_resolve(crossing->from_http);
    if (zmq_recv(socket, &passage, sizeof passage, flags) != (int)sizeof passage) {
        return NULL;
    }
    struct request *r = passage.request;
    (void)atomic_load(&r->with_bus); /* pairs with the store before the send */
    TAILQ_INSERT_HEAD(&crossing->with_bus, r, across);
    r->done = settle;
    return r;
}

static void take_up(struct crossing *crossing, struct request *r)
{
    if (r->stage == STAGE_STREAMING) {
        stream_go_on(r);
    } else if (r->stage == STAGE_ANNOUNCED) {
        trail_begin(crossing->trail, r, give_back);
    } else if (r->stage == STAGE_CUT || r->stage == STAGE_ANSWERED) {
        settle(r);
    } else if (r->refused != OK) {
        respond_error(r, r->refused, &r->flaw, NULL);
    } else if (r->note.requested) {
        turns_take(r); /* it was announced before its body */
    } else {
        trail_begin(crossing->trail, r, turns_take);
    }
}

static void on_arrivals(struct actor *a, zsock_t *socket, void *context)
{
    (void)a;
    (void)socket;
    struct crossing *crossing = context;
    for (struct request *r; (r = receive(crossing, ZMQ_DONTWAIT)) != NULL;) {
        take_up(crossing, r);
    }
}

static zsock_t *open_socket(int type)
{
    zsock_t *socket = zsock_new(type);
    zsock_set_linger(socket, 0);
    zsock_set_sndhwm(socket, 2 * CROSSING_MAX);
    zsock_set_rcvhwm(socket, 2 * CROSSING_MAX);
    return socket;
}

struct crossing *crossing_new(struct actor *actor, struct trail *trail)
{
    struct crossing *crossing = must_alloc(sizeof *crossing);
    crossing->actor = actor;
    crossing->trail = trail;
    TAILQ_INIT(&crossing->with_bus);
    crossing->from_http = open_socket(ZMQ_PULL);
    crossing->to_bus = open_socket(ZMQ_PUSH);
    zsock_bind(crossing->from_http, ENDPOINT);
    zsock_connect(crossing->to_bus, ENDPOINT);
    actor_watch(actor, crossing->from_http, on_arrivals, crossing);
    return crossing;
}

static void give_up(struct request *r)
{
    if (r->stage == STAGE_STREAMING) {
        stream_cut(r);
    } else if (r->stage == STAGE_CUT || r->stage == STAGE_ANSWERED) {
        settle(r);
    } else {
        respond_error(r, ERR_ACTOR_AWAY, NULL, NULL);
    }
}

void crossing_close(struct crossing *crossing)
{
    atomic_store(&crossing->closed, true);
    zsock_set_rcvtimeo(crossing->from_http, 100);
    while (atomic_load(&crossing->across) > 0) {
        struct request *r = TAILQ_FIRST(&crossing->with_bus);
        if (r != NULL) {
            give_up(r);
        } else {
            (void)receive(crossing, 0);
        }
    }
}

void crossing_destroy(struct crossing **crossing)
{
    struct crossing *gone = TAKE(*crossing);
    if (gone != NULL) {
        actor_unwatch(gone->actor, gone->from_http);
        zsock_destroy(&gone->to_bus);
        zsock_destroy(&gone->from_http);
        free(gone);
    }
}

enum err crossing_send(struct crossing *crossing, struct request *r)
{
    unsigned before = atomic_fetch_add(&crossing->across, 1);
    /* Counted before `closed` is read: crossing_close waits for everyone it did not turn away. */
    if (before >= CROSSING_MAX || atomic_load(&crossing->closed)) {
        atomic_fetch_sub(&crossing->across, 1);
        return before >= CROSSING_MAX ? ERR_BUSY : ERR_ACTOR_AWAY;
    }
    if (r->stage != STAGE_CUT) {
        MHD_suspend_connection(r->connection);
    }
    struct passage passage = {r};
    r->crossing = crossing;
    atomic_store(&r->with_bus, true);
    zmq_send(zsock_resolve(crossing->to_bus), &passage, sizeof passage, ZMQ_DONTWAIT);
    return OK;
}

enum err crossing_give(struct crossing *crossing, struct request *r)
{
    bool sent = r->stage == STAGE_STREAMING && r->stream.sent_all;
    r->outcome.code = sent ? OK : r->refused != OK ? r->refused : ERR_UPLOAD_CUT;
    r->stage = STAGE_CUT;
    return crossing_send(crossing, r);
}

void crossing_catch_up(struct request *r)
{
    (void)atomic_load(&r->with_bus); /* pairs with the store in give_back */
}

/* SPDX-License-Identifier: MIT
 * crossing.c - one PUSH socket in the HTTP thread, one PULL in the bus thread. Both have room for
 * more than CROSSING_MAX messages, so a send never waits. The bus thread lists what is with it, so
 * that the gateway can end while actors are silent. */
#include "gateway/rest/crossing.h"

#include <stdlib.h>
#include <string.h>

#include "gateway/rest/respond.h"
#include "gateway/rest/server.h"
#include "gateway/rest/stream.h"
#include "gateway/rest/turns.h"

#define ENDPOINT "inproc://gateway-requests"

struct crossing {
    struct actor *actor; /* borrowed */
    zsock_t *from_http;  /* PULL, of the bus thread */
    zsock_t *to_bus;     /* PUSH, of the HTTP thread once that runs */
    atomic_uint across;
    atomic_bool closed;
    struct request *first; /* with the bus thread */
};

/* What the socket carries: within one process the request itself is the message. */
struct passage {
    struct request *request;
};

static void list(struct crossing *crossing, struct request *r)
{
    r->before = NULL;
    r->after = crossing->first;
    if (crossing->first != NULL) {
        crossing->first->before = r;
    }
    crossing->first = r;
}

static void unlist(struct crossing *crossing, struct request *r)
{
    if (r->before != NULL) {
        r->before->after = r->after;
    } else {
        crossing->first = r->after;
    }
    if (r->after != NULL) {
        r->after->before = r->before;
    }
}

static struct request *receive(struct crossing *crossing, int flags)
{
    struct passage passage = {0};
    void *socket = zsock_resolve(crossing->from_http);
    if (zmq_recv(socket, &passage, sizeof passage, flags) != (int)sizeof passage) {
        return NULL;
    }
    (void)atomic_load(&passage.request->with_bus); /* pairs with the store before the send */
    list(crossing, passage.request);
    return passage.request;
}

/* Of a request that has no connection any more. */
static void discard(struct request *r)
{
    struct crossing *crossing = server_crossing(r->server);
    unlist(crossing, r);
    request_destroy(&r);
    atomic_fetch_sub(&crossing->across, 1);
}

static void handle(struct request *r)
{
    turns_take(r, r->route->handle);
}

static void take_up(struct request *r)
{
    struct trail *trail = server_parts(r->server)->trail;
    if (r->stage == STAGE_STREAMING) {
        stream_go_on(r);
    } else if (r->stage == STAGE_ANNOUNCED) {
        trail_begin(trail, r, crossing_return);
    } else if (r->stage == STAGE_CUT) {
        trail_end(trail, r, discard);
    } else if (r->stage == STAGE_ANSWERED) {
        trail_end(trail, r, crossing_return);
    } else if (r->refused != OK) {
        respond_error(r, r->refused, &r->flaw, NULL);
    } else if (r->note.requested) {
        handle(r); /* it was announced before its body */
    } else {
        trail_begin(trail, r, handle);
    }
}

static void on_arrivals(struct actor *a, zsock_t *socket, void *context)
{
    (void)a;
    (void)socket;
    struct crossing *crossing = context;
    for (;;) {
        struct request *r = receive(crossing, ZMQ_DONTWAIT);
        if (r == NULL) {
            return;
        }
        take_up(r);
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

struct crossing *crossing_new(struct actor *actor)
{
    struct crossing *crossing = must_alloc(sizeof *crossing);
    crossing->actor = actor;
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
        take_up(r);
    } else {
        respond_error(r, ERR_ACTOR_AWAY, NULL, NULL);
    }
}

void crossing_close(struct crossing *crossing)
{
    atomic_store(&crossing->closed, true);
    zsock_set_rcvtimeo(crossing->from_http, 100);
    while (atomic_load(&crossing->across) > 0) {
        if (crossing->first != NULL) {
            give_up(crossing->first);
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

static enum err enter(struct crossing *crossing)
{
    unsigned before = atomic_fetch_add(&crossing->across, 1);
    /* Counted before `closed` is read: crossing_close waits for everyone it did not turn away. */
    if (before >= CROSSING_MAX || atomic_load(&crossing->closed)) {
        atomic_fetch_sub(&crossing->across, 1);
        return before >= CROSSING_MAX ? ERR_BUSY : ERR_ACTOR_AWAY;
    }
    return OK;
}

static void pass(struct crossing *crossing, struct request *r)
{
    struct passage passage = {r};
    atomic_store(&r->with_bus, true);
    zmq_send(zsock_resolve(crossing->to_bus), &passage, sizeof passage, ZMQ_DONTWAIT);
}

enum err crossing_send(struct request *r)
{
    struct crossing *crossing = server_crossing(r->server);
    enum err e = enter(crossing);
    if (e == OK) {
        MHD_suspend_connection(r->connection);
        pass(crossing, r);
    }
    return e;
}

enum err crossing_give(struct request *r)
{
    struct crossing *crossing = server_crossing(r->server);
    enum err e = enter(crossing);
    if (e == OK) {
        bool sent = r->stage == STAGE_STREAMING && r->stream.sent_all;
        r->stage = STAGE_CUT;
        r->outcome.code = sent ? OK : r->refused != OK ? r->refused : ERR_UPLOAD_CUT;
        pass(crossing, r);
    }
    return e;
}

void crossing_return(struct request *r)
{
    if (!atomic_load(&r->with_bus)) {
        return;
    }
    struct crossing *crossing = server_crossing(r->server);
    struct MHD_Connection *connection = r->connection;
    unlist(crossing, r);
    atomic_store(&r->with_bus, false);
    MHD_resume_connection(connection); /* from here on the request is the HTTP thread's */
    atomic_fetch_sub(&crossing->across, 1);
}

void crossing_catch_up(struct request *r)
{
    (void)atomic_load(&r->with_bus); /* pairs with the store in crossing_return */
}

struct actor *request_actor(const struct request *r)
{
    return server_crossing(r->server)->actor;
}

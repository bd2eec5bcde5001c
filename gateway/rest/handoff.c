/* SPDX-License-Identifier: MIT
 * handoff.c - one PUSH socket in the HTTP thread, one PULL in the bus thread. Both have room for
 * more than HANDOFF_MAX messages, so a send never waits. The bus thread lists what is with it, so
 * that the gateway can end while actors are silent. */
#include "gateway/rest/handoff.h"

#include <stdlib.h>

#include "gateway/rest/audit_recorder.h"
#include "gateway/rest/respond.h"
#include "gateway/rest/stream.h"
#include "gateway/rest/turns.h"

#define ENDPOINT "inproc://gateway-requests"

struct handoff {
    struct actor *actor;             /* borrowed */
    struct audit_recorder *recorder; /* borrowed */
    zsock_t *from_http;              /* PULL, of the bus thread */
    zsock_t *to_bus;                 /* PUSH, of the HTTP thread once that runs */
    atomic_uint count;
    atomic_bool closed;
    TAILQ_HEAD(, request) with_bus;
};

/* What the socket carries: within one process the request itself is the message. */
struct handoff_item {
    struct request *request;
};

/* The bus thread is done with the request: the HTTP thread goes on with it, unless its connection
 * is gone. */
static void give_back(struct request *r)
{
    struct handoff *handoff = r->handoff;
    TAILQ_REMOVE(&handoff->with_bus, r, in_handoff);
    r->done = NULL;
    if (r->stage == STAGE_CUT) {
        request_destroy(&r);
    } else {
        struct MHD_Connection *connection = r->connection;
        atomic_store(&r->with_bus, false);
        MHD_resume_connection(connection); /* from here on the request is the HTTP thread's */
    }
    atomic_fetch_sub(&handoff->count, 1);
}

/* What becomes of a request that was answered here, or of one more page of it. */
static void settle(struct request *r)
{
    turns_leave(r);
    if (r->stage == STAGE_STREAMING) {
        give_back(r);
    } else {
        audit_recorder_end(r->handoff->recorder, r, give_back);
    }
}

static struct request *receive(struct handoff *handoff, int flags)
{
    struct handoff_item item = {0};
    void *socket = zsock_resolve(handoff->from_http);
    if (zmq_recv(socket, &item, sizeof item, flags) != (int)sizeof item) {
        return NULL;
    }
    struct request *r = item.request;
    (void)atomic_load(&r->with_bus); /* pairs with the store before the send */
    TAILQ_INSERT_HEAD(&handoff->with_bus, r, in_handoff);
    r->done = settle;
    return r;
}

static void take_up(struct handoff *handoff, struct request *r)
{
    if (r->stage == STAGE_STREAMING) {
        stream_go_on(r);
    } else if (r->stage == STAGE_ANNOUNCED) {
        audit_recorder_begin(handoff->recorder, r, give_back);
    } else if (r->stage == STAGE_CUT || r->stage == STAGE_ANSWERED) {
        settle(r);
    } else if (r->refused != OK) {
        respond_error(r, r->refused, &r->flaw, NULL);
    } else if (r->audit.requested) {
        turns_take(r); /* it was announced before its body */
    } else {
        audit_recorder_begin(handoff->recorder, r, turns_take);
    }
}

static void on_arrivals(struct actor *a, zsock_t *socket, void *context)
{
    (void)a;
    (void)socket;
    struct handoff *handoff = context;
    for (struct request *r; (r = receive(handoff, ZMQ_DONTWAIT)) != NULL;) {
        take_up(handoff, r);
    }
}

static zsock_t *open_socket(int type)
{
    zsock_t *socket = zsock_new(type);
    zsock_set_linger(socket, 0);
    zsock_set_sndhwm(socket, 2 * HANDOFF_MAX);
    zsock_set_rcvhwm(socket, 2 * HANDOFF_MAX);
    return socket;
}

struct handoff *handoff_new(struct actor *actor, struct audit_recorder *recorder)
{
    struct handoff *handoff = must_alloc(sizeof *handoff);
    handoff->actor = actor;
    handoff->recorder = recorder;
    TAILQ_INIT(&handoff->with_bus);
    handoff->from_http = open_socket(ZMQ_PULL);
    handoff->to_bus = open_socket(ZMQ_PUSH);
    zsock_bind(handoff->from_http, ENDPOINT);
    zsock_connect(handoff->to_bus, ENDPOINT);
    actor_watch(actor, handoff->from_http, on_arrivals, handoff);
    return handoff;
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

void handoff_close(struct handoff *handoff)
{
    atomic_store(&handoff->closed, true);
    zsock_set_rcvtimeo(handoff->from_http, 100);
    while (atomic_load(&handoff->count) > 0) {
        struct request *r = TAILQ_FIRST(&handoff->with_bus);
        if (r != NULL) {
            give_up(r);
        } else {
            (void)receive(handoff, 0);
        }
    }
}

void handoff_destroy(struct handoff **handoff)
{
    struct handoff *gone = TAKE(*handoff);
    if (gone != NULL) {
        actor_unwatch(gone->actor, gone->from_http);
        zsock_destroy(&gone->to_bus);
        zsock_destroy(&gone->from_http);
        free(gone);
    }
}

enum err handoff_send(struct handoff *handoff, struct request *r)
{
    unsigned before = atomic_fetch_add(&handoff->count, 1);
    /* Counted before `closed` is read: handoff_close waits for everyone it did not turn away. */
    if (before >= HANDOFF_MAX || atomic_load(&handoff->closed)) {
        atomic_fetch_sub(&handoff->count, 1);
        return before >= HANDOFF_MAX ? ERR_BUSY : ERR_ACTOR_AWAY;
    }
    if (r->stage != STAGE_CUT) {
        MHD_suspend_connection(r->connection);
    }
    struct handoff_item item = {r};
    r->handoff = handoff;
    atomic_store(&r->with_bus, true);
    zmq_send(zsock_resolve(handoff->to_bus), &item, sizeof item, ZMQ_DONTWAIT);
    return OK;
}

enum err handoff_abandon(struct handoff *handoff, struct request *r)
{
    bool sent = r->stage == STAGE_STREAMING && r->stream.sent_all;
    r->outcome.code = sent ? OK : r->refused != OK ? r->refused : ERR_UPLOAD_CUT;
    r->stage = STAGE_CUT;
    return handoff_send(handoff, r);
}

void handoff_acquire(struct request *r)
{
    (void)atomic_load(&r->with_bus); /* pairs with the store in give_back */
}

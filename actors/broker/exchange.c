/* SPDX-License-Identifier: MIT
 * exchange.c - the router socket, and the way of commands and replies; the header has the promises.
 *
 * Only envelopes are read here. Bodies pass as they came, a megabyte as cheaply as ten bytes. */
#include "actors/broker/exchange.h"

#include <errno.h>
#include <string.h>

#include "proto/base/clock.h"
#include "proto/base/log.h"
#include "proto/bus/actor.h"

enum {
    PEER_QUEUE = 256, /* messages on the way to one peer */
    LINGER_MS = 1000,
    READ_AT_ONCE = 256,
    TTL_DEFAULT_MS = 30000,
    TTL_MAX_MS = 3600000
};

/* ---- open and close ---- */

enum err exchange_open(struct exchange *x, const char *endpoint, const char *instance)
{
    x->instance = instance;
    x->arena = arena_new();
    pending_requests_open(&x->pending);
    retained_open(&x->retained);
    x->router = zsock_new(ZMQ_ROUTER);
    if (x->router == NULL) {
        return ERR_SYSTEM;
    }
    zsock_set_linger(x->router, LINGER_MS);
    zsock_set_sndtimeo(x->router, 0);
    zsock_set_router_mandatory(x->router, 1);
    zsock_set_sndhwm(x->router, PEER_QUEUE);
    zsock_set_rcvhwm(x->router, PEER_QUEUE);
    zsock_set_maxmsgsize(x->router, BUS_MESSAGE_MAX);
    if (zsock_bind(x->router, "%s", endpoint) == -1) {
        log_error("cannot listen endpoint=%s reason=%s", endpoint, strerror(errno));
        return ERR_SYSTEM;
    }
    return OK;
}

void exchange_close(struct exchange *x)
{
    zsock_destroy(&x->router);
    retained_release(&x->retained);
    pending_requests_release(&x->pending);
    registry_release(&x->registry);
    arena_destroy(&x->arena);
    buffer_release(&x->head);
    buffer_release(&x->body);
}

void exchange_flush(struct exchange *x)
{
    for (size_t i = 0; i < x->registry.count; i++) {
        if (x->registry.peers[i]->up && x->registry.peers[i]->behind) {
            events_flush(x, x->registry.peers[i]);
        }
    }
}

/* ---- commands and replies ---- */

static void fill_request(struct pending_request *out, const struct inbound *p)
{
    const struct envelope *e = &p->label.envelope;
    uint64_t ttl_ms = e->has_ttl_ms ? e->ttl_ms : TTL_DEFAULT_MS;
    *out = (struct pending_request){
        .id = e->id, .name = p->label.name, .bytes = zmq_msg_size(p->body)};
    out->deadline_ms = clock_monotonic_ms() + (int64_t)(ttl_ms < TTL_MAX_MS ? ttl_ms : TTL_MAX_MS);
    snprintf(out->asker, sizeof(out->asker), "%s", p->sender);
    snprintf(out->correlation_id, sizeof(out->correlation_id), "%s",
             e->correlation_id != NULL ? e->correlation_id : "");
}

static void deliver(struct exchange *x, const struct inbound *p, struct peer *target,
                    struct pending_request *request)
{
    snprintf(request->target, sizeof(request->target), "%s", target->instance);
    if (!pending_requests_have_room(&x->pending, request->bytes)) {
        exchange_refuse_with(x, request, ERR_BUSY, COUNT_busy, target->name);
        return;
    }
    if (!pending_requests_add(&x->pending, request)) {
        x->counts[COUNT_repeated_id]++; /* the first one is answered */
        return;
    }
    frame_wipe_when_sent(p->body);
    enum sent sent = exchange_send(x, target->instance, p->head, p->body);
    if (sent == SENT) {
        x->counts[COUNT_commands]++;
    } else if (sent == SENT_FULL) {
        pending_requests_remove(&x->pending, request);
        exchange_refuse_with(x, request, ERR_BUSY, COUNT_busy, target->name);
    } else {
        peer_went_away(x, target); /* refuses this command too */
    }
}

static void take_command(struct exchange *x, const struct inbound *p)
{
    const char *target = p->label.envelope.target;
    struct pending_request request;
    fill_request(&request, p);
    if (target == NULL) {
        exchange_refuse_with(x, &request, ERR_BAD_MESSAGE, COUNT_bad_target, NULL);
        return;
    }
    if (!privilege_allows(p)) {
        log_warn("refused, it is not for its asker message=%s sender=%s",
                 schema_messages[p->label.name].wire, p->sender);
        exchange_refuse_with(x, &request, ERR_NOT_FOR_ASKER, COUNT_not_for_asker, target);
        return;
    }
    if (strcmp(target, "broker") == 0) {
        commands_answer(x, p);
        return;
    }
    struct peer *peer = registry_named(&x->registry, target);
    if (peer == NULL) {
        exchange_refuse_with(x, &request, ERR_ACTOR_AWAY, COUNT_away,
                             strlen(target) <= 64 ? target : NULL);
        return;
    }
    deliver(x, p, peer, &request);
}

/* Only the instance that was given a command may answer it, once. */
static void take_answer(struct exchange *x, const struct inbound *p)
{
    const char *asker = p->label.envelope.target;
    const struct pending_request *request =
        asker != NULL ? pending_requests_find(&x->pending, asker, p->label.envelope.id) : NULL;
    if (request == NULL || strcmp(request->target, p->sender) != 0) {
        x->counts[COUNT_stray_reply]++;
        return;
    }
    pending_requests_remove(&x->pending, request);
    x->counts[p->label.kind == ENVELOPE_REPLY ? COUNT_replies : COUNT_refusals]++;
    frame_wipe_when_sent(p->body);
    if (exchange_send(x, asker, p->head, p->body) != SENT) {
        x->counts[COUNT_lost_reply]++;
    }
}

/* ---- receiving ---- */

/* The routing id as text, NULL if it is none (or one that libzmq made up for a stranger). */
static const char *sender_text(struct exchange *x, zmq_msg_t *id)
{
    const char *bytes = zmq_msg_data(id);
    size_t size = zmq_msg_size(id);
    if (size == 0 || size > INSTANCE_SIZE || memchr(bytes, '\0', size) != NULL) {
        return NULL;
    }
    return arena_text(x->arena, bytes, size);
}

static void route(struct exchange *x, const struct inbound *p)
{
    switch (p->label.kind) {
    case ENVELOPE_COMMAND:
        take_command(x, p);
        break;
    case ENVELOPE_REPLY:
    case ENVELOPE_REFUSED:
        take_answer(x, p);
        break;
    case ENVELOPE_EVENT:
        events_take(x, p);
        break;
    case ENVELOPE_BEAT:
    case ENVELOPE_KIND_COUNT:
        break;
    }
}

/* A command whose name nobody knows is refused, so that its asker need not wait for its deadline.
 */
static void refuse_unknown(struct exchange *x, const struct inbound *p)
{
    if (p->label.kind == ENVELOPE_COMMAND && p->label.name == MSG_none &&
        p->label.envelope.name != NULL) {
        struct pending_request request;
        fill_request(&request, p);
        request.name = MSG_actors_get; /* any command's name will do: answers are found by id */
        exchange_refuse_with(x, &request, ERR_BAD_MESSAGE, COUNT_bad_target, NULL);
    }
}

static void take_message(struct exchange *x, zmq_msg_t *frames)
{
    struct inbound p = {.head = &frames[1], .body = &frames[2]};
    arena_reset(x->arena);
    p.sender = sender_text(x, &frames[0]);
    enum envelope_fault fault =
        envelope_read(zmq_msg_data(&frames[1]), zmq_msg_size(&frames[1]), x->arena, &p.label);
    bool own = p.sender != NULL && p.label.envelope.sender != NULL &&
               strcmp(p.sender, p.label.envelope.sender) == 0;
    if (fault != ENVELOPE_FINE) {
        x->faults[fault]++;
        if (own) {
            refuse_unknown(x, &p);
        }
    } else if (!own) {
        x->counts[COUNT_foreign_sender]++;
    } else {
        route(x, &p);
    }
    frames_close(frames, 3);
}

void exchange_read(struct exchange *x)
{
    for (int i = 0; i < READ_AT_ONCE; i++) {
        zmq_msg_t frames[3];
        enum frames_got got = frames_receive(zsock_resolve(x->router), frames, 3);
        if (got == FRAMES_NONE) {
            return;
        }
        if (got == FRAMES_WRONG) {
            x->faults[ENVELOPE_FRAMES]++;
            continue;
        }
        take_message(x, frames);
    }
}

/* SPDX-License-Identifier: MIT
 * peers.c - who is there: who falls silent is away and what it still had is refused to its askers,
 * who hangs is ended, who left long ago is forgotten. */
#include <stdlib.h>
#include <string.h>

#include "actors/broker/exchange.h"
#include "proto/base/clock.h"
#include "proto/base/log.h"
#include "proto/bus/actor.h"

/* True if the peer's connection is still there: a message to it could be sent or would have to
 * wait. */
static bool beat_peer(struct exchange *x, const struct peer *peer)
{
    const struct envelope e = {.name = "beat", .id = 0, .sender = x->instance};
    zmq_msg_t head;
    zmq_msg_t body;
    buffer_reset(&x->head);
    envelope_write(&e, ENVELOPE_BEAT, &x->head);
    frame_from_buffer(&head, &x->head);
    zmq_msg_init(&body);
    return exchange_send(x, peer->instance, &head, &body) != SENT_NOBODY;
}

static bool has_target(const struct pending_request *request, const void *instance)
{
    return strcmp(request->target, instance) == 0;
}

static bool has_asker(const struct pending_request *request, const void *instance)
{
    return strcmp(request->asker, instance) == 0;
}

void peer_went_away(struct exchange *x, struct peer *peer)
{
    if (!peer->up) {
        return;
    }
    struct pending_request request;
    peer->up = false;
    peer->left_ms = clock_monotonic_ms();
    log_info("actor away instance=%s pid=%llu", peer->instance, (unsigned long long)peer->pid);
    /* Who is only silent, on a busy machine, still waits for what it asked. */
    bool gone = !beat_peer(x, peer);
    while (gone && pending_requests_take(&x->pending, has_asker, peer->instance, &request)) {
    }
    while (pending_requests_take(&x->pending, has_target, peer->instance, &request)) {
        exchange_refuse_with(x, &request, ERR_ACTOR_AWAY, COUNT_away, peer->name);
    }
    events_tell_change(x, peer);
}

static bool is_overdue(const struct pending_request *request, const void *now_ms)
{
    return request->deadline_ms < *(const int64_t *)now_ms;
}

bool exchange_forget(struct exchange *x, int64_t before_ms)
{
    struct peer *old = registry_take_old(&x->registry, before_ms);
    if (old == NULL) {
        return false;
    }
    retained_forget(&x->retained, MSG_actor_changed, old->instance);
    free(old);
    return true;
}

/* Silent for long and connected still: it hangs, or was stopped. */
static void end_if_hung(struct exchange *x, struct peer *peer, int64_t now_ms)
{
    if (!peer->up && !peer->ended && now_ms - peer->heard_ms > HUNG_AFTER_MS) {
        peer->ended = true;
        if (beat_peer(x, peer)) {
            (void)process_end_hung((int64_t)peer->pid, peer->name);
        }
    }
}

/* If nothing was heard because we did not listen, nobody is to blame. */
static void forgive_own_pause(struct exchange *x, int64_t now_ms)
{
    if (now_ms - x->beat_ms > AWAY_AFTER_MS) {
        for (size_t i = 0; i < x->registry.count; i++) {
            x->registry.peers[i]->heard_ms = now_ms;
        }
    }
    x->beat_ms = now_ms;
}

void exchange_beat(struct exchange *x)
{
    int64_t now_ms = clock_monotonic_ms();
    forgive_own_pause(x, now_ms);
    for (size_t i = 0; i < x->registry.count; i++) {
        struct peer *peer = x->registry.peers[i];
        if (peer->up && (now_ms - peer->heard_ms > AWAY_AFTER_MS || !beat_peer(x, peer))) {
            peer_went_away(x, peer);
        }
        end_if_hung(x, peer, now_ms);
    }
    struct pending_request request;
    while (pending_requests_take(&x->pending, is_overdue, &now_ms, &request)) {
        x->counts[COUNT_expired]++; /* the asker told itself so */
    }
    while (exchange_forget(x, now_ms - FORGET_AFTER_MS)) {
    }
}

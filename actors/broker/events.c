/* SPDX-License-Identifier: MIT
 * events.c - events on their way out. There is one way: an event is retained, its slot is marked
 * dirty for everybody who wants it, and a flush sends the newest event of each dirty slot. So a
 * late joiner, a reader with a full queue and one that keeps up are all the same, and a slow one
 * costs a bit a subject.
 */
#include <stdlib.h>
#include <string.h>

#include "actors/broker/exchange.h"
#include "proto/base/clock.h"
#include "proto/base/log.h"

static bool is_alive(void *exchange, const char *publisher)
{
    const struct exchange *x = exchange;
    const struct peer *peer = registry_find(&x->registry, publisher);
    return strcmp(publisher, x->instance) == 0 || (peer != NULL && peer->up);
}

static enum sent send_slot(struct exchange *x, const struct peer *peer,
                           struct retained_event *event)
{
    zmq_msg_t head;
    zmq_msg_t body;
    zmq_msg_init(&head);
    zmq_msg_init(&body);
    zmq_msg_copy(&head, &event->head);
    zmq_msg_copy(&body, &event->body);
    enum sent sent = exchange_send(x, peer->instance, &head, &body);
    if (sent == SENT) {
        x->counts[COUNT_sends]++;
    }
    return sent;
}

void events_flush(struct exchange *x, struct peer *peer)
{
    for (size_t slot = 0; slot < RETAINED_MAX; slot++) {
        if (slot % 64 == 0 && peer->dirty[slot / 64] == 0) {
            slot += 63; /* nothing dirty in this word */
            continue;
        }
        if (!peer_is_dirty(peer, slot)) {
            continue;
        }
        struct retained_event *event = &x->retained.slots[slot];
        bool wanted = event->name != MSG_none && peer->wants[event->name];
        if (wanted && send_slot(x, peer, event) != SENT) {
            return; /* full: the next flush; gone: the next beat sees it */
        }
        peer_mark_clean(peer, slot);
    }
    peer->behind = false;
}

static void fan_out(struct exchange *x, enum msg_id name, size_t slot)
{
    for (size_t i = 0; i < x->registry.count; i++) {
        struct peer *peer = x->registry.peers[i];
        if (peer->up && peer->wants[name]) {
            peer_mark_dirty(peer, slot);
            events_flush(x, peer);
        }
    }
}

static void keep(struct exchange *x, const struct retained_origin *origin, zmq_msg_t *head,
                 zmq_msg_t *body)
{
    size_t slot = 0;
    switch (retained_put(&x->retained, origin, head, body, is_alive, x, &slot)) {
    case RETAINED_NEW:
        x->counts[COUNT_events]++;
        fan_out(x, origin->name, slot);
        break;
    case RETAINED_STALE:
        x->counts[COUNT_stale]++;
        break;
    case RETAINED_NO_ROOM:
        x->counts[COUNT_no_room]++;
        log_debug("event dropped, no room name=%s subject=%s", schema_messages[origin->name].wire,
                  origin->subject);
        break;
    }
}

void events_take(struct exchange *x, const struct inbound *p)
{
    const struct envelope *e = &p->label.envelope;
    if (e->subject == NULL || !e->has_seq || p->label.name == MSG_actor_changed) {
        x->counts[COUNT_bad_event]++; /* who is there is for the broker to say */
        return;
    }
    const struct retained_origin origin = {
        .name = p->label.name, .subject = e->subject, .publisher = p->sender, .seq = e->seq};
    keep(x, &origin, p->head, p->body);
}

void events_mark_all(struct exchange *x, struct peer *peer)
{
    for (size_t slot = 0; slot < RETAINED_MAX; slot++) {
        enum msg_id name = x->retained.slots[slot].name;
        if (name != MSG_none && peer->wants[name]) {
            peer_mark_dirty(peer, slot);
        }
    }
    events_flush(x, peer);
}

void events_tell_change(struct exchange *x, const struct peer *peer)
{
    uint64_t last = retained_seq(&x->retained, MSG_actor_changed, peer->instance);
    uint64_t now = (uint64_t)clock_steady_ms();
    const struct actor_changed body = {.actor = peer->name,
                                       .instance = peer->instance,
                                       .pid = peer->pid,
                                       .version = peer->version,
                                       .condition =
                                           peer->up ? actor_condition_up : actor_condition_away};
    const struct envelope e = {.name = schema_messages[MSG_actor_changed].wire,
                               .id = 0,
                               .sender = x->instance,
                               .subject = peer->instance,
                               .seq = now > last ? now : last + 1,
                               .has_seq = true};
    struct flaw flaw = {0};
    buffer_reset(&x->head);
    buffer_reset(&x->body);
    envelope_write(&e, ENVELOPE_EVENT, &x->head);
    if (record_pack(desc_actor_changed(), &body, &x->body, &flaw) != OK) {
        log_error("event breaks its own rules field=%s", flaw.field);
        return;
    }
    zmq_msg_t frames[2];
    frame_from_buffer(&frames[0], &x->head);
    frame_from_buffer(&frames[1], &x->body);
    const struct retained_origin origin = {.name = MSG_actor_changed,
                                           .subject = peer->instance,
                                           .publisher = x->instance,
                                           .seq = e.seq};
    keep(x, &origin, &frames[0], &frames[1]);
    frames_close(frames, 2);
}

/* SPDX-License-Identifier: MIT
 * commands.c - what the broker answers itself: actor.hello and actors.get. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "actors/broker/exchange.h"
#include "proto/base/clock.h"
#include "proto/base/log.h"
#include "proto/bus/actor.h"

static void refuse(struct exchange *x, const struct inbound *p, enum err code,
                   const struct flaw *flaw)
{
    const struct refusal why = {.code = err_code(code),
                                .actor = "broker",
                                .field =
                                    flaw != NULL && flaw->field[0] != '\0' ? flaw->field : NULL,
                                .text = flaw != NULL && flaw->text[0] != '\0' ? flaw->text : NULL};
    struct pending_request request = {.id = p->label.envelope.id, .name = p->label.name};
    snprintf(request.asker, sizeof(request.asker), "%s", p->sender);
    x->counts[COUNT_bad_question]++;
    exchange_refuse(x, &request, &why);
}

static void reply(struct exchange *x, const struct inbound *p, enum msg_id id, const void *body)
{
    const struct envelope e = {.name = schema_messages[id].wire,
                               .id = p->label.envelope.id,
                               .correlation_id = p->label.envelope.correlation_id,
                               .sender = x->instance,
                               .target = p->sender};
    struct flaw flaw = {0};
    buffer_reset(&x->head);
    buffer_reset(&x->body);
    envelope_write(&e, ENVELOPE_REPLY, &x->head);
    enum err packed = record_pack(schema_messages[id].record(), body, &x->body, &flaw);
    if (packed != OK) {
        refuse(x, p, packed, &flaw);
        return;
    }
    zmq_msg_t frames[2];
    frame_from_buffer(&frames[0], &x->head);
    frame_from_buffer(&frames[1], &x->body);
    if (exchange_send(x, p->sender, &frames[0], &frames[1]) != SENT) {
        x->counts[COUNT_lost_reply]++;
    }
}

/* ---- actor.hello ---- */

/* An instance is the actor's name, '#' and something unique; only its owner says hello for it. */
static bool is_genuine(const struct inbound *p, const struct actor_hello *hello)
{
    size_t length = strlen(hello->actor);
    return strcmp(hello->instance, p->sender) == 0 && length > 0 &&
           strncmp(hello->instance, hello->actor, length) == 0 && hello->instance[length] == '#' &&
           strcmp(hello->actor, "broker") != 0 && strchr(hello->actor, '#') == NULL;
}

static void note(struct peer *peer, const struct actor_hello *hello)
{
    peer->pid = hello->pid;
    peer->memory_bytes = hello->has_memory_bytes ? hello->memory_bytes : 0;
    peer->many = hello->has_many && hello->many;
    peer->heard_ms = clock_monotonic_ms();
    peer->ended = false;
    snprintf(peer->version, sizeof(peer->version), "%s", hello->version);
    memset(peer->wants, 0, sizeof(peer->wants));
    for (size_t i = 0; i < hello->events_count; i++) {
        peer->wants[schema_find(hello->events[i])] = true;
    }
    peer->wants[MSG_none] = false; /* names that nobody here knows */
}

/* A new instance takes the name over; what the older one still had is refused to its askers. */
static void replace_older(struct exchange *x, const struct peer *newer)
{
    for (size_t i = 0; i < x->registry.count && !newer->many; i++) {
        struct peer *peer = x->registry.peers[i];
        if (peer != newer && !peer->many && strcmp(peer->name, newer->name) == 0) {
            peer->replaced = true;
            peer_went_away(x, peer);
        }
    }
}

static void on_hello(struct exchange *x, const struct inbound *p, const struct actor_hello *hello)
{
    if (!is_genuine(p, hello)) {
        const struct flaw flaw = {.field = "instance",
                                  .text = "An instance is the actor's name, # and its own id"};
        refuse(x, p, ERR_BAD_FIELD, &flaw);
        return;
    }
    struct peer *peer = registry_find(&x->registry, hello->instance);
    if (peer == NULL) {
        if (x->registry.count == REGISTRY_MAX) {
            (void)exchange_forget(x, INT64_MAX);
        }
        peer = registry_add(&x->registry, hello->actor, hello->instance);
    }
    if (peer == NULL) {
        refuse(x, p, ERR_BUSY, NULL);
        return;
    }
    note(peer, hello);
    const struct actor_welcome welcome = {.broker = x->instance};
    reply(x, p, MSG_actor_welcome, &welcome);
    if (!peer->up && !peer->replaced) {
        replace_older(x, peer);
        peer->up = true;
        log_info("actor up instance=%s pid=%" PRIu64, peer->instance, peer->pid);
        events_tell_change(x, peer);
        events_mark_all(x, peer);
    }
}

/* ---- actors.get ---- */

static int by_name(const void *left, const void *right)
{
    const struct actor_view *a = left;
    const struct actor_view *b = right;
    int order = strcmp(a->name, b->name);
    return order != 0 ? order : strcmp(a->instance, b->instance);
}

static enum actor_condition condition_of(const struct peer *peer)
{
    if (peer->up) {
        return actor_condition_up;
    }
    return process_is_there((int64_t)peer->pid, peer->name) ? actor_condition_hung
                                                            : actor_condition_away;
}

static void view_peer(const struct peer *peer, struct actor_view *out)
{
    *out = (struct actor_view){.name = peer->name,
                               .instance = peer->instance,
                               .pid = peer->pid,
                               .version = peer->version,
                               .state = condition_of(peer)};
    if (peer->memory_bytes > 0) {
        PUT(out, memory_bytes, peer->memory_bytes);
    }
}

static size_t list_counts(const struct exchange *x, struct counter *out)
{
    size_t n = 0;
    for (size_t i = 0; i < BROKER_COUNT_COUNT; i++) {
        const char *name = broker_count_text((enum broker_count)i);
        out[n++] = (struct counter){.name = name, .n = x->counts[i]};
    }
    for (size_t i = ENVELOPE_FINE + 1; i < ENVELOPE_FAULT_COUNT; i++) {
        const char *name =
            arena_format(x->arena, "dropped.%s", envelope_fault_text((enum envelope_fault)i));
        out[n++] = (struct counter){.name = name, .n = x->faults[i]};
    }
    return n;
}

static void on_actors_get(struct exchange *x, const struct inbound *p)
{
    size_t count = x->registry.count + 1;
    struct counter counters[BROKER_COUNT_COUNT + ENVELOPE_FAULT_COUNT];
    struct actor_view *views = arena_alloc(x->arena, count * sizeof(*views));
    for (size_t i = 0; i + 1 < count; i++) {
        view_peer(x->registry.peers[i], &views[i]);
    }
    views[count - 1] = (struct actor_view){.name = "broker",
                                           .instance = x->instance,
                                           .pid = (uint64_t)getpid(),
                                           .version = playbus_version(),
                                           .state = actor_condition_up};
    PUT(&views[count - 1], memory_bytes, process_memory_bytes());
    qsort(views, count, sizeof(*views), by_name);
    const struct actors_got body = {.actors = views,
                                    .actors_count = count,
                                    .counters = counters,
                                    .counters_count = list_counts(x, counters)};
    reply(x, p, MSG_actors_got, &body);
}

void commands_answer(struct exchange *x, const struct inbound *p)
{
    struct flaw flaw = {0};
    const struct record_desc *record = schema_messages[p->label.name].record();
    void *body = arena_alloc(x->arena, record->size);
    enum err e =
        record_unpack(record, zmq_msg_data(p->body), zmq_msg_size(p->body), x->arena, body, &flaw);
    if (e != OK) {
        refuse(x, p, e, &flaw);
    } else if (p->label.name == MSG_actor_hello) {
        on_hello(x, p, body);
    } else if (p->label.name == MSG_actors_get) {
        on_actors_get(x, p);
    } else {
        refuse(x, p, ERR_BAD_MESSAGE, NULL);
    }
}

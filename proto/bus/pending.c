/* SPDX-License-Identifier: MIT
 * pending.c - commands under way: each is told its outcome exactly once.
 *
 * An id is a serial number and the slot it sits in, so an answer is found without a search and a
 * late one no longer matches. One timer rings at the nearest deadline. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/base/clock.h"
#include "proto/bus/parts.h"

static void wake(struct actor *a, void *context);

/* Rings at `when_ms` or before. */
static void wake_by(struct actor *a, int64_t when_ms)
{
    struct pending *p = &a->pending;
    if (p->wake != 0 && p->wake_ms <= when_ms) {
        return;
    }
    if (p->wake != 0) {
        actor_cancel(a, p->wake);
    }
    int64_t in_ms = when_ms - clock_monotonic_ms();
    p->wake_ms = when_ms;
    p->wake = actor_after(a, in_ms > 0 ? in_ms : 0, wake, NULL);
}

static void fail_later(struct actor *a, enum err code, const char *field, answer_fn *done,
                       void *context)
{
    struct pending *p = &a->pending;
    if (p->unsent_count == p->unsent_room) {
        p->unsent_room = p->unsent_room == 0 ? 16 : p->unsent_room * 2;
        p->unsent = must_realloc(p->unsent, p->unsent_room * sizeof(*p->unsent));
    }
    struct unsent *u = &p->unsent[p->unsent_count++];
    *u = (struct unsent){.code = code, .done = done, .context = context};
    snprintf(u->field, sizeof(u->field), "%s", field);
    wake_by(a, clock_monotonic_ms());
}

static struct ask *free_slot(struct pending *p)
{
    for (size_t i = 0; i < PENDING_MAX; i++) {
        struct ask *slot = &p->slots[(p->serial + i) % PENDING_MAX];
        if (slot->id == 0) {
            return slot;
        }
    }
    return NULL;
}

static enum err send_command(struct actor *a, const char *target, enum msg_id id, const void *body,
                             const char *correlation_id, const struct ask *ask, struct flaw *flaw)
{
    if (!a->connection.connected) {
        return ERR_ACTOR_AWAY; /* the hello goes first: who hears of an actor can ask it, too */
    }
    const struct envelope e = {.name = schema_messages[id].wire,
                               .id = ask->id,
                               .correlation_id = correlation_id,
                               .sender = a->process.instance,
                               .target = target,
                               .ttl_ms = (uint64_t)(ask->deadline_ms - clock_monotonic_ms()),
                               .has_ttl_ms = true};
    buffer_reset(&a->connection.body);
    enum err packed = record_pack(schema_messages[id].record(), body, &a->connection.body, flaw);
    return packed != OK ? packed : connection_send(a, &e, ENVELOPE_COMMAND);
}

/* NOLINTNEXTLINE(readability-function-size): actors call the typed ask_<command>() */
void actor_ask(struct actor *a, const char *target, enum msg_id id, const void *body,
               const char *correlation_id, int64_t timeout_ms, answer_fn *done, void *context)
{
    struct pending *p = &a->pending;
    struct ask *slot = free_slot(p);
    if (slot == NULL) {
        fail_later(a, ERR_BUSY, "", done, context);
        return;
    }
    p->serial++;
    struct ask ask = {.id = p->serial * PENDING_MAX + (uint64_t)(slot - p->slots),
                      .command = id,
                      .deadline_ms = clock_monotonic_ms() + (timeout_ms > 1 ? timeout_ms : 1),
                      .done = done,
                      .context = context};
    struct flaw flaw = {0};
    enum err e = send_command(a, target, id, body, correlation_id, &ask, &flaw);
    if (e != OK) {
        fail_later(a, e, flaw.field, done, context);
        return;
    }
    *slot = ask;
    p->count++;
    wake_by(a, ask.deadline_ms);
}

bool pending_take(struct actor *a, uint64_t id, struct ask *out)
{
    struct ask *slot = &a->pending.slots[id % PENDING_MAX];
    if (id == 0 || slot->id != id) {
        return false;
    }
    *out = *slot;
    slot->id = 0;
    a->pending.count--;
    return true;
}

static void tell(struct actor *a, uint64_t id, enum err code)
{
    struct ask ask;
    if (pending_take(a, id, &ask)) {
        const struct answer answer = {.code = code};
        ask.done(a, &answer, ask.context);
    }
}

/* Whoever is told may ask again: the list is taken first, what is added waits for the next turn. */
static void tell_unsent(struct actor *a)
{
    struct pending *p = &a->pending;
    OWNED(free_bytes) void *owner = p->unsent;
    const struct unsent *list = p->unsent;
    size_t count = p->unsent_count;
    p->unsent = NULL;
    p->unsent_count = p->unsent_room = 0;
    for (size_t i = 0; i < count; i++) {
        const struct unsent *u = &list[i];
        const struct refusal why = {.code = err_code(u->code),
                                    .field = u->field[0] != '\0' ? u->field : NULL};
        const struct answer answer = {.code = u->code, .why = u->field[0] != '\0' ? &why : NULL};
        u->done(a, &answer, u->context);
    }
}

static void tell_overdue(struct actor *a)
{
    int64_t now_ms = clock_monotonic_ms();
    enum err code = connection_is_up(a) ? ERR_TIMEOUT : ERR_ACTOR_AWAY;
    for (size_t i = 0; i < PENDING_MAX && a->pending.count > 0; i++) {
        const struct ask *slot = &a->pending.slots[i];
        if (slot->id != 0 && slot->deadline_ms <= now_ms) {
            tell(a, slot->id, code);
        }
    }
}

static void wake(struct actor *a, void *context)
{
    (void)context;
    struct pending *p = &a->pending;
    p->wake = 0;
    tell_unsent(a);
    tell_overdue(a);
    for (size_t i = 0, seen = 0; i < PENDING_MAX && seen < p->count; i++) {
        if (p->slots[i].id != 0) {
            seen++;
            wake_by(a, p->slots[i].deadline_ms);
        }
    }
}

void pending_broker_gone(struct actor *a)
{
    uint64_t ids[PENDING_MAX];
    size_t count = 0;
    for (size_t i = 0; i < PENDING_MAX; i++) {
        if (a->pending.slots[i].id != 0) {
            ids[count++] = a->pending.slots[i].id;
        }
    }
    for (size_t i = 0; i < count; i++) {
        tell(a, ids[i], ERR_ACTOR_AWAY);
    }
}

void pending_release(struct actor *a)
{
    free(a->pending.unsent);
    a->pending.unsent = NULL;
}

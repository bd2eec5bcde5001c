/* SPDX-License-Identifier: MIT
 * outbox_relay.c - read where the database is at home, sent, dropped there. While one delivery is
 * under way nothing else is taken, so the answer that comes is always about what is held. */
#include "proto/store/outbox_relay.h"

#include <stdlib.h>

#include "proto/base/clock.h"

enum {
    LOOK_EVERY_MS = 1000, /* entries that become ready, and playbus-audit that is back */
    DELIVER_MS = 4000
};

struct outbox_relay {
    struct actor *actor; /* borrowed */
    sqlite3 *db;         /* borrowed */
    int lane;
    struct arena *arena; /* owned: of the delivery under way */
    struct audit_record record;
    enum err result; /* of what was done to the database */
    bool busy, woken;
};

/* Where the database is at home. BUSY when the lane is full. */
static enum err at_home(struct outbox_relay *relay, work_fn *work, work_done_fn *done)
{
    if (relay->lane != RELAY_IN_LOOP) {
        return actor_offload(relay->actor, (unsigned)relay->lane, work, done, relay);
    }
    work(relay);
    done(relay->actor, relay);
    return OK;
}

static void take(void *task)
{
    struct outbox_relay *relay = task;
    relay->result = outbox_take(relay->db, clock_wall_ms(), relay->arena, &relay->record);
}

static void drop(void *task)
{
    struct outbox_relay *relay = task;
    enum err e = db_begin(relay->db);
    relay->result = e == OK ? db_end(relay->db, outbox_drop(relay->db, &relay->record)) : e;
}

static void rest(struct outbox_relay *relay)
{
    relay->busy = false;
    if (relay->woken) {
        outbox_relay_wake(relay);
    }
}

static void dropped(struct actor *a, void *task)
{
    (void)a;
    struct outbox_relay *relay = task;
    bool more = relay->result == OK && relay->record.entries_count == OUTBOX_TAKE_MAX;
    relay->woken = relay->woken || more;
    rest(relay);
}

static void delivered(struct actor *a, const struct answer *answer, void *context)
{
    (void)a;
    struct outbox_relay *relay = context;
    if (answer->code != OK || at_home(relay, drop, dropped) != OK) {
        relay->woken = false; /* the next look takes it again */
        rest(relay);
    }
}

static void taken(struct actor *a, void *task)
{
    struct outbox_relay *relay = task;
    if (relay->result == OK && relay->record.entries_count > 0) {
        ask_audit_record(a, "audit", &relay->record, "", DELIVER_MS, delivered, relay);
    } else {
        rest(relay);
    }
}

void outbox_relay_wake(struct outbox_relay *relay)
{
    relay->woken = relay->busy;
    if (relay->busy) {
        return;
    }
    relay->busy = true;
    arena_reset(relay->arena);
    relay->record = (struct audit_record){0};
    if (at_home(relay, take, taken) != OK) {
        relay->busy = false;
    }
}

static void look(struct actor *a, void *context)
{
    (void)a;
    outbox_relay_wake(context);
}

struct outbox_relay *outbox_relay_new(struct actor *actor, sqlite3 *db, int lane)
{
    struct outbox_relay *relay = must_alloc(sizeof *relay);
    relay->actor = actor;
    relay->db = db;
    relay->lane = lane;
    relay->arena = arena_new();
    (void)actor_every(actor, LOOK_EVERY_MS, look, relay);
    return relay;
}

void outbox_relay_destroy(struct outbox_relay **relay)
{
    struct outbox_relay *gone = TAKE(*relay);
    if (gone != NULL) {
        arena_destroy(&gone->arena);
        free(gone);
    }
}

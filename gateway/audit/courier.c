/* SPDX-License-Identifier: MIT
 * courier.c - one delivery at a time: read in the accounts lane, sent, dropped in the lane when it
 * was acknowledged. Killed anywhere in between it is delivered again, which the log does not mind.
 */
#include "gateway/audit/courier.h"

#include <stdlib.h>

#include "proto/base/clock.h"
#include "proto/store/outbox.h"
#include "proto/store/sqlite.h"

enum {
    LOOK_EVERY_MS = 1000, /* entries that become ready, and playbus-audit that is back */
    DELIVER_MS = 4000
};

struct courier {
    struct actor *actor;   /* borrowed */
    struct access *access; /* borrowed */
    struct arena *arena;   /* owned: of the delivery under way */
    struct audit_record record;
    enum err result; /* of the lane */
    bool busy, called;
};

static void take(void *task)
{
    struct courier *c = task;
    c->result = outbox_take(access_db(c->access), clock_wall_ms(), c->arena, &c->record);
}

static void drop(void *task)
{
    struct courier *c = task;
    sqlite3 *db = access_db(c->access);
    c->result = db_begin(db);
    c->result = c->result == OK ? db_end(db, outbox_drop(db, &c->record)) : c->result;
}

static void rest(struct courier *c)
{
    c->busy = false;
    if (c->called) {
        courier_call(c);
    }
}

static void dropped(struct actor *a, void *task)
{
    (void)a;
    struct courier *c = task;
    c->called = c->called || (c->result == OK && c->record.entries_count == OUTBOX_TAKE_MAX);
    rest(c);
}

static void delivered(struct actor *a, const struct answer *answer, void *context)
{
    struct courier *c = context;
    if (answer->code == OK && actor_offload(a, ACCOUNTS_LANE, drop, dropped, c) == OK) {
        return;
    }
    c->called = false; /* the timer asks again */
    rest(c);
}

static void taken(struct actor *a, void *task)
{
    struct courier *c = task;
    if (c->result != OK || c->record.entries_count == 0) {
        rest(c);
        return;
    }
    ask_audit_record(a, "audit", &c->record, "", DELIVER_MS, delivered, c);
}

void courier_call(struct courier *courier)
{
    if (courier->busy) {
        courier->called = true;
        return;
    }
    courier->called = false;
    arena_reset(courier->arena);
    courier->record = (struct audit_record){0};
    courier->busy = actor_offload(courier->actor, ACCOUNTS_LANE, take, taken, courier) == OK;
}

static void look(struct actor *a, void *context)
{
    (void)a;
    courier_call(context);
}

struct courier *courier_new(struct actor *actor, struct access *access)
{
    struct courier *courier = must_alloc(sizeof *courier);
    courier->actor = actor;
    courier->access = access;
    courier->arena = arena_new();
    (void)actor_every(actor, LOOK_EVERY_MS, look, courier);
    return courier;
}

void courier_destroy(struct courier **courier)
{
    struct courier *gone = TAKE(*courier);
    if (gone != NULL) {
        arena_destroy(&gone->arena);
        free(gone);
    }
}

/* SPDX-License-Identifier: MIT
 * pen.c - a queue of sheets in front of the lane, which is bounded: as many as there are
 * requests with the bus thread (rest/handoff.h), and the few that refusals.c adds each second. */
#include "gateway/audit/pen.h"

#include <stdlib.h>

#include "gateway/audit/gap.h"
#include "proto/store/outbox_relay.h"

#define GAP_FILE "run/audit.gap"

enum { RETRY_MS = 50, GAP_EVERY_MS = 1000, GAP_DELIVER_MS = 2500 };

STAILQ_HEAD(sheets, sheet);

struct pen {
    struct actor *actor;        /* borrowed */
    sqlite3 *db;                /* borrowed */
    unsigned lane;              /* where that is at home */
    struct outbox_relay *relay; /* owned */
    struct sheets waiting;      /* in the order they came */
    struct sheets writing;      /* the lane's while it writes */
    enum err result;            /* of what it wrote last */
    struct gap *gap;            /* owned; the lane's while it is at work */
    struct arena *arena;        /* owned: of what is sent straight to playbus-audit */
    struct audit_record sent;
    bool sending;   /* `sent` is on its way */
    bool overtaken; /* meanwhile the outbox took all of the gap */
    bool busy, closed;
};

struct sheet *sheet_new(void)
{
    struct sheet *sheet = must_alloc(sizeof *sheet);
    sheet->arena = arena_new();
    return sheet;
}

static void sheet_destroy(struct sheet *sheet)
{
    arena_destroy(&sheet->arena);
    free(sheet);
}

static void look_at_gap(struct actor *a, void *context);

struct pen *pen_new(struct actor *actor, sqlite3 *db, unsigned lane)
{
    struct pen *pen = must_alloc(sizeof *pen);
    pen->actor = actor;
    pen->db = db;
    pen->lane = lane;
    STAILQ_INIT(&pen->waiting);
    STAILQ_INIT(&pen->writing);
    pen->relay = outbox_relay_new(actor, db, (int)lane);
    pen->gap = gap_new(GAP_FILE);
    pen->arena = arena_new();
    (void)actor_every(actor, GAP_EVERY_MS, look_at_gap, pen);
    return pen;
}

void pen_destroy(struct pen **pen)
{
    struct pen *gone = TAKE(*pen);
    if (gone != NULL) {
        outbox_relay_destroy(&gone->relay);
        gap_destroy(&gone->gap);
        arena_destroy(&gone->arena);
        free(gone);
    }
}

/* ---- the lane ---- */

static enum err add_all(sqlite3 *db, const struct sheets *sheets)
{
    enum err e = OK;
    const struct sheet *s = NULL;
    STAILQ_FOREACH (s, sheets, after) {
        for (size_t i = 0; e == OK && i < s->count; i++) {
            e = outbox_add(db, &s->entries[i], s->ready_at[i]);
            /* One that breaks its own rules was logged; the others must not be lost with it. */
            e = e == ERR_BAD_FIELD ? OK : e;
        }
    }
    return e;
}

static void write_sheets(void *task)
{
    struct pen *pen = task;
    sqlite3 *db = pen->db;
    enum err e = db_begin(db);
    if (e == OK) {
        e = gap_write(pen->gap, db); /* what is older comes first */
        e = db_end(db, e == OK ? add_all(db, &pen->writing) : e);
    }
    pen->result = e;
}

/* ---- the loop ---- */

/* Entries that are held for a call which is refused now come again with its outcome; counts of
 * refusals come again as long as they grow. */
static void keep(struct pen *pen, const struct sheet *sheet)
{
    for (size_t i = 0; i < sheet->count; i++) {
        bool held = sheet->ready_at[i] == OUTBOX_HELD;
        if (sheet->ready_at[i] == 0 || (held && sheet->done_anyway)) {
            gap_keep(pen->gap, &sheet->entries[i], held, pen->result);
        } else if (!held) {
            gap_count(pen->gap, pen->result);
        }
    }
}

static void settle_gap(struct pen *pen)
{
    if (pen->result == OK && !gap_is_empty(pen->gap)) {
        gap_close(pen->gap);
        pen->overtaken = true;
    }
    const struct sheet *s = NULL;
    STAILQ_FOREACH (s, &pen->writing, after) {
        if (pen->result != OK) {
            keep(pen, s);
        }
    }
    gap_save(pen->gap);
}

/* What waits for a sheet may write another, or close the pen. */
static void tell_back(struct pen *pen)
{
    enum err result = pen->result;
    struct sheets written = STAILQ_HEAD_INITIALIZER(written);
    STAILQ_CONCAT(&written, &pen->writing);
    for (struct sheet *s; (s = STAILQ_FIRST(&written)) != NULL;) {
        STAILQ_REMOVE_HEAD(&written, after);
        if (s->back != NULL) {
            s->back(s->context, result);
        }
        sheet_destroy(s);
    }
}

static void start(struct pen *pen);

static void again(struct actor *a, void *pen)
{
    (void)a;
    start(pen);
}

static void written(struct actor *a, void *task)
{
    (void)a;
    struct pen *pen = task;
    pen->busy = false;
    settle_gap(pen);
    tell_back(pen);
    outbox_relay_wake(pen->relay);
    start(pen);
}

static void write_here(struct pen *pen)
{
    write_sheets(pen);
    settle_gap(pen);
    tell_back(pen);
}

static void start(struct pen *pen)
{
    if (pen->busy || STAILQ_EMPTY(&pen->waiting)) {
        return;
    }
    STAILQ_CONCAT(&pen->writing, &pen->waiting);
    if (pen->closed) {
        write_here(pen);
        return;
    }
    enum err e = actor_offload(pen->actor, pen->lane, write_sheets, written, pen);
    pen->busy = e == OK;
    if (e != OK) { /* full of sign-ins, or the actor ends: they wait a little */
        STAILQ_CONCAT(&pen->waiting, &pen->writing);
        actor_after(pen->actor, RETRY_MS, again, pen);
    }
}

void pen_write(struct pen *pen, struct sheet **sheet)
{
    struct sheet *taken = TAKE(*sheet);
    STAILQ_INSERT_TAIL(&pen->waiting, taken, after);
    start(pen);
}

void pen_close(struct pen *pen)
{
    pen->closed = true;
    start(pen);
    if (!gap_is_empty(pen->gap)) {
        write_here(pen); /* or it stays in its file for the next start */
    }
}

/* ---- the gap ---- */

static void delivered(struct actor *a, const struct answer *answer, void *context)
{
    (void)a;
    struct pen *pen = context;
    pen->sending = false;
    /* What is not dropped now, because the lane looks at it, is sent again: it is stored once. */
    if (answer->code == OK && !pen->busy && !pen->overtaken) {
        gap_drop(pen->gap);
        gap_save(pen->gap);
    }
}

/* Where accounts.db cannot be written, playbus-audit may still be able to. */
static void tried(struct actor *a, void *task)
{
    struct pen *pen = task;
    pen->busy = false;
    settle_gap(pen);
    if (pen->result == OK) {
        outbox_relay_wake(pen->relay);
    } else if (!pen->sending) {
        arena_reset(pen->arena);
        pen->sending = gap_take(pen->gap, pen->arena, &pen->sent) > 0;
        pen->overtaken = false;
        if (pen->sending) {
            ask_audit_record(a, "audit", &pen->sent, "", GAP_DELIVER_MS, delivered, pen);
        }
    }
    start(pen);
}

static void look_at_gap(struct actor *a, void *context)
{
    struct pen *pen = context;
    if (!pen->busy && !pen->closed && !gap_is_empty(pen->gap)) {
        pen->busy = actor_offload(a, pen->lane, write_sheets, tried, pen) == OK;
    }
}

/* SPDX-License-Identifier: MIT
 * outbox_writer.c - a queue of batches in front of the lane, which is bounded: as many as there are
 * requests with the bus thread (rest/handoff.h), and the few that refusals.c adds each second. */
#include "gateway/audit/outbox_writer.h"

#include <stdlib.h>

#include "gateway/audit/gap.h"
#include "proto/store/outbox_relay.h"

#define GAP_FILE "run/audit.gap"

enum { RETRY_MS = 50, GAP_EVERY_MS = 1000, GAP_DELIVER_MS = 2500 };

STAILQ_HEAD(outbox_batches, outbox_batch);

struct outbox_writer {
    struct actor *actor;           /* borrowed */
    sqlite3 *db;                   /* borrowed */
    unsigned lane;                 /* where that is at home */
    struct outbox_relay *relay;    /* owned */
    struct outbox_batches waiting; /* in the order they came */
    struct outbox_batches writing; /* the lane's while it writes */
    enum err result;               /* of what it wrote last */
    struct gap *gap;               /* owned; the lane's while it is at work */
    struct arena *arena;           /* owned: of what is sent straight to playbus-audit */
    struct audit_record sent;
    bool sending;   /* `sent` is on its way */
    bool overtaken; /* meanwhile the outbox took all of the gap */
    bool busy, closed;
};

struct outbox_batch *outbox_batch_new(void)
{
    struct outbox_batch *batch = must_alloc(sizeof *batch);
    batch->arena = arena_new();
    return batch;
}

static void outbox_batch_destroy(struct outbox_batch *batch)
{
    arena_destroy(&batch->arena);
    free(batch);
}

static void check_gap(struct actor *a, void *context);

struct outbox_writer *outbox_writer_new(struct actor *actor, sqlite3 *db, unsigned lane)
{
    struct outbox_writer *writer = must_alloc(sizeof *writer);
    writer->actor = actor;
    writer->db = db;
    writer->lane = lane;
    STAILQ_INIT(&writer->waiting);
    STAILQ_INIT(&writer->writing);
    writer->relay = outbox_relay_new(actor, db, (int)lane);
    writer->gap = gap_new(GAP_FILE);
    writer->arena = arena_new();
    (void)actor_every(actor, GAP_EVERY_MS, check_gap, writer);
    return writer;
}

void outbox_writer_destroy(struct outbox_writer **writer)
{
    struct outbox_writer *gone = TAKE(*writer);
    if (gone != NULL) {
        outbox_relay_destroy(&gone->relay);
        gap_destroy(&gone->gap);
        arena_destroy(&gone->arena);
        free(gone);
    }
}

/* ---- the lane ---- */

static enum err add_all(sqlite3 *db, const struct outbox_batches *batches)
{
    enum err e = OK;
    const struct outbox_batch *b = NULL;
    STAILQ_FOREACH (b, batches, after) {
        for (size_t i = 0; e == OK && i < b->count; i++) {
            e = outbox_add(db, &b->entries[i], b->ready_at[i]);
            /* One that breaks its own rules was logged; the others must not be lost with it. */
            e = e == ERR_BAD_FIELD ? OK : e;
        }
    }
    return e;
}

static void write_batches(void *task)
{
    struct outbox_writer *writer = task;
    sqlite3 *db = writer->db;
    enum err e = db_begin(db);
    if (e == OK) {
        e = gap_write(writer->gap, db); /* what is older comes first */
        e = db_end(db, e == OK ? add_all(db, &writer->writing) : e);
    }
    writer->result = e;
}

/* ---- the loop ---- */

/* Entries that are held for a call which is refused now come again with its outcome; counts of
 * refusals come again as long as they grow. */
static void keep(struct outbox_writer *writer, const struct outbox_batch *batch)
{
    for (size_t i = 0; i < batch->count; i++) {
        bool held = batch->ready_at[i] == OUTBOX_HELD;
        if (batch->ready_at[i] == 0 || (held && batch->done_anyway)) {
            gap_keep(writer->gap, &batch->entries[i], held, writer->result);
        } else if (!held) {
            gap_count(writer->gap, writer->result);
        }
    }
}

static void settle_gap(struct outbox_writer *writer)
{
    if (writer->result == OK && !gap_is_empty(writer->gap)) {
        gap_close(writer->gap);
        writer->overtaken = true;
    }
    const struct outbox_batch *b = NULL;
    STAILQ_FOREACH (b, &writer->writing, after) {
        if (writer->result != OK) {
            keep(writer, b);
        }
    }
    gap_save(writer->gap);
}

/* What waits for a batch may write another, or close the writer. */
static void report(struct outbox_writer *writer)
{
    enum err result = writer->result;
    struct outbox_batches written = STAILQ_HEAD_INITIALIZER(written);
    STAILQ_CONCAT(&written, &writer->writing);
    for (struct outbox_batch *b; (b = STAILQ_FIRST(&written)) != NULL;) {
        STAILQ_REMOVE_HEAD(&written, after);
        if (b->done != NULL) {
            b->done(b->context, result);
        }
        outbox_batch_destroy(b);
    }
}

static void start(struct outbox_writer *writer);

static void again(struct actor *a, void *writer)
{
    (void)a;
    start(writer);
}

static void written(struct actor *a, void *task)
{
    (void)a;
    struct outbox_writer *writer = task;
    writer->busy = false;
    settle_gap(writer);
    report(writer);
    outbox_relay_wake(writer->relay);
    start(writer);
}

static void write_here(struct outbox_writer *writer)
{
    write_batches(writer);
    settle_gap(writer);
    report(writer);
}

static void start(struct outbox_writer *writer)
{
    if (writer->busy || STAILQ_EMPTY(&writer->waiting)) {
        return;
    }
    STAILQ_CONCAT(&writer->writing, &writer->waiting);
    if (writer->closed) {
        write_here(writer);
        return;
    }
    enum err e = actor_offload(writer->actor, writer->lane, write_batches, written, writer);
    writer->busy = e == OK;
    if (e != OK) { /* full of sign-ins, or the actor ends: they wait a little */
        STAILQ_CONCAT(&writer->waiting, &writer->writing);
        actor_after(writer->actor, RETRY_MS, again, writer);
    }
}

void outbox_writer_add(struct outbox_writer *writer, struct outbox_batch **batch)
{
    struct outbox_batch *taken = TAKE(*batch);
    STAILQ_INSERT_TAIL(&writer->waiting, taken, after);
    start(writer);
}

void outbox_writer_close(struct outbox_writer *writer)
{
    writer->closed = true;
    start(writer);
    if (!gap_is_empty(writer->gap)) {
        write_here(writer); /* or it stays in its file for the next start */
    }
}

/* ---- the gap ---- */

static void delivered(struct actor *a, const struct answer *answer, void *context)
{
    (void)a;
    struct outbox_writer *writer = context;
    writer->sending = false;
    /* What is not dropped now, because the lane looks at it, is sent again: it is stored once. */
    if (answer->code == OK && !writer->busy && !writer->overtaken) {
        gap_drop(writer->gap);
        gap_save(writer->gap);
    }
}

/* Where accounts.db cannot be written, playbus-audit may still be able to. */
static void tried(struct actor *a, void *task)
{
    struct outbox_writer *writer = task;
    writer->busy = false;
    settle_gap(writer);
    if (writer->result == OK) {
        outbox_relay_wake(writer->relay);
    } else if (!writer->sending) {
        arena_reset(writer->arena);
        writer->sending = gap_take(writer->gap, writer->arena, &writer->sent) > 0;
        writer->overtaken = false;
        if (writer->sending) {
            ask_audit_record(a, "audit", &writer->sent, "", GAP_DELIVER_MS, delivered, writer);
        }
    }
    start(writer);
}

static void check_gap(struct actor *a, void *context)
{
    struct outbox_writer *writer = context;
    if (!writer->busy && !writer->closed && !gap_is_empty(writer->gap)) {
        writer->busy = actor_offload(a, writer->lane, write_batches, tried, writer) == OK;
    }
}

/* SPDX-License-Identifier: MIT
 * pen.c - a queue of sheets in front of the accounts lane, which is bounded: as many as there are
 * requests across (crossing.h), and the few that refusals.c adds each second. */
#include "gateway/audit/pen.h"

#include <stdlib.h>

#include "gateway/audit/courier.h"
#include "proto/store/outbox.h"

#define RETRY_MS 50

struct pen {
    struct actor *actor;   /* borrowed */
    struct access *access; /* borrowed */
    struct courier *courier;
    struct sheet *waiting, **end; /* in the order they came */
    struct sheet *writing;        /* the lane's while it writes */
    enum err result;              /* of what it wrote last */
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

struct pen *pen_new(struct actor *actor, struct access *access)
{
    struct pen *pen = must_alloc(sizeof *pen);
    pen->actor = actor;
    pen->access = access;
    pen->end = &pen->waiting;
    pen->courier = courier_new(actor, access);
    return pen;
}

void pen_destroy(struct pen **pen)
{
    struct pen *gone = TAKE(*pen);
    if (gone != NULL) {
        courier_destroy(&gone->courier);
        free(gone);
    }
}

/* ---- the lane ---- */

static enum err add_all(sqlite3 *db, const struct sheet *sheets)
{
    enum err e = OK;
    for (const struct sheet *s = sheets; e == OK && s != NULL; s = s->next) {
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
    sqlite3 *db = access_db(pen->access);
    enum err e = db_begin(db);
    e = e == OK ? db_end(db, add_all(db, pen->writing)) : e;
    if (e != OK) {
        log_error("entries for the audit log were lost code=%s", err_code(e));
    }
    pen->result = e;
}

/* ---- the loop ---- */

static void tell_back(struct sheet *sheets, enum err result)
{
    while (sheets != NULL) {
        struct sheet *next = sheets->next;
        if (sheets->back != NULL) {
            sheets->request->note.written = result;
            sheets->back(sheets->request);
        }
        sheet_destroy(sheets);
        sheets = next;
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
    tell_back(TAKE(pen->writing), pen->result);
    courier_call(pen->courier);
    start(pen);
}

static void write_here(struct pen *pen)
{
    write_sheets(pen);
    tell_back(TAKE(pen->writing), pen->result);
}

static void start(struct pen *pen)
{
    if (pen->busy || pen->waiting == NULL) {
        return;
    }
    pen->writing = TAKE(pen->waiting);
    pen->end = &pen->waiting;
    if (pen->closed) {
        write_here(pen);
        return;
    }
    enum err e = actor_offload(pen->actor, ACCOUNTS_LANE, write_sheets, written, pen);
    pen->busy = e == OK;
    if (e != OK) { /* full of sign-ins, or the actor ends: they wait a little */
        pen->waiting = TAKE(pen->writing);
        for (pen->end = &pen->waiting; *pen->end != NULL; pen->end = &(*pen->end)->next) {
        }
        actor_after(pen->actor, RETRY_MS, again, pen);
    }
}

void pen_write(struct pen *pen, struct sheet **sheet)
{
    struct sheet *taken = TAKE(*sheet);
    *pen->end = taken;
    pen->end = &taken->next;
    start(pen);
}

void pen_close(struct pen *pen)
{
    pen->closed = true;
    start(pen);
}

/* SPDX-License-Identifier: MIT
 * pen.h - writes entries into an outbox: one transaction at a time in the lane of its database,
 * with everything that came up meanwhile; and wakes the relay, which takes them from there to
 * playbus-audit. Bus thread. */
#ifndef PLAYBUS_GATEWAY_AUDIT_PEN_H
#define PLAYBUS_GATEWAY_AUDIT_PEN_H

#include <sys/queue.h>

#include "proto/bus/actor.h"
#include "proto/store/sqlite.h"
#include "proto/wire/arena.h"

#define SHEET_ENTRIES 2

/* Told in the bus thread what came of writing a sheet. */
typedef void sheet_fn(void *context, enum err written);

/* Entries that are written together, and whom that holds up. */
struct sheet {
    struct arena *arena; /* owned: of the entries */
    struct audit_entry entries[SHEET_ENTRIES];
    int64_t ready_at[SHEET_ENTRIES]; /* of each; 0: at once; see outbox.h */
    size_t count;
    bool done_anyway; /* what they tell of is done even if they cannot be written */
    sheet_fn *back;   /* NULL: nobody waits */
    void *context;    /* of it; borrowed */
    STAILQ_ENTRY(sheet) after;
};

struct pen;

/* `lane` of actor_offload is where the database (borrowed) is at home. */
struct pen *pen_new(struct actor *actor, sqlite3 *db, unsigned lane) NODISCARD;
/* The lanes have ended: whatever comes from here on is written by the caller's own thread. */
void pen_close(struct pen *pen);
void pen_destroy(struct pen **pen);

struct sheet *sheet_new(void) NODISCARD;
/* Takes the sheet. `back` is called when it is written, or when that has failed and its entries are
 * kept for later (gap.h). */
void pen_write(struct pen *pen, struct sheet **sheet);

#endif

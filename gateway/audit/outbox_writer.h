/* SPDX-License-Identifier: MIT
 * outbox_writer.h - writes entries into an outbox: one transaction at a time in the lane of its
 * database, with everything that came up meanwhile; and wakes the relay, which takes them from
 * there to playbus-audit. Bus thread. */
#ifndef PLAYBUS_GATEWAY_AUDIT_OUTBOX_WRITER_H
#define PLAYBUS_GATEWAY_AUDIT_OUTBOX_WRITER_H

#include <sys/queue.h>

#include "proto/bus/actor.h"
#include "proto/store/sqlite.h"
#include "proto/wire/arena.h"

#define OUTBOX_BATCH_ENTRIES 2

/* Called in the bus thread with what came of writing a batch. */
typedef void outbox_batch_done_fn(void *context, enum err written);

/* Entries that are written together, and who waits for that. */
struct outbox_batch {
    struct arena *arena; /* owned: of the entries */
    struct audit_entry entries[OUTBOX_BATCH_ENTRIES];
    int64_t ready_at[OUTBOX_BATCH_ENTRIES]; /* of each; 0: at once; see outbox.h */
    size_t count;
    bool done_anyway;           /* what they tell of is done even if they cannot be written */
    outbox_batch_done_fn *done; /* NULL: nobody waits */
    void *context;              /* of it; borrowed */
    STAILQ_ENTRY(outbox_batch) after;
};

struct outbox_writer;

/* `lane` of actor_offload is where the database (borrowed) is at home. */
struct outbox_writer *outbox_writer_new(struct actor *actor, sqlite3 *db, unsigned lane) NODISCARD;
/* The lanes have ended: whatever comes from here on is written by the caller's own thread. */
void outbox_writer_close(struct outbox_writer *writer);
void outbox_writer_destroy(struct outbox_writer **writer);

struct outbox_batch *outbox_batch_new(void) NODISCARD;
/* Takes the batch. `done` is called when it is written, or when that has failed and its entries are
 * kept for later (gap.h). */
void outbox_writer_add(struct outbox_writer *writer, struct outbox_batch **batch);

#endif

/* SPDX-License-Identifier: MIT
 * outbox.h - entries for the audit log that neither wait for it nor get lost: they are written to a
 * table of the caller's own database, in the transaction they tell of, and stay there until the
 * audit log has acknowledged them. Delivered at least once; entry_id makes it exactly once. */
#ifndef PLAYBUS_PROTO_STORE_OUTBOX_H
#define PLAYBUS_PROTO_STORE_OUTBOX_H

#include "proto/store/sqlite.h"
#include "proto/wire/arena.h"

/* For the owner's migration: creates the table. Entries wait in the order they were added. */
#define OUTBOX_TABLE                                                                          \
    "CREATE TABLE audit_outbox (n INTEGER PRIMARY KEY AUTOINCREMENT, entry_id TEXT NOT NULL " \
    "UNIQUE,"                                                                                 \
    " entry BLOB NOT NULL, ready_at INTEGER NOT NULL);"

#define OUTBOX_TAKE_MAX 100
#define OUTBOX_WAIT_MAX_MS (15 * 60 * 1000) /* nothing is meant to wait for longer */
#define OUTBOX_HELD INT64_MAX               /* a ready_at that never comes */
#define OUTBOX_ASIDE (INT64_MAX - 1)        /* likewise: of an entry that is damaged on the disk */

/* Within the caller's transaction. An entry without an entry_id gets a new one. It is delivered
 * from `ready_at` (wall clock, ms; 0: at once) on; until then an entry with the same entry_id takes
 * its place (a count that still grows), afterwards it changes nothing. BAD_FIELD if it breaks the
 * rules of its record. */
enum err outbox_add(sqlite3 *db, const struct audit_entry *entry, int64_t ready_at) NODISCARD;
/* At the start: what was held (OUTBOX_HELD) until it is known better is ready now. */
enum err outbox_release(sqlite3 *db) NODISCARD;
/* The oldest entries that are ready at `now`, or would not be for OUTBOX_WAIT_MAX_MS (the clock was
 * set back meanwhile), OUTBOX_TAKE_MAX at most, in the arena. A damaged one is logged once and set
 * aside: it holds up none of the others. */
enum err outbox_take(sqlite3 *db, int64_t now, struct arena *arena,
                     struct audit_record *out) NODISCARD;
/* The audit log has them. */
enum err outbox_drop(sqlite3 *db, const struct audit_record *delivered) NODISCARD;

#endif

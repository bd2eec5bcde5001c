/* SPDX-License-Identifier: MIT
 * outbox.c - a row an entry, its body packed as on the bus: what was accepted once is delivered
 * unchanged, and what could not be delivered is never accepted. */
#include "proto/store/outbox.h"

#include "proto/base/clock.h"
#include "proto/base/ids.h"
#include "proto/base/log.h"
#include "proto/wire/codec.h"

static enum err insert(sqlite3 *db, const char *entry_id, struct bytes packed, int64_t ready_at)
{
    OWNED(stmt_finalize) sqlite3_stmt *add = NULL;
    enum err e = db_prepare(
        db,
        "INSERT INTO audit_outbox (entry_id, entry, ready_at) VALUES (?1, ?2, ?3)"
        " ON CONFLICT (entry_id) DO UPDATE SET entry = excluded.entry, ready_at = excluded.ready_at"
        " WHERE audit_outbox.ready_at > ?4",
        &add);
    if (e != OK) {
        return e;
    }
    stmt_text(add, 1, entry_id);
    stmt_bytes(add, 2, packed);
    stmt_number(add, 3, ready_at);
    stmt_number(add, 4, clock_wall_ms());
    return stmt_run(add);
}

enum err outbox_add(sqlite3 *db, const struct audit_entry *entry, int64_t ready_at)
{
    OWNED(buffer_release) struct buffer packed = {0};
    struct audit_entry named = *entry;
    struct flaw flaw;
    char made[ID_SIZE];
    if (named.entry_id == NULL || named.entry_id[0] == '\0') {
        id_new(made);
        named.entry_id = made;
    }
    enum err e = record_pack(desc_audit_entry(), &named, &packed, &flaw);
    if (e != OK) {
        log_error("an audit entry was refused field=%s: %s", flaw.field, flaw.text);
        return e;
    }
    return insert(db, named.entry_id, (struct bytes){packed.data, packed.size}, ready_at);
}

enum err outbox_release(sqlite3 *db)
{
    OWNED(stmt_finalize) sqlite3_stmt *release = NULL;
    enum err e =
        db_prepare(db, "UPDATE audit_outbox SET ready_at = 0 WHERE ready_at = ?1", &release);
    if (e == OK) {
        stmt_number(release, 1, OUTBOX_HELD);
        e = stmt_run(release);
    }
    return e;
}

static bool read_entry(sqlite3_stmt *row, struct arena *arena, struct audit_entry *out)
{
    struct bytes packed = row_bytes(row, 0);
    struct flaw flaw;
    if (record_unpack(desc_audit_entry(), packed.data, packed.size, arena, out, &flaw) == OK) {
        return true;
    }
    log_error("an entry that waits for the audit log is damaged and set aside, check the disk; it "
              "stays in the table audit_outbox entry_id=%s: %s",
              row_text(row, 1), flaw.text);
    return false;
}

struct reading {
    struct audit_record good;
    int64_t damaged[OUTBOX_TAKE_MAX]; /* rows */
    size_t damaged_count;
};

static enum err read_ready(sqlite3 *db, int64_t now, struct arena *arena, struct reading *out)
{
    OWNED(stmt_finalize) sqlite3_stmt *find = NULL;
    enum err e = db_prepare(db,
                            "SELECT entry, entry_id, n FROM audit_outbox WHERE ready_at <= ?1"
                            " OR ready_at BETWEEN ?3 AND ?4 ORDER BY n LIMIT ?2",
                            &find);
    if (e != OK) {
        return e;
    }
    stmt_number(find, 1, now);
    stmt_number(find, 2, OUTBOX_TAKE_MAX);
    stmt_number(find, 3, now + OUTBOX_WAIT_MAX_MS);
    stmt_number(find, 4, OUTBOX_ASIDE - 1);
    out->good.entries_count = out->damaged_count = 0;
    for (bool row = true; (e = stmt_row(find, &row)) == OK && row;) {
        if (read_entry(find, arena, &out->good.entries[out->good.entries_count])) {
            out->good.entries_count++;
        } else {
            out->damaged[out->damaged_count++] = row_number(find, 2);
        }
    }
    return e;
}

static enum err set_aside(sqlite3 *db, const struct reading *r)
{
    OWNED(stmt_finalize) sqlite3_stmt *aside = NULL;
    enum err e = db_prepare(db, "UPDATE audit_outbox SET ready_at = ?2 WHERE n = ?1", &aside);
    for (size_t i = 0; e == OK && i < r->damaged_count; i++) {
        stmt_number(aside, 1, r->damaged[i]);
        stmt_number(aside, 2, OUTBOX_ASIDE);
        e = stmt_run(aside);
    }
    return e;
}

enum err outbox_take(sqlite3 *db, int64_t now, struct arena *arena, struct audit_record *out)
{
    struct reading r = {.good.entries =
                            arena_alloc(arena, OUTBOX_TAKE_MAX * sizeof *r.good.entries)};
    enum err e = read_ready(db, now, arena, &r);
    while (e == OK && r.damaged_count > 0) {
        e = set_aside(db, &r);
        e = e == OK ? read_ready(db, now, arena, &r) : e; /* others may be ready in their place */
    }
    if (e == OK) {
        *out = r.good;
    }
    return e;
}

enum err outbox_drop(sqlite3 *db, const struct audit_record *delivered)
{
    OWNED(stmt_finalize) sqlite3_stmt *drop = NULL;
    enum err e = db_prepare(db, "DELETE FROM audit_outbox WHERE entry_id = ?1", &drop);
    for (size_t i = 0; e == OK && i < delivered->entries_count; i++) {
        stmt_text(drop, 1, delivered->entries[i].entry_id);
        e = stmt_run(drop);
    }
    return e;
}

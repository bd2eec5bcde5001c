/* SPDX-License-Identifier: MIT
 * segment.c - first the segment is whole and on the disk, then one transaction tells of it and
 * removes its entries: killed in between, the log has all of them, and the file is one copy more.
 * No segment ever takes the place of another. */
#include "actors/audit/segment.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proto/base/clock.h"
#include "proto/base/log.h"

#define FOLDER "audit"
#define PART FOLDER "/segment.part"

enum {
    KNOWN_DAYS = 30, /* how long ids are known: no caller delivers again after that */
    COPIES_MAX = 100
};
#define DAY_MS INT64_C(86400000)

static const char tables[] =
    "PRAGMA journal_mode=DELETE; PRAGMA synchronous=FULL;"
    "BEGIN IMMEDIATE;" AUDIT_ENTRIES_TABLE
    "CREATE TABLE segment (first INTEGER NOT NULL, last INTEGER NOT NULL, hash BLOB NOT NULL,"
    " key_id TEXT NOT NULL, signature BLOB NOT NULL)";

/* ---- copying ---- */

/* Of an entry's bytes; far in the future if they tell of no time. */
static int64_t happened_at(struct bytes bytes, struct arena *arena)
{
    struct audit_entry entry;
    arena_reset(arena);
    return audit_entry_read(bytes, arena, &entry) == OK ? entry.at : INT64_MAX;
}

static enum err copy_row(sqlite3_stmt *from, sqlite3_stmt *to)
{
    for (int i = 0; i < 5; i++) {
        (void)sqlite3_bind_value(to, i + 1, sqlite3_column_value(from, i));
    }
    return stmt_run(to);
}

/* Copies entries into the segment until one is too young; `out` tells of the last. */
static enum err copy_entries(struct audit_db *db, sqlite3 *to, int64_t before, struct segment *out)
{
    OWNED(arena_destroy) struct arena *arena = arena_new();
    OWNED(stmt_finalize) sqlite3_stmt *find = NULL;
    OWNED(stmt_finalize) sqlite3_stmt *add = NULL;
    bool row = true;
    enum err e = db_prepare(
        db->db, "SELECT n, bytes, hash, key_id, signature FROM entries ORDER BY n LIMIT ?1", &find);
    e = e == OK ? db_prepare(to, "INSERT INTO entries VALUES (?1, ?2, ?3, ?4, ?5)", &add) : e;
    if (e != OK) {
        return e;
    }
    stmt_number(find, 1, SEGMENT_MAX);
    while (e == OK && row) {
        e = stmt_row(find, &row);
        if (e != OK || !row || happened_at(row_bytes(find, 1), arena) >= before) {
            break;
        }
        out->last = (uint64_t)row_number(find, 0);
        out->first = out->first == 0 ? out->last : out->first;
        e = audit_hash_from_bytes(row_bytes(find, 2), &out->hash) ? copy_row(find, add)
                                                                  : ERR_AUDIT_BROKEN;
    }
    return e;
}

static enum err copy_keys(struct audit_db *db, sqlite3 *to)
{
    OWNED(stmt_finalize) sqlite3_stmt *find = NULL;
    OWNED(stmt_finalize) sqlite3_stmt *add = NULL;
    bool row = true;
    enum err e = db_prepare(db->db, "SELECT key_id, public_key FROM keys", &find);
    e = e == OK ? db_prepare(to, "INSERT INTO keys VALUES (?1, ?2)", &add) : e;
    while (e == OK && row) {
        e = stmt_row(find, &row);
        if (e == OK && row) {
            stmt_text(add, 1, row_text(find, 0));
            stmt_bytes(add, 2, row_bytes(find, 1));
            e = stmt_run(add);
        }
    }
    return e;
}

static enum err write_base(sqlite3 *to, const char *sql, uint64_t n, const struct audit_hash *hash)
{
    OWNED(stmt_finalize) sqlite3_stmt *put = NULL;
    enum err e = db_prepare(to, sql, &put);
    if (e != OK) {
        return e;
    }
    stmt_number(put, 1, (int64_t)n);
    stmt_bytes(put, 2, (struct bytes){hash->bytes, sizeof hash->bytes});
    return stmt_run(put);
}

static enum err write_seal(struct audit_db *db, sqlite3 *to, const struct segment *s)
{
    OWNED(stmt_finalize) sqlite3_stmt *put = NULL;
    struct audit_hash seal;
    struct audit_signature signature;
    audit_seal_hash(s->first, s->last, &db->base_hash, &s->hash, &seal);
    audit_sign(&db->secret, s->first, &seal, &signature);
    enum err e = db_prepare(to, "INSERT INTO segment VALUES (?1, ?2, ?3, ?4, ?5)", &put);
    if (e != OK) {
        return e;
    }
    stmt_number(put, 1, (int64_t)s->first);
    stmt_number(put, 2, (int64_t)s->last);
    stmt_bytes(put, 3, (struct bytes){s->hash.bytes, sizeof s->hash.bytes});
    stmt_text(put, 4, db->secret.public.id);
    stmt_bytes(put, 5, (struct bytes){signature.bytes, sizeof signature.bytes});
    return stmt_run(put);
}

static enum err fill(struct audit_db *db, sqlite3 *to, int64_t before, struct segment *out)
{
    enum err e = db_exec(to, tables);
    e = e == OK ? copy_entries(db, to, before, out) : e;
    if (e != OK || out->first == 0) {
        return e;
    }
    e = copy_keys(db, to);
    e = e == OK ? write_base(to, "INSERT INTO base VALUES (?1, ?2)", db->base_n, &db->base_hash)
                : e;
    e = e == OK ? write_seal(db, to, out) : e;
    return e == OK ? db_exec(to, "COMMIT") : e;
}

/* A name that is free. One may be taken by a seal that was cut short, or from before a restore. */
static bool name_file(struct segment *out)
{
    for (int i = 1; i < COPIES_MAX; i++) {
        char copy[16] = "";
        if (i > 1) {
            (void)snprintf(copy, sizeof copy, "-%d", i);
        }
        (void)snprintf(out->file, sizeof out->file,
                       FOLDER "/segment-%010" PRIu64 "-%010" PRIu64 "%s.db", out->first, out->last,
                       copy);
        if (access(out->file, F_OK) != 0) {
            return true;
        }
    }
    log_error("there are too many segments of one name path=%s", out->file);
    return false;
}

static enum err write_segment(struct audit_db *db, int64_t before, struct segment *out)
{
    OWNED(db_close) sqlite3 *to = NULL;
    (void)audit_file_folder(PART); /* if it cannot be, opening says so */
    (void)unlink(PART);
    (void)unlink(PART "-journal");
    enum err e = db_open_writer(PART, &to);
    e = e == OK ? fill(db, to, before, out) : e;
    db_close(&to);
    if (e != OK || out->first == 0) {
        (void)unlink(PART);
        (void)unlink(PART "-journal");
        return e;
    }
    return name_file(out) ? audit_file_move(PART, out->file) : ERR_AUDIT_BROKEN;
}

/* ---- telling ---- */

static enum err forget_entries(struct audit_db *db, const struct segment *s)
{
    OWNED(db_free)
    char *sql = sqlite3_mprintf(
        "DELETE FROM entries WHERE n <= %lld; DELETE FROM known_ids WHERE recorded_at < %lld",
        (long long)s->last, (long long)clock_wall_ms() - KNOWN_DAYS * DAY_MS);
    return db_exec(db->db, sql);
}

static enum err tell(struct audit_db *db, const struct audit_seal *ask, const struct segment *s)
{
    char hash[AUDIT_HASH_TEXT_SIZE];
    struct audit_entry about = {.entry_id = ask->entry_id,
                                .action = AUDIT_SEGMENT_SEALED,
                                .actor = ask->actor,
                                .target = s->file};
    audit_hash_text(&s->hash, hash);
    json_t *params = json_pack("{sIsIssss}", "first", (json_int_t)s->first, "last",
                               (json_int_t)s->last, "hash", hash, "file", s->file);
    enum err e = audit_db_append_own(db, &about, params);
    e = e == OK ? forget_entries(db, s) : e;
    return e == OK ? write_base(db->db, "UPDATE base SET n = ?1, hash = ?2", s->last, &s->hash) : e;
}

enum err segment_seal(struct audit_db *db, const struct audit_seal *ask, struct segment *out)
{
    struct segment made = {0};
    bool known = false;
    enum err e = audit_db_knows(db, ask->entry_id, &known);
    if (e == OK && !known) {
        e = write_segment(db, ask->before, &made);
    }
    if (e == OK && made.first != 0) {
        e = audit_db_begin(db);
        if (e == OK) {
            e = audit_db_end(db, tell(db, ask, &made));
        }
        if (e == OK) {
            db->base_n = made.last;
            db->base_hash = made.hash;
            log_info("entries sealed first=%" PRIu64 " last=%" PRIu64 " file=%s", made.first,
                     made.last, made.file);
        } else {
            (void)unlink(made.file);
        }
    }
    if (e == OK) {
        *out = made;
    }
    return e;
}

/* SPDX-License-Identifier: MIT
 * audit_verify.c - one pass over the entries in the order of their numbers, a page at a time, so
 * that a writer is never held up. What only the end can tell is in audit_verify_end.c. */
#include "actors/shared/audit_verify_parts.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "actors/shared/audit_entry.h"

enum { VALUE_MAX = 1 << 20 }; /* bytes of one value: no entry of ours comes near */

/* An entry as it lies in the file; borrowed from the statement. */
struct row {
    int64_t n;
    struct bytes bytes, signature;
    struct audit_hash hash;
    bool hash_fits;
    const char *key_id;
};

/* ---- one entry ---- */

static void sign_from(struct audit_verifier *v, const char *key_id, uint64_t n, bool heir)
{
    (void)snprintf(v->key_id, sizeof v->key_id, "%s", key_id);
    v->key_from = n;
    v->heir = heir;
}

/* A key that a rotation brings in is told with the entry itself. */
static bool learn_key(struct audit_verifier *v, const struct audit_entry *entry)
{
    struct audit_public key;
    const char *text = audit_entry_text(entry, "public_key", v->arena);
    const char *id = audit_entry_text(entry, "key_id", v->arena);
    if (text == NULL || id == NULL || !audit_public_from_text(text, &key) ||
        strcmp(id, key.id) != 0) {
        return false;
    }
    audit_keyring_add(&v->known, &key);
    return true;
}

/* Before the signature: which key may have signed this entry? */
static bool settle_key(struct audit_verifier *v, const struct row *row,
                       const struct audit_entry *entry)
{
    bool own = entry->phase == audit_phase_log;
    bool starts = own && strcmp(entry->action, AUDIT_LOG_STARTED) == 0;
    bool restored = own && strcmp(entry->action, AUDIT_RESTORED) == 0;
    uint64_t n = v->n + 1;
    if (v->n == 0 && !starts) {
        return verify_fail(v, n, "Entry 1 is not the beginning of an audit log");
    }
    if (starts && (v->n != 0 || !learn_key(v, entry))) {
        return verify_fail(v, n, "Entry %" PRIu64 " begins an audit log where none can begin", n);
    }
    bool other = strcmp(row->key_id, v->key_id) != 0;
    /* The key may be newer than a database that was restored, never one that it had laid down. */
    if (other && restored && audit_keyring_find(&v->retired, row->key_id) != NULL) {
        return verify_fail(
            v, n, "Entry %" PRIu64 " is signed with key %.40s, which was changed before it", n,
            row->key_id);
    }
    if (other && (v->key_id[0] == '\0' || restored)) {
        sign_from(v, row->key_id, n, false);
        other = false;
    }
    if (other) {
        return verify_fail(v, n, "Entry %" PRIu64 " is signed with key %.40s instead of %s", n,
                           row->key_id, v->key_id);
    }
    return true;
}

/* After the signature: what the log tells of itself. */
static bool heed(struct audit_verifier *v, const struct audit_entry *entry)
{
    if (entry->phase != audit_phase_log) {
        return true;
    }
    if (strcmp(entry->action, AUDIT_KEY_ROTATED) == 0) {
        if (!learn_key(v, entry)) {
            return verify_fail(v, v->n, "Entry %" PRIu64 " changes the key to none", v->n);
        }
        audit_keyring_add(&v->retired, verify_find_key(v, v->key_id));
        sign_from(v, audit_entry_text(entry, "key_id", v->arena), v->n + 1, v->vouched);
    }
    if (strcmp(entry->action, AUDIT_SEGMENT_SEALED) == 0) {
        const char *hash = audit_entry_text(entry, "hash", v->arena);
        v->sealed_to = audit_entry_number(entry, "last");
        if (hash == NULL || !audit_hash_from_text(hash, &v->sealed_hash)) {
            return verify_fail(v, v->n, "Entry %" PRIu64 " seals nothing that can be found", v->n);
        }
    }
    return true;
}

static bool check_place(struct audit_verifier *v, const struct row *row)
{
    uint64_t n = v->n + 1;
    if (row->n > (int64_t)n) {
        return verify_fail(v, n, "Entry %" PRIu64 " is missing", n);
    }
    if (row->n < (int64_t)n) {
        return verify_fail(v, n, "An entry has the impossible number %" PRId64, row->n);
    }
    struct audit_hash hash;
    audit_hash_next(&v->hash, row->bytes, &hash);
    if (!row->hash_fits || !audit_hash_same(&hash, &row->hash)) {
        return verify_fail(v, n, "Entry %" PRIu64 " is not what was recorded: its hash is another",
                           n);
    }
    return true;
}

static bool check_head(struct audit_verifier *v, const struct row *row)
{
    const struct audit_head *head = v->claims.head;
    if (head != NULL && head->n == (uint64_t)row->n && !audit_hash_same(&head->hash, &row->hash)) {
        return verify_fail(v, head->n,
                           "Entry %" PRIu64 " is not the one that the head tells of: the log was "
                           "restored or rewritten",
                           head->n);
    }
    return true;
}

static bool check_row(struct audit_verifier *v, const struct row *row)
{
    struct audit_entry entry;
    uint64_t n = v->n + 1;
    arena_reset(v->arena);
    if (!check_place(v, row)) {
        return false;
    }
    if (audit_entry_read(row->bytes, v->arena, &entry) != OK) {
        return verify_fail(v, n, "Entry %" PRIu64 " cannot be read", n);
    }
    if (!settle_key(v, row, &entry)) {
        return false;
    }
    const struct audit_public *key = verify_find_key(v, row->key_id);
    if (key == NULL) {
        return verify_fail(
            v, n, "Entry %" PRIu64 " is signed with key %s, whose public half is not known", n,
            v->key_id);
    }
    if (!audit_signed_by(key, n, &row->hash, row->signature)) {
        return verify_fail(v, n, "Entry %" PRIu64 " has a false signature", n);
    }
    if (!check_head(v, row)) {
        return false;
    }
    v->n = n;
    v->hash = row->hash;
    /* Only what a key has signed counts: that it was named by another proves nothing. */
    v->vouched = v->heir || verify_is_trusted(v, v->key_id);
    v->report.checked++;
    v->report.intact_to = n;
    return heed(v, &entry);
}

/* ---- reading ---- */

/* Only a table like ours keeps its numbers apart and in order. */
static bool check_table(struct audit_verifier *v)
{
    int64_t ours = 0;
    enum err e = db_number(v->db,
                           "SELECT count(*) FROM pragma_table_list('entries') AS t,"
                           " pragma_table_info('entries') AS c WHERE t.schema = 'main'"
                           " AND t.type = 'table' AND NOT t.wr AND c.name = 'n'"
                           " AND c.type = 'INTEGER' AND c.pk = 1",
                           0, &ours);
    return (e == OK && ours == 1) ||
           verify_fail(v, v->base_n + 1, "The table of entries is not one of an audit log");
}

static void read_row(sqlite3_stmt *stmt, struct row *out)
{
    const char *key_id = row_text(stmt, 3);
    *out = (struct row){.n = row_number(stmt, 0),
                        .bytes = row_bytes(stmt, 1),
                        .signature = row_bytes(stmt, 4),
                        .key_id = key_id != NULL ? key_id : ""};
    out->hash_fits = audit_hash_from_bytes(row_bytes(stmt, 2), &out->hash);
}

/* Pages go by numbers: an entry with a number that was looked at already would be passed over. */
static bool check_page(struct audit_verifier *v, uint64_t from, unsigned rows)
{
    OWNED(stmt_reset) sqlite3_stmt *count = v->count;
    bool row = false;
    stmt_number(count, 1, (int64_t)from);
    stmt_number(count, 2, (int64_t)v->n);
    if (stmt_row(count, &row) != OK || !row) {
        return verify_fail(v, v->n + 1, "The file is damaged after entry %" PRIu64, v->n);
    }
    return row_number(count, 0) == rows ||
           verify_fail(v, from + 1, "Of entries %" PRIu64 " to %" PRIu64 " one is there twice",
                       from + 1, v->n);
}

bool audit_verifier_step(struct audit_verifier *v, unsigned rows)
{
    unsigned got = 0;
    bool more = !v->ended && check_table(v);
    const uint64_t from = v->n;
    OWNED(stmt_reset) sqlite3_stmt *entries = v->entries;
    stmt_number(entries, 1, v->report.checked == 0 ? INT64_MIN : (int64_t)v->n);
    stmt_number(entries, 2, rows);
    while (more) {
        struct row row;
        if (stmt_row(entries, &more) != OK) {
            return verify_fail(v, v->n + 1, "The file is damaged after entry %" PRIu64, v->n);
        }
        if (more) {
            got++;
            read_row(entries, &row);
            v->report.first = v->report.first == 0 ? v->base_n + 1 : v->report.first;
            more = check_row(v, &row);
        }
    }
    if (!v->ended && check_page(v, from, got) && got < rows) {
        verify_finish(v);
    }
    return !v->ended;
}

static bool has_table(sqlite3 *db, const char *name)
{
    OWNED(stmt_finalize) sqlite3_stmt *find = NULL;
    bool row = false;
    if (db_prepare(db, "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?1", &find) !=
        OK) {
        return false;
    }
    stmt_text(find, 1, name);
    return stmt_row(find, &row) == OK && row;
}

static enum err read_base(struct audit_verifier *v)
{
    OWNED(stmt_finalize) sqlite3_stmt *find = NULL;
    bool row = false;
    enum err e = db_prepare(v->db, "SELECT n, hash FROM base", &find);
    if (e == OK) {
        e = stmt_row(find, &row);
    }
    if (e != OK || !row || row_number(find, 0) < 0 ||
        !audit_hash_from_bytes(row_bytes(find, 1), &v->base_hash)) {
        return ERR_NOT_FOUND;
    }
    v->n = v->base_n = (uint64_t)row_number(find, 0);
    v->hash = v->base_hash;
    return OK;
}

static enum err read_keys(struct audit_verifier *v)
{
    OWNED(stmt_finalize) sqlite3_stmt *find = NULL;
    bool row = true;
    enum err e = db_prepare(v->db, "SELECT public_key FROM keys", &find);
    while (e == OK && row) {
        e = stmt_row(find, &row);
        struct bytes bytes = e == OK && row ? row_bytes(find, 0) : (struct bytes){0};
        if (bytes.size == sizeof(((struct audit_public *)0)->bytes)) {
            struct audit_public key;
            audit_public_from_bytes(bytes.data, &key);
            audit_keyring_add(&v->known, &key);
        }
    }
    return e;
}

/* A copy whose -wal is not beside it is opened as what it is, and nothing is written beside it. */
static enum err open_copy(const char *path, sqlite3 **out)
{
    struct stat st;
    char wal[PATH_MAX];
    (void)snprintf(wal, sizeof wal, "%s-wal", path);
    if (stat(path, &st) != 0) {
        return errno == ENOENT ? ERR_FILE_NOT_FOUND : ERR_ACCESS_DENIED;
    }
    if (stat(wal, &st) == 0) {
        return db_open_reader(path, out);
    }
    return db_open_frozen(path, out);
}

enum err audit_verifier_open(const char *path, const struct audit_claims *claims,
                             struct audit_verifier **out)
{
    OWNED(audit_verifier_close) struct audit_verifier *v = must_alloc(sizeof *v);
    v->claims = *claims;
    v->arena = arena_new();
    enum err e = open_copy(path, &v->db);
    if (e != OK) {
        return e;
    }
    (void)sqlite3_limit(v->db, SQLITE_LIMIT_LENGTH, VALUE_MAX);
    if (!has_table(v->db, "entries") || !has_table(v->db, "base") || !has_table(v->db, "keys")) {
        return ERR_NOT_FOUND;
    }
    v->report.segment = has_table(v->db, "segment");
    e = read_base(v);
    e = e == OK ? read_keys(v) : e;
    if (e == OK) {
        e = db_prepare(v->db,
                       "SELECT n, bytes, hash, key_id, signature FROM entries WHERE n > ?1"
                       " ORDER BY n LIMIT ?2",
                       &v->entries);
    }
    if (e == OK) {
        e = db_prepare(v->db, "SELECT count(*) FROM entries WHERE n > ?1 AND n <= ?2", &v->count);
    }
    if (e == OK) {
        *out = TAKE(v);
    }
    return e == OK ? OK : ERR_NOT_FOUND;
}

void audit_verifier_close(struct audit_verifier **verifier)
{
    struct audit_verifier *v = TAKE(*verifier);
    if (v != NULL) {
        stmt_finalize(&v->entries);
        stmt_finalize(&v->count);
        db_close(&v->db);
        audit_keyring_release(&v->known);
        audit_keyring_release(&v->retired);
        arena_destroy(&v->arena);
        free(v);
    }
}

const struct audit_report *audit_verifier_report(const struct audit_verifier *v)
{
    return &v->report;
}

/* SPDX-License-Identifier: MIT
 * audit_open.c - how a log begins or goes on: its tables, the key that must fit the newest entry,
 * and the head that must not be newer than the database.
 *
 * A database that was put back from a backup is continued, and says so in a signed `restored`
 * entry; its key may be newer than its newest entry, if audit.pub knows the older one. */
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "actors/audit/audit_db.h"
#include "proto/base/log.h"
#include "proto/store/store_file.h"

/* secure_delete: what was moved into a segment does not stay behind in free pages. */
static const char pragmas[] = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
                              "PRAGMA secure_delete=ON; PRAGMA cache_size=-8000";

static const char first_tables[] = AUDIT_ENTRIES_TABLE
    /* Apart from the entries: an id that is delivered again is known when its entry has gone. */
    "CREATE TABLE known_ids (entry_id TEXT PRIMARY KEY, recorded_at INTEGER NOT NULL)"
    " WITHOUT ROWID;"
    "INSERT INTO base (n, hash) VALUES (0, zeroblob(32));";

static const struct migration steps[] = {{.sql = first_tables}};
_Static_assert(COUNT_OF(steps) == STORE_VERSION_audit, "stores.def says so");

static enum err prepare(struct audit_db *db)
{
    enum err e = db_prepare(db->db,
                            "INSERT INTO entries (n, bytes, hash, key_id, signature)"
                            " VALUES (?1, ?2, ?3, ?4, ?5)",
                            &db->insert);
    if (e == OK) {
        e = db_prepare(db->db, "SELECT 1 FROM known_ids WHERE entry_id = ?1", &db->known);
    }
    if (e == OK) {
        e = db_prepare(db->db, "INSERT INTO known_ids (entry_id, recorded_at) VALUES (?1, ?2)",
                       &db->note);
    }
    return e;
}

/* ---- where the chain stands ---- */

static enum err broken(const char *what)
{
    err_about("%s", what);
    log_error("the audit log cannot be continued: %s", what);
    return ERR_AUDIT_BROKEN;
}

static enum err read_base(struct audit_db *db)
{
    OWNED(stmt_finalize) sqlite3_stmt *find = NULL;
    bool row = false;
    enum err e = db_prepare(db->db, "SELECT n, hash FROM base", &find);
    if (e == OK) {
        e = stmt_row(find, &row);
    }
    if (e != OK) {
        return e;
    }
    if (!row || !audit_hash_from_bytes(row_bytes(find, 1), &db->base_hash)) {
        return broken("audit.db has no beginning");
    }
    db->base_n = (uint64_t)row_number(find, 0);
    return OK;
}

/* The key that the chain expects next: the newest entry's, or the one a rotation brought in. */
static enum err expected_key(sqlite3_stmt *newest, char out[static AUDIT_KEY_ID_SIZE])
{
    OWNED(arena_destroy) struct arena *arena = arena_new();
    struct audit_entry entry;
    const char *key_id = row_text(newest, 3);
    if (key_id == NULL || audit_entry_read(row_bytes(newest, 1), arena, &entry) != OK) {
        return broken("the newest entry of audit.db cannot be read");
    }
    if (entry.phase == audit_phase_log && strcmp(entry.action, AUDIT_KEY_ROTATED) == 0) {
        key_id = audit_entry_text(&entry, "key_id", arena);
    }
    (void)snprintf(out, AUDIT_KEY_ID_SIZE, "%s", key_id != NULL ? key_id : "");
    return OK;
}

/* Fills the tip; `out_key_id` is "" for a log without entries. */
static enum err read_tip(struct audit_db *db, char out_key_id[static AUDIT_KEY_ID_SIZE])
{
    OWNED(stmt_finalize) sqlite3_stmt *find = NULL;
    bool row = false;
    enum err e = db_prepare(db->db,
                            "SELECT n, bytes, hash, key_id, signature FROM entries"
                            " ORDER BY n DESC LIMIT 1",
                            &find);
    if (e == OK) {
        e = stmt_row(find, &row);
    }
    out_key_id[0] = '\0';
    db->tip = (struct audit_tip){.n = db->base_n, .hash = db->base_hash};
    if (e != OK || !row) {
        return e;
    }
    struct bytes signature = row_bytes(find, 4);
    if (!audit_hash_from_bytes(row_bytes(find, 2), &db->tip.hash) ||
        signature.size != sizeof db->tip.signature.bytes) {
        return broken("the newest entry of audit.db is damaged");
    }
    db->tip.n = (uint64_t)row_number(find, 0);
    memcpy(db->tip.signature.bytes, signature.data, signature.size);
    (void)snprintf(db->tip.key_id, sizeof db->tip.key_id, "%s", row_text(find, 3));
    return expected_key(find, out_key_id);
}

/* ---- keys ---- */

/* A change of the key that was cut short: committed, it is completed; else it never was. */
static enum err settle_rotation(const char *expected)
{
    struct audit_secret next;
    enum err e = audit_secret_read(AUDIT_NEXT_SECRET_FILE, &next);
    if (e == ERR_FILE_NOT_FOUND) {
        return OK;
    }
    if (e == OK && strcmp(next.public.id, expected) == 0) {
        e = audit_file_move(AUDIT_NEXT_SECRET_FILE, AUDIT_SECRET_FILE);
    } else {
        (void)unlink(AUDIT_NEXT_SECRET_FILE);
        e = OK;
    }
    explicit_bzero(&next, sizeof next);
    return e;
}

static enum err publish_key(const struct audit_public *key, const char *expected, bool *out_ours)
{
    OWNED(audit_keyring_release) struct audit_keyring ring = {0};
    enum err e = audit_keyring_read(AUDIT_PUBLIC_FILE, &ring);
    if (e != OK && e != ERR_FILE_NOT_FOUND) {
        return e;
    }
    const struct audit_public *known = audit_keyring_find(&ring, key->id);
    const struct audit_public *older = audit_keyring_find(&ring, expected);
    *out_ours =
        known != NULL && older != NULL && known > older; /* newer ones stand behind older ones */
    if (known != NULL || (expected[0] != '\0' && strcmp(expected, key->id) != 0)) {
        return OK; /* a key that came from nowhere is not made one of ours */
    }
    audit_keyring_add(&ring, key);
    return audit_keyring_write(AUDIT_PUBLIC_FILE, &ring);
}

/* Loads the key that signs; `out_changed` if the newest entry expects an older one of ours. */
static enum err load_key(struct audit_db *db, const char *expected, bool *out_changed)
{
    enum err e = settle_rotation(expected);
    if (e == OK) {
        e = audit_secret_read(AUDIT_SECRET_FILE, &db->secret);
    }
    if (e == ERR_FILE_NOT_FOUND) {
        if (expected[0] != '\0') {
            return broken("keys/audit.key is missing");
        }
        audit_secret_new(&db->secret);
        e = audit_secret_write(AUDIT_SECRET_FILE, &db->secret);
    }
    bool ours = false;
    if (e == OK) {
        e = publish_key(&db->secret.public, expected, &ours);
    }
    *out_changed = expected[0] != '\0' && strcmp(expected, db->secret.public.id) != 0;
    if (e == OK && *out_changed && !ours) {
        return broken("keys/audit.key is not the key of audit.db");
    }
    return e;
}

/* ---- the first and the next entry ---- */

static enum err begin_log(struct audit_db *db)
{
    struct audit_entry about = {.action = AUDIT_LOG_STARTED};
    enum err e = audit_db_begin(db);
    if (e != OK) {
        return e;
    }
    e = audit_db_keep_key(db, &db->secret.public);
    if (e == OK && db->tip.n == 0) {
        e = audit_db_append_own(db, &about, audit_db_key_params(&db->secret.public));
    }
    return audit_db_end(db, e);
}

static enum err hash_at(struct audit_db *db, uint64_t n, struct audit_hash *out, bool *out_found)
{
    OWNED(stmt_finalize) sqlite3_stmt *find = NULL;
    enum err e = db_prepare(db->db, "SELECT hash FROM entries WHERE n = ?1", &find);
    if (e != OK) {
        return e;
    }
    stmt_number(find, 1, (int64_t)n);
    e = stmt_row(find, out_found);
    *out_found = e == OK && *out_found && audit_hash_from_bytes(row_bytes(find, 0), out);
    return e;
}

/* Does the database hold what the head tells of? One that was sealed away cannot be looked up. */
static enum err holds_head(struct audit_db *db, const struct audit_head *head, bool *out)
{
    struct audit_hash hash;
    bool found = false;
    *out = head->n <= db->base_n;
    if (*out || head->n > db->tip.n) {
        return OK;
    }
    enum err e = hash_at(db, head->n, &hash, &found);
    *out = found && audit_hash_same(&hash, &head->hash);
    return e;
}

static enum err tell_restored(struct audit_db *db, const struct audit_head *head)
{
    char hash[AUDIT_HASH_TEXT_SIZE];
    struct audit_entry about = {.action = AUDIT_RESTORED};
    json_t *params = audit_db_key_params(&db->secret.public);
    if (head->n > 0) {
        audit_hash_text(&head->hash, hash);
        (void)json_object_set_new(params, "head_n", json_integer((json_int_t)head->n));
        (void)json_object_set_new(params, "head_hash", json_string(hash));
    }
    (void)json_object_set_new(params, "database_n", json_integer((json_int_t)db->tip.n));
    log_warn("audit.db ends at entry %" PRIu64 ", its head %s: going on after a signed entry that "
             "says so",
             db->tip.n, head->n > 0 ? "tells of another or a later one" : "is gone");
    enum err e = audit_db_begin(db);
    e = e == OK ? audit_db_append_own(db, &about, params) : e;
    return audit_db_end(db, e);
}

/* Reads the head before anything is appended, which would replace it. Where there is none, nobody
 * can tell whether the end was cut: that too goes on only with a word about it. */
static enum err find_head(struct audit_db *db, struct audit_head *out, bool *out_holds)
{
    enum err e = audit_head_read(AUDIT_HEAD_FILE, out);
    *out_holds = true;
    if (e == OK) {
        return holds_head(db, out, out_holds);
    }
    if (e == ERR_FILE_NOT_FOUND || e == ERR_AUDIT_BROKEN) {
        *out_holds = db->tip.n <= 1; /* killed at its very first entry a log has no head yet */
        return OK;
    }
    return e;
}

static enum err continue_log(struct audit_db *db)
{
    char expected[AUDIT_KEY_ID_SIZE];
    struct audit_head head = {0};
    bool key_changed = false;
    bool holds = true;
    enum err e = read_base(db);
    e = e == OK ? read_tip(db, expected) : e;
    e = e == OK ? load_key(db, expected, &key_changed) : e;
    e = e == OK ? find_head(db, &head, &holds) : e;
    db->committed = db->tip;
    e = e == OK ? begin_log(db) : e;
    if (e == OK && (!holds || key_changed)) {
        e = tell_restored(db, &head);
    }
    return e;
}

enum err audit_db_open(struct audit_db **out)
{
    OWNED(audit_db_close) struct audit_db *db = must_alloc(sizeof *db);
    if (sodium_init() < 0) {
        return ERR_SYSTEM;
    }
    enum err e = store_file_open(AUDIT_DB_FILE, pragmas, steps, COUNT_OF(steps), &db->db);
    e = e == OK ? prepare(db) : e;
    if (e == OK) {
        audit_file_adopt(AUDIT_HEAD_COPY, AUDIT_HEAD_FILE);
        e = continue_log(db);
    }
    if (e == OK) {
        *out = TAKE(db);
    }
    return e;
}

/* SPDX-License-Identifier: MIT
 * note_contents.c - contents of notes, found by their hash and compared whole. A trigger removes a
 * content with the last note that refers to it. */
#include "actors/history/note_contents.h"

#include <xxhash.h>

#include "proto/base/log.h"
#include "proto/wire/codec.h"

enum { TRIMMED_AT_ONCE = 1000 };

enum err note_content_read(struct bytes raw, struct arena *arena, struct note_view *out)
{
    struct flaw flaw;
    if (record_unpack(desc_note_view(), raw.data, raw.size, arena, out, &flaw) != OK) {
        err_about("history.db: the kept text of a rejected row");
        return ERR_STORE_DAMAGED;
    }
    return OK;
}

static int64_t hash_of(struct bytes raw)
{
    return (int64_t)XXH3_64bits(raw.data, raw.size);
}

enum err note_content_keep(struct store *s, const char *message, struct bytes raw,
                           int64_t *out_content)
{
    int64_t hash = hash_of(raw);
    OWNED(stmt_reset) sqlite3_stmt *find = s->stmts[STMT_NOTE_CONTENT_FIND];
    bool found = false;
    stmt_number(find, 1, hash);
    stmt_bytes(find, 2, raw);
    enum err e = stmt_row(find, &found);
    if (e != OK) {
        return e;
    }
    if (found) {
        *out_content = row_number(find, 0);
        return OK;
    }
    sqlite3_stmt *put = s->stmts[STMT_NOTE_CONTENT_INSERT];
    stmt_number(put, 1, hash);
    stmt_text(put, 2, message);
    stmt_bytes(put, 3, raw);
    e = stmt_run(put);
    if (e == OK) {
        *out_content = sqlite3_last_insert_rowid(s->db);
    }
    return e;
}

/* ---- the limit ---- */

static enum err trim(struct history *h, int64_t job_no, int64_t n)
{
    sqlite3 *db = h->store->db;
    OWNED(db_free)
    char *sql = sqlite3_mprintf("DELETE FROM notes WHERE id IN (SELECT id FROM notes"
                                " WHERE job_no = %lld ORDER BY repair DESC, record_id LIMIT %lld)",
                                (long long)job_no, (long long)n);
    enum err e = db_exec(db, sql);
    int gone = sqlite3_changes(db);
    OWNED(db_free)
    char *count = sqlite3_mprintf("UPDATE jobs SET notes = %s WHERE no = %lld",
                                  gone == n ? "notes - changes()" : "0", (long long)job_no);
    return e == OK ? db_exec(db, count) : e;
}

/* The ended job that was active least recently: the rows of newer ones are what people look for. */
static enum err find_oldest(sqlite3 *db, int64_t *out_no)
{
    OWNED(db_free)
    char *sql = sqlite3_mprintf("SELECT no FROM jobs WHERE notes > 0 AND status <> %d"
                                " ORDER BY seq, no LIMIT 1",
                                status_running);
    return db_number(db, sql, 0, out_no);
}

void notes_trim(struct history *h)
{
    sqlite3 *db = h->store->db;
    int64_t kept = 0;
    int64_t oldest = 0;
    if (!h->trim_due) {
        return;
    }
    enum err e = db_number(db, "SELECT sum(notes) FROM jobs", 0, &kept);
    e = e == OK ? find_oldest(db, &oldest) : e;
    int64_t excess = kept - h->notes_max;
    h->trim_due = e != OK || (excess > 0 && oldest != 0);
    if (e == OK && h->trim_due && store_begin(h->store, false) == OK) {
        e = store_end(h->store,
                      trim(h, oldest, excess < TRIMMED_AT_ONCE ? excess : TRIMMED_AT_ONCE));
    }
    if (e != OK) {
        log_warn("notes beyond the limit are left, trying again later");
    }
}

/* ---- migration ---- */

static void sql_hash(sqlite3_context *out, int argc, sqlite3_value **argv)
{
    (void)argc;
    const void *data = sqlite3_value_blob(argv[0]);
    sqlite3_result_int64(
        out, hash_of((struct bytes){.data = data, .size = (size_t)sqlite3_value_bytes(argv[0])}));
}

enum err migrate_notes(sqlite3 *db)
{
    int code = sqlite3_create_function(db, "content_hash_of", 1, SQLITE_UTF8 | SQLITE_DETERMINISTIC,
                                       NULL, sql_hash, NULL, NULL);
    enum err e = db_error(db, code);
    if (e == OK) {
        e = db_exec(db, "INSERT INTO note_contents (id, hash, message, raw)"
                        " SELECT id, content_hash_of(raw), message, raw FROM older_notes;"
                        "INSERT INTO notes (id, job_no, repair, record_id, at, code, content)"
                        " SELECT id, job_no, repair, record_id, at, code, id FROM older_notes;"
                        "DROP TABLE older_notes;"
                        "CREATE INDEX notes_job ON notes (job_no, repair, record_id);"
                        "CREATE INDEX notes_content ON notes (content);"
                        "CREATE INDEX note_contents_hash ON note_contents (hash)");
    }
    return e;
}

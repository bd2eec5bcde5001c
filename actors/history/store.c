/* SPDX-License-Identifier: MIT
 * store.c - opening history.db and the statements that its writer runs again and again. */
#include "actors/history/store.h"

#include "actors/history/groups/groups.h"
#include "actors/history/jobs.h"
#include "actors/history/migrations.h"
#include "actors/history/people.h"
#include "actors/history/play_index.h"
#include "actors/history/versions.h"
#include "proto/store/store_file.h"

/* Pages of 8 KiB and 40 MiB between checkpoints: measured to cost an import a quarter less than
 * SQLite's defaults, and a checkpoint still takes less than the stop of a job may. What is deleted
 * is overwritten: persons can be forgotten. */
enum { CHECKPOINT_PAGES = 5000 };

static const char pragmas[] =
    "PRAGMA page_size=8192; PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
    "PRAGMA cache_size=-32768; PRAGMA temp_store=MEMORY; PRAGMA secure_delete=ON";

static const char *const texts[STMT_COUNT] = {
    [STMT_BEGIN] = "BEGIN IMMEDIATE",
    [STMT_COMMIT] = "COMMIT",
    [STMT_ROLLBACK] = "ROLLBACK",
    [STMT_ITEM_INSERT] = "INSERT INTO items (hash, body) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
    [STMT_ITEM_FIND] = "SELECT id FROM items WHERE hash = ?1",
    [STMT_RANGE_KNOWN] =
        "SELECT EXISTS (SELECT 1 FROM plays WHERE source_id = ?1 AND native_id BETWEEN ?2 AND ?3)"
        " OR EXISTS (SELECT 1 FROM play_sources"
        " WHERE source_id = ?1 AND native_id BETWEEN ?2 AND ?3)",
    [STMT_SOURCE_KNOWN] = "SELECT EXISTS (SELECT 1 FROM plays WHERE source_id = ?1)"
                          " OR EXISTS (SELECT 1 FROM play_sources WHERE source_id = ?1)",
    /* By row: the play of its key, whether it says something else, whether it lacks a name or a
     * hint that the content hash does not cover (enum row_lacks); the row of a group, or one that
     * is kept by its key alone, and the same of that. */
    [STMT_BATCH_KNOWN] =
        "SELECT b.rowid, p.id, p.content_hash <> b.content_hash,"
        " (p.user IS NULL AND b.user IS NOT NULL) OR (p.user_id IS NULL AND b.user_id IS NOT NULL)"
        " OR (p.reference_id IS NULL AND b.reference_id IS NOT NULL),"
        " s.no, s.body IS NOT NULL, s.content_hash <> b.content_hash,"
        " (s.lacks & 1 AND b.user IS NOT NULL) OR (s.lacks & 2 AND b.user_id IS NOT NULL)"
        " OR (s.lacks & 4 AND b.reference_id IS NOT NULL) FROM batch b"
        " LEFT JOIN plays p INDEXED BY plays_native ON p.source_id = ?1"
        " AND p.native_id = b.native_id AND p.started_at = b.started_at AND p.grouped IS NULL"
        " LEFT JOIN play_sources s ON s.source_id = ?1 AND s.native_id = b.native_id"
        " AND s.started_at = b.started_at",
    [STMT_BATCH_GROUPED] = "SELECT b.rowid, o.no FROM batch b CROSS JOIN play_sources o"
                           " INDEXED BY play_sources_time ON o.started_at = b.started_at"
                           " AND o.content_hash = b.content_hash AND o.source_id = ?1"
                           " WHERE o.body IS NOT NULL",
    /* The plays stored by STMT_BATCH_STORE, whose numbers are those of their rows. */
    [STMT_BATCH_STORED] = "SELECT id FROM plays WHERE id >= ?1 ORDER BY id",
    [STMT_BATCH_DRY] =
        "INSERT INTO dry_keys SELECT ?1, b.native_id, b.started_at, b.content_hash, b.position"
        " FROM batch b"
        " WHERE NOT EXISTS (SELECT 1 FROM plays p WHERE p.started_at = b.started_at"
        " AND p.content_hash = b.content_hash AND p.source_id = ?2) ON CONFLICT DO NOTHING",
    [STMT_DRY_POSITION] = "SELECT position FROM dry_keys"
                          " WHERE job_no = ?1 AND native_id = ?2 AND started_at = ?3",
    [STMT_ROW_BY_KEY] = "SELECT id FROM plays WHERE source_id = ?1 AND native_id = ?2"
                        " AND started_at = ?3 AND grouped IS NULL UNION ALL"
                        " SELECT no FROM play_sources WHERE source_id = ?1 AND native_id = ?2"
                        " AND started_at = ?3 AND body IS NOT NULL",
    [STMT_ROW_BY_CONTENT] = "SELECT id FROM plays WHERE started_at = ?1 AND content_hash = ?2"
                            " AND source_id = ?3 AND grouped IS NULL UNION ALL"
                            " SELECT no FROM play_sources WHERE started_at = ?1"
                            " AND content_hash = ?2 AND source_id = ?3 AND body IS NOT NULL",
    /* ?2 is the row that it repeats. */
    [STMT_REPEAT_INSERT] =
        "INSERT INTO play_sources (no, play_id, source_id, native_id, started_at, job_no, reason,"
        " link_no, content_hash, reference_id) VALUES (?1, coalesce((SELECT play_id"
        " FROM play_sources WHERE no = ?2), ?2), ?3, ?4, ?5, ?6, ?7, ?2, ?8, ?9)"
        " ON CONFLICT DO NOTHING",
    [STMT_REPEAT_DELETE] = "DELETE FROM play_sources WHERE no = ?1",
    [STMT_NOTE_INSERT] = "INSERT INTO notes (job_no, repair, record_id, at, code, content)"
                         " VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    [STMT_NOTE_CONTENT_FIND] = "SELECT id FROM note_contents WHERE hash = ?1 AND raw = ?2",
    [STMT_NOTE_CONTENT_INSERT] =
        "INSERT INTO note_contents (hash, message, raw) VALUES (?1, ?2, ?3)",
    [STMT_COUNT_ADD] = "INSERT INTO job_counts (job_no, dimension, key, outcome, n)"
                       " VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO UPDATE SET n = n + excluded.n",
    [STMT_NEXT_NO_SET] = "UPDATE row_numbers SET next = ?1",
    [STMT_RUNS_INSERT] =
        "INSERT INTO job_batches (job_no, first_id, last_id, runs, order_no, watched_percent)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    [STMT_SAMPLE_INSERT] = "INSERT INTO job_samples (job_no, n, t_ms, processed, rate)"
                           " VALUES (?1, ?2, ?3, ?4, ?5)",
    [STMT_SAMPLES_THIN] = "DELETE FROM job_samples WHERE job_no = ?1 AND n % 2 = 1",
    [STMT_SAMPLES_RENUMBER] = "UPDATE job_samples SET n = n / 2 WHERE job_no = ?1",
    [STMT_SOURCE_PLAYS_ADD] = "UPDATE sources SET plays = plays + ?2 WHERE no = ?1",
};

/* What a column of `plays` is filled with: mostly the batch's column of the same name. */
static const char *filled_with(const char *column)
{
    static const char *const others[][2] = {{"id", "?3 + rowid"},
                                            {"source_id", "?1"},
                                            {"job_no", "?2"},
                                            {"item_id", "item"},
                                            {"grouped", "NULL"}};
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        if (sqlite3_stricmp(column, others[i][0]) == 0) {
            return others[i][1];
        }
    }
    return column;
}

/* The one statement that stores a batch. All columns in the table's own order and no list of names:
 * only then does SQLite read each value straight to where the record is made of it. */
static enum err sql_batch_store(struct store *s, char **out)
{
    OWNED(stmt_finalize) sqlite3_stmt *columns = NULL;
    enum err e =
        db_prepare(s->db, "SELECT name FROM pragma_table_info('plays') ORDER BY cid", &columns);
    sqlite3_str *text = sqlite3_str_new(NULL);
    sqlite3_str_appendall(text, "INSERT INTO plays SELECT ");
    bool row = true;
    for (int i = 0; e == OK && row; i++) {
        e = stmt_row(columns, &row);
        if (e == OK && row) {
            sqlite3_str_appendf(text, "%s%s", i > 0 ? ", " : "", filled_with(row_text(columns, 0)));
        }
    }
    sqlite3_str_appendall(text, " FROM batch WHERE true ON CONFLICT DO NOTHING");
    *out = sqlite3_str_finish(text);
    return e;
}

static enum err prepare_made(struct store *s, enum store_stmt which, char *text)
{
    OWNED(db_free) char *sql = text;
    return db_prepare(s->db, sql, &s->stmts[which]);
}

static enum err prepare_all(struct store *s)
{
    enum err e = OK;
    for (int i = 0; e == OK && i < STMT_COUNT; i++) {
        if (texts[i] != NULL) {
            e = db_prepare(s->db, texts[i], &s->stmts[i]);
        }
    }
    if (e == OK) {
        e = prepare_made(s, STMT_JOB_INSERT, job_sql_insert());
    }
    if (e == OK) {
        e = prepare_made(s, STMT_JOB_UPDATE, job_sql_update());
    }
    if (e != OK) {
        return e;
    }
    OWNED(db_free) char *store = NULL;
    e = sql_batch_store(s, &store);
    e = e == OK ? db_prepare(s->db, store, &s->stmts[STMT_BATCH_STORE]) : e;
    e = e == OK ? versions_open(s->db, &s->versions) : e;
    e = e == OK ? groups_open(s, &s->groups) : e;
    return e == OK ? play_index_open(s->db, &s->index) : e;
}

enum err store_read_people(struct store *s)
{
    OWNED(people_destroy) struct people *people = NULL;
    enum err e = people_load(s->db, &people);
    e = e == OK ? people_functions(s->db, people) : e;
    if (e == OK) {
        people_destroy(&s->people);
        s->people = TAKE(people);
    }
    return e;
}

/* Instead of SQLite's own hook, which tries at every commit as long as somebody reads from the WAL
 * and it cannot begin anew: an import beside readers would write its pages twice, and wait for the
 * disk each time. */
static int checkpoint_now_and_then(void *context, sqlite3 *db, const char *name, int pages)
{
    struct store *s = context;
    bool anew = pages < s->checkpointed;
    s->checkpointed = anew ? 0 : s->checkpointed;
    if (pages - s->checkpointed >= CHECKPOINT_PAGES) {
        (void)sqlite3_wal_checkpoint_v2(db, name, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
        s->checkpointed = pages;
    }
    return SQLITE_OK;
}

enum err store_open(const char *path, struct store **out)
{
    OWNED(store_close) struct store *s = must_alloc(sizeof *s);
    s->batch = must_alloc(sizeof *s->batch);
    s->items = must_alloc(sizeof *s->items);
    enum err e = migrations_open(path, pragmas, &s->db);
    if (e == OK) {
        e = batch_table_register(s->db, s->batch);
    }
    if (e == OK) {
        e = prepare_all(s);
    }
    if (e == OK) {
        e = store_read_people(s);
    }
    if (e == OK) {
        (void)sqlite3_wal_hook(s->db, checkpoint_now_and_then, s);
        *out = TAKE(s);
    }
    return e;
}

void store_close(struct store **store)
{
    struct store *s = *store;
    if (s == NULL) {
        return;
    }
    for (int i = 0; i < STMT_COUNT; i++) {
        stmt_finalize(&s->stmts[i]);
    }
    groups_close(&s->groups);
    play_index_close(&s->index);
    versions_close(&s->versions);
    people_destroy(&s->people);
    store_file_close(&s->db);
    void *memory[] = {s->batch, s->items, s};
    for (size_t i = 0; i < COUNT_OF(memory); i++) {
        free_bytes(&memory[i]);
    }
    *store = NULL;
}

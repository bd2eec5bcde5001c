/* SPDX-License-Identifier: MIT
 * migrate_versions.c - what version 2 of history.db knew of completed rows and of each job's rows,
 * as version 3 has it. */
#include "actors/history/migrate_versions.h"

#include <inttypes.h>
#include <string.h>

#include "actors/history/families.h"
#include "actors/history/runs.h"
#include "actors/history/version_body.h"
#include "proto/base/log.h"

/* ---- completed plays ---- */

struct converting {
    sqlite3 *db;
    struct fold_rules play, stream;
    struct cell shown[FOLD_COLUMNS_MAX], first[FOLD_COLUMNS_MAX], later[FOLD_COLUMNS_MAX];
    struct cell no_stream[FOLD_COLUMNS_MAX];
    struct arena *arena; /* of one play */
    struct buffer body;
    int64_t play_id, job_no, version;
    sqlite3_stmt *put; /* owned */
};

static struct cell cell_of(sqlite3_stmt *row, int at, struct arena *arena)
{
    switch (sqlite3_column_type(row, at)) {
    case SQLITE_INTEGER:
        return (struct cell){.type = CELL_I64, .i64 = row_number(row, at)};
    case SQLITE_TEXT:
        return (struct cell){.type = CELL_STR,
                             .size = (uint32_t)sqlite3_column_bytes(row, at),
                             .bytes = arena_keep(arena, row_text(row, at))};
    default:
        return (struct cell){.type = CELL_NIL};
    }
}

static enum err put_version(struct converting *c, int64_t version, const struct cell *before,
                            const struct cell *after)
{
    (void)body_make(&c->body, &c->play, before, after, &c->stream, c->no_stream, c->no_stream);
    stmt_number(c->put, 1, c->play_id);
    stmt_number(c->put, 2, version);
    stmt_bytes(c->put, 3, (struct bytes){c->body.data, c->body.size});
    return stmt_run(c->put);
}

/* All changes of one play were seen: its first version is what it is without them. */
static enum err end_play(struct converting *c)
{
    if (c->play_id == 0) {
        return OK;
    }
    enum err e = put_version(c, c->version, c->first, c->later);
    return e == OK ? put_version(c, 1, c->later, c->first) : e;
}

static enum err begin_play(struct converting *c, int64_t play_id)
{
    enum err e = end_play(c);
    arena_reset(c->arena);
    memset(c->first, 0, sizeof c->first);
    memset(c->later, 0, sizeof c->later);
    c->play_id = play_id;
    c->job_no = 0;
    c->version = 1;
    return e;
}

static enum err take_change(struct converting *c, sqlite3_stmt *change)
{
    enum err e = OK;
    if (row_number(change, 0) != c->play_id) {
        e = begin_play(c, row_number(change, 0));
    }
    if (e == OK && c->job_no != 0 && row_number(change, 1) != c->job_no) {
        e = put_version(c, c->version, c->first, c->later);
    }
    if (row_number(change, 1) != c->job_no) {
        c->version++;
        c->job_no = row_number(change, 1);
    }
    for (size_t i = 0; i < c->play.record->count; i++) {
        if (c->play.columns[i].kept &&
            strcmp(c->play.record->fields[i].name, row_text(change, 2)) == 0) {
            c->first[i] = cell_of(change, 3, c->arena);
            c->later[i] = cell_of(change, 4, c->arena);
        }
    }
    return e;
}

static void release(struct converting *c)
{
    stmt_finalize(&c->put);
    arena_destroy(&c->arena);
    buffer_release(&c->body);
}

static enum err convert_changes(sqlite3 *db)
{
    OWNED(release) struct converting c = {.db = db, .arena = arena_new()};
    OWNED(stmt_finalize) sqlite3_stmt *change = NULL;
    fold_rules_init(&c.play, desc_play());
    fold_rules_init(&c.stream, desc_stream());
    enum err e = db_prepare(db,
                            "SELECT play_id, job_no, column, old, new FROM play_changes"
                            " WHERE play_id IN (SELECT id FROM plays) ORDER BY play_id, rowid",
                            &change);
    if (e == OK) {
        e = db_prepare(db,
                       "INSERT INTO row_versions (row_no, version, item_id, body)"
                       " SELECT ?1, ?2, item_id, ?3 FROM plays WHERE id = ?1",
                       &c.put);
    }
    bool row = true;
    while (e == OK && row) {
        e = stmt_row(change, &row);
        e = e == OK && row ? take_change(&c, change) : e;
    }
    return e == OK ? end_play(&c) : e;
}

/* ---- run-lists ---- */

/* A run as version 2 had it: gap, length, outcome, of the source's row ids. */
static bool older_run(struct bytes bytes, size_t *at, uint64_t *end, struct run *out)
{
    uint64_t gap = 0;
    uint64_t length = 0;
    if (!runs_number(bytes, at, &gap) || !runs_number(bytes, at, &length) || *at >= bytes.size) {
        return false;
    }
    unsigned char outcome = ((const unsigned char *)bytes.data)[(*at)++];
    *out = (struct run){(int64_t)(*end + gap), length, 1, (enum outcome)outcome};
    *end += gap + length;
    return length > 0 && outcome < OUTCOME_COUNT;
}

/* Rows that were stored of ?1 = source, ids ?2 to ?3, with the version that job ?4 saw last: its
 * own where ?5 says that it stored them, else those that were there when it ran. One id can have
 * been stored with several starts, of which the run-list does not tell. */
static const char rows_of_run[] =
    "SELECT id, native_id, (SELECT 1 + count(DISTINCT job_no) FROM play_changes c"
    "  WHERE c.play_id = plays.id AND c.job_no <= ?4) FROM plays"
    " WHERE source_id = ?1 AND native_id BETWEEN ?2 AND ?3"
    " AND CASE WHEN ?5 THEN job_no = ?4 ELSE job_no < ?4 END"
    " UNION ALL SELECT no, native_id, 1 FROM play_sources"
    " WHERE source_id = ?1 AND native_id BETWEEN ?2 AND ?3"
    " AND NOT ?5 AND job_no <= ?4 ORDER BY native_id";

static enum err convert_run(sqlite3_stmt *find, const struct run *run, struct runs *out)
{
    OWNED(stmt_rewind) sqlite3_stmt *rows = find;
    stmt_number(rows, 2, run->first_no);
    stmt_number(rows, 3, (int64_t)((uint64_t)run->first_no + run->length - 1));
    stmt_number(rows, 5, run->outcome == OUTCOME_NEW);
    bool row = true;
    enum err e = OK;
    while (e == OK && row) {
        e = stmt_row(rows, &row);
        if (e == OK && row) {
            runs_add(out, row_number(rows, 0), (uint64_t)row_number(rows, 2), run->outcome);
        }
    }
    return e;
}

static enum err convert_batch(sqlite3_stmt *find, sqlite3_stmt *batch, sqlite3_stmt *put,
                              struct runs *runs)
{
    struct bytes older = row_bytes(batch, 3);
    size_t at = 0;
    uint64_t end = (uint64_t)row_number(batch, 1);
    struct run run;
    enum err e = OK;
    runs_start(runs);
    stmt_number(find, 1, row_number(batch, 2));
    stmt_number(find, 4, row_number(batch, 0));
    while (e == OK && older_run(older, &at, &end, &run)) {
        e = run.outcome == OUTCOME_ERROR ? OK : convert_run(find, &run, runs);
    }
    stmt_number(put, 1, row_number(batch, 0));
    stmt_number(put, 2, row_number(batch, 1));
    stmt_bytes(put, 3, runs_finish(runs));
    return e == OK ? stmt_run(put) : e;
}

static enum err convert_runs(sqlite3 *db)
{
    OWNED(stmt_finalize) sqlite3_stmt *batches = NULL;
    OWNED(stmt_finalize) sqlite3_stmt *find = NULL;
    OWNED(stmt_finalize) sqlite3_stmt *put = NULL;
    OWNED(runs_release) struct runs runs = {0};
    enum err e = db_prepare(db,
                            "SELECT b.job_no, b.first_id, j.source_no, b.runs FROM job_batches b"
                            " JOIN jobs j ON j.no = b.job_no ORDER BY b.job_no, b.first_id",
                            &batches);
    if (e == OK) {
        e = db_prepare(db, rows_of_run, &find);
    }
    if (e == OK) {
        e = db_prepare(db, "UPDATE job_batches SET runs = ?3 WHERE job_no = ?1 AND first_id = ?2",
                       &put);
    }
    bool row = true;
    while (e == OK && row) {
        e = stmt_row(batches, &row);
        e = e == OK && row ? convert_batch(find, batches, put, &runs) : e;
    }
    return e;
}

enum err migrate_versions(sqlite3 *db)
{
    /* By play and job: for the versions that each job saw. */
    enum err e = db_exec(db, "CREATE INDEX play_changes_play ON play_changes (play_id, job_no)");
    e = e == OK ? convert_changes(db) : e;
    e = e == OK ? convert_runs(db) : e;
    e = e == OK ? db_exec(db, "UPDATE sources SET versioned = 1 WHERE no IN"
                              " (SELECT source_id FROM plays JOIN row_versions ON row_no = id)")
                : e;
    e = e == OK ? db_exec(db, "DROP TABLE play_changes") : e;
    e = e == OK ? families_find(db) : e;
    uint64_t doubled = 0;
    e = e == OK ? family_doubled(db, NULL, &doubled) : e;
    if (e == OK && doubled > 0) {
        log_warn("plays are stored twice, an earlier version took a changed database for another"
                 " plays=%" PRIu64,
                 doubled);
    }
    return e;
}

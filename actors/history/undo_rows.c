/* SPDX-License-Identifier: MIT
 * undo_rows.c - a row that no job claims goes; one that others claim is theirs from now on, and
 * says what they saw. */
#include "actors/history/undo_rows.h"

#include "actors/history/version_refold.h"

enum { SOURCES_COUNTED = 16 };

struct undo_rows {
    sqlite3 *db;
    struct versions *versions; /* borrowed */
    int64_t job_no;
    bool dry_run;
    /* owned */
    sqlite3_stmt *find, *remove, *remove_repeated, *rehome, *rehome_repeated, *source_of, *count;
    struct {
        int64_t source_no, change; /* of its number of plays */
    } sources[SOURCES_COUNTED];
    size_t sources_count;
};

static enum err prepare(struct undo_rows *u)
{
    const struct {
        sqlite3_stmt **to;
        const char *sql;
    } statements[] = {
        {&u->find, "SELECT source_id, job_no FROM plays WHERE id = ?1"},
        {&u->remove, "DELETE FROM plays WHERE id = ?1"},
        {&u->remove_repeated, "DELETE FROM play_sources WHERE no = ?1"},
        {&u->source_of, "SELECT source_no FROM jobs WHERE no = ?1"},
        /* Where two sources of a family have a row under one key, it stays where it is. */
        {&u->rehome, "UPDATE OR IGNORE plays SET job_no = ?2, source_id = ?3 WHERE id = ?1"},
        {&u->rehome_repeated, "UPDATE OR IGNORE play_sources SET job_no = ?2, source_id ="
                              " (SELECT source_no FROM jobs WHERE no = ?2)"
                              " WHERE no = ?1 AND job_no = ?3"},
        {&u->count, "UPDATE sources SET plays = plays + ?2 WHERE no = ?1"},
    };
    enum err e = OK;
    for (size_t i = 0; e == OK && i < COUNT_OF(statements); i++) {
        e = db_prepare(u->db, statements[i].sql, statements[i].to);
    }
    return e;
}

enum err undo_rows_open(sqlite3 *db, struct versions *versions, int64_t job_no, bool dry_run,
                        struct undo_rows **out)
{
    OWNED(undo_rows_close) struct undo_rows *u = must_alloc(sizeof *u);
    *u = (struct undo_rows){.db = db, .versions = versions, .job_no = job_no, .dry_run = dry_run};
    enum err e = prepare(u);
    if (e == OK) {
        *out = TAKE(u);
    }
    return e;
}

void undo_rows_close(struct undo_rows **rows)
{
    struct undo_rows *u = *rows;
    if (u == NULL) {
        return;
    }
    sqlite3_stmt **statements[] = {&u->find,   &u->remove,          &u->remove_repeated,
                                   &u->rehome, &u->rehome_repeated, &u->source_of,
                                   &u->count};
    for (size_t i = 0; i < COUNT_OF(statements); i++) {
        stmt_finalize(statements[i]);
    }
    void *memory = u;
    free_bytes(&memory);
    *rows = NULL;
}

enum err undo_rows_flush(struct undo_rows *u)
{
    enum err e = OK;
    for (size_t i = 0; e == OK && i < u->sources_count; i++) {
        stmt_number(u->count, 1, u->sources[i].source_no);
        stmt_number(u->count, 2, u->sources[i].change);
        e = stmt_run(u->count);
    }
    u->sources_count = 0;
    return e;
}

/* How many plays a source has changes with each of its rows: written once a transaction. */
static enum err count_plays(struct undo_rows *u, int64_t source_no, int64_t change)
{
    size_t i = 0;
    while (i < u->sources_count && u->sources[i].source_no != source_no) {
        i++;
    }
    enum err e = OK;
    if (i == SOURCES_COUNTED) {
        e = undo_rows_flush(u);
        i = 0;
    }
    if (i == u->sources_count) {
        u->sources[u->sources_count++].source_no = source_no;
        u->sources[i].change = 0;
    }
    u->sources[i].change += change;
    return e;
}

/* The play that is this row; *out_job_no 0: it is kept by its key alone, or nowhere. */
static enum err find_play(struct undo_rows *u, int64_t row_no, int64_t *out_source_no,
                          int64_t *out_job_no)
{
    OWNED(stmt_reset) sqlite3_stmt *find = u->find;
    bool row = false;
    stmt_number(find, 1, row_no);
    enum err e = stmt_row(find, &row);
    *out_source_no = row ? row_number(find, 0) : 0;
    *out_job_no = row ? row_number(find, 1) : 0;
    return e;
}

static enum err remove_row(struct undo_rows *u, const struct claims *claims, int64_t row_no)
{
    int64_t source_no = 0;
    int64_t job_no = 0;
    enum err e = find_play(u, row_no, &source_no, &job_no);
    if (e == OK && job_no == 0) {
        stmt_number(u->remove_repeated, 1, row_no);
        return stmt_run(u->remove_repeated);
    }
    stmt_number(u->remove, 1, row_no);
    e = e == OK ? stmt_run(u->remove) : e;
    if (e == OK && claims_versioned(claims, row_no)) {
        e = row_forget_versions(u->versions, row_no);
        e = e == OK ? row_forget_rebases(u->versions, row_no) : e;
    }
    return e == OK ? count_plays(u, source_no, -1) : e;
}

static enum err source_of(struct undo_rows *u, int64_t job_no, int64_t *out)
{
    OWNED(stmt_reset) sqlite3_stmt *find = u->source_of;
    bool row = false;
    stmt_number(find, 1, job_no);
    enum err e = stmt_row(find, &row);
    *out = e == OK && row ? row_number(find, 0) : 0;
    return e;
}

/* The row goes under the job that saw it first of those that are left, and under its source. */
static enum err rehome(struct undo_rows *u, int64_t row_no, int64_t to_job_no)
{
    int64_t before = 0;
    int64_t after = 0;
    int64_t job_no = 0;
    enum err e = find_play(u, row_no, &before, &job_no);
    if (e == OK && job_no == 0) {
        stmt_number(u->rehome_repeated, 1, row_no);
        stmt_number(u->rehome_repeated, 2, to_job_no);
        stmt_number(u->rehome_repeated, 3, u->job_no);
        return stmt_run(u->rehome_repeated);
    }
    if (e != OK || job_no != u->job_no) {
        return e;
    }
    e = source_of(u, to_job_no, &after);
    stmt_number(u->rehome, 1, row_no);
    stmt_number(u->rehome, 2, to_job_no);
    stmt_number(u->rehome, 3, after);
    e = e == OK ? stmt_run(u->rehome) : e;
    if (e != OK || after == before || sqlite3_changes(u->db) == 0) {
        return e;
    }
    e = count_plays(u, before, -1);
    return e == OK ? count_plays(u, after, 1) : e;
}

enum err undo_row(struct undo_rows *u, const struct claims *claims, int64_t row_no,
                  enum undone *out)
{
    struct claim other;
    if (!claims_other(claims, row_no, &other)) {
        *out = UNDONE_REMOVED;
        return u->dry_run ? OK : remove_row(u, claims, row_no);
    }
    enum err e = OK;
    *out = UNDONE_KEPT;
    if (claims_versioned(claims, row_no)) {
        size_t count = 0;
        bool changed = false;
        const struct claim *of = claims_of(claims, row_no, &count);
        e = row_refold(u->versions, row_no, of, count, u->dry_run, &changed);
        *out = changed ? UNDONE_RESTORED : UNDONE_KEPT;
    }
    return e == OK && !u->dry_run ? rehome(u, row_no, other.job_no) : e;
}

/* SPDX-License-Identifier: MIT
 * undo_rows.c - a row that no job claims goes; one that others claim is theirs from now on, and
 * says what they saw. */
#include "actors/history/undo_rows.h"

#include "actors/history/undo_groups.h"
#include "actors/history/version_refold.h"

enum { SOURCES_COUNTED = 16 };

struct undo_rows {
    sqlite3 *db;
    struct versions *versions; /* borrowed */
    int64_t job_no;
    struct undo_groups *groups; /* owned; NULL: a dry run */
    /* owned */
    sqlite3_stmt *remove, *remove_repeated, *rehome, *rehome_repeated, *source_of, *count;
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
        {&u->remove, "DELETE FROM plays WHERE id = ?1"},
        {&u->remove_repeated, "DELETE FROM play_sources WHERE no = ?1"},
        {&u->source_of, "SELECT source_no FROM jobs WHERE no = ?1"},
        /* Where two sources of a family have a row under one key, it stays where it is. */
        {&u->rehome, "UPDATE OR IGNORE plays SET job_no = ?2, source_id = ?3 WHERE id = ?1"},
        {&u->rehome_repeated, "UPDATE OR IGNORE play_sources SET job_no = ?2, source_id = ?3"
                              " WHERE no = ?1"},
        {&u->count, "UPDATE sources SET plays = plays + ?2 WHERE no = ?1"},
    };
    enum err e = OK;
    for (size_t i = 0; e == OK && i < COUNT_OF(statements); i++) {
        e = db_prepare(u->db, statements[i].sql, statements[i].to);
    }
    return e;
}

enum err undo_rows_open(sqlite3 *db, struct versions *versions, struct store *s, int64_t job_no,
                        struct undo_rows **out)
{
    OWNED(undo_rows_close) struct undo_rows *u = must_alloc(sizeof *u);
    *u = (struct undo_rows){.db = db, .versions = versions, .job_no = job_no};
    enum err e = prepare(u);
    e = e == OK && s != NULL ? undo_groups_open(s, &u->groups) : e;
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
    sqlite3_stmt **statements[] = {&u->remove,          &u->remove_repeated, &u->rehome,
                                   &u->rehome_repeated, &u->source_of,       &u->count};
    for (size_t i = 0; i < COUNT_OF(statements); i++) {
        stmt_finalize(statements[i]);
    }
    undo_groups_close(&u->groups);
    void *memory = u;
    free_bytes(&memory);
    *rows = NULL;
}

static enum err write_counts(struct undo_rows *u)
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

bool undo_rows_full(const struct undo_rows *u)
{
    return u->groups != NULL && undo_groups_full(u->groups);
}

enum err undo_rows_flush(struct undo_rows *u, uint64_t *split)
{
    enum err e = write_counts(u);
    return e == OK ? undo_groups_settle(u->groups, split) : e;
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
        e = write_counts(u);
        i = 0;
    }
    if (i == u->sources_count) {
        u->sources[u->sources_count++].source_no = source_no;
        u->sources[i].change = 0;
    }
    u->sources[i].change += change;
    return e;
}

/* A row of a group goes from it, and with the last one the play. */
static enum err remove_from_group(struct undo_rows *u, int64_t row_no,
                                  const struct row_place *place)
{
    bool taken = false;
    bool empty = false;
    enum err e = undo_groups_touch(u->groups, place);
    e = e == OK ? undo_groups_replace(u->groups, row_no, place, &taken) : e;
    stmt_number(u->remove_repeated, 1, row_no);
    e = e == OK ? stmt_run(u->remove_repeated) : e;
    e = e == OK ? undo_groups_drop_empty(u->groups, place->play_id, &empty) : e;
    return e == OK && empty ? count_plays(u, place->source_no, -1) : e;
}

static enum err remove_alone(struct undo_rows *u, int64_t row_no, const struct row_place *place)
{
    bool taken = false;
    enum err e = undo_groups_replace(u->groups, row_no, place, &taken);
    if (e != OK || taken) {
        return e;
    }
    stmt_number(u->remove, 1, row_no);
    e = stmt_run(u->remove);
    return e == OK ? count_plays(u, place->source_no, -1) : e;
}

static enum err remove_row(struct undo_rows *u, const struct claims *claims, int64_t row_no)
{
    struct row_place place;
    enum err e = undo_groups_find(u->groups, row_no, &place);
    if (e == OK && place.stands == ROW_REPEATS) {
        stmt_number(u->remove_repeated, 1, row_no);
        return stmt_run(u->remove_repeated);
    }
    if (e != OK || place.stands == ROW_NOWHERE) {
        return e;
    }
    e = place.stands == ROW_ALONE ? remove_alone(u, row_no, &place)
                                  : remove_from_group(u, row_no, &place);
    if (e == OK && claims_versioned(claims, row_no)) {
        e = row_forget_versions(u->versions, row_no);
        e = e == OK ? row_forget_rebases(u->versions, row_no) : e;
    }
    return e;
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
static enum err rehome(struct undo_rows *u, int64_t row_no, const struct row_place *place,
                       int64_t to_job_no)
{
    int64_t after = 0;
    if (place->stands == ROW_NOWHERE || place->job_no != u->job_no) {
        return OK;
    }
    bool alone = place->stands == ROW_ALONE;
    sqlite3_stmt *put = alone ? u->rehome : u->rehome_repeated;
    enum err e = source_of(u, to_job_no, &after);
    stmt_number(put, 1, row_no);
    stmt_number(put, 2, to_job_no);
    stmt_number(put, 3, after);
    e = e == OK ? stmt_run(put) : e;
    if (e == OK && place->stands == ROW_OF_GROUP) {
        return undo_groups_touch(u->groups, place);
    }
    if (e != OK || !alone || after == place->source_no || sqlite3_changes(u->db) == 0) {
        return e;
    }
    e = count_plays(u, place->source_no, -1);
    return e == OK ? count_plays(u, after, 1) : e;
}

/* What the row shows is what the versions that are claimed give. */
static enum err refold(struct undo_rows *u, const struct claims *claims, int64_t row_no,
                       const struct row_place *place, bool *out_changed)
{
    size_t count = 0;
    const struct claim *of = claims_of(claims, row_no, &count);
    bool dry_run = u->groups == NULL;
    if (!dry_run && place->stands != ROW_ALONE && place->stands != ROW_OF_GROUP) {
        return OK;
    }
    enum err e = dry_run ? OK : undo_groups_free(u->groups, row_no, place, of, count);
    e = e == OK ? row_refold(u->versions, row_no, of, count, dry_run, out_changed) : e;
    return e == OK && *out_changed && !dry_run ? undo_groups_touch(u->groups, place) : e;
}

enum err undo_row(struct undo_rows *u, const struct claims *claims, int64_t row_no,
                  enum undone *out)
{
    struct claim other;
    struct row_place place = {0};
    if (!claims_other(claims, row_no, &other)) {
        *out = UNDONE_REMOVED;
        return u->groups == NULL ? OK : remove_row(u, claims, row_no);
    }
    bool changed = false;
    enum err e = u->groups != NULL ? undo_groups_find(u->groups, row_no, &place) : OK;
    if (e == OK && claims_versioned(claims, row_no)) {
        e = refold(u, claims, row_no, &place, &changed);
    }
    *out = changed ? UNDONE_RESTORED : UNDONE_KEPT;
    return e == OK && u->groups != NULL ? rehome(u, row_no, &place, other.job_no) : e;
}

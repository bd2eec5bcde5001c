/* SPDX-License-Identifier: MIT
 * undo_rows.c - a row that no job claims goes; one that others claim is theirs from now on, and
 * says what they saw. */
#include "actors/history/undo_rows.h"

#include "actors/history/undo_groups.h"
#include "actors/history/undo_repeats.h"
#include "actors/history/version_refold.h"
#include "proto/schema/operations.h"

struct undo_rows {
    sqlite3 *db;
    struct versions *versions; /* borrowed */
    int64_t job_no;
    bool marks;                   /* a schedule would bring its rows back */
    bool may_be_gone;             /* rows were erased from under the jobs that saw them */
    struct undo_groups *groups;   /* owned; NULL: a dry run */
    struct undo_repeats *repeats; /* owned; as groups */
    /* owned */
    sqlite3_stmt *find, *remove, *remove_member, *members, *rehome, *rehome_member, *source_of,
        *mark;
};

static enum err prepare(struct undo_rows *u)
{
    const struct {
        sqlite3_stmt **to;
        const char *sql;
    } statements[] = {
        {&u->find, "SELECT source_id, job_no, id, 1, started_at FROM plays"
                   " WHERE id = ?1 AND grouped IS NULL"
                   " UNION ALL SELECT source_id, job_no, play_id, CASE WHEN body IS NULL THEN 3"
                   " ELSE 2 END, started_at FROM play_sources WHERE no = ?1"},
        {&u->remove, "DELETE FROM plays WHERE id = ?1"},
        {&u->remove_member, "DELETE FROM play_sources WHERE no = ?1"},
        {&u->members, "SELECT EXISTS (SELECT 1 FROM play_sources WHERE play_id = ?1"
                      " AND body IS NOT NULL)"},
        {&u->mark, "INSERT OR IGNORE INTO undone_rows"
                   " SELECT source_id, native_id, started_at FROM plays"
                   " WHERE id = ?1 AND grouped IS NULL UNION ALL"
                   " SELECT source_id, native_id, started_at FROM play_sources WHERE no = ?1"},
        {&u->source_of, "SELECT source_no FROM jobs WHERE no = ?1"},
        /* Where two sources of a family have a row under one key, it stays where it is. */
        {&u->rehome, "UPDATE OR IGNORE plays SET job_no = ?2, source_id = ?3 WHERE id = ?1"},
        {&u->rehome_member, "UPDATE OR IGNORE play_sources SET job_no = ?2, source_id = ?3"
                            " WHERE no = ?1"},
    };
    enum err e = OK;
    for (size_t i = 0; e == OK && i < COUNT_OF(statements); i++) {
        e = db_prepare(u->db, statements[i].sql, statements[i].to);
    }
    return e;
}

static enum err read_erased(struct undo_rows *u)
{
    OWNED(stmt_finalize) sqlite3_stmt *find = NULL;
    enum err e = db_prepare_with(u->db, "SELECT 1 FROM jobs WHERE operation = ?1 LIMIT 1",
                                 operation_forget, &find);
    return e == OK ? stmt_row(find, &u->may_be_gone) : e;
}

static enum err read_marks(struct undo_rows *u)
{
    OWNED(stmt_finalize) sqlite3_stmt *find = NULL;
    bool row = false;
    enum err e =
        db_prepare_with(u->db, "SELECT operation FROM jobs WHERE no = ?1", u->job_no, &find);
    e = e == OK ? stmt_row(find, &row) : e;
    u->marks = e == OK && row && operations[row_number(find, 0)].of_server;
    return e;
}

enum err undo_rows_open(sqlite3 *db, struct versions *versions, struct store *s, int64_t job_no,
                        struct undo_rows **out)
{
    OWNED(undo_rows_close) struct undo_rows *u = must_alloc(sizeof *u);
    *u = (struct undo_rows){.db = db, .versions = versions, .job_no = job_no};
    enum err e = prepare(u);
    e = e == OK ? read_erased(u) : e;
    e = e == OK ? read_marks(u) : e;
    if (e == OK && s != NULL) {
        e = undo_groups_open(s, &u->groups);
        e = e == OK ? undo_repeats_open(s, u->groups, &u->repeats) : e;
    }
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
    sqlite3_stmt **statements[] = {&u->find,   &u->remove,        &u->remove_member, &u->members,
                                   &u->rehome, &u->rehome_member, &u->source_of,     &u->mark};
    for (size_t i = 0; i < COUNT_OF(statements); i++) {
        stmt_finalize(statements[i]);
    }
    undo_repeats_close(&u->repeats);
    undo_groups_close(&u->groups);
    void *memory = u;
    free_bytes(&memory);
    *rows = NULL;
}

bool undo_rows_full(const struct undo_rows *u)
{
    return u->groups != NULL && undo_groups_full(u->groups);
}

enum err undo_rows_flush(struct undo_rows *u)
{
    return undo_groups_settle(u->groups);
}

static enum err find_row(struct undo_rows *u, int64_t row_no, struct row_place *out)
{
    OWNED(stmt_reset) sqlite3_stmt *find = u->find;
    bool row = false;
    stmt_number(find, 1, row_no);
    enum err e = stmt_row(find, &row);
    *out = (struct row_place){.stands = ROW_NOWHERE};
    if (e == OK && row) {
        out->source_no = row_number(find, 0);
        out->job_no = row_number(find, 1);
        out->play_id = row_number(find, 2);
        out->stands = (int)row_number(find, 3);
        out->started_at = row_number(find, 4);
    }
    return e;
}

static enum err touch(struct undo_rows *u, const struct row_place *place)
{
    return undo_groups_touch(u->groups, place->source_no, place->play_id,
                             place->stands == ROW_OF_GROUP ? place->play_id : 0);
}

/* ---- a row that goes ---- */

static enum err run_on(sqlite3_stmt *stmt, int64_t no)
{
    stmt_number(stmt, 1, no);
    return stmt_run(stmt);
}

/* With its last row a play goes too. */
static enum err drop_empty(struct undo_rows *u, int64_t play_id)
{
    OWNED(stmt_reset) sqlite3_stmt *find = u->members;
    bool row = false;
    stmt_number(find, 1, play_id);
    enum err e = stmt_row(find, &row);
    return e == OK && row && row_number(find, 0) == 0 ? run_on(u->remove, play_id) : e;
}

/* A row that stood for itself does so no more: `equal` NULL, it goes; else it says what that row
 * says, and is kept by its key. */
static enum err cease(struct undo_rows *u, int64_t row_no, const struct row_place *place,
                      const struct refolded *says, const struct equal_row *equal)
{
    bool taken = false;
    bool alone = place->stands == ROW_ALONE;
    enum err e = alone ? OK : touch(u, place);
    e = e == OK ? undo_repeats_replace(u->repeats, row_no, place, &taken) : e;
    if (e == OK && equal != NULL) {
        e = undo_repeats_keep(u->repeats, row_no, place, says, equal);
    } else if (e == OK && !alone) {
        e = run_on(u->remove_member, row_no);
    }
    if (e == OK && !taken) {
        e = alone ? run_on(u->remove, row_no) : drop_empty(u, place->play_id);
    }
    return e == OK ? undo_groups_count(u->groups, place->source_no, -1) : e;
}

static enum err forget_versions(struct undo_rows *u, int64_t row_no)
{
    enum err e = row_forget_versions(u->versions, row_no);
    return e == OK ? row_forget_rebases(u->versions, row_no) : e;
}

static enum err remove_row(struct undo_rows *u, const struct claims *claims, int64_t row_no,
                           const struct row_place *place)
{
    enum err e = u->marks ? run_on(u->mark, row_no) : OK;
    if (e != OK || place->stands == ROW_REPEATS) {
        return e == OK ? run_on(u->remove_member, row_no) : e;
    }
    e = cease(u, row_no, place, NULL, NULL);
    return e == OK && claims_versioned(claims, row_no) ? forget_versions(u, row_no) : e;
}

/* ---- a row that stays ---- */

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
    struct row_place place;
    int64_t after = 0;
    enum err e = find_row(u, row_no, &place);
    if (e != OK || place.job_no != u->job_no) {
        return e;
    }
    bool alone = place.stands == ROW_ALONE;
    sqlite3_stmt *put = alone ? u->rehome : u->rehome_member;
    e = source_of(u, to_job_no, &after);
    stmt_number(put, 1, row_no);
    stmt_number(put, 2, to_job_no);
    stmt_number(put, 3, after);
    e = e == OK ? stmt_run(put) : e;
    bool moved = e == OK && after != place.source_no && sqlite3_changes(u->db) > 0;
    if (e == OK && place.stands == ROW_OF_GROUP) {
        e = touch(u, &place);
    }
    if (e != OK || !moved || place.stands == ROW_REPEATS) {
        return e;
    }
    e = undo_groups_count(u->groups, place.source_no, -1);
    return e == OK ? undo_groups_count(u->groups, after, 1) : e;
}

/* Of two rows that say the same the one stands that was seen first; *out_stays if it is this one.
 */
static enum err meet_equal(struct undo_rows *u, const struct claims *claims, int64_t row_no,
                           const struct row_place *place, const struct refolded *says,
                           bool *out_stays)
{
    struct equal_row equal;
    struct row_place other;
    enum err e = undo_repeats_equal(u->repeats, row_no, place, says->hash, &equal);
    *out_stays = e == OK && (equal.no == 0 || claims_precede(claims, row_no, equal.no));
    if (e != OK || equal.no == 0) {
        return e;
    }
    if (!*out_stays) {
        e = cease(u, row_no, place, says, &equal);
        return e == OK ? forget_versions(u, row_no) : e;
    }
    const struct equal_row itself = {row_no, place->play_id};
    const struct refolded same = {.hash = says->hash};
    e = find_row(u, equal.no, &other);
    e = e == OK ? undo_repeats_follow(u->repeats, &equal, says->hash, &itself) : e;
    e = e == OK ? cease(u, equal.no, &other, &same, &itself) : e;
    return e == OK ? forget_versions(u, equal.no) : e;
}

/* What the row shows is what the versions that are claimed give. Another row may say just that. */
static enum err refold(struct undo_rows *u, const struct claims *claims, int64_t row_no,
                       const struct row_place *place, bool *out_changed)
{
    size_t count = 0;
    const struct claim *of = claims_of(claims, row_no, &count);
    struct refolded says;
    bool stays = false;
    enum err e = row_refold(u->versions, row_no, of, count, true, &says);
    *out_changed = e == OK && says.changed;
    if (e != OK || !says.rewritten || u->groups == NULL) {
        return e;
    }
    e = meet_equal(u, claims, row_no, place, &says, &stays);
    if (e != OK || !stays) {
        return e;
    }
    e = undo_repeats_free(u->repeats, row_no, place, of, count);
    e = e == OK ? row_refold(u->versions, row_no, of, count, false, &says) : e;
    return e == OK && says.changed ? touch(u, place) : e;
}

enum err undo_row(struct undo_rows *u, const struct claims *claims, int64_t row_no,
                  enum undone *out)
{
    struct claim other;
    struct row_place place = {.stands = ROW_ALONE};
    bool dry_run = u->groups == NULL;
    bool stays = claims_other(claims, row_no, &other);
    bool versioned = stays && claims_versioned(claims, row_no);
    enum err e = !dry_run || u->may_be_gone || versioned ? find_row(u, row_no, &place) : OK;
    *out = place.stands == ROW_NOWHERE ? UNDONE_GONE : stays ? UNDONE_KEPT : UNDONE_REMOVED;
    if (e != OK || *out == UNDONE_GONE) {
        return e;
    }
    if (!stays) {
        return dry_run ? OK : remove_row(u, claims, row_no, &place);
    }
    if (versioned && place.stands != ROW_REPEATS) {
        bool changed = false;
        e = refold(u, claims, row_no, &place, &changed);
        *out = changed ? UNDONE_RESTORED : UNDONE_KEPT;
    }
    return e == OK && !dry_run ? rehome(u, row_no, other.job_no) : e;
}

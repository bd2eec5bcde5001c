/* SPDX-License-Identifier: MIT
 * forget.c - the job that erases a person: first plays in order of their numbers, then rejected
 * rows, then the names in receipts and all others, overwriting what is deleted. A row is erased if
 * its account is marked, so a step that is made twice finds nothing left. */
#include "actors/history/forget.h"

#include <string.h>

#include "actors/history/columns.h"
#include "actors/history/families.h"
#include "actors/history/forgotten_rows.h"
#include "actors/history/note_contents.h"
#include "actors/history/people_fold.h"
#include "proto/base/clock.h"
#include "proto/base/log.h"
#include "proto/wire/codec.h"

enum { LOOKED_AT_ONCE = 500 };

/* ---- the beginning ---- */

static enum err find_person(struct own_start *start, struct person_marks *out, const char **out_id)
{
    struct forget_params *params = arena_alloc(start->arena, sizeof *params);
    struct flaw flaw;
    const struct store *s = start->h->store;
    if (record_unpack(desc_forget_params(), start->job->params.data, start->job->params.size,
                      start->arena, params, &flaw) != OK) {
        return ERR_BAD_FIELD;
    }
    *out_id = person_own_id(s->people, params->id, start->arena);
    return person_marks_of(s->db, s->people, params->id, start->arena, out);
}

static enum err put_marks(struct own_start *start, const struct person_marks *marks, const char *id)
{
    OWNED(stmt_finalize) sqlite3_stmt *put = NULL;
    OWNED(stmt_finalize) sqlite3_stmt *name = NULL;
    sqlite3 *db = start->h->store->db;
    int64_t now = clock_wall_ms();
    enum err e = db_prepare(db,
                            "INSERT INTO forgotten (server_id, user_id, person, since, by_whom)"
                            " VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING",
                            &put);
    e = e == OK ? db_prepare(db, "INSERT OR IGNORE INTO forgotten_names VALUES (?1, ?2, ?3)", &name)
                : e;
    for (size_t i = 0; e == OK && i < marks->count; i++) {
        stmt_text(put, 1, marks->accounts[i].server_id);
        stmt_text(put, 2, marks->accounts[i].user_id);
        stmt_text(put, 3, id);
        stmt_number(put, 4, now);
        stmt_text(put, 5, start->job->asked_by);
        e = stmt_run(put);
    }
    for (size_t i = 0; e == OK && i < marks->names_count; i++) {
        stmt_text(name, 1, marks->names[i].server_id);
        stmt_text(name, 2, marks->names[i].user_id);
        stmt_text(name, 3, id);
        e = stmt_run(name);
    }
    return e;
}

/* What dry runs keep of rows goes with them. */
static enum err end_dry_runs(struct history *h)
{
    enum err e = db_exec(h->store->db, "UPDATE jobs SET resumable = 0 WHERE resumable AND dry_run");
    for (struct active_job *active = h->active_jobs; e == OK && active; active = active->next) {
        active->job.resumable = active->job.resumable && !active->job.dry_run;
    }
    h->sweep_due = true;
    return e;
}

static enum err begin(struct own_start *start)
{
    struct person_marks marks;
    const char *id = NULL;
    int64_t total = 0;
    sqlite3 *db = start->h->store->db;
    enum err e = find_person(start, &marks, &id);
    if (e == OK) {
        e = put_marks(start, &marks, id);
    }
    if (e == OK) {
        e = end_dry_runs(start->h);
    }
    if (e == OK) {
        e = db_number(db,
                      "SELECT (SELECT count(*) FROM plays) + (SELECT count(*) FROM note_contents)",
                      0, &total);
    }
    if (e == OK) {
        job_set_text(&start->job->title, id);
        start->job->total = (uint64_t)total;
    }
    return e;
}

/* ---- where a step goes on ---- */

enum part { PART_PLAYS, PART_NOTES, PART_RECEIPTS, PART_NONE };

struct place {
    enum part part;
    int64_t after; /* the number of the newest row looked at */
};

static struct place place_read(const struct buffer *cursor)
{
    struct place place = {0};
    if (cursor->size == sizeof place) {
        memcpy(&place, cursor->data, sizeof place);
    }
    return place;
}

static void place_write(struct buffer *cursor, const struct place *place)
{
    buffer_reset(cursor);
    buffer_append(cursor, place, sizeof *place);
}

/* ---- what erases ---- */

enum erase_stmt {
    ERASE_CALLED,
    ERASE_VERSIONS,
    ERASE_COUNTED,
    ERASE_ROWS,
    ERASE_ALONE,
    ERASE_PLAY,
    ERASE_NOTED,
    ERASE_NOTES,
    ERASE_STMTS
};

static const char *const erase_sql[ERASE_STMTS] = {
    /* Receipts call the person as the play does: the end erases that too. */
    [ERASE_CALLED] = "INSERT OR IGNORE INTO user_names SELECT source_id, user_id, user FROM plays"
                     " WHERE id = ?1 AND user IS NOT NULL",
    [ERASE_VERSIONS] = "DELETE FROM row_versions WHERE row_no = ?1"
                       " OR row_no IN (SELECT no FROM play_sources WHERE play_id = ?1)",
    /* A source counts its rows that are kept in full. */
    [ERASE_COUNTED] =
        "UPDATE sources SET plays = max(0, plays - (SELECT count(*) FROM play_sources"
        "  WHERE play_id = ?1 AND source_id = sources.no AND body IS NOT NULL)"
        " - (SELECT count(*) FROM plays WHERE id = ?1 AND source_id = sources.no"
        "  AND grouped IS NULL)) WHERE no IN (SELECT source_id FROM plays WHERE id = ?1 UNION"
        " SELECT source_id FROM play_sources WHERE play_id = ?1)",
    [ERASE_ROWS] = "DELETE FROM play_sources WHERE play_id = ?1",
    /* A play that is the one row that told of it. */
    [ERASE_ALONE] = "DELETE FROM plays WHERE id = ?1 AND grouped IS NULL",
    [ERASE_PLAY] = "DELETE FROM plays WHERE id = ?1",
    [ERASE_NOTED] = "UPDATE jobs SET notes = notes - (SELECT count(*) FROM notes"
                    "  WHERE content = ?1 AND job_no = jobs.no)"
                    " WHERE no IN (SELECT job_no FROM notes WHERE content = ?1)",
    [ERASE_NOTES] = "DELETE FROM notes WHERE content = ?1",
};

/* For one step. */
struct eraser {
    sqlite3 *db;
    sqlite3_stmt *stmts[ERASE_STMTS];
    uint64_t plays, rows, notes; /* erased */
};

static enum err eraser_open(sqlite3 *db, struct eraser *out)
{
    enum err e = OK;
    *out = (struct eraser){.db = db};
    for (int i = 0; e == OK && i < ERASE_STMTS; i++) {
        e = db_prepare(db, erase_sql[i], &out->stmts[i]);
    }
    return e;
}

static void eraser_close(struct eraser *eraser)
{
    for (int i = 0; i < ERASE_STMTS; i++) {
        stmt_finalize(&eraser->stmts[i]);
    }
}

/* Runs some, one after the other; `out_n[i]` is how many rows the i-th has changed. */
static enum err erase(struct eraser *eraser, enum erase_stmt first, enum erase_stmt last,
                      int64_t number, uint64_t *out_n)
{
    enum err e = OK;
    for (int i = (int)first; e == OK && i <= (int)last; i++) {
        stmt_number(eraser->stmts[i], 1, number);
        e = stmt_run(eraser->stmts[i]);
        out_n[i] = e == OK ? (uint64_t)sqlite3_changes(eraser->db) : 0;
    }
    return e;
}

static enum err erase_play(struct eraser *eraser, int64_t id)
{
    uint64_t n[ERASE_STMTS] = {0};
    enum err e = erase(eraser, ERASE_CALLED, ERASE_PLAY, id, n);
    eraser->plays += n[ERASE_ALONE] + n[ERASE_PLAY];
    eraser->rows += n[ERASE_ROWS] + n[ERASE_ALONE];
    return e;
}

static enum err erase_content(struct eraser *eraser, int64_t content)
{
    uint64_t n[ERASE_STMTS] = {0};
    enum err e = erase(eraser, ERASE_NOTED, ERASE_NOTES, content, n);
    eraser->notes += n[ERASE_NOTES];
    return e;
}

/* ---- a look at some rows ---- */

/* The marked ones of the next some hundred. */
struct look {
    int64_t ids[LOOKED_AT_ONCE];
    size_t seen_before[LOOKED_AT_ONCE]; /* how many were seen before that one */
    size_t count, seen;
};

static enum err is_marked(struct store *s, enum part part, sqlite3_stmt *row, bool *out)
{
    if (part == PART_NOTES) {
        return forgotten_content(s->db, s->people, row_number(row, 0), row_bytes(row, 1), out);
    }
    *out = people_forgot(s->people, row_text(row, 2), row_text(row, 1));
    return OK;
}

static enum err look_at(struct own_step *step, struct place *place, struct look *out)
{
    static const char *const texts[] = {
        [PART_PLAYS] = "SELECT p.id, p.user_id, s.server_id FROM plays p"
                       " JOIN sources s ON s.no = p.source_id WHERE p.id > ?1"
                       " ORDER BY p.id LIMIT 500",
        [PART_NOTES] = "SELECT id, raw FROM note_contents WHERE id > ?1 ORDER BY id LIMIT 500"};
    OWNED(stmt_finalize) sqlite3_stmt *list = NULL;
    struct store *s = step->h->store;
    enum err e = db_prepare_with(s->db, texts[place->part], place->after, &list);
    bool row = e == OK;
    out->count = out->seen = 0;
    while (e == OK && row) {
        bool marked = false;
        e = stmt_row(list, &row);
        if (e != OK || !row) {
            continue;
        }
        e = is_marked(s, place->part, list, &marked);
        place->after = row_number(list, 0);
        if (marked) {
            out->seen_before[out->count] = out->seen;
            out->ids[out->count++] = place->after;
        }
        out->seen++;
    }
    return e;
}

/* As many of them as there is time for; at least one, so that it comes to an end. */
static enum err erase_some(struct own_step *step, struct place *place, struct eraser *eraser)
{
    struct look look;
    enum err e = look_at(step, place, &look);
    bool all = true;
    for (size_t i = 0; e == OK && all && i < look.count; i++) {
        all = i == 0 || clock_monotonic_ms() < step->until_ms;
        if (!all) {
            place->after = look.ids[i] - 1;
            look.seen = look.seen_before[i];
        } else {
            e = place->part == PART_NOTES ? erase_content(eraser, look.ids[i])
                                          : erase_play(eraser, look.ids[i]);
        }
    }
    step->job->duplicate += look.seen;
    if (e == OK && all && look.seen < LOOKED_AT_ONCE) {
        *place = (struct place){.part = place->part + 1};
    }
    return e;
}

/* ---- receipts ---- */

#define ERASED                                                          \
    "job_no > %lld AND job_no <= %lld AND dimension = %d AND key <> ''" \
    " AND (key IN (SELECT name FROM erased_names)"                      \
    " OR job_no IN (SELECT no FROM jobs WHERE dry_run))"
/* They count on under no name, unless somebody who stays is called the same; those of dry runs
 * under none at all: whom they name is kept nowhere. */
static const char receipts_sql[] =
    "CREATE TEMP TABLE erased_names AS SELECT DISTINCT u.value AS name FROM"
    " (SELECT source_no, user_id, name AS value FROM users UNION SELECT source_no, user_id,"
    "  display_name FROM users UNION SELECT source_no, user_id, user_id FROM users"
    "  UNION SELECT source_no, user_id, name FROM user_names"
    "  UNION SELECT source_no, user_id, user_id FROM user_names) u"
    " JOIN sources s ON s.no = u.source_no WHERE u.value IS NOT NULL"
    " AND person_forgotten(s.server_id, u.user_id) AND NOT EXISTS (SELECT 1 FROM users o"
    " JOIN sources t ON t.no = o.source_no WHERE (o.name = u.value OR o.display_name = u.value)"
    " AND NOT person_forgotten(t.server_id, o.user_id));"
    "INSERT INTO job_counts SELECT job_no, dimension, '', outcome, sum(n) FROM job_counts"
    " WHERE " ERASED " GROUP BY job_no, outcome ON CONFLICT DO UPDATE SET n = n + excluded.n;"
    "DELETE FROM job_counts WHERE " ERASED ";"
    "DROP TABLE erased_names;";

/* Those of the next few jobs. */
static enum err rename_receipts(sqlite3 *db, struct place *place)
{
    OWNED(stmt_finalize) sqlite3_stmt *find = NULL;
    bool row = false;
    enum err e = db_prepare_with(
        db, "SELECT max(no) FROM (SELECT no FROM jobs WHERE no > ?1 ORDER BY no LIMIT 20)",
        place->after, &find);
    e = e == OK ? stmt_row(find, &row) : e;
    if (e != OK || row_is_null(find, 0)) {
        place->part = PART_NONE;
        return e;
    }
    long long after = place->after;
    long long last = row_number(find, 0);
    OWNED(db_free)
    char *sql =
        sqlite3_mprintf(receipts_sql, after, last, DIMENSION_USER, after, last, DIMENSION_USER);
    sqlite3_reset(find);
    place->after = last;
    return db_exec(db, sql);
}

/* ---- one step ---- */

static enum err count_erased(struct own_step *step, const struct eraser *eraser)
{
    enum err e = own_step_count(step, "erased_plays", eraser->plays);
    if (e == OK) {
        e = own_step_count(step, "erased_rows", eraser->rows);
    }
    return e == OK ? own_step_count(step, "erased_rejected_rows", eraser->notes) : e;
}

static enum err step(struct own_step *step)
{
    struct place place = place_read(step->cursor);
    struct eraser eraser;
    sqlite3 *db = step->h->store->db;
    enum err e = eraser_open(db, &eraser);
    e = e == OK ? db_exec(db, "INSERT OR IGNORE INTO scrub_due VALUES (1)") : e;
    step->h->scrub_due = true;
    while (e == OK && place.part != PART_NONE) {
        e = place.part == PART_RECEIPTS ? rename_receipts(db, &place)
                                        : erase_some(step, &place, &eraser);
        if (clock_monotonic_ms() >= step->until_ms) {
            break;
        }
    }
    eraser_close(&eraser);
    e = e == OK ? count_erased(step, &eraser) : e;
    place_write(step->cursor, &place);
    step->done = place.part == PART_NONE;
    return e;
}

/* ---- names, at the end ---- */

static const char names_sql[] =
    "DELETE FROM user_names WHERE (source_no, user_id) IN (SELECT u.source_no, u.user_id"
    " FROM user_names u JOIN sources s ON s.no = u.source_no"
    " WHERE person_forgotten(s.server_id, u.user_id));"
    "DELETE FROM users WHERE (source_no, user_id) IN (SELECT u.source_no, u.user_id FROM users u"
    " JOIN sources s ON s.no = u.source_no WHERE person_forgotten(s.server_id, u.user_id));";

static enum err finish(struct history *h, const struct job *job)
{
    (void)job;
    struct store *s = h->store;
    enum err e = db_exec(s->db, names_sql);
    e = e == OK ? families_count_doubled(s->db) : e;
    return e == OK ? people_leave_out_forgotten(s) : e;
}

const struct own_operation forget_operation = {
    .begin = begin, .step = step, .finish = finish, .goes_on = true};

static enum err delete_marks(sqlite3 *db, const char *table, const char *person)
{
    OWNED(db_free) char *sql = sqlite3_mprintf("DELETE FROM %s WHERE person = ?1", table);
    OWNED(stmt_finalize) sqlite3_stmt *lift = NULL;
    enum err e = db_prepare(db, sql, &lift);
    if (e == OK) {
        stmt_text(lift, 1, person);
        e = stmt_run(lift);
    }
    return e;
}

static enum err lift(struct history *h, const char *id)
{
    OWNED(arena_destroy) struct arena *arena = arena_new();
    sqlite3 *db = h->store->db;
    struct mark_found mark;
    enum err e = forgotten_find(db, h->store->people, id, arena, &mark);
    if (e == OK && mark.person == NULL) {
        return ERR_PERSON_NOT_FOUND;
    }
    e = e == OK ? delete_marks(db, "forgotten", mark.person) : e;
    e = e == OK ? delete_marks(db, "forgotten_names", mark.person) : e;
    return e == OK ? own_jobs_settle(h, operation_forget, 0) : e;
}

enum err forget_lift(struct history *h, const char *id)
{
    const struct active_job *newest = active_job_find(h, operation_forget, NULL);
    if (newest != NULL && newest->job.status == status_running) {
        return ERR_FORGET_RUNNING;
    }
    enum err e = store_begin(h->store, true);
    e = e == OK ? store_end(h->store, lift(h, id)) : e;
    return e == OK ? store_read_people(h->store) : e;
}

/* Not while more is erased, nor while the index of plays has it. */
static enum err may_scrub(const struct history *h, int64_t *out_due, int64_t *out_now)
{
    const struct active_job *newest = active_job_find(h, operation_forget, NULL);
    enum err e = db_number(h->store->db, "SELECT EXISTS (SELECT 1 FROM scrub_due)", 0, out_due);
    *out_now = 0;
    if (e != OK || *out_due == 0 || h->sweep_due ||
        (newest != NULL && newest->job.status == status_running)) {
        return e;
    }
    return db_number(h->store->db,
                     "SELECT NOT EXISTS (SELECT 1 FROM play_index_changed)"
                     " AND NOT EXISTS (SELECT 1 FROM play_titles_left)",
                     0, out_now);
}

void forget_scrub(struct history *h)
{
    struct store *s = h->store;
    int64_t due = 0;
    int64_t now = 0;
    bool empty = false;
    if (!h->scrub_due) {
        return;
    }
    enum err e = may_scrub(h, &due, &now);
    h->scrub_due = e != OK || due != 0;
    if (e == OK && now != 0) {
        e = db_truncate_wal(s->db, &empty);
    }
    if (e == OK && empty) {
        e = db_exec(s->db, "DELETE FROM scrub_due");
    }
    if (e != OK) {
        log_warn("what was erased is not gone from history.db-wal yet error=%s, trying again",
                 err_code(e));
    }
}

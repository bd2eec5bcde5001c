/* SPDX-License-Identifier: MIT
 * forget.c - the job that erases a person: first plays in order of their numbers, then rejected
 * rows, then names, each step overwriting what it deletes. A row is erased if its account is
 * marked, so a step that is made twice finds nothing left. */
#include "actors/history/forget.h"

#include <string.h>

#include "actors/history/columns.h"
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

enum part { PART_PLAYS, PART_NOTES, PART_NONE };

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

/* ---- plays ---- */

static enum err run_with(sqlite3 *db, const char *sql, int64_t number, uint64_t *out_n)
{
    OWNED(stmt_finalize) sqlite3_stmt *run = NULL;
    enum err e = db_prepare_with(db, sql, number, &run);
    e = e == OK ? stmt_run(run) : e;
    if (e == OK && out_n != NULL) {
        *out_n += (uint64_t)sqlite3_changes(db);
    }
    return e;
}

struct erased {
    uint64_t plays, rows, notes;
};

static enum err erase_play(sqlite3 *db, int64_t id, struct erased *out)
{
    uint64_t alone = 0; /* a play that is the one row that told of it */
    /* Receipts call the person as the play does: the end erases that too. */
    enum err e = run_with(db,
                          "INSERT OR IGNORE INTO user_names SELECT source_id, user_id, user"
                          " FROM plays WHERE id = ?1 AND user IS NOT NULL",
                          id, NULL);
    e = e != OK ? e
                : run_with(db,
                           "DELETE FROM row_versions WHERE row_no = ?1"
                           " OR row_no IN (SELECT no FROM play_sources WHERE play_id = ?1)",
                           id, NULL);
    if (e == OK) {
        e = run_with(db,
                     "UPDATE sources SET plays = plays - 1"
                     " WHERE no = (SELECT source_id FROM plays WHERE id = ?1) AND plays > 0",
                     id, NULL);
    }
    if (e == OK) {
        e = run_with(db, "DELETE FROM play_sources WHERE play_id = ?1", id, &out->rows);
    }
    if (e == OK) {
        e = run_with(db, "DELETE FROM plays WHERE id = ?1 AND grouped IS NULL", id, &alone);
    }
    if (e == OK) {
        e = run_with(db, "DELETE FROM plays WHERE id = ?1", id, &out->plays);
    }
    out->plays += alone;
    out->rows += alone;
    return e;
}

/* The marked ones of the next some hundred plays. */
static enum err look_at_plays(struct store *s, struct place *place, int64_t *out_ids,
                              size_t *out_count, size_t *out_seen)
{
    OWNED(stmt_finalize) sqlite3_stmt *list = NULL;
    enum err e = db_prepare_with(s->db,
                                 "SELECT p.id, p.user_id, s.server_id FROM plays p"
                                 " JOIN sources s ON s.no = p.source_id WHERE p.id > ?1"
                                 " ORDER BY p.id LIMIT 500",
                                 place->after, &list);
    bool row = e == OK;
    *out_count = *out_seen = 0;
    while (e == OK && row) {
        e = stmt_row(list, &row);
        if (e == OK && row) {
            place->after = row_number(list, 0);
            ++*out_seen;
            if (people_forgot(s->people, row_text(list, 2), row_text(list, 1))) {
                out_ids[(*out_count)++] = place->after;
            }
        }
    }
    return e;
}

static enum err step_plays(struct own_step *step, struct place *place, struct erased *erased)
{
    int64_t ids[LOOKED_AT_ONCE];
    size_t count = 0;
    size_t seen = 0;
    struct store *s = step->h->store;
    enum err e = look_at_plays(s, place, ids, &count, &seen);
    for (size_t i = 0; e == OK && i < count; i++) {
        e = erase_play(s->db, ids[i], erased);
    }
    step->job->duplicate += seen;
    if (e == OK && seen < LOOKED_AT_ONCE) {
        *place = (struct place){.part = PART_NOTES};
    }
    return e;
}

/* ---- rejected rows ---- */

static enum err erase_content(sqlite3 *db, int64_t content, struct erased *out)
{
    enum err e = run_with(db,
                          "UPDATE jobs SET notes = notes - (SELECT count(*) FROM notes"
                          "  WHERE content = ?1 AND job_no = jobs.no)"
                          " WHERE no IN (SELECT job_no FROM notes WHERE content = ?1)",
                          content, NULL);
    return e == OK ? run_with(db, "DELETE FROM notes WHERE content = ?1", content, &out->notes) : e;
}

static enum err step_notes(struct own_step *step, struct place *place, struct erased *erased)
{
    OWNED(stmt_finalize) sqlite3_stmt *list = NULL;
    struct store *s = step->h->store;
    int64_t ids[LOOKED_AT_ONCE];
    size_t count = 0;
    size_t seen = 0;
    enum err e = db_prepare_with(
        s->db, "SELECT id, raw FROM note_contents WHERE id > ?1 ORDER BY id LIMIT 500",
        place->after, &list);
    bool row = e == OK;
    while (e == OK && row) {
        e = stmt_row(list, &row);
        if (e == OK && row) {
            bool marked = false;
            place->after = row_number(list, 0);
            seen++;
            e = forgotten_content(s->db, s->people, place->after, row_bytes(list, 1), &marked);
            ids[count] = place->after;
            count += marked;
        }
    }
    for (size_t i = 0; e == OK && i < count; i++) {
        e = erase_content(s->db, ids[i], erased);
    }
    step->job->duplicate += seen;
    if (e == OK && seen < LOOKED_AT_ONCE) {
        place->part = PART_NONE;
    }
    return e;
}

/* ---- one step ---- */

static enum err count_erased(struct own_step *step, const struct erased *erased)
{
    enum err e = own_step_count(step, "erased_plays", erased->plays);
    if (e == OK) {
        e = own_step_count(step, "erased_rows", erased->rows);
    }
    return e == OK ? own_step_count(step, "erased_rejected_rows", erased->notes) : e;
}

static enum err step(struct own_step *step)
{
    struct place place = place_read(step->cursor);
    struct erased erased = {0};
    sqlite3 *db = step->h->store->db;
    enum err e = db_exec(db, "INSERT OR IGNORE INTO scrub_due VALUES (1)");
    step->h->scrub_due = true;
    do {
        if (e == OK && place.part == PART_PLAYS) {
            e = step_plays(step, &place, &erased);
        } else if (e == OK) {
            e = step_notes(step, &place, &erased);
        }
    } while (e == OK && place.part != PART_NONE && clock_monotonic_ms() < step->until_ms);
    e = e == OK ? count_erased(step, &erased) : e;
    place_write(step->cursor, &place);
    step->done = place.part == PART_NONE;
    return e;
}

/* ---- names, at the end ---- */

#define ERASED                                              \
    "key <> '' AND (key IN (SELECT name FROM erased_names)" \
    " OR job_no IN (SELECT no FROM jobs WHERE dry_run))"
/* Receipts count on under no name, unless somebody who stays is called the same; those of dry runs
 * under none at all: whom they name is kept nowhere. */
static const char names_sql[] =
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
    " WHERE dimension = %d AND " ERASED " GROUP BY job_no, outcome"
    " ON CONFLICT DO UPDATE SET n = n + excluded.n;"
    "DELETE FROM job_counts WHERE dimension = %d AND " ERASED ";"
    "DROP TABLE erased_names;"
    "DELETE FROM user_names WHERE (source_no, user_id) IN (SELECT u.source_no, u.user_id"
    " FROM user_names u JOIN sources s ON s.no = u.source_no"
    " WHERE person_forgotten(s.server_id, u.user_id));"
    "DELETE FROM users WHERE (source_no, user_id) IN (SELECT u.source_no, u.user_id FROM users u"
    " JOIN sources s ON s.no = u.source_no WHERE person_forgotten(s.server_id, u.user_id));";

static enum err finish(struct history *h, const struct job *job)
{
    (void)job;
    struct store *s = h->store;
    OWNED(db_free) char *sql = sqlite3_mprintf(names_sql, DIMENSION_USER, DIMENSION_USER);
    enum err e = db_exec(s->db, sql);
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

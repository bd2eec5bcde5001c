/* SPDX-License-Identifier: MIT
 * undo.c - undoing one job, from its highest row down: a row that repeats another has a higher
 * number, and goes before it.
 *
 * The cursor is the lowest row it has come past, and stands in job_undos too: above that the job
 * claims nothing any more, whatever happens before the undo goes on. */
#include "actors/history/undo.h"

#include <inttypes.h>
#include <string.h>

#include "actors/history/families.h"
#include "actors/history/groups/regroup.h"
#include "actors/history/people_fold.h"
#include "actors/history/undo_figures.h"
#include "actors/history/undo_run.h"
#include "proto/base/clock.h"
#include "proto/schema/operations.h"
#include "proto/wire/codec.h"

/* Rows that were erased meanwhile are come past, and counted under no name. */
static const char *const names[UNDONE_COUNT] = {
    [UNDONE_REMOVED] = "removed", [UNDONE_KEPT] = "kept", [UNDONE_RESTORED] = "restored"};

/* ---- may it be undone? ---- */

struct verdict {
    const char *text, *remedy; /* NULL: it may; in the arena */
    int64_t below;             /* it is undone from there on */
    int64_t undo_no;           /* by this job; 0: it is whole */
    bool counted;              /* how many plays come apart */
};

static enum err read_undone(sqlite3 *db, const struct job *job, struct arena *arena,
                            struct verdict *out)
{
    OWNED(stmt_finalize) sqlite3_stmt *find = NULL;
    enum err e =
        db_prepare_with(db,
                        "SELECT u.below, u.undo_no, u.ended_at, j.job_id, u.split FROM job_undos u"
                        " JOIN jobs j ON j.no = u.undo_no WHERE u.job_no = ?1",
                        job->no, &find);
    bool row = false;
    e = e == OK ? stmt_row(find, &row) : e;
    out->below = INT64_MAX;
    if (e != OK || !row) {
        return e;
    }
    out->below = row_number(find, 0);
    out->undo_no = row_number(find, 1);
    out->counted = !row_is_null(find, 4);
    if (!row_is_null(find, 2)) {
        char at[CLOCK_TEXT_SIZE];
        clock_to_text(row_number(find, 2), at);
        out->text = arena_format(arena, "This job was undone already, at %s by job %.8s", at,
                                 row_text(find, 3));
        out->remedy = "Nothing to do; its source can be imported again";
    }
    return e;
}

/* Did the job change who is who? Then that is what is taken back, and plays are decided anew. */
static bool changed_people(const struct job *job)
{
    return job->operation == operation_regroup && job->status != status_running &&
           job->params.size > 0;
}

static enum err judge_rows(sqlite3 *db, const struct job *job, struct verdict *out)
{
    OWNED(claims_close) struct claims *claims = NULL;
    uint64_t rows = 0;
    int64_t highest = 0;
    enum err e = claims_open(db, job->no, &claims);
    e = e == OK ? claims_count(claims, INT64_MAX, &rows, &highest) : e;
    if (e == OK && out->text == NULL && rows != job->imported + job->duplicate + job->merged) {
        out->text = "This job was made by a version of Playbus that did not keep which rows it saw";
        out->remedy = "Undo later jobs instead, or put a backup of history.db back";
    }
    return e;
}

static enum err judge(sqlite3 *db, const struct job *job, struct arena *arena, struct verdict *out)
{
    *out = (struct verdict){.below = INT64_MAX};
    const struct operation_desc *words = &operations[job->operation];
    if (changed_people(job)) {
        return read_undone(db, job, arena, out);
    }
    if (operation_is_own(words)) {
        out->text = arena_format(arena, "This job is itself %s %s: it cannot be undone",
                                 strchr("aeiou", words->noun[0]) != NULL ? "an" : "a", words->noun);
        out->remedy = "To bring back what an undo took, import its source again";
    } else if (job->dry_run) {
        out->text = "This job was a dry run: it stored nothing that could be undone";
        out->remedy = "Nothing to do";
    } else if (job->status == status_running) {
        out->text = "This job is still running";
        out->remedy = "Wait for it to finish, or stop it first";
    }
    if (out->text != NULL) {
        return OK;
    }
    enum err e = read_undone(db, job, arena, out);
    return e == OK ? judge_rows(db, job, out) : e;
}

/* ---- the start ---- */

static enum err read_params(struct bytes params, struct arena *arena, struct undo_params *out)
{
    return record_unpack(desc_undo_params(), params.data, params.size, arena, out, NULL) == OK
               ? OK
               : ERR_BAD_FIELD;
}

enum err undo_concerns(struct history *h, const struct active_job *active, const char *job_id,
                       struct arena *arena, struct refusal *out_why)
{
    OWNED(job_release) struct job job = {0};
    struct reader reader = {.db = h->store->db, .arena = arena};
    struct undo_params undone = {0};
    enum err e = query_find_job(&reader, job_id, &job);
    if (e != OK) {
        *out_why = (struct refusal){.code = err_code(e), .text = reader.text};
        return e;
    }
    bool runs = active != NULL && active->job.status == status_running;
    if (runs && strcmp(active->job.job_id, job.job_id) != 0) {
        e = read_params(active->job.params, arena, &undone);
        runs = e == OK && strcmp(undone.job_id, job.job_id) == 0;
    }
    if (e == OK && !runs) {
        e = ERR_NOT_RUNNING;
        *out_why = (struct refusal){
            .code = err_code(e),
            .text = arena_format(arena, "Job %.8s is not being undone", job.job_id)};
    }
    return e;
}

/* However much of the id was given, the params have all of it. */
static enum err normalise(struct history *h, struct arena *arena, struct bytes *params,
                          struct refusal *out_why)
{
    OWNED(job_release) struct job job = {0};
    OWNED(buffer_release) struct buffer packed = {0};
    struct undo_params asked = {0};
    struct reader reader = {.db = h->store->db, .arena = arena};
    enum err e = read_params(*params, arena, &asked);
    e = e == OK ? query_find_job(&reader, asked.job_id, &job) : e;
    if (e != OK) {
        *out_why = (struct refusal){.code = err_code(e), .text = reader.text};
        return e;
    }
    asked.job_id = job.job_id;
    e = record_pack(desc_undo_params(), &asked, &packed, NULL);
    *params = (struct bytes){arena_text(arena, packed.data, packed.size), packed.size};
    return e;
}

/* No resume of it, and no preview that was made while it stood, goes on. */
static enum err mark_undone(struct own_start *start, const struct job *job, int64_t below)
{
    sqlite3 *db = start->h->store->db;
    OWNED(stmt_finalize) sqlite3_stmt *put = NULL;
    OWNED(stmt_finalize) sqlite3_stmt *settle = NULL;
    enum err e =
        db_prepare_with(db,
                        "INSERT INTO job_undos (job_no, undo_no, below) VALUES (?1, ?2, ?3)"
                        " ON CONFLICT DO UPDATE SET undo_no = excluded.undo_no",
                        job->no, &put);
    e = e == OK ? db_prepare_with(
                      db, "UPDATE jobs SET resumable = 0 WHERE resumable AND (no = ?1 OR dry_run)",
                      job->no, &settle)
                : e;
    if (e != OK) {
        return e;
    }
    stmt_number(put, 2, start->job->no);
    stmt_number(put, 3, below);
    e = stmt_run(put);
    e = e == OK ? stmt_run(settle) : e;
    struct active_job *shown = active_job_by_id(start->h, job->job_id);
    if (e == OK && shown != NULL) {
        shown->job.resumable = false;
    }
    start->h->sweep_due = true;
    return e;
}

static enum err take_people_back(struct own_start *start, const struct job *job)
{
    enum err e = people_fold(start->h->store, job->no);
    return e == OK ? regroup_total(start->h, &start->job->total) : e;
}

static enum err begin(struct own_start *start)
{
    OWNED(job_release) struct job job = {0};
    OWNED(claims_close) struct claims *claims = NULL;
    sqlite3 *db = start->h->store->db;
    struct undo_params asked = {0};
    struct verdict verdict;
    int64_t highest = 0;
    enum err e = read_params(start->job->params, start->arena, &asked);
    e = e == OK ? job_find(db, asked.job_id, 0, &job, "WHERE job_id = ?1") : e;
    e = e == OK ? judge(db, &job, start->arena, &verdict) : e;
    if (e == OK && verdict.text != NULL) {
        start->why = (struct refusal){
            .code = err_code(ERR_NOT_UNDOABLE), .text = verdict.text, .remedy = verdict.remedy};
        return ERR_NOT_UNDOABLE;
    }
    if (e == OK && job.operation == operation_regroup) {
        e = take_people_back(start, &job);
    } else if (e == OK) {
        e = claims_open(db, job.no, &claims);
        e = e == OK ? claims_count(claims, verdict.below, &start->job->total, &highest) : e;
    }
    if (e != OK) {
        return e;
    }
    job_set_text(&start->job->title, arena_format(start->arena, "%s %.8s",
                                                  operations[job.operation].title, job.job_id));
    return mark_undone(start, &job, verdict.below);
}

/* ---- the steps ---- */

/* The run of this job, kept from the step before or made anew. */
static enum err run_of(struct own_step *step, struct undo_run **out)
{
    struct history *h = step->h;
    int64_t job_no = 0;
    if (h->undo == NULL || h->undo->undo_no != step->job->no) {
        OWNED(stmt_finalize) sqlite3_stmt *find = NULL;
        bool row = false;
        undo_run_close(&h->undo);
        enum err e = db_prepare_with(
            h->store->db, "SELECT job_no FROM job_undos WHERE undo_no = ?1", step->job->no, &find);
        e = e == OK ? stmt_row(find, &row) : e;
        job_no = e == OK && row ? row_number(find, 0) : 0;
        e = e == OK ? undo_run_open(h->store->db, h->store->versions, h->store, job_no, &h->undo)
                    : e;
        if (e != OK) {
            return e;
        }
        h->undo->undo_no = step->job->no;
    }
    *out = h->undo;
    return OK;
}

static enum err keep_below(struct own_step *step, int64_t below)
{
    OWNED(stmt_finalize) sqlite3_stmt *put = NULL;
    enum err e =
        db_prepare_with(step->h->store->db, "UPDATE job_undos SET below = ?2 WHERE undo_no = ?1",
                        step->job->no, &put);
    if (e == OK) {
        stmt_number(put, 2, below);
        e = stmt_run(put);
    }
    buffer_reset(step->cursor);
    buffer_append(step->cursor, &below, sizeof below);
    return e;
}

static enum err read_below(sqlite3 *db, int64_t undo_no, int64_t *out, bool *out_counted)
{
    OWNED(stmt_finalize) sqlite3_stmt *find = NULL;
    bool row = false;
    enum err e = db_prepare_with(db, "SELECT below, split FROM job_undos WHERE undo_no = ?1",
                                 undo_no, &find);
    e = e == OK ? stmt_row(find, &row) : e;
    *out = e == OK && row ? row_number(find, 0) : 0;
    *out_counted = e == OK && row && !row_is_null(find, 1);
    return e;
}

static enum err is_of_people(sqlite3 *db, int64_t undo_no, bool *out)
{
    OWNED(stmt_finalize) sqlite3_stmt *find = NULL;
    bool row = false;
    enum err e = db_prepare_with(db,
                                 "SELECT operation FROM jobs WHERE no ="
                                 " (SELECT job_no FROM job_undos WHERE undo_no = ?1)",
                                 undo_no, &find);
    e = e == OK ? stmt_row(find, &row) : e;
    *out = e == OK && row && row_number(find, 0) == operation_regroup;
    return e;
}

/* How many plays come apart is counted before any row goes; after a crash anew. */
static enum err step_count(struct own_step *step, struct undo_run *run)
{
    sqlite3 *db = step->h->store->db;
    OWNED(stmt_finalize) sqlite3_stmt *put = NULL;
    bool done = false;
    enum err e = run->split != NULL
                     ? OK
                     : undo_split_open(db, step->h->store->versions, run->job_no, &run->split);
    e = e == OK ? undo_split_step(run->split, step->h->store->people, step->until_ms, &done) : e;
    if (e != OK || !done) {
        return e;
    }
    e = db_prepare_with(db, "UPDATE job_undos SET split = ?2 WHERE undo_no = ?1", step->job->no,
                        &put);
    if (e == OK) {
        stmt_number(put, 2, (int64_t)undo_split_count(run->split));
        e = stmt_run(put);
    }
    e = e == OK ? own_step_count(step, "split", undo_split_count(run->split)) : e;
    undo_split_close(&run->split);
    return e;
}

static enum err step_rows(struct own_step *step, struct undo_run *run, int64_t below)
{
    uint64_t counts[UNDONE_COUNT] = {0};
    enum err e = undo_run_rows(run, step->until_ms, &below, counts, &step->done);
    e = e == OK ? undo_rows_flush(run->rows) : e;
    for (size_t i = 0; e == OK && i < UNDONE_COUNT; i++) {
        step->job->duplicate += counts[i];
        e = names[i] != NULL ? own_step_count(step, names[i], counts[i]) : OK;
    }
    return e == OK ? keep_below(step, below) : e;
}

static enum err step_undo(struct own_step *step)
{
    bool of_people = false;
    enum err e = is_of_people(step->h->store->db, step->job->no, &of_people);
    if (e != OK) {
        return e;
    }
    if (of_people) {
        return regroup_step(step);
    }
    struct undo_run *run = NULL;
    int64_t below = 0;
    bool counted = false;
    e = run_of(step, &run);
    e = e == OK ? read_below(step->h->store->db, step->job->no, &below, &counted) : e;
    if (e != OK) {
        return e;
    }
    return counted ? step_rows(step, run, below) : step_count(step, run);
}

/* ---- the end ---- */

/* The record of what it saw goes with what it brought. */
static enum err finish(struct history *h, const struct job *job)
{
    sqlite3 *db = h->store->db;
    static const char *const statements[] = {
        "DELETE FROM job_batches WHERE job_no = (SELECT job_no FROM job_undos WHERE undo_no = ?1)",
        "UPDATE job_undos SET below = 0, ended_at = ?2 WHERE undo_no = ?1"};
    enum err e = OK;
    for (size_t i = 0; e == OK && i < COUNT_OF(statements); i++) {
        OWNED(stmt_finalize) sqlite3_stmt *run = NULL;
        e = db_prepare_with(db, statements[i], job->no, &run);
        if (e == OK) {
            stmt_number(run, 2, clock_wall_ms());
            e = stmt_run(run);
        }
    }
    undo_run_close(&h->undo);
    return e == OK ? families_count_doubled(db) : e;
}

static void release(struct history *h)
{
    undo_run_close(&h->undo);
}

const struct own_operation undo_operation = {.normalise = normalise,
                                             .begin = begin,
                                             .step = step_undo,
                                             .finish = finish,
                                             .release = release,
                                             .goes_on = true,
                                             .while_any_runs = ERR_NOT_UNDOABLE};

/* ---- beforehand ---- */

enum err query_undo(struct reader *r, const struct undo_preview *ask, struct undo_previewed *out)
{
    OWNED(job_release) struct job job = {0};
    struct verdict verdict;
    enum err e = query_find_job(r, ask->job_id, &job);
    e = e == OK ? judge(r->db, &job, r->arena, &verdict) : e;
    if (e == OK && verdict.text != NULL) {
        r->text = verdict.text;
        r->remedy = verdict.remedy;
        e = ERR_NOT_UNDOABLE;
    }
    out->job_id = arena_keep(r->arena, job.job_id);
    if (e != OK || job.operation == operation_regroup) {
        return e; /* of who is who no row goes or changes */
    }
    const struct undo_ask figures = {
        .job = &job, .below = verdict.below, .undo_no = verdict.undo_no, .split = !verdict.counted};
    return undo_figures_count(r, &figures, r->undo, out);
}

/* SPDX-License-Identifier: MIT
 * lifecycle_start.c - making and planning a job. Exclusion is decided here, by the only
 * process that makes any job: two starts at the same instant give one. */
#include <inttypes.h>
#include <string.h>

#include "actors/history/lifecycle_parts.h"
#include "actors/history/own_jobs.h"
#include "actors/history/progress.h"
#include "actors/history/server_syncs.h"
#include "actors/history/sources.h"
#include "actors/history/take_back.h"
#include "proto/base/clock.h"
#include "proto/base/log.h"
#include "proto/schema/operations.h"

enum { SAMPLE_STEP_MS = 250 };

static enum err answer_created(struct history *h, struct active_job *active, bool known,
                               int64_t now, struct arena *arena, struct job_created *out)
{
    *out = (struct job_created){.known = known};
    progress_fill(active, now, arena, &out->stats);
    return lifecycle_task(h, &active->job, arena, &out->task);
}

/* The job that runs, or is taken back, and may not beside this one. */
static struct active_job *in_the_way(const struct history *h, const struct job_create *ask)
{
    for (struct active_job *active = h->active_jobs; active != NULL; active = active->next) {
        const struct job *job = &active->job;
        if ((job->status == status_running || take_back_is_of(h, job)) &&
            operations_exclude(ask->operation, ask->server_id, job->operation, job->server_id)) {
            return active;
        }
    }
    return NULL;
}

enum err lifecycle_refusal(struct active_job *active, int64_t now, struct arena *arena,
                           struct refusal *out_why)
{
    enum err e = operations[active->job.operation].one_runs;
    *out_why = (struct refusal){.code = err_code(e)};
    PUT(out_why, operation, active->job.operation);
    if (!job_is_silent(&active->job)) { /* else nobody would be told of its end */
        out_why->job_id = active->job.job_id;
        out_why->has_stats = true;
        progress_fill(active, now, arena, &out_why->stats);
    }
    return e;
}

/* The same for a start of another operation, which may have its own code for it. */
static enum err refuse_beside(struct active_job *active, enum operation asked, int64_t now,
                              struct arena *arena, struct refusal *out_why)
{
    const struct own_operation *own = own_operation(asked);
    enum err e = lifecycle_refusal(active, now, arena, out_why);
    if (own == NULL || own->while_any_runs == OK || active->job.operation == asked) {
        return e;
    }
    out_why->text = err_sentence(e);
    out_why->remedy = err_remedy(e);
    out_why->code = err_code(own->while_any_runs);
    return own->while_any_runs;
}

/* Everybody shows the newest job of each subject, so there is an end to subjects. */
static bool has_room_for(const struct history *h, const struct job_create *ask)
{
    size_t servers = 0;
    for (const struct active_job *active = h->active_jobs; active != NULL; active = active->next) {
        servers += active->job.operation == ask->operation;
    }
    return servers < SERVERS_MAX || active_job_find(h, ask->operation, ask->server_id) != NULL;
}

/* A command that comes again is answered with its job, whatever became of it. */
static enum err answer_known(struct history *h, const char *job_id, int64_t now,
                             struct arena *arena, struct job_created *out)
{
    struct job job;
    enum err e = job_find(h->store->db, job_id, 0, &job,
                          "WHERE job_id = ?1 OR start_id = ?1 ORDER BY no DESC LIMIT 1");
    if (e != OK) {
        return e;
    }
    struct active_job *active = active_job_by_id(h, job.job_id);
    if (active != NULL) {
        job_release(&job);
        return answer_created(h, active, true, now, arena, out);
    }
    OWNED(active_job_destroy) struct active_job *old = NULL;
    e = active_job_load(h, &job, now, &old);
    e = e == OK ? answer_created(h, old, true, now, arena, out) : e;
    if (e == OK) {
        /* The texts go with `old`; what a caller needs of a job long over is its figures. */
        const char *id = arena_keep(arena, old->job.job_id);
        out->task = (struct job_task){.job_id = id, .attempt = old->job.attempt};
        out->stats.job_id = out->stats.correlation_id = id;
        out->stats.error = out->stats.error_code = out->stats.server_id = NULL;
    }
    return e;
}

/* A fresh start makes older jobs of the same family not resumable, once its plan is made. A source
 * without plays is never recognised, so a job that has nothing else is known by its path or by a
 * sample of its plan. */
static enum err supersede(struct history *h, const struct job *job)
{
    if (job->dry_run) {
        return OK;
    }
    OWNED(stmt_finalize) sqlite3_stmt *update = NULL;
    enum err e =
        db_prepare(h->store->db,
                   "UPDATE jobs SET resumable = 0 WHERE operation = ?1 AND no <> ?2"
                   " AND resumable AND status <> ?4"
                   " AND (EXISTS (SELECT 1 FROM job_sources WHERE job_no = jobs.no"
                   "  AND source_no IN (SELECT source_no FROM job_sources WHERE job_no = ?2))"
                   " OR (source_no NOT IN (SELECT no FROM sources WHERE plays > 0)"
                   " AND (title = ?3 OR EXISTS ("
                   "SELECT 1 FROM job_keys AS mine JOIN job_keys AS old"
                   " ON old.job_no = jobs.no AND old.native_id = mine.native_id"
                   " AND old.started_at = mine.started_at WHERE mine.job_no = ?2))))",
                   &update);
    if (e == OK) {
        stmt_number(update, 1, job->operation);
        stmt_number(update, 2, job->no);
        stmt_text(update, 3, job->title);
        stmt_number(update, 4, status_running);
        e = stmt_run(update);
    }
    return e == OK ? lifecycle_forget(h) : e;
}

/* What the history does itself is planned when it is made. */
static enum err insert_fresh(struct history *h, struct job *job, struct arena *arena,
                             struct refusal *out_why)
{
    const struct own_operation *own = own_operation(job->operation);
    struct own_start start = {.h = h, .job = job, .arena = arena};
    enum err e = job_insert(h->store, job);
    if (e == OK && own != NULL) {
        e = own->begin(&start);
        job->planned = true;
        *out_why = start.why;
        e = e == OK ? job_update(h->store, job) : e;
    }
    return e == OK ? supersede(h, job) : e;
}

static enum err begin_fresh(struct history *h, const struct job_create *ask, int64_t now,
                            struct arena *arena, struct active_job **out, struct refusal *out_why)
{
    int64_t wall = clock_wall_ms();
    OWNED(job_release)
    struct job job = {.operation = ask->operation,
                      .dry_run = ask->has_dry_run && ask->dry_run,
                      .scheduled = ask->has_scheduled && ask->scheduled,
                      .whole = ask->has_whole && ask->whole,
                      .resumable = true,
                      .attempt = 1,
                      .runner = 1,
                      .started_at = wall,
                      .attempt_at = wall,
                      .sample_step_ms = SAMPLE_STEP_MS};
    job_set_text(&job.job_id, ask->job_id);
    job_set_text(&job.start_id, ask->job_id);
    job_set_text(&job.title, ask->title);
    job_set_bytes(&job.params, ask->params);
    job_set_text(&job.server_id, ask->server_id);
    job_set_text(&job.asked_by, ask->asked_by);
    job.seq = active_job_next_seq(h, &job, now);
    enum err e = job_move(&job, status_running) ? store_begin(h->store, true) : ERR_NOT_RUNNING;
    if (e != OK) {
        return e;
    }
    e = store_end(h->store, insert_fresh(h, &job, arena, out_why));
    if (e == OK) {
        *out = active_job_put(h, &job, now);
    }
    if (own_operation(ask->operation) != NULL) { /* it may have changed who is who, or failed to */
        enum err read = store_read_people(h->store);
        e = e == OK ? read : e;
    }
    return e;
}

/* A job of the history's own, or a server's sync, that ended early is gone on with by a start that
 * asks for the same. */
static enum err begin(struct history *h, const struct job_create *ask, int64_t now,
                      struct arena *arena, struct active_job **out, struct refusal *out_why)
{
    const struct own_operation *own = own_operation(ask->operation);
    bool goes_on = own != NULL ? own->goes_on : operations[ask->operation].per_server;
    if (goes_on) {
        struct refusal none;
        enum err e = lifecycle_resume(h, ask, now, arena, out, &none);
        if (e != ERR_NOTHING_TO_RESUME && e != ERR_RESUME_MISMATCH) {
            return e;
        }
    }
    return begin_fresh(h, ask, now, arena, out, out_why);
}

/* An end that is not on the disk yet would be forgotten with the record that a new job replaces. */
static enum err save_ends(struct history *h)
{
    enum err e = OK;
    for (struct active_job *active = h->active_jobs; active != NULL; active = active->next) {
        if (active->unsaved) {
            lifecycle_save(h, active);
            e = active->unsaved ? ERR_DISK_FULL : e;
        }
    }
    return e;
}

enum err lifecycle_create(struct history *h, const struct job_create *asked, int64_t now,
                          struct arena *arena, struct job_created *out, struct refusal *out_why)
{
    const struct own_operation *own = own_operation(asked->operation);
    struct job_create normal = *asked;
    const struct job_create *ask = &normal;
    enum err e = answer_known(h, ask->job_id, now, arena, out);
    if (e != ERR_JOB_NOT_FOUND) {
        return e;
    }
    if (own != NULL && own->normalise != NULL) {
        e = own->normalise(h, arena, &normal.params, out_why);
        if (e != OK) {
            return e;
        }
    }
    if (!operation_allows_server(ask->operation, ask->server_id)) {
        *out_why = (struct refusal){.code = err_code(ERR_BAD_FIELD), .field = "server_id"};
        return ERR_BAD_FIELD;
    }
    if (own_job_is_missing(ask->operation)) {
        *out_why = (struct refusal){.code = err_code(ERR_BAD_FIELD), .field = "operation"};
        return ERR_BAD_FIELD;
    }
    active_jobs_forget_silent(h);
    if (!has_room_for(h, ask)) {
        return ERR_TOO_MANY_SERVERS;
    }
    struct active_job *running = in_the_way(h, ask);
    if (running != NULL) {
        return refuse_beside(running, ask->operation, now, arena, out_why);
    }
    e = save_ends(h);
    if (e != OK) {
        return e;
    }
    struct active_job *active = NULL;
    bool again = ask->has_resume && ask->resume;
    e = again ? lifecycle_resume(h, ask, now, arena, &active, out_why)
              : begin(h, ask, now, arena, &active, out_why);
    if (e == OK) {
        again = active->job.attempt > 1;
        log_info("job %s correlation_id=%s attempt=%" PRIu64, again ? "resumed" : "started",
                 active->job.job_id, active->job.attempt);
        e = answer_created(h, active, false, now, arena, out);
    }
    return e;
}

/* ---- planning ---- */

/* The first plan stands. But sources may have come since that hold some of its rows. */
static enum err replan(struct history *h, const struct active_job *active,
                       const struct job_plan *ask, struct arena *arena, struct job_planned *out)
{
    enum kept_match match = KEPT_NONE_SHARED;
    enum err e = kept_compare(h->store->db, &active->job, ask->samples, ask->samples_count, &match);
    if (e != OK || match == KEPT_DIFFER) {
        return e != OK ? e : ERR_RESUME_MISMATCH;
    }
    e = store_begin(h->store, false);
    if (e != OK) {
        return e;
    }
    e = store_end(h->store, source_check_again(h->store, &active->job, ask));
    return e == OK ? lifecycle_task(h, &active->job, arena, &out->task) : e;
}

static enum err write_plan(struct history *h, struct job *job, const struct job_plan *ask,
                           int64_t now)
{
    enum err e = store_begin(h->store, true);
    if (e != OK) {
        return e;
    }
    e = source_adopt(h->store, job, ask, clock_wall_ms());
    if (e == OK) {
        e = supersede(h, job);
    }
    if (e == OK && job->total == 0) {
        lifecycle_complete(job, now);
        e = server_syncs_completed(h->store, job);
    }
    if (e == OK) {
        e = job_leaves_no_trace(job) ? server_syncs_erase(h->store, job->no)
                                     : job_update(h->store, job);
    }
    e = store_end(h->store, e);
    if (e != OK) { /* its server may have been renamed, and its people with it */
        enum err read = store_read_people(h->store);
        e = read != OK ? read : e;
    }
    return e;
}

enum err lifecycle_plan(struct history *h, const struct job_plan *ask, int64_t now,
                        struct arena *arena, struct job_planned *out)
{
    struct active_job *active = NULL;
    enum err e = lifecycle_current(h, ask->job_id, ask->attempt, &active);
    if (e != OK) {
        return e;
    }
    if (take_back_is_of(h, &active->job)) {
        return ERR_BUSY;
    }
    if (active->job.planned) {
        return replan(h, active, ask, arena, out);
    }
    bool kind_is_missing = operations[active->job.operation].per_server && !ask->has_kind;
    if (kind_is_missing || (ask->total > 0 && ask->last_id < ask->first_id)) {
        return ERR_BAD_FIELD;
    }
    progress_elapsed_ms(active, now);
    struct job job = active->job; /* shares the texts: a plan changes none of them */
    job.planned = true;
    job.first_id = job.next_id = ask->first_id;
    job.last_id = ask->last_id;
    job.total = ask->total;
    job.planned_at = ask->planned_at;
    e = write_plan(h, &job, ask, now);
    if (e == OK) {
        active->job = job;
        active_job_clear_phase(active);
        log_info("job planned correlation_id=%s rows=%" PRIu64, job.job_id, job.total);
        e = lifecycle_task(h, &active->job, arena, &out->task);
    }
    return e;
}

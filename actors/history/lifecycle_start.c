/* SPDX-License-Identifier: MIT
 * lifecycle_start.c - making, resuming and planning a job. Exclusion is decided here, by the only
 * process that makes any job: two starts at the same instant give one. */
#include <inttypes.h>
#include <string.h>

#include "actors/history/lifecycle.h"
#include "actors/history/own_jobs.h"
#include "actors/history/progress.h"
#include "actors/history/sources.h"
#include "actors/shared/database_path.h"
#include "proto/base/clock.h"
#include "proto/base/log.h"
#include "proto/schema/operations.h"

enum { SAMPLE_STEP_MS = 250 };

static bool same_text(const char *a, const char *b)
{
    return a != NULL && b != NULL && strcmp(a, b) == 0;
}

static enum err answer_created(struct history *h, struct active_job *active, bool known,
                               int64_t now, struct arena *arena, struct job_created *out)
{
    *out = (struct job_created){.known = known};
    progress_fill(active, now, arena, &out->stats);
    return lifecycle_task(h, &active->job, arena, &out->task);
}

/* The job that runs and may not beside this one. */
static struct active_job *in_the_way(const struct history *h, const struct job_create *ask)
{
    for (struct active_job *active = h->active_jobs; active != NULL; active = active->next) {
        const struct job *job = &active->job;
        if (job->status == status_running &&
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
    *out_why = (struct refusal){.code = err_code(e), .job_id = active->job.job_id};
    PUT(out_why, operation, active->job.operation);
    out_why->has_stats = true;
    progress_fill(active, now, arena, &out_why->stats);
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

/* Over all jobs of an operation and server the numbers of their records rise. */
static uint64_t next_seq(const struct history *h, const struct job *job, int64_t now)
{
    const struct active_job *before = active_job_find(h, job->operation, job->server_id);
    struct job next = {.seq = before != NULL ? before->job.seq : 0};
    job_raise_seq(&next, now);
    return next.seq;
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
    job.seq = next_seq(h, &job, now);
    enum err e = job_move(&job, status_running) ? store_begin(h->store, true) : ERR_NOT_RUNNING;
    if (e != OK) {
        return e;
    }
    e = store_end(h->store, insert_fresh(h, &job, arena, out_why));
    if (e == OK) {
        *out = active_job_put(h, &job, now);
    }
    return e;
}

/* Is this job, which could be resumed, about the subject and the rows that were asked for? By the
 * rows that its plan kept, else by the title, if both have one; the coordinator then looks for all
 * of them in the source. */
static enum err is_asked_for(const struct history *h, const struct job *job,
                             const struct job_create *ask, bool *out)
{
    enum kept_match match = KEPT_NONE_SHARED;
    *out = false;
    if (!is_of_subject(job, ask->operation, ask->server_id)) {
        return OK;
    }
    if (own_operation(ask->operation) != NULL) {
        *out = job->params.size == ask->params.size &&
               memcmp(job->params.data, ask->params.data, ask->params.size) == 0;
        return OK;
    }
    enum err e = kept_compare(h->store->db, job, ask->samples, ask->samples_count, &match);
    bool same_title = same_text(job->title, ask->title);
    *out = match == KEPT_AGREE || (match == KEPT_NONE_SHARED && same_title);
    return e;
}

/* What a person hears where nothing of this database can be resumed: that its import completed,
 * where the newest one did. */
static enum err nothing_left(const struct history *h, const struct job_create *ask,
                             struct arena *arena, bool *out_told, struct refusal *out_why)
{
    OWNED(db_free)
    char *sql = job_sql_select("WHERE operation = ?1 AND planned ORDER BY seq DESC LIMIT 200");
    OWNED(stmt_finalize) sqlite3_stmt *find = NULL;
    enum err e = db_prepare(h->store->db, sql, &find);
    stmt_number(find, 1, ask->operation);
    bool row = e == OK;
    bool same = false;
    *out_told = false;
    while (e == OK && !same && (e = stmt_row(find, &row)) == OK && row) {
        OWNED(job_release) struct job job;
        job_read(find, &job);
        bool other_kind = ask->has_dry_run && ask->dry_run != job.dry_run;
        e = other_kind ? OK : is_asked_for(h, &job, ask, &same);
        if (e == OK && same && job.status == status_completed) {
            const struct operation_desc *words = &operations[job.operation];
            *out_told = true;
            *out_why = (struct refusal){
                .code = err_code(ERR_NOTHING_TO_RESUME),
                .text = arena_format(
                    arena, "There is nothing to resume: the %s of this %s completed (job %.8s)",
                    job.dry_run ? "dry run" : words->noun, words->works_on, job.job_id),
                .remedy = arena_format(arena,
                                       "To take in what has come since, start a fresh %s: what is "
                                       "stored already is not stored twice",
                                       words->noun)};
        }
    }
    return e;
}

/* Why none can be resumed, by name: the one that could is of another database, `other` (owned by
 * the arena, NULL if unnamed), unless this one's import completed. */
static enum err none_resumable(const struct history *h, const struct job_create *ask, enum err none,
                               const char *other, struct arena *arena, struct refusal *out_why)
{
    bool told = false;
    enum err e = nothing_left(h, ask, arena, &told, out_why);
    if (e != OK || told) {
        return e != OK ? e : ERR_NOTHING_TO_RESUME;
    }
    if (none == ERR_RESUME_MISMATCH && other != NULL) {
        const struct operation_desc *words = &operations[ask->operation];
        *out_why = (struct refusal){
            .code = err_code(none),
            .text = arena_format(arena, "The %s that can be resumed is of another %s: %s",
                                 words->noun, words->works_on, other),
            .remedy = arena_format(arena, "Resume that one, or start a fresh %s of this %s",
                                   words->noun, words->works_on)};
    }
    return none;
}

static enum err find_resumable(const struct history *h, const struct job_create *ask,
                               struct arena *arena, struct job *out, struct refusal *out_why)
{
    OWNED(db_free)
    char *sql = job_sql_select(
        "WHERE operation = ?1 AND resumable AND status IN (%d, %d)"
        " ORDER BY dry_run, seq DESC", /* unless told, a run that stores comes first */
        status_error, status_cancelled);
    OWNED(stmt_finalize) sqlite3_stmt *find = NULL;
    enum err e = db_prepare(h->store->db, sql, &find);
    if (e != OK) {
        return e;
    }
    stmt_number(find, 1, ask->operation);
    enum err none = ERR_NOTHING_TO_RESUME;
    const char *other = NULL;
    for (;;) {
        bool row = false;
        e = stmt_row(find, &row);
        if (e != OK || !row) {
            return e != OK ? e : none_resumable(h, ask, none, other, arena, out_why);
        }
        OWNED(job_release) struct job job;
        job_read(find, &job);
        if (ask->has_dry_run && ask->dry_run != job.dry_run) {
            continue; /* who asks for a preview must not get a run that stores */
        }
        bool same = false;
        e = is_asked_for(h, &job, ask, &same);
        /* At its own path another one stands: then the sentence of the code is true. */
        if (none == ERR_NOTHING_TO_RESUME && !same_text(job.title, ask->title)) {
            bool path = job.title != NULL && operations[job.operation].titled_by_path;
            other = arena_keep(arena, path ? database_name(job.title) : job.title);
        }
        none = ERR_RESUME_MISMATCH;
        if (e != OK || same) {
            *out = job;
            job = (struct job){0};
            return e;
        }
    }
}

static enum err begin_attempt(struct job *job, const struct job_create *ask)
{
    if (!job_move(job, status_running)) {
        return ERR_NOTHING_TO_RESUME;
    }
    job->attempt++;
    job->attempt_at = clock_wall_ms();
    job->earlier_ms = job->elapsed_ms;
    job->ended_at = 0;
    job_set_text(&job->start_id, ask->job_id);
    job_set_text(&job->error_code, NULL);
    job_set_text(&job->error_text, NULL);
    if (ask->title != NULL) { /* its source may have moved */
        job_set_text(&job->title, ask->title);
        job_set_bytes(&job->params, ask->params);
    }
    return OK;
}

static enum err resume(struct history *h, const struct job_create *ask, int64_t now,
                       struct arena *arena, struct active_job **out, struct refusal *out_why)
{
    OWNED(job_release) struct job job = {0};
    enum err e = find_resumable(h, ask, arena, &job, out_why);
    if (e != OK) {
        return e;
    }
    OWNED(free_text) char *ended_with = TAKE(job.error_text);
    e = begin_attempt(&job, ask);
    job.seq = next_seq(h, &job, now);
    e = e == OK ? store_begin(h->store, true) : e;
    if (e != OK) {
        return e;
    }
    e = store_end(h->store, job_update(h->store, &job));
    if (e != OK) {
        return e;
    }
    OWNED(active_job_destroy) struct active_job *loaded = NULL;
    e = active_job_load(h, &job, now, &loaded);
    if (e == OK) {
        *out = active_job_put(h, &loaded->job, now);
        memcpy((*out)->errors, loaded->errors, sizeof loaded->errors);
        (*out)->errors_count = loaded->errors_count;
        memset(loaded->errors, 0, sizeof loaded->errors);
        (*out)->ended_with = TAKE(ended_with);
    }
    return e;
}

/* A job of the history's own that ended early is gone on with by a start that asks for the same. */
static enum err begin(struct history *h, const struct job_create *ask, int64_t now,
                      struct arena *arena, struct active_job **out, struct refusal *out_why)
{
    const struct own_operation *own = own_operation(ask->operation);
    if (own != NULL && own->goes_on) {
        struct refusal none;
        enum err e = resume(h, ask, now, arena, out, &none);
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

enum err lifecycle_create(struct history *h, const struct job_create *ask, int64_t now,
                          struct arena *arena, struct job_created *out, struct refusal *out_why)
{
    enum err e = answer_known(h, ask->job_id, now, arena, out);
    if (e != ERR_JOB_NOT_FOUND) {
        return e;
    }
    if (!operation_allows_server(ask->operation, ask->server_id)) {
        *out_why = (struct refusal){.code = err_code(ERR_BAD_FIELD), .field = "server_id"};
        return ERR_BAD_FIELD;
    }
    if (own_job_is_missing(ask->operation)) {
        *out_why = (struct refusal){.code = err_code(ERR_BAD_FIELD), .field = "operation"};
        return ERR_BAD_FIELD;
    }
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
    e = again ? resume(h, ask, now, arena, &active, out_why)
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
    }
    if (e == OK) {
        e = job_update(h->store, job);
    }
    return store_end(h->store, e);
}

enum err lifecycle_plan(struct history *h, const struct job_plan *ask, int64_t now,
                        struct arena *arena, struct job_planned *out)
{
    struct active_job *active = NULL;
    enum err e = lifecycle_current(h, ask->job_id, ask->attempt, &active);
    if (e != OK) {
        return e;
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

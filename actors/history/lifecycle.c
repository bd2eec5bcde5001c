/* SPDX-License-Identifier: MIT
 * lifecycle.c - the states of a job. Exclusion is decided here, in the transaction that makes the
 * job, by the only process that makes any: two starts at the same instant give one job. */
#include "actors/history/lifecycle.h"

#include <inttypes.h>
#include <string.h>

#include "actors/history/progress.h"
#include "actors/history/sources.h"
#include "proto/base/log.h"

enum { SAMPLE_STEP_MS = 250 };

static bool same_text(const char *a, const char *b)
{
    return a != NULL && b != NULL && strcmp(a, b) == 0;
}

void lifecycle_task(const struct job *job, struct job_task *out)
{
    *out = (struct job_task){.job_id = job->job_id,
                             .attempt = job->attempt,
                             .db_path = job->db_path,
                             .dry_run = job->dry_run,
                             .server_id = job->server_id,
                             .planned = job->planned};
    if (job->planned) {
        PUT(out, first_id, job->first_id);
        PUT(out, last_id, job->last_id);
        PUT(out, next_id, job->next_id);
        PUT(out, total, job->total);
        PUT(out, planned_at, job->planned_at);
    }
    if (job->has_last) {
        out->has_last_committed = true;
        out->last_committed = (struct row_key){.native_id = job->last_native,
                                               .started_at = job->last_started,
                                               .user_id = job->last_user,
                                               .rating_key = job->last_item};
    }
}

enum err lifecycle_current(const struct history *h, const char *job_id, uint64_t attempt,
                           struct live **out)
{
    struct live *live = live_by_id(h, job_id);
    if (live == NULL) {
        struct job job;
        enum err e = job_find(h->store->db, "WHERE job_id = ?1", job_id, 0, &job);
        if (e == OK) {
            job_release(&job);
        }
        return e == OK ? ERR_NOT_RUNNING : e;
    }
    if (attempt != live->job.attempt) {
        return ERR_STALE_ATTEMPT;
    }
    if (live->job.status != status_running) {
        return ERR_NOT_RUNNING;
    }
    *out = live;
    return OK;
}

/* ---- making and resuming ---- */

static void answer_created(struct live *live, bool known, int64_t now, struct arena *arena,
                           struct job_created *out)
{
    *out = (struct job_created){.known = known};
    lifecycle_task(&live->job, &out->task);
    progress_fill(live, now, arena, &out->stats);
}

/* The newest job of any operation that may not run beside this one. */
static struct live *in_the_way(const struct history *h, const struct job_create *ask)
{
    for (struct live *live = h->lives; live != NULL; live = live->next) {
        bool server = live->job.operation == operation_server_sync;
        bool excludes = ask->operation == operation_server_sync
                            ? server && same_text(live->job.server_id, ask->server_id)
                            : !server;
        if (excludes && live->job.status == status_running) {
            return live;
        }
    }
    return NULL;
}

enum err lifecycle_refusal(struct live *live, int64_t now, struct arena *arena,
                           struct refusal *out_why)
{
    enum err e =
        live->job.operation == operation_tautulli_import ? ERR_IMPORT_RUNNING : ERR_SYNC_RUNNING;
    *out_why = (struct refusal){.code = err_code(e), .job_id = live->job.job_id};
    PUT(out_why, operation, live->job.operation);
    out_why->has_stats = true;
    progress_fill(live, now, arena, &out_why->stats);
    return e;
}

/* A command that comes again is answered with its job, whatever became of it. */
static enum err answer_known(struct history *h, const char *job_id, int64_t now,
                             struct arena *arena, struct job_created *out)
{
    struct job job;
    enum err e =
        job_find(h->store->db, "WHERE job_id = ?1 OR start_id = ?1 ORDER BY no DESC LIMIT 1",
                 job_id, 0, &job);
    if (e != OK) {
        return e;
    }
    struct live *live = live_by_id(h, job.job_id);
    if (live != NULL) {
        job_release(&job);
        answer_created(live, true, now, arena, out);
        return OK;
    }
    OWNED(live_destroy) struct live *old = NULL;
    e = live_load(h, &job, &old);
    if (e == OK) {
        answer_created(old, true, now, arena, out);
        /* The texts go with `old`; what a caller needs of a job long over is its figures. */
        const char *id = arena_text(arena, old->job.job_id, strlen(old->job.job_id));
        out->task = (struct job_task){.job_id = id, .attempt = old->job.attempt};
        out->stats.job_id = out->stats.correlation_id = id;
        out->stats.error = out->stats.error_code = out->stats.server_id = NULL;
    }
    return e;
}

static enum err next_seq(struct history *h, const struct job *job, int64_t now, uint64_t *out)
{
    const struct live *before = live_find(h, job->operation, job->server_id);
    uint64_t last = before != NULL ? before->job.seq : 0;
    *out = last + 1 > (uint64_t)now ? last + 1 : (uint64_t)now;
    return OK;
}

/* A fresh start makes older jobs of the same source, or of the same path, not resumable. */
static enum err supersede(struct history *h, const struct job *job)
{
    if (job->dry_run) {
        return OK;
    }
    OWNED(stmt_finalize) sqlite3_stmt *update = NULL;
    enum err e =
        db_prepare(h->store->db,
                   "UPDATE jobs SET resumable = 0 WHERE operation = ?1 AND no <> ?2"
                   " AND resumable AND status <> 1"
                   " AND ((?3 <> 0 AND source_no = ?3) OR (source_no = 0 AND db_path = ?4))",
                   &update);
    if (e == OK) {
        stmt_number(update, 1, job->operation);
        stmt_number(update, 2, job->no);
        stmt_number(update, 3, job->source_no);
        stmt_text(update, 4, job->db_path);
        e = stmt_run(update);
    }
    return e == OK ? lifecycle_forget(h) : e;
}

static enum err begin_fresh(struct history *h, const struct job_create *ask, int64_t now,
                            struct live **out)
{
    OWNED(job_release)
    struct job job = {.operation = ask->operation,
                      .status = status_running,
                      .dry_run = ask->has_dry_run && ask->dry_run,
                      .resumable = true,
                      .attempt = 1,
                      .started_at = now,
                      .attempt_at = now,
                      .sample_step_ms = SAMPLE_STEP_MS};
    job_set_text(&job.job_id, ask->job_id);
    job_set_text(&job.start_id, ask->job_id);
    job_set_text(&job.db_path, ask->db_path);
    job_set_text(&job.server_id, ask->server_id);
    job_set_text(&job.asked_by, ask->asked_by);
    enum err e = next_seq(h, &job, now, &job.seq);
    if (e == OK && ask->samples_count > 0) {
        e = source_match_rows(h->store->db, ask->samples, ask->samples_count, &job.source_no);
    }
    if (e == OK) {
        e = store_begin(h->store, true);
    }
    if (e != OK) {
        return e;
    }
    e = job_insert(h->store, &job);
    if (e == OK) {
        e = supersede(h, &job);
    }
    e = store_end(h->store, e);
    if (e == OK) {
        *out = live_put(h, &job);
    }
    return e;
}

/* Is this job, which could be resumed, about the rows or the file that were asked for? */
static enum err is_asked_for(const struct history *h, const struct job *job,
                             const struct job_create *ask, bool *out)
{
    if (ask->samples_count > 0 && (job->planned || job->source_no != 0)) {
        return source_is_jobs(h->store->db, job, ask->samples, ask->samples_count, out);
    }
    *out = same_text(job->db_path, ask->db_path) || (job->db_path == NULL && ask->db_path == NULL);
    return OK;
}

static enum err find_resumable(const struct history *h, const struct job_create *ask,
                               struct job *out)
{
    OWNED(db_free)
    char *sql = job_sql_select("WHERE operation = ?1 AND resumable AND status IN (3, 4)"
                               " ORDER BY ended_at DESC, no DESC");
    OWNED(stmt_finalize) sqlite3_stmt *find = NULL;
    enum err e = db_prepare(h->store->db, sql, &find);
    if (e != OK) {
        return e;
    }
    stmt_number(find, 1, ask->operation);
    enum err none = ERR_NOTHING_TO_RESUME;
    for (;;) {
        bool row = false;
        e = stmt_row(find, &row);
        if (e != OK || !row) {
            return e != OK ? e : none;
        }
        none = ERR_RESUME_MISMATCH;
        OWNED(job_release) struct job job;
        job_read(find, &job);
        bool same = false;
        e = is_asked_for(h, &job, ask, &same);
        if (e != OK || same) {
            *out = job;
            job = (struct job){0};
            return e;
        }
    }
}

static enum err resume(struct history *h, const struct job_create *ask, int64_t now,
                       struct live **out)
{
    OWNED(job_release) struct job job = {0};
    enum err e = find_resumable(h, ask, &job);
    if (e != OK) {
        return e;
    }
    job.status = status_running;
    job.attempt++;
    job.attempt_at = now;
    job.ended_at = 0;
    job_set_text(&job.start_id, ask->job_id);
    job_set_text(&job.error_code, NULL);
    job_set_text(&job.error_text, NULL);
    if (ask->db_path != NULL) {
        job_set_text(&job.db_path, ask->db_path);
    }
    e = next_seq(h, &job, now, &job.seq);
    if (e == OK) {
        e = store_begin(h->store, true);
    }
    if (e != OK) {
        return e;
    }
    e = store_end(h->store, job_update(h->store, &job));
    if (e != OK) {
        return e;
    }
    OWNED(live_destroy) struct live *loaded = NULL;
    e = live_load(h, &job, &loaded);
    if (e == OK) {
        *out = live_put(h, &loaded->job);
        memcpy((*out)->errors, loaded->errors, sizeof loaded->errors);
        (*out)->errors_count = loaded->errors_count;
        memset(loaded->errors, 0, sizeof loaded->errors);
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
    struct live *running = in_the_way(h, ask);
    if (running != NULL) {
        return lifecycle_refusal(running, now, arena, out_why);
    }
    struct live *live = NULL;
    bool again = ask->has_resume && ask->resume;
    e = again ? resume(h, ask, now, &live) : begin_fresh(h, ask, now, &live);
    if (e == OK) {
        log_info("job %s correlation_id=%s attempt=%" PRIu64, again ? "resumed" : "started",
                 live->job.job_id, live->job.attempt);
        answer_created(live, false, now, arena, out);
    }
    return e;
}

/* ---- planning ---- */

static enum err replan(const struct history *h, const struct live *live, const struct job_plan *ask,
                       struct job_planned *out)
{
    if (ask->samples_count > 0) {
        bool same = false;
        enum err e =
            source_is_jobs(h->store->db, &live->job, ask->samples, ask->samples_count, &same);
        if (e != OK || !same) {
            return e != OK ? e : ERR_RESUME_MISMATCH;
        }
    }
    lifecycle_task(&live->job, &out->task);
    return OK;
}

static enum err write_plan(struct history *h, struct job *job, const struct job_plan *ask,
                           int64_t now)
{
    enum err e = store_begin(h->store, true);
    if (e != OK) {
        return e;
    }
    e = source_adopt(h->store, job, ask, now);
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
                        struct job_planned *out)
{
    struct live *live = NULL;
    enum err e = lifecycle_current(h, ask->job_id, ask->attempt, &live);
    if (e != OK) {
        return e;
    }
    if (live->job.planned) {
        return replan(h, live, ask, out);
    }
    if (ask->total > 0 && ask->last_id < ask->first_id) {
        return ERR_BAD_FIELD;
    }
    struct job job = live->job; /* shares the texts: a plan changes none of them */
    job.planned = true;
    job.first_id = job.next_id = ask->first_id;
    job.last_id = ask->last_id;
    job.total = ask->total;
    job.planned_at = ask->planned_at;
    e = write_plan(h, &job, ask, now);
    if (e == OK) {
        live->job = job;
        live_clear_phase(live);
        log_info("job planned correlation_id=%s rows=%" PRIu64, job.job_id, job.total);
        lifecycle_task(&live->job, &out->task);
    }
    return e;
}

enum err lifecycle_phase(struct history *h, const struct job_phase *ask, struct live **out)
{
    struct live *live = NULL;
    enum err e = lifecycle_current(h, ask->job_id, ask->attempt, &live);
    if (e == OK) {
        live->has_phase = true;
        live->phase = ask->phase;
        job_set_text(&live->waiting_for, ask->waiting_for);
        job_set_text(&live->message, ask->message);
        *out = live;
    }
    return e;
}

/* ---- ending ---- */

void lifecycle_complete(struct job *job, int64_t now)
{
    progress_close_attempt(job, now);
    job->status = status_completed;
    job->total = job_processed(job);
    job->resumable = false;
    job->ended_at = now;
}

enum err lifecycle_forget(struct history *h)
{
    int64_t others = 0;
    enum err e = db_number(h->store->db,
                           "SELECT EXISTS (SELECT 1 FROM jobs j WHERE dry_run AND resumable"
                           " AND EXISTS (SELECT 1 FROM dry_keys WHERE job_no = j.no))",
                           0, &others);
    if (e == OK && others == 0) {
        return db_exec(h->store->db,
                       "DELETE FROM dry_keys"); /* of a whole table: fast at any size */
    }
    h->sweep_due = true;
    return e;
}

void lifecycle_sweep(struct history *h)
{
    if (!h->sweep_due || store_begin(h->store, false) != OK) {
        return;
    }
    enum err e =
        db_exec(h->store->db,
                "DELETE FROM dry_keys WHERE (job_no, native_id) IN"
                " (SELECT k.job_no, k.native_id FROM jobs j JOIN dry_keys k ON k.job_no = j.no"
                " WHERE j.dry_run AND NOT j.resumable LIMIT 5000)");
    h->sweep_due = e == OK && sqlite3_changes(h->store->db) > 0;
    if (store_end(h->store, e) != OK) {
        log_warn("keys of ended dry runs are left, trying again later");
        h->sweep_due = true;
    }
}

static void end_early(struct job *job, enum status status, int64_t now)
{
    progress_close_attempt(job, now);
    job->status = status;
    job->ended_at = now;
    job->seq = job->seq + 1 > (uint64_t)now ? job->seq + 1 : (uint64_t)now;
}

/* Takes the texts that a failed job gets; they are freed if it cannot be written. */
static enum err write_end(struct history *h, struct live *live, struct job *ended)
{
    enum err e = store_begin(h->store, true);
    if (e == OK) {
        e = store_end(h->store, job_update(h->store, ended));
    }
    if (e != OK) {
        free_text(&ended->error_code);
        free_text(&ended->error_text);
        return e;
    }
    live->job = *ended;
    live_clear_phase(live);
    log_info("job ended correlation_id=%s status=%s", ended->job_id,
             schema_enum_text(&enum_status, (int)ended->status));
    return OK;
}

enum err lifecycle_fail(struct history *h, const struct job_fail *ask, int64_t now,
                        struct live **out)
{
    struct live *live = NULL;
    enum err e = lifecycle_current(h, ask->job_id, ask->attempt, &live);
    if (e != OK) {
        return e;
    }
    struct job ended = live->job;
    end_early(&ended, status_error, now);
    ended.error_code = must_strdup(ask->code);
    ended.error_text =
        must_strdup(ask->text != NULL ? ask->text : err_sentence(err_from_code(ask->code)));
    e = write_end(h, live, &ended);
    if (e == OK) {
        *out = live;
    }
    return e;
}

enum err lifecycle_stop(struct history *h, const struct job_stop *ask, int64_t now,
                        struct live **out)
{
    struct live *live = live_find(h, ask->operation, ask->server_id);
    if (live == NULL || live->job.status != status_running) {
        return ERR_NOT_RUNNING;
    }
    struct job ended = live->job;
    end_early(&ended, status_cancelled, now);
    enum err e = write_end(h, live, &ended);
    if (e == OK) {
        *out = live;
    }
    return e;
}

void lifecycle_disk_full(struct history *h, struct live *live, int64_t now)
{
    end_early(&live->job, status_error, now);
    job_set_text(&live->job.error_code, err_code(ERR_DISK_FULL));
    job_set_text(&live->job.error_text, err_sentence(ERR_DISK_FULL));
    live_clear_phase(live);
    live->unsaved = true;
    log_error("job ended, the disk is full correlation_id=%s", live->job.job_id);
    lifecycle_save(h, live);
}

void lifecycle_save(struct history *h, struct live *live)
{
    enum err e = store_begin(h->store, true);
    if (e == OK) {
        e = store_end(h->store, job_update(h->store, &live->job));
    }
    live->unsaved = e != OK;
}

enum err lifecycle_clear(struct history *h, enum operation operation)
{
    OWNED(stmt_finalize) sqlite3_stmt *clear = NULL;
    enum err e = db_prepare(
        h->store->db, "UPDATE jobs SET resumable = 0 WHERE operation = ?1 AND resumable", &clear);
    if (e == OK) {
        e = store_begin(h->store, true);
    }
    if (e != OK) {
        return e;
    }
    stmt_number(clear, 1, operation);
    e = stmt_run(clear);
    if (e == OK) {
        e = lifecycle_forget(h);
    }
    e = store_end(h->store, e);
    for (struct live *live = h->lives; e == OK && live != NULL; live = live->next) {
        live->job.resumable = live->job.resumable && live->job.operation != operation;
    }
    return e;
}

/* ---- looking ahead and back ---- */

static const char *kept(struct arena *arena, const char *text)
{
    return text != NULL ? arena_text(arena, text, strlen(text)) : NULL;
}

enum err lifecycle_outlook(struct history *h, enum operation operation, struct arena *arena,
                           struct import_status *out)
{
    OWNED(job_release) struct job next = {0};
    enum err e = job_find(h->store->db,
                          "WHERE operation = ?2 AND resumable AND status IN (3, 4)"
                          " ORDER BY ended_at DESC, no DESC LIMIT 1",
                          NULL, operation, &next);
    if (e == OK) {
        out->has_resumable = true;
        out->resumable = (struct resumable){.job_id = kept(arena, next.job_id),
                                            .db_path = kept(arena, next.db_path),
                                            .at = next.ended_at};
    } else if (e != ERR_JOB_NOT_FOUND) {
        return e;
    }
    OWNED(job_release) struct job done = {0};
    e = job_find(h->store->db,
                 "WHERE operation = ?2 AND status = 2 AND NOT dry_run"
                 " ORDER BY ended_at DESC, no DESC LIMIT 1",
                 NULL, operation, &done);
    if (e == OK) {
        out->has_last_success = true;
        out->last_success = (struct last_success){.job_id = kept(arena, done.job_id),
                                                  .end_time = done.ended_at,
                                                  .imported_records = done.imported};
    }
    return e == ERR_JOB_NOT_FOUND ? OK : e;
}

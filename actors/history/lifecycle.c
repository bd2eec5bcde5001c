/* SPDX-License-Identifier: MIT
 * lifecycle.c - what a job is at work on, how it ends, and what could go on. */
#include "actors/history/lifecycle.h"

#include <stdio.h>
#include <string.h>

#include "actors/history/progress.h"
#include "actors/history/server_syncs.h"
#include "actors/history/sources.h"
#include "proto/base/clock.h"
#include "proto/base/log.h"
#include "proto/schema/operations.h"

enum err lifecycle_task(const struct history *h, const struct job *job, struct arena *arena,
                        struct job_task *out)
{
    *out = (struct job_task){.job_id = job->job_id,
                             .attempt = job->attempt,
                             .dry_run = job->dry_run,
                             .server_id = job->server_id,
                             .params = job->params,
                             .cursor = job->cursor,
                             .runner = job->runner,
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
        out->last_committed = (struct row_key){.native_id = native_kept(&job->last_native),
                                               .started_at = job->last_started};
    }
    return kept_rows(h->store->db, job->no, arena, &out->kept, &out->kept_count);
}

enum err lifecycle_current(const struct history *h, const char *job_id, uint64_t attempt,
                           struct active_job **out)
{
    struct active_job *active = active_job_by_id(h, job_id);
    if (active == NULL) {
        struct job job;
        enum err e = job_find(h->store->db, job_id, 0, &job, "WHERE job_id = ?1");
        if (e == OK) {
            job_release(&job);
        }
        return e == OK ? ERR_NOT_RUNNING : e;
    }
    if (attempt != active->job.attempt) {
        return ERR_STALE_ATTEMPT;
    }
    if (active->job.status != status_running) {
        return ERR_NOT_RUNNING;
    }
    *out = active;
    return OK;
}

enum err lifecycle_phase(struct history *h, const struct job_phase *ask, struct active_job **out)
{
    struct active_job *active = NULL;
    enum err e = lifecycle_current(h, ask->job_id, ask->attempt, &active);
    if (e == OK) {
        active->has_phase = true;
        active->phase = ask->phase;
        job_set_text(&active->waiting_for, ask->waiting_for);
        job_set_text(&active->message, ask->message);
        *out = active;
    }
    return e;
}

enum err lifecycle_adopt(struct history *h, struct active_job *active)
{
    struct job adopted = active->job;
    adopted.runner++;
    enum err e = store_begin(h->store, false);
    if (e == OK) {
        e = store_end(h->store, job_update(h->store, &adopted));
    }
    active->job.runner += e == OK;
    return e;
}

enum err lifecycle_place(const struct active_job *active, const struct batch_commit *b,
                         bool *out_known)
{
    const struct job *job = &active->job;
    *out_known = b->attempt == job->attempt && job->planned &&
                 (b->last_id < job->next_id || job->status == status_completed);
    if (*out_known) {
        return OK;
    }
    if (b->attempt != job->attempt || b->runner != job->runner) {
        return ERR_STALE_ATTEMPT;
    }
    if (!job->planned || b->last_id < b->first_id) {
        return ERR_BATCH_REFUSED;
    }
    return b->first_id < job->next_id ? ERR_BATCH_STRADDLES : OK;
}

/* ---- ending ---- */

void lifecycle_complete(struct job *job, int64_t now)
{
    if (!job_move(job, status_completed)) {
        return;
    }
    uint64_t planned = job->total + job->vanished;
    uint64_t processed = job_processed(job);
    job_raise_seq(job, now);
    /* Rows also go between the plan and the slicing of a batch, which then never counted them. */
    job->vanished = planned > processed ? planned - processed : 0;
    job->total = processed;
    job->resumable = false;
    job->ended_at = clock_wall_ms();
}

enum err lifecycle_forget(struct history *h)
{
    int64_t others = 0;
    enum err e = db_number(h->store->db,
                           "SELECT EXISTS (SELECT 1 FROM jobs j WHERE dry_run AND resumable"
                           " AND EXISTS (SELECT 1 FROM dry_keys WHERE job_no = j.no))",
                           0, &others);
    if (e == OK && others == 0) {
        return db_exec(h->store->db, /* of a whole table: fast at any size */
                       "DELETE FROM dry_keys; DELETE FROM dry_rows");
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
    if (e == OK) {
        e = db_exec(h->store->db, "DELETE FROM dry_rows WHERE (job_no, started_at, position) IN"
                                  " (SELECT k.job_no, k.started_at, k.position FROM jobs j"
                                  " JOIN dry_rows k ON k.job_no = j.no"
                                  " WHERE j.dry_run AND NOT j.resumable LIMIT 5000)");
        h->sweep_due = h->sweep_due || (e == OK && sqlite3_changes(h->store->db) > 0);
    }
    if (store_end(h->store, e) != OK) {
        log_warn("keys of ended dry runs are left, trying again later");
        h->sweep_due = true;
    }
}

/* The caller has seen that it runs. */
static void end_early(struct job *job, enum status status, int64_t now)
{
    if (job_move(job, status)) {
        job->ended_at = clock_wall_ms();
        job_raise_seq(job, now);
    }
}

static enum err save(struct history *h, const struct job *job)
{
    enum err e = store_begin(h->store, true);
    if (e == OK) {
        e = store_end(h->store, job_leaves_no_trace(job) ? server_syncs_erase(h->store, job->no)
                                                         : job_update(h->store, job));
    }
    return e;
}

/* Takes the texts that a failed job gets; they are freed if it cannot be written. */
static enum err write_end(struct history *h, struct active_job *active, struct job *ended)
{
    enum err e = save(h, ended);
    if (e != OK) {
        free_text(&ended->error_code);
        free_text(&ended->error_text);
        return e;
    }
    active->job = *ended;
    active_job_clear_phase(active);
    log_info("job ended correlation_id=%s status=%s", ended->job_id,
             schema_enum_text(&enum_status, (int)ended->status));
    return OK;
}

/* Who resumes what ended at a damaged place hears it when the file is as it was. */
static char *end_text(const struct active_job *active, const struct job_fail *ask)
{
    const char *text = ask->text != NULL ? ask->text : err_sentence(err_from_code(ask->code));
    const char *before = active->ended_with;
    char *out = NULL;
    bool again = before != NULL && strncmp(before, text, strlen(text)) == 0 &&
                 err_from_code(ask->code) == ERR_DATABASE_DAMAGED;
    if (!again || asprintf(&out, "%s, as before: nothing has changed there", text) < 0) {
        return must_strdup(text);
    }
    return out;
}

enum err lifecycle_fail(struct history *h, const struct job_fail *ask, int64_t now,
                        struct active_job **out)
{
    struct active_job *active = NULL;
    enum err e = lifecycle_current(h, ask->job_id, ask->attempt, &active);
    if (e != OK) {
        return e;
    }
    progress_elapsed_ms(active, now);
    struct job ended = active->job;
    end_early(&ended, status_error, now);
    ended.error_code = must_strdup(ask->code);
    ended.error_text = end_text(active, ask);
    e = write_end(h, active, &ended);
    if (e == OK) {
        *out = active;
    }
    return e;
}

enum err lifecycle_stop(struct history *h, const struct job_stop *ask, int64_t now,
                        struct active_job **out)
{
    struct active_job *active = active_job_find(h, ask->operation, ask->server_id);
    if (active == NULL || active->job.status != status_running) {
        return ERR_NOT_RUNNING;
    }
    progress_elapsed_ms(active, now);
    struct job ended = active->job;
    end_early(&ended, status_cancelled, now);
    enum err e = write_end(h, active, &ended);
    if (e == OK) {
        *out = active;
    }
    return e;
}

void lifecycle_disk_full(struct history *h, struct active_job *active, int64_t now)
{
    progress_elapsed_ms(active, now);
    end_early(&active->job, status_error, now);
    job_set_text(&active->job.error_code, err_code(ERR_DISK_FULL));
    job_set_text(&active->job.error_text, err_sentence(ERR_DISK_FULL));
    active_job_clear_phase(active);
    active->unsaved = true;
    log_error("job ended, the disk is full correlation_id=%s", active->job.job_id);
    lifecycle_save(h, active);
}

void lifecycle_save(struct history *h, struct active_job *active)
{
    active->unsaved = save(h, &active->job) != OK;
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
    for (struct active_job *active = h->active_jobs; e == OK && active != NULL;
         active = active->next) {
        active->job.resumable = active->job.resumable && active->job.operation != operation;
    }
    return e;
}

/* ---- looking ahead and back ---- */

enum err lifecycle_outlook(struct history *h, enum operation operation, struct arena *arena,
                           struct import_status *out)
{
    OWNED(job_release) struct job next = {0};
    enum err e = job_find(h->store->db, NULL, operation, &next,
                          /* One that ended at damage gets no further, and is told of only while
                           * nothing came after it. */
                          "WHERE operation = ?2 AND resumable AND status IN (%d, %d)"
                          " AND (error_code IS NOT 'DATABASE_DAMAGED'"
                          " OR seq = (SELECT max(seq) FROM jobs WHERE operation = ?2))"
                          " ORDER BY error_code IS 'DATABASE_DAMAGED', seq DESC LIMIT 1",
                          status_error, status_cancelled);
    if (e == OK) {
        const char *title = arena_keep(arena, next.title);
        bool by_path = operations[operation].titled_by_path;
        out->has_resumable = true;
        out->resumable = (struct resumable){.job_id = arena_keep(arena, next.job_id),
                                            .db_path = by_path ? title : NULL,
                                            .title = by_path ? NULL : title,
                                            .at = next.ended_at};
    } else if (e != ERR_JOB_NOT_FOUND) {
        return e;
    }
    e = family_doubled(h->store->db, NULL, &out->doubled_plays);
    if (e != OK) {
        return e;
    }
    out->has_doubled_plays = out->doubled_plays > 0;
    OWNED(job_release) struct job done = {0};
    e = job_find(h->store->db, NULL, operation, &done,
                 "WHERE operation = ?2 AND status = %d AND NOT dry_run"
                 " AND NOT EXISTS (SELECT 1 FROM job_undos WHERE job_no = jobs.no)"
                 " ORDER BY seq DESC LIMIT 1",
                 status_completed);
    if (e == OK) {
        out->has_last_success = true;
        out->last_success = (struct last_success){.job_id = arena_keep(arena, done.job_id),
                                                  .end_time = done.ended_at,
                                                  .imported_records = done.imported};
    }
    return e == ERR_JOB_NOT_FOUND ? OK : e;
}

/* SPDX-License-Identifier: MIT
 * coordinator_job.c - the job's texts, and the work on its source that a thread does. Every piece
 * of work has a deadline, so a hostile file cannot hold the thread. */
#include "actors/tautulli/coordinator_job.h"

#include <stdlib.h>
#include <string.h>

#include "actors/tautulli/path.h"
#include "proto/base/clock.h"
#include "proto/base/log.h"
#include "proto/bus/actor.h"

#define SOURCE_WAIT_MS 60000
#define OPEN_MS 5000
#define PLAN_MS 600000
#define CUT_MS 30000

void job_keep_task(struct job *job, const struct job_task *task)
{
    struct job_task *to = &job->task;
    *to = *task;
    to->job_id = arena_keep(job->arena, task->job_id);
    to->db_path = arena_keep(job->arena, task->db_path);
    to->server_id = arena_keep(job->arena, task->server_id);
    to->kept = arena_alloc(job->arena, SAMPLE_MAX * sizeof(*to->kept));
    if (task->kept_count > 0) {
        memcpy(to->kept, task->kept, task->kept_count * sizeof(*to->kept));
    }
    job->cut_from = task->planned ? task->next_id : 0;
    job->cut_all = task->planned && task->next_id > task->last_id;
}

bool job_waits_too_long(const struct job *job, int64_t *since_ms, enum err why)
{
    int64_t now = clock_monotonic_ms();
    if (*since_ms == 0) {
        *since_ms = now;
        log_warn("source is away, trying for 60 s code=%s correlation_id=%s", err_code(why),
                 job->task.job_id);
    }
    return now - *since_ms >= SOURCE_WAIT_MS;
}

struct job *job_new(const struct job_task *task, const struct config *config,
                    const struct staging *staging)
{
    struct job *job = must_alloc(sizeof(*job));
    job->arena = arena_new();
    job->work_arena = arena_new();
    job->config = config;
    job->staging = *staging;
    job->staging.cancelled = &job->cancelled;
    job_keep_task(job, task);
    return job;
}

void job_destroy(struct job **owner)
{
    struct job *job = *owner;
    if (job == NULL) {
        return;
    }
    msg_destroy(&job->known);
    arena_destroy(&job->work_arena);
    arena_destroy(&job->arena);
    free(job);
    *owner = NULL;
}

const char *job_server_id(const struct job *job)
{
    const char *asked = job->task.server_id;
    return asked != NULL && asked[0] != '\0' ? asked : source_server_id(job->source);
}

void close_and_unstage(struct source **source, const struct staging *staging)
{
    if (*source == NULL) {
        return;
    }
    OWNED(free_text)
    char *staged = source_is_staged(*source) ? must_strdup(source_path(*source)) : NULL;
    source_close(source);
    if (staged != NULL) {
        source_remove_staged(staging->dir, staged);
    }
}

void job_close_work(void *work)
{
    struct job *job = work;
    close_and_unstage(&job->source, &job->staging);
}

static enum err open_source(struct job *job)
{
    const char *real = NULL;
    enum err e = path_resolve(job->config, job->task.db_path, job->work_arena, &real, &job->why);
    return e != OK ? e : source_open(real, &job->staging, job->work_arena, &job->source, &job->why);
}

/* Stricter than recognition: what a job goes on with must be what it began with. */
enum err job_check_source(struct source *source, const struct job_task *task)
{
    bool same = true;
    source_set_deadline(source, clock_monotonic_ms() + OPEN_MS);
    enum err e = sample_check(source, task->kept, task->kept_count, &same);
    if (e == OK && same && task->has_last_committed) {
        e = sample_stands(source, &task->last_committed, &same);
    }
    return e == OK && !same ? ERR_RESUME_MISMATCH : e;
}

void job_open_work(void *work)
{
    struct job *job = work;
    arena_reset(job->work_arena);
    job->why = (struct refusal){0};
    job_close_work(job);
    job->code = open_source(job);
    if (job->code == OK) {
        job->code = job_check_source(job->source, &job->task);
    }
}

void job_plan_work(void *work)
{
    struct job *job = work;
    arena_reset(job->work_arena);
    job->why = (struct refusal){0};
    job->planned_at = clock_wall_ms();
    job->sample_count = 0;
    job->code = OK;
    source_set_deadline(job->source, clock_monotonic_ms() + PLAN_MS);
    /* The first plan stands; offered again, it tells the history what the source is by now. */
    if (!job->task.planned) {
        job->code = plan_make(job->source, job->planned_at, &job->plan);
    }
    if (job->code == OK) {
        job->code = sample_take(job->source, job->samples, &job->sample_count);
    }
    if (job->code == OK) {
        job->warning =
            arena_keep(job->arena, job->plan.partly ? PLAN_PARTLY_WARNING
                                                    : source_missing_wal_hint(job->source));
        job->code = sample_find(job->source, msg_source_samples(job->known), job->work_arena,
                                &job->found, &job->found_count);
    }
}

void job_cut_work(void *work)
{
    struct job *job = work;
    job->cut_count = 0;
    job->code = source_still_same(job->source) ? OK : ERR_DATABASE_BUSY;
    source_set_deadline(job->source, clock_monotonic_ms() + CUT_MS);
    int64_t from = job->cut_from;
    while (job->code == OK && job->cut_count < job->cuts_wanted && from <= job->task.last_id) {
        struct cut *cut = &job->cuts[job->cut_count];
        job->code = plan_cut(job->source, from, job->task.last_id, job->cut_rows, &cut->last_id,
                             &cut->rows);
        if (job->code == OK) {
            job->cut_count++;
            from = cut->last_id + 1; /* the plan keeps its last id below INT64_MAX */
        }
    }
}

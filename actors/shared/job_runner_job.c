/* SPDX-License-Identifier: MIT
 * job_runner_job.c - a job's memory, its turns in a thread, and the answers that are awaited for
 * it.
 *
 * A job that ends while a thread has it lives until the thread gives it back; an answer that comes
 * after its job is told to nobody. */
#include "actors/shared/job_runner_parts.h"

#include <stdlib.h>
#include <string.h>

#include "proto/base/clock.h"

/* ---- memory ---- */

struct runner_job *runner_job_new(struct job_runner *r, const struct job_task *task)
{
    struct runner_job *job = must_alloc(r->driver->job_size);
    job->runner = r;
    job->arena = arena_new();
    job->work_arena = arena_new();
    r->driver->init(job);
    runner_job_keep_task(job, task);
    return job;
}

void runner_job_destroy(struct runner_job **owner)
{
    struct runner_job *job = *owner;
    if (job == NULL) {
        return;
    }
    job->runner->driver->release(job);
    arena_destroy(&job->work_arena);
    arena_destroy(&job->arena);
    free(job);
    *owner = NULL;
}

static struct bytes keep_bytes(struct arena *arena, struct bytes bytes)
{
    if (bytes.data != NULL) {
        bytes.data = arena_text(arena, bytes.data, bytes.size);
    }
    return bytes;
}

static struct row_key keep_key(struct arena *arena, const struct row_key *key)
{
    struct row_key kept = *key;
    kept.native_id.text = keep_bytes(arena, key->native_id.text);
    return kept;
}

void runner_job_keep_task(struct runner_job *job, const struct job_task *task)
{
    struct job_task *to = &job->task;
    struct row_key *kept = NULL;
    if (task->kept_count > 0) {
        kept = arena_alloc(job->arena, task->kept_count * sizeof(*kept));
        for (size_t i = 0; i < task->kept_count; i++) {
            kept[i] = keep_key(job->arena, &task->kept[i]);
        }
    }
    *to = *task;
    to->job_id = arena_keep(job->arena, task->job_id);
    to->params = keep_bytes(job->arena, task->params);
    to->cursor = keep_bytes(job->arena, task->cursor);
    to->server_id = arena_keep(job->arena, task->server_id);
    to->kept = kept;
    to->last_committed = keep_key(job->arena, &task->last_committed);
    job->runner->driver->begin_at(job, task->planned ? task->next_id : 0);
}

bool job_runner_waited_too_long(const struct runner_job *job, int64_t *since_ms, enum err why)
{
    int64_t now = clock_monotonic_ms();
    const struct job_driver *driver = job->runner->driver;
    int64_t own_ms = driver->wait_ms(why);
    int64_t patience_ms = own_ms > 0 ? own_ms : driver->source_wait_ms;
    if (*since_ms == 0) {
        *since_ms = now;
        log_warn("source is away, trying for %lld s code=%s correlation_id=%s",
                 (long long)(patience_ms / 1000), err_code(why), job->task.job_id);
    }
    return now - *since_ms >= patience_ms;
}

/* ---- in a thread ---- */

static void close_work(void *task)
{
    struct runner_job *job = task;
    job->runner->driver->close(job);
}

static void on_closed(struct actor *a, void *task)
{
    (void)a;
    struct runner_job *job = task;
    job->runner->giving_up--;
    runner_job_destroy(&job);
}

void runner_job_give_up(struct runner_job *job)
{
    if (actor_offload(job->runner->actor, RUNNER_LANE_JOB, close_work, on_closed, job) != OK) {
        close_work(job);
        runner_job_destroy(&job);
        return;
    }
    job->runner->giving_up++;
}

static void work(void *task)
{
    struct runner_job *job = task;
    job->work(job);
}

static void on_worked(struct actor *a, void *task)
{
    (void)a;
    struct runner_job *job = task;
    job->working = false;
    if (job->ended) {
        runner_job_give_up(job);
    } else if (job->runner->state.now != RUNNER_ENDING) {
        job->done(job);
    }
}

void job_runner_work(struct runner_job *job, void (*what)(struct runner_job *job),
                     void (*done)(struct runner_job *job))
{
    job->work = what;
    job->done = done;
    job->working = actor_offload(job->runner->actor, RUNNER_LANE_JOB, work, on_worked, job) == OK;
}

/* ---- answers ---- */

struct job_ticket {
    LIST_ENTRY(job_ticket) next;
    struct runner_job *job; /* NULL: it is over */
    job_answer_fn *done;
};

struct job_ticket *job_ticket_aside(struct runner_job *job, job_answer_fn *done)
{
    struct job_ticket *t = must_alloc(sizeof(*t));
    t->job = job;
    t->done = done;
    LIST_INSERT_HEAD(&job->runner->tickets, t, next);
    return t;
}

struct job_ticket *job_ticket_new(struct runner_job *job, job_answer_fn *done)
{
    job->asking = job_ticket_aside(job, done);
    return job->asking;
}

void job_ticket_answered(struct actor *a, const struct answer *answer, void *context)
{
    (void)a;
    struct job_ticket *t = context;
    struct runner_job *job = t->job;
    job_answer_fn *done = t->done;
    LIST_REMOVE(t, next);
    if (job != NULL) {
        job->asking = job->asking == t ? NULL : job->asking;
        done(job, answer);
    }
    free(t);
}

void job_tickets_void(struct runner_job *job)
{
    struct job_ticket *t = NULL;
    LIST_FOREACH (t, &job->runner->tickets, next) {
        t->job = t->job == job ? NULL : t->job;
    }
}

void job_tickets_release(struct job_runner *r)
{
    while (!LIST_EMPTY(&r->tickets)) {
        struct job_ticket *t = LIST_FIRST(&r->tickets);
        LIST_REMOVE(t, next);
        free(t);
    }
}

/* SPDX-License-Identifier: MIT
 * job_runner_recover.c - keeps the runner in step with the history, which alone knows.
 *
 * Nothing here has to arrive: a record that is missed is followed by another within a second while
 * a job runs, and each of them is enough to find a job or to learn that ours is over. Of a job that
 * nobody is told of there are none: it is found by a start that it refuses, and what is unfinished
 * is asked for until there was an answer. */
#include "actors/shared/job_runner_parts.h"

#include <stdio.h>
#include <string.h>

static const struct job_task *find_task(const struct jobs_unfinished_found *found,
                                        const struct runner_job *job)
{
    for (size_t i = 0; i < found->tasks_count; i++) {
        const struct job_task *t = &found->tasks[i];
        if (strcmp(t->job_id, job->task.job_id) == 0 && t->attempt == job->task.attempt) {
            return t;
        }
    }
    return NULL;
}

/* Our job against the history's word: it may have ended, be somebody else's, or be at another row
 * than we think. */
static void compare(struct job_runner *r, const struct job_task *task)
{
    struct runner_job *job = r->job;
    if (task == NULL || task->runner != job->task.runner) {
        job_runner_drop(r);
        return;
    }
    if (r->state.now != RUNNER_DELIVERING || job->working || !task->planned) {
        return;
    }
    if (task->next_id < r->driver->lowest(job)) {
        log_warn("checkpoint is behind what was delivered, delivering again next_id=%lld "
                 "correlation_id=%s",
                 (long long)task->next_id, task->job_id);
        r->driver->recall(job);
        runner_job_keep_task(job, task);
    } else {
        r->driver->committed(job, task->next_id);
    }
}

static void on_unfinished(struct actor *a, const struct answer *answer, void *context)
{
    (void)a;
    struct job_runner *r = context;
    r->asking_unfinished = false;
    r->unheard = answer->code == ERR_TIMEOUT || answer->code == ERR_BUSY;
    if (answer->code != OK || r->creating > 0) {
        return; /* one that is away says so when it is back */
    }
    const struct jobs_unfinished_found *found = msg_jobs_unfinished_found(answer->reply);
    if (r->job != NULL) {
        compare(r, find_task(found, r->job));
    }
    if (r->job == NULL && found->tasks_count > 0 && !r->adopting) {
        job_runner_recover(r); /* ours ended meanwhile: this one is to be adopted first */
    } else if (r->job == NULL && found->tasks_count > 0) {
        const struct job_task *task = &found->tasks[0];
        struct runner_job *job = runner_job_new(r, task);
        log_info("going on with an unfinished job correlation_id=%s", task->job_id);
        job_runner_adopt(r, &job, 0);
    }
    job_runner_go_on(r);
}

void job_runner_recover(struct job_runner *r)
{
    if (r->asking_unfinished || r->creating > 0) {
        return;
    }
    struct jobs_unfinished body = {.operation = r->driver->operation, .server_id = r->server_id};
    r->asking_unfinished = true;
    r->adopting = r->job == NULL;
    PUT(&body, adopt, r->adopting);
    body.lease_key = r->driver->lease_key(r);
    ask_jobs_unfinished(r->actor, HISTORY, &body, "", JOB_ASK_MS, on_unfinished, r);
}

/* ---- events ---- */

/* What was to be ended here has its own reason. */
static void keep_end(struct runner_job *job, const struct progress *p)
{
    if (job->end_code == OK && p->status == status_error) {
        job->end_code = p->error_code != NULL ? err_from_code(p->error_code) : ERR_SYSTEM;
        (void)snprintf(job->end_text, sizeof job->end_text, "%s", p->error != NULL ? p->error : "");
    } else if (job->end_code == OK && p->status == status_cancelled) {
        job->end_code = ERR_NOT_RUNNING;
    }
}

static void move_checkpoint(struct job_runner *r, int64_t next_id)
{
    r->stalled_ticks = next_id != r->checkpoint ? 0 : r->stalled_ticks;
    r->checkpoint = next_id;
    r->driver->committed(r->job, next_id);
    job_runner_go_on(r);
}

/* A record of our own job: it may have ended, or moved its checkpoint. */
static void on_our_record(struct job_runner *r, const struct sync_progress *e)
{
    struct runner_job *job = r->job;
    const struct progress *p = &e->progress;
    if (p->seq <= job->seq || (p->has_attempt && p->attempt < job->task.attempt)) {
        return; /* from before a resume */
    }
    if (p->status != status_running) {
        log_info("job ended status=%s processed=%llu correlation_id=%s",
                 schema_enum_text(&enum_status, p->status),
                 (unsigned long long)p->processed_records, p->job_id);
        keep_end(job, p);
        job_runner_drop(r);
    } else if (p->has_attempt && p->attempt > job->task.attempt) {
        job_runner_recover(r); /* the history began it anew */
    } else if (e->has_next_id) {
        move_checkpoint(r, e->next_id);
    }
}

void job_runner_on_committed(struct job_runner *r, const struct rows_committed *e)
{
    const struct job_task *task = r->job != NULL ? &r->job->task : NULL;
    if (task != NULL && strcmp(e->job_id, task->job_id) == 0 && e->attempt == task->attempt) {
        move_checkpoint(r, e->next_id);
    }
}

void job_runner_on_progress(struct job_runner *r, const struct sync_progress *e)
{
    const struct progress *p = &e->progress;
    bool of_another =
        r->server_id != NULL && (p->server_id == NULL || strcmp(p->server_id, r->server_id) != 0);
    if (p->operation != r->driver->operation || p->job_id == NULL || of_another) {
        return;
    }
    if (r->job != NULL && strcmp(p->job_id, r->job->task.job_id) == 0) {
        on_our_record(r, e);
    } else if (p->status == status_running && (r->job == NULL || p->seq > r->job->seq)) {
        job_runner_recover(r);
    }
}

void job_runner_history_is_up(struct job_runner *r)
{
    r->phase_told = false; /* it does not keep phases over a restart */
    job_runner_recover(r);
}

/* SPDX-License-Identifier: MIT
 * job_runner_batches.c - the work of a job whose coordinator makes the batches itself: one at a
 * time, so that none waits for another in the history.
 *
 * A batch that is under way belongs to no job: its job may end meanwhile, and what is answered then
 * counts for nothing. */
#include <stdio.h>
#include <string.h>

#include "actors/shared/job_runner_parts.h"
#include "actors/shared/retry.h"

static void begin_at(struct runner_job *job, int64_t position)
{
    job->next = position;
}

static int64_t lowest(struct runner_job *job)
{
    return job->next;
}

static void committed(struct runner_job *job, int64_t next)
{
    job->next = next > job->next ? next : job->next;
}

static bool all_done(struct runner_job *job)
{
    return !job->runner->sending && job->next > job->task.last_id;
}

static void recall(struct runner_job *job)
{
    if (job->runner->sending) {
        delivery_drop(&job->runner->delivery);
    }
}

static void on_delivered(struct delivery *d, enum err code, int64_t next_id, const char *text)
{
    struct job_runner *r =
        (struct job_runner *)(void *)((char *)d - offsetof(struct job_runner, delivery));
    struct runner_job *job = job_runner_delivering(r);
    r->sending = false;
    bool ours = job != NULL && !d->dropped && strcmp(job->task.job_id, r->sending_of) == 0;
    if (ours && retry_job_is_over(code)) {
        job_runner_recover(r); /* and else goes on with the next tick */
        return;
    }
    if (ours && (code == OK || code == ERR_BATCH_STRADDLES)) {
        committed(job, next_id);
        if (code == OK && d->commit.has_last && d->commit.last) {
            job_runner_recover(r); /* it is over, and not all ends are published */
        }
    } else if (ours) {
        job_runner_fail(r, code, text);
    }
    job_runner_go_on(r);
}

static void deliver(struct runner_job *job)
{
    struct job_runner *r = job->runner;
    const struct job_task *task = &job->task;
    struct batch_commit *commit = &r->delivery.commit;
    job_runner_phase(r, phase_importing, NULL, NULL);
    if (r->sending || job->working || job->reopen || job->next > task->last_id) {
        return;
    }
    *commit = (struct batch_commit){0};
    if (!r->driver->next_batch(job, job->next, commit)) {
        return;
    }
    (void)snprintf(r->sending_of, sizeof(r->sending_of), "%s", task->job_id);
    commit->job_id = r->sending_of;
    commit->attempt = task->attempt;
    commit->runner = task->runner;
    commit->first_id = job->next;
    r->sending = true;
    delivery_begin(&r->delivery, r->actor, on_delivered);
}

void job_driver_by_batches(struct job_driver *driver)
{
    driver->deliver = deliver;
    driver->begin_at = begin_at;
    driver->recall = recall;
    driver->lowest = lowest;
    driver->committed = committed;
    driver->all_done = all_done;
}

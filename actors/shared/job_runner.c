/* SPDX-License-Identifier: MIT
 * job_runner.c - a runner's begin and end, and what it does as time passes: with each tick it does
 * again what had no effect, and sometimes asks whether it is still right. */
#include "actors/shared/job_runner_parts.h"

#define TICK_MS 500
#define STALL_TICKS 4    /* all was delivered, and still the job runs */
#define UNMOVED_TICKS 12 /* it was not, and yet nothing is committed */

/* Asks what the history is missing, or whether it takes this job for another's. */
static void check_stall(struct job_runner *r)
{
    const struct runner_job *job = job_runner_delivering(r);
    r->stalled_ticks = job != NULL ? r->stalled_ticks + 1 : 0;
    if (job != NULL &&
        r->stalled_ticks >= (r->driver->all_done(r->job) ? STALL_TICKS : UNMOVED_TICKS)) {
        r->stalled_ticks = 0;
        job_runner_recover(r);
    }
}

static void on_tick(struct actor *a, void *context)
{
    (void)a;
    struct job_runner *r = context;
    check_stall(r);
    if (r->unheard && r->job == NULL) {
        job_runner_recover(r);
    }
    const struct runner_job *job = job_runner_delivering(r);
    if (job != NULL && job->reopen && !job->working) {
        job_runner_reopen(r);
    }
    job_runner_go_on(r);
}

void job_runner_open_for(struct job_runner *r, struct actor *a, const struct job_driver *driver,
                         const char *server_id)
{
    const struct job_driver whole = job_driver_whole(driver);
    job_runner_init(r, a, &whole);
    r->server_id = server_id;
    r->ticks = actor_every(a, TICK_MS, on_tick, r);
    job_runner_recover(r);
}

void job_runner_open(struct job_runner *r, struct actor *a, const struct job_driver *driver)
{
    job_runner_open_for(r, a, driver, NULL);
}

bool job_runner_is_at_rest(const struct job_runner *r)
{
    bool rests = r->job == NULL && !r->asking_unfinished && !r->sending && r->giving_up == 0 &&
                 LIST_EMPTY(&r->tickets);
    for (size_t i = 0; i < RUNNER_STARTS_MAX; i++) {
        rests = rests && r->starts[i] == NULL;
    }
    return rests;
}

void job_runner_close(struct job_runner *r)
{
    actor_cancel(r->actor, r->ticks);
    job_runner_close_starts(r);
    job_tickets_release(r);
    if (r->job != NULL) {
        r->driver->close(r->job);
        runner_job_destroy(&r->job);
    }
}

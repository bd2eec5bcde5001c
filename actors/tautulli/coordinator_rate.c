/* SPDX-License-Identifier: MIT
 * coordinator_rate.c - adding workers must not slow an import down: whoever is slower than the
 * others wait for is left idle. Batches are stored in order, so a slow worker costs nothing while
 * others find ranges to read beside its own; where all that may be read ahead is read, they wait.
 * What they would have read meanwhile is held against it, and what it reads for it. */
#include "actors/tautulli/coordinator.h"
#include "actors/tautulli/worker.h"

#include <string.h>

#include "proto/base/clock.h"

#define SMOOTHING 0.2

/* Has somebody else nothing to read, who would get a range if there was one, or no place left? */
static bool others_wait(const struct coordinator *c, const char *worker, int64_t now)
{
    for (size_t i = 0; i < c->take_count; i++) {
        const struct take *t = &c->takes[i];
        bool barred = t->remote && far_workers_is_barred(&c->far, t->worker, now);
        if (!barred && !worker_key_same(t->worker, worker) &&
            !lease_book_reads(&c->book, t->worker)) {
            return true;
        }
    }
    return lease_book_others_full(&c->book, worker, WORKER_SLOTS);
}

void coordinator_rate_tick(struct coordinator *c, int64_t ms)
{
    int64_t now = clock_monotonic_ms();
    const struct runner_job *job = job_runner_delivering(&c->runner);
    const struct lease *lowest = job != NULL ? lease_book_lowest(&c->book) : NULL;
    bool far = lowest != NULL && lowest->number != 0 && lowest->remote && !lowest->said;
    far_workers_fade(&c->far);
    bool waits = far && others_wait(c, lowest->worker, now);
    double rate = c->read_rows * 1000 / (double)ms;
    if (lowest != NULL &&
        (!waits || rate > c->rate)) { /* all that may be may be read in one tick */
        c->rate += (rate - c->rate) * SMOOTHING;
    }
    if (waits && far_workers_waited(&c->far, lowest->worker, c->rate * (double)ms / 1000, now)) {
        log_info("a worker elsewhere costs more than it brings, it is left idle for a while "
                 "worker=%s correlation_id=%s",
                 lowest->worker, job->task.job_id);
        char worker[LEASE_WORKER_SIZE];
        memcpy(worker, lowest->worker, sizeof(worker));
        lease_book_far_gone(&c->book, worker);
        job_runner_go_on(&c->runner);
    }
    c->read_rows = 0;
}

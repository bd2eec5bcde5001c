/* SPDX-License-Identifier: MIT
 * coordinator_idle.c - tells whoever shows workers (the door, which knows them by their keys) whom
 * the import leaves idle. All of them are told each time, and again to a broker that is new, so
 * that the newest word is right by itself; a coordinator that starts begins with nobody. */
#include "actors/tautulli/coordinator.h"

#include <string.h>

#include "proto/base/clock.h"

/* By its key alone. */
static const char *id_of(const struct far_worker *w)
{
    const char *mark = strchr(w->key, '#');
    return mark != NULL ? mark + 1 : w->key;
}

static size_t fill(const struct far_workers *f, struct idle_worker *out)
{
    int64_t now = clock_monotonic_ms();
    int64_t wall = clock_wall_ms();
    size_t count = 0;
    for (size_t i = 0; i < f->count; i++) {
        const struct far_worker *w = &f->items[i];
        if (now >= w->barred_until_ms) {
            continue;
        }
        out[count] = (struct idle_worker){.id = id_of(w), .because = w->because};
        if (w->barred_until_ms != INT64_MAX) {
            PUT(&out[count], until, wall + (w->barred_until_ms - now));
        }
        count++;
    }
    return count;
}

void coordinator_idle_tick(struct coordinator *c)
{
    struct told_idle *told = &c->idle;
    const struct runner_job *job = job_runner_running(&c->runner);
    bool runs = job != NULL && strcmp(job->task.job_id, c->far.job_id) == 0;
    if (told->seq > 0 && told->runs == runs && (!runs || told->changes == c->far.changes)) {
        return;
    }
    struct idle_worker items[FAR_WORKERS_MAX];
    const struct workers_idle event = {.items = items,
                                       .items_count = runs ? fill(&c->far, items) : 0};
    uint64_t seq = (uint64_t)clock_steady_ms(); /* above that of the process before this one */
    told->seq = seq > told->seq ? seq : told->seq + 1;
    told->runs = runs;
    told->changes = c->far.changes;
    publish_workers_idle(c->actor, &event, "tautulli", told->seq);
}

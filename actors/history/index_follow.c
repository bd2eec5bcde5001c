/* SPDX-License-Identifier: MIT
 * index_follow.c - one step after the other while nothing else is written. A step that fails is
 * tried again at the next call; until then what is not in the index is walked by who asks. */
#include "actors/history/index_follow.h"

#include "actors/history/batches.h"
#include "actors/history/play_index.h"
#include "proto/base/clock.h"
#include "proto/base/log.h"

/* A step takes some 30 ms. A job that has stored nothing for a while does not mind. */
enum { STEP_PLAYS = 1000, NEXT_MS = 1, QUIET_MS = 2000 };

static bool is_quiet(const struct history *h)
{
    int64_t now = clock_steady_ms();
    for (const struct active_job *active = h->active_jobs; active != NULL; active = active->next) {
        if (active->job.status == status_running && now - active->saved_at < QUIET_MS) {
            return false;
        }
    }
    return true;
}

static void step(struct actor *a, void *context)
{
    (void)context;
    struct history_actor *self = actor_self(a);
    struct store *s = self->h->store;
    bool behind = false;
    self->follow_due = false;
    if (!is_quiet(self->h)) {
        return;
    }
    enum err e = play_index_follow(s->index, s, STEP_PLAYS, &behind);
    bool news = e != OK && !self->follow_failed;
    self->follow_failed = e != OK;
    if (news) {
        log_warn("index of plays not brought up to date error=%s, trying again", err_code(e));
    }
    if (e == OK && behind) {
        self->follow_due = true;
        (void)actor_after(a, NEXT_MS, step, NULL);
    }
}

void index_follow(struct actor *a)
{
    struct history_actor *self = actor_self(a);
    if (!self->follow_due) {
        self->follow_due = true;
        (void)actor_after(a, NEXT_MS, step, NULL);
    }
}

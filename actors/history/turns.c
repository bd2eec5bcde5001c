/* SPDX-License-Identifier: MIT
 * turns.c - turns by the time that was spent. */
#include "actors/history/turns.h"

#include "actors/history/active_jobs.h"

enum {
    AT_WORK_MS = 1000,   /* since it was heard of */
    FRESH_MS = 30000,    /* who began since then may be through at once … */
    FRESH_TIMES = 9,     /* … and is left nine tenths of the time … */
    LONG_TIMES = 1,      /* … later half of it */
    PAUSE_MAX_MS = 2000, /* nobody takes it for stuck */
};

void turn_begin(struct active_job *active, int64_t now)
{
    active->turn = (struct turn){.began_at = now, .heard_at = now};
}

void turn_heard(struct active_job *active, int64_t now)
{
    active->turn.heard_at = now;
}

void turn_taken(struct active_job *active, int64_t began, int64_t ended)
{
    struct turn *turn = &active->turn;
    turn->took_ms = ended - began;
    turn->spent_ms += turn->took_ms;
    turn->ended_at = turn->heard_at = ended;
}

static bool gives_way(const struct turn *turn, const struct turn *to, int64_t now)
{
    int64_t pause = turn->took_ms * (now - to->began_at < FRESH_MS ? FRESH_TIMES : LONG_TIMES);
    return turn->spent_ms > to->spent_ms && now - to->heard_at < AT_WORK_MS &&
           now - turn->ended_at < (pause < PAUSE_MAX_MS ? pause : PAUSE_MAX_MS);
}

bool turn_waits(const struct history *h, const struct active_job *active, int64_t now)
{
    bool waits = false;
    for (const struct active_job *other = h->active_jobs; !waits && other != NULL;
         other = other->next) {
        waits = other->job.status == status_running && gives_way(&active->turn, &other->turn, now);
    }
    return waits;
}

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
    MINUTE_MS = 60000,
    GIVEN_MAX_MS = 10000 /* of a minute, in pauses of that length, however many begin */
};

void turn_begin(struct active_job *active, int64_t now)
{
    active->turn = (struct turn){.began_at = now};
}

void turn_heard(struct active_job *active, int64_t now)
{
    active->turn.heard_at = now;
}

void turn_taken(struct active_job *active, int64_t began, int64_t ended)
{
    struct turn *turn = &active->turn;
    if (began - turn->minute_at >= MINUTE_MS) {
        turn->minute_at = began;
        turn->given_ms = 0;
    }
    turn->given_ms += turn->gives ? began - turn->ended_at : 0;
    turn->gives = false;
    turn->took_ms = ended - began;
    turn->spent_ms += turn->took_ms;
    turn->ended_at = turn->heard_at = ended;
}

static bool is_at_work(const struct turn *turn, int64_t now)
{
    return turn->heard_at > 0 && now - turn->heard_at < AT_WORK_MS;
}

static bool pauses(const struct turn *turn, int64_t times, int64_t now)
{
    int64_t pause = turn->took_ms * times;
    return now - turn->ended_at < (pause < PAUSE_MAX_MS ? pause : PAUSE_MAX_MS);
}

static bool gives_way(struct turn *turn, const struct turn *to, int64_t now)
{
    if (turn->spent_ms <= to->spent_ms || !is_at_work(to, now)) {
        return false;
    }
    bool half = pauses(turn, LONG_TIMES, now);
    bool may_give = now - turn->minute_at >= MINUTE_MS || turn->given_ms < GIVEN_MAX_MS;
    bool more =
        !half && may_give && now - to->began_at < FRESH_MS && pauses(turn, FRESH_TIMES, now);
    turn->gives = turn->gives || more;
    return half || more;
}

bool turn_waits(const struct history *h, struct active_job *active, int64_t now)
{
    bool waits = false;
    for (const struct active_job *other = h->active_jobs; !waits && other != NULL;
         other = other->next) {
        waits = other->job.status == status_running && gives_way(&active->turn, &other->turn, now);
    }
    return waits;
}

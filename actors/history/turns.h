/* SPDX-License-Identifier: MIT
 * turns.h - whose batch is written next, where several jobs bring some at once.
 *
 * A job that has had more of the writer's time than another one pauses after each transaction for a
 * multiple of what that took, as long as the other one is at work: a flood, or an import of years,
 * stands behind the few rows of a server. Whoever is alone, or has had the least, never pauses; of
 * two that bring much the one is at work while the other pauses, so no time is lost; and nobody
 * waits for ever: who is at it for long is given way to for no more than half of the time, and so
 * are those who begin one after the other, but for a sixth of each minute. Who sent no batch lately
 * is not at work, whatever it says of itself. */
#ifndef PLAYBUS_ACTORS_HISTORY_TURNS_H
#define PLAYBUS_ACTORS_HISTORY_TURNS_H

#include <stdbool.h>
#include <stdint.h>

struct history;
struct active_job;

/* Of a job, in this process; steady clock, ms. */
struct turn {
    int64_t began_at;
    int64_t heard_at;          /* it sent a batch, or one was stored; 0: it never did */
    int64_t took_ms, ended_at; /* its last transaction */
    int64_t spent_ms;          /* all of them */
    int64_t minute_at;         /* since then … */
    int64_t given_ms;          /* … it paused so long for those who had just begun */
    bool gives;                /* it does so since its last transaction */
};

void turn_begin(struct active_job *active, int64_t now);
/* It sent a batch. */
void turn_heard(struct active_job *active, int64_t now);
/* A transaction of its batches began and ended then. */
void turn_taken(struct active_job *active, int64_t began, int64_t ended);
/* Another job comes first. */
bool turn_waits(const struct history *h, struct active_job *active, int64_t now);

#endif

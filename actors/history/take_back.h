/* SPDX-License-Identifier: MIT
 * take_back.h - a job that has stored rows of a liar begins anew: all that it stored is taken back,
 * as an undo does it, then its coordinator plans and reads it again, as the next attempt of the
 * same job. Not the liar's ranges alone: items are kept by the hash that a worker named, so ranges
 * of honest workers may have come by an item of its making.
 *
 * It stands in job_undos as a job that is undone by itself, in the transaction that sets the job
 * back, and goes on from there whatever ends in between; a stop ends the job, and what it stored is
 * taken back all the same. Until then nobody is given the job, no other one begins that may not run
 * beside it, and what others deliver waits. */
#ifndef PLAYBUS_ACTORS_HISTORY_TAKE_BACK_H
#define PLAYBUS_ACTORS_HISTORY_TAKE_BACK_H

#include "actors/history/active_jobs.h"
#include "proto/bus/actor.h"

/* `worker` lied, and `stored` rows of it are stored. After it the job has stored nothing, and is at
 * its next attempt. */
enum err take_back_begin(struct history *h, struct active_job *active, const char *worker,
                         uint64_t stored, int64_t now) NODISCARD;
/* After the store was opened: what another process left. */
enum err take_back_load(struct history *h) NODISCARD;
/* Is anything of the job yet to be taken back? */
bool take_back_is_of(const struct history *h, const struct job *job);
/* One transaction; *out_more if there is more to do. */
enum err take_back_step(struct history *h, bool *out_more) NODISCARD;
/* The same in the loop, until all is taken back. */
void take_back_go_on(struct actor *a);

#endif

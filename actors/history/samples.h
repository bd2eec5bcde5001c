/* SPDX-License-Identifier: MIT
 * samples.h - the points of a job's plot, at most 600. */
#ifndef PLAYBUS_ACTORS_HISTORY_SAMPLES_H
#define PLAYBUS_ACTORS_HISTORY_SAMPLES_H

#include "actors/history/active_jobs.h"

/* Within the transaction that writes `job`, the next state of `active`: a point, if one is due. */
enum err sample_store(struct store *s, const struct active_job *active, struct job *job) NODISCARD;
/* After that transaction: when the next one is due. */
void sample_stored(struct active_job *active);

#endif

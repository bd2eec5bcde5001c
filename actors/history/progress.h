/* SPDX-License-Identifier: MIT
 * progress.h - what a job tells the world, computed from its committed row and the clock. */
#ifndef PLAYBUS_ACTORS_HISTORY_PROGRESS_H
#define PLAYBUS_ACTORS_HISTORY_PROGRESS_H

#include "actors/history/active_jobs.h"

/* `now` is the steady clock. Fills the record; its texts live in `arena` or in `active`. Percent,
 * elapsed and seq never fall. */
void progress_fill(struct active_job *active, int64_t now, struct arena *arena,
                   struct progress *out);
/* Copies the texts of filled records into the arena: they then outlive the jobs. */
void progress_own(struct progress *records, size_t count, struct arena *arena);
/* Brings the recent rate up to date: at commits and at least every second while the job runs. */
void progress_update_rate(struct active_job *active, int64_t now);
double progress_rate(const struct active_job *active);
/* Counts the time at work up to now; over all attempts, ms. */
int64_t progress_elapsed_ms(struct active_job *active, int64_t now);

#endif

/* SPDX-License-Identifier: MIT
 * completion.h - a source row seen again with a stop, duration or name that the stored play lacks.
 */
#ifndef PLAYBUS_ACTORS_HISTORY_COMPLETION_H
#define PLAYBUS_ACTORS_HISTORY_COMPLETION_H

#include "actors/history/jobs.h"
#include "actors/history/outcome.h"

/* For the rows of store->batch that are not skipped, all of known keys: completes their plays,
 * writes each value to play_changes, sets OUTCOME_UPDATED. A dry run only tells. */
enum err completion_run(struct store *s, const struct job *job, enum outcome *outcomes) NODISCARD;

#endif

/* SPDX-License-Identifier: MIT
 * classify.h - storing the plays of one batch and telling for each row what became of it. */
#ifndef PLAYBUS_ACTORS_HISTORY_CLASSIFY_H
#define PLAYBUS_ACTORS_HISTORY_CLASSIFY_H

#include "actors/history/jobs.h"
#include "actors/history/outcome.h"

/* Within a transaction, for the batch that store->batch shows: fills outcomes[0..rows). */
enum err classify_store(struct store *s, const struct job *job, enum outcome *outcomes) NODISCARD;

#endif

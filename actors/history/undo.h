/* SPDX-License-Identifier: MIT
 * undo.h - taking back what one job brought: afterwards the plays are those that the other jobs
 * alone give. The job's own row, its receipt and its notes stay, and so does what sources, people,
 * libraries and items are called. */
#ifndef PLAYBUS_ACTORS_HISTORY_UNDO_H
#define PLAYBUS_ACTORS_HISTORY_UNDO_H

#include "actors/history/own_jobs.h"
#include "actors/history/query.h"

extern const struct own_operation undo_operation;

/* The figures that the receipt will have; see undo_figures.h. */
enum err query_undo(struct reader *r, const struct undo_preview *ask,
                    struct undo_previewed *out) NODISCARD;

/* Is `active` (may be NULL) this job, or what undoes it? However much of the id is given.
 * NOT_RUNNING with its sentence if not; what the query of the job says if there is none of that id.
 */
enum err undo_concerns(struct history *h, const struct active_job *active, const char *job_id,
                       struct arena *arena, struct refusal *out_why) NODISCARD;

#endif

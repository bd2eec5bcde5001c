/* SPDX-License-Identifier: MIT
 * regroup.h - all plays decided anew, in order of time: after who is who was changed, after a
 * source turned out to be of another server, and once after a version that knew no groups. */
#ifndef PLAYBUS_ACTORS_HISTORY_GROUPS_REGROUP_H
#define PLAYBUS_ACTORS_HISTORY_GROUPS_REGROUP_H

#include "actors/history/own_jobs.h"

/* One step of such a job; its total is to be regroup_total. */
enum err regroup_step(struct own_step *step) NODISCARD;
enum err regroup_total(struct history *h, uint64_t *out) NODISCARD;
/* Nothing is due any more, and no play is stored twice. */
enum err regroup_finish(struct history *h, const struct job *job) NODISCARD;

/* In a transaction: what is stored has to be decided anew; a job does it as soon as none runs. */
enum err regroup_mark(struct store *s) NODISCARD;
enum err regroup_is_due(struct store *s, bool *out) NODISCARD;
extern const struct own_operation regroup_operation; /* of everybody */

#endif

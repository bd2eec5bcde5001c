/* SPDX-License-Identifier: MIT
 * people_change.h - joining persons and splitting one, as a job: who is who changes in the
 * transaction that makes it, and what it changed is kept with it, so that it can be undone. */
#ifndef PLAYBUS_ACTORS_HISTORY_PEOPLE_CHANGE_H
#define PLAYBUS_ACTORS_HISTORY_PEOPLE_CHANGE_H

#include "actors/history/own_jobs.h"

extern const struct own_operation people_operation; /* without params: all plays are regrouped */

/* Within a transaction: each account that the job mapped, and that nobody has mapped anew since, is
 * whose it was before. */
enum err people_change_undo(struct store *s, int64_t job_no) NODISCARD;

#endif

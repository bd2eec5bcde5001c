/* SPDX-License-Identifier: MIT
 * lifecycle_parts.h - what making a job and resuming one have in common. */
#ifndef PLAYBUS_ACTORS_HISTORY_LIFECYCLE_PARTS_H
#define PLAYBUS_ACTORS_HISTORY_LIFECYCLE_PARTS_H

#include "actors/history/lifecycle.h"

/* Goes on with the job that was asked for; NOTHING_TO_RESUME or RESUME_MISMATCH. */
enum err lifecycle_resume(struct history *h, const struct job_create *ask, int64_t now,
                          struct arena *arena, struct active_job **out,
                          struct refusal *out_why) NODISCARD;

#endif

/* SPDX-License-Identifier: MIT
 * lifecycle.h - how jobs begin, end and go on. Each change is one durable transaction, made before
 * the answer; each may be asked for twice.
 *
 *   idle ------> running                       job.create
 *   running ---> completed, error, cancelled   the last batch; job.fail or a full disk; job.stop
 *   error -----> running                       job.create with resume, while it is resumable
 *   cancelled -> running                       the same
 */
#ifndef PLAYBUS_ACTORS_HISTORY_LIFECYCLE_H
#define PLAYBUS_ACTORS_HISTORY_LIFECYCLE_H

#include "actors/history/active_jobs.h"

/* `now` is the steady clock. Texts in the answers live in `arena` or in the history, until the next
 * change. `out_why` is filled for IMPORT_RUNNING and SYNC_RUNNING: which job is in the way. */
enum err lifecycle_create(struct history *h, const struct job_create *ask, int64_t now,
                          struct arena *arena, struct job_created *out,
                          struct refusal *out_why) NODISCARD;
enum err lifecycle_plan(struct history *h, const struct job_plan *ask, int64_t now,
                        struct arena *arena, struct job_planned *out) NODISCARD;
enum err lifecycle_phase(struct history *h, const struct job_phase *ask,
                         struct active_job **out) NODISCARD;
enum err lifecycle_fail(struct history *h, const struct job_fail *ask, int64_t now,
                        struct active_job **out) NODISCARD;
enum err lifecycle_stop(struct history *h, const struct job_stop *ask, int64_t now,
                        struct active_job **out) NODISCARD;
/* A coordinator goes on with a running job: what was given out before counts for nothing
 * any more; the caller refuses what waits of it. */
enum err lifecycle_adopt(struct history *h, struct active_job *active) NODISCARD;
/* Nothing of this operation can be resumed any more; the caller has made sure that none runs. */
enum err lifecycle_clear(struct history *h, enum operation operation) NODISCARD;
/* IMPORT_RUNNING or SYNC_RUNNING, and which job it is. */
enum err lifecycle_refusal(struct active_job *running, int64_t now, struct arena *arena,
                           struct refusal *out_why);
/* Ends a job in memory, and on disk as soon as that takes it: for a full disk. */
void lifecycle_disk_full(struct history *h, struct active_job *active, int64_t now);
/* Tries to write what lifecycle_disk_full could not. */
void lifecycle_save(struct history *h, struct active_job *active);
/* Marks the job completed; the caller writes the row. */
void lifecycle_complete(struct job *job, int64_t now);
/* Within a transaction that ended dry runs for good: drops their keys, all at once where no other
 * dry run has any, else some thousand with each lifecycle_sweep. */
enum err lifecycle_forget(struct history *h) NODISCARD;
void lifecycle_sweep(struct history *h);

/* Sets resumable and last_success of the answer, where there are such jobs. */
enum err lifecycle_outlook(struct history *h, enum operation operation, struct arena *arena,
                           struct import_status *out) NODISCARD;

/* The job that a command names, if it runs in this attempt: JOB_NOT_FOUND, NOT_RUNNING,
 * STALE_ATTEMPT. */
enum err lifecycle_current(const struct history *h, const char *job_id, uint64_t attempt,
                           struct active_job **out) NODISCARD;
/* The place of a batch of the job: OK if it is to be committed now or later, with *out_known set if
 * all of it is committed; BATCH_STRADDLES, STALE_ATTEMPT, BATCH_REFUSED. */
enum err lifecycle_place(const struct active_job *active, const struct batch_commit *b,
                         bool *out_known) NODISCARD;
/* What a coordinator needs to run the job; in the arena what the job itself does not hold. */
enum err lifecycle_task(const struct history *h, const struct job *job, struct arena *arena,
                        struct job_task *out) NODISCARD;

#endif

/* SPDX-License-Identifier: MIT
 * job_runner_parts.h - what the files of the runner share. For them only; drivers see job_runner.h.
 * Each of them calls only those named before it here, and job_runner.c all of them. */
#ifndef PLAYBUS_ACTORS_SHARED_JOB_RUNNER_PARTS_H
#define PLAYBUS_ACTORS_SHARED_JOB_RUNNER_PARTS_H

#include "actors/shared/job_runner.h"

#define JOB_ASK_MS 5000

/* ---- job_runner_job.c ---- */
struct runner_job *runner_job_new(struct job_runner *r, const struct job_task *task);
void runner_job_destroy(struct runner_job **job); /* it must be closed */
/* The history's newer word on the same job: its plan and its checkpoint. */
void runner_job_keep_task(struct runner_job *job, const struct job_task *task);
/* Gives it to a thread that closes it, and then frees it. */
void runner_job_give_up(struct runner_job *job);
struct job_ticket *job_ticket_aside(struct runner_job *job, job_answer_fn *done); /* it goes on */
void job_tickets_void(struct runner_job *job); /* no answer is about it any more */
void job_tickets_release(struct job_runner *r);

/* ---- job_runner_states.c ---- */
extern const struct state_table job_runner_moves; /* the drawing is in job_runner.h */
void job_runner_init(struct job_runner *r, struct actor *a, const struct job_driver *driver);
/* While it is delivered, and no thread has it: its source is opened again. */
void job_runner_reopen(struct job_runner *r);
/* Takes the job on, instead of the one there is. `seq` of the record it came with. */
void job_runner_adopt(struct job_runner *r, struct runner_job **job, uint64_t seq);
/* The job ended elsewhere: forget it, close its source. */
void job_runner_drop(struct job_runner *r);

/* ---- job_runner_recover.c, job_runner_start.c ---- */
/* Asks the history what is unfinished and goes on with it. */
void job_runner_recover(struct job_runner *r);
void job_runner_close_starts(struct job_runner *r); /* when the threads have ended */

/* ---- job_runner_batches.c ---- */
void job_driver_by_batches(struct job_driver *driver); /* gives it what next_batch stands for */

/* ---- job_runner_driver.c ---- */
struct job_driver job_driver_whole(const struct job_driver *driver); /* with what it leaves out */

#endif

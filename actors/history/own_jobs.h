/* SPDX-License-Identifier: MIT
 * own_jobs.h - jobs that the history does itself, a short transaction after another from its loop,
 * with other messages served between two of them. Progress, receipt, stop, resume and the way on
 * after a crash are those of any job: what is committed with each step is all there is to know. */
#ifndef PLAYBUS_ACTORS_HISTORY_OWN_JOBS_H
#define PLAYBUS_ACTORS_HISTORY_OWN_JOBS_H

#include "actors/history/active_jobs.h"
#include "proto/bus/actor.h"

/* What one step works with, within its transaction. */
struct own_step {
    struct history *h;
    struct job *job;       /* its next state. The step counts every row it has come past under
                              job->duplicate: it stores none */
    struct buffer *cursor; /* where the step before left off (empty: at the beginning), and, after
                              it, where the next goes on */
    int64_t until_ms;      /* monotonic clock: the time to leave off */
    bool done;             /* nothing is left to do */
};

/* What a start is answered with, and what it says beside the code. */
struct own_start {
    struct history *h;
    struct job *job; /* inserted already; params are its own. Title, total, source_no may be set */
    struct arena *arena;
    struct refusal why; /* code NULL: the code's own sentence */
};

struct own_operation {
    /* Before anything else: the same params for all that mean the same; NULL: they are so already.
     */
    enum err (*normalise)(struct history *h, struct arena *arena, struct bytes *params,
                          struct refusal *out_why);
    /* In the transaction that makes the job: checks its params, counts its total. */
    enum err (*begin)(struct own_start *start);
    enum err (*step)(struct own_step *step);
    /* In the transaction that completes it; NULL: nothing. */
    enum err (*finish)(struct history *h, const struct job *job);
    /* Gives up what is kept in memory between two steps; NULL: nothing is. */
    void (*release)(struct history *h);
    /* A start with the params of a job that ended early goes on with that one. */
    bool goes_on;
    /* How a start is refused while any job runs; OK: as that job's operation says. */
    enum err while_any_runs;
};

/* NULL: another actor coordinates such jobs. */
const struct own_operation *own_operation(enum operation operation);

/* Is it the history's to do, and not made yet? */
bool own_job_is_missing(enum operation operation);

/* One transaction of a running job; *out_more if there are more to come. What stops it is an end in
 * error, for the caller to write. */
enum err own_job_step(struct history *h, struct active_job *active, int64_t now,
                      bool *out_more) NODISCARD;

/* Counts rows of the step's job under a name of its receipt's by_reason; `name` outlives the step.
 */
enum err own_step_count(struct own_step *step, const char *name, uint64_t n) NODISCARD;

/* Within a transaction that makes what they began untrue: no job of this operation that ended early
 * is gone on with, but for the job `but_no` (0: none is left out). */
enum err own_jobs_settle(struct history *h, enum operation operation, int64_t but_no) NODISCARD;

/* In the loop: goes on with what runs, from now on. */
void own_jobs_go_on(struct actor *a);

#endif

/* SPDX-License-Identifier: MIT
 * doubts.h - workers on other machines whose batches were not what the sample of their lease says.
 *
 * From then on nothing of that worker is stored in that job, and the job does not end before its
 * coordinator has mapped the rows again and said whether the worker lied. It is asked until it
 * answers, by later processes too. If it lied and rows of it are stored, the job begins anew
 * (take_back.h). */
#ifndef PLAYBUS_ACTORS_HISTORY_DOUBTS_H
#define PLAYBUS_ACTORS_HISTORY_DOUBTS_H

#include "actors/history/active_jobs.h"
#include "actors/history/commit_context.h"
#include "actors/shared/lease_sample.h"
#include "proto/bus/actor.h"

enum { DOUBTS_MAX = 16, DOUBT_WORKER_SIZE = 129 };

struct doubt {
    char job_id[65];                         /* empty: a free place */
    char worker[DOUBT_WORKER_SIZE];          /* as it delivered */
    struct sampled place;                    /* with what was delivered */
    unsigned char lease_key[LEASE_KEY_SIZE]; /* that the digest was made with */
    uint64_t stored;                         /* rows of this worker, in this job */
    bool asking, judged;                     /* judged: it lied */
    int64_t since_ms;                        /* monotonic */
};

struct doubts {
    struct history *h; /* borrowed */
    struct doubt items[DOUBTS_MAX];
};

/* Those of jobs that may yet go on; `h` is borrowed. */
enum err doubts_load(struct doubts *d, struct history *h) NODISCARD;
/* OK, or why the batch is not taken: it is not as the sample is (SAMPLE_DIFFERS), or tells of items
 * that are not its rows', or has no sample that can be opened (BATCH_REFUSED). `m` is a batch under
 * a lease of this job. */
enum err doubts_check(struct doubts *d, struct actor *a, struct active_job *active,
                      const struct msg *m) NODISCARD;
void doubts_tick(struct doubts *d, struct actor *a); /* asks again */
/* Is there a doubt because of which this job must not be completed? */
bool doubts_hold(const struct doubts *d, const char *job_id);
/* A liar of whom a job that runs has rows; NULL: there is none. */
struct doubt *doubts_spoilt(struct doubts *d, struct active_job **out);

/* Counts the rows of a batch under its worker, if that is on another machine. */
enum err doubts_count(struct commit_context *c, const struct batch_commit *b) NODISCARD;

#endif

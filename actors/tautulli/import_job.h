/* SPDX-License-Identifier: MIT
 * import_job.h - the import that runs, and the slow work on its source: opening, planning, slicing,
 * closing. One piece of work at a time, in one thread, which alone touches the source meanwhile. */
#ifndef PLAYBUS_ACTORS_TAUTULLI_IMPORT_JOB_H
#define PLAYBUS_ACTORS_TAUTULLI_IMPORT_JOB_H

#include "actors/shared/job_runner.h"
#include "actors/tautulli/fetch.h"
#include "actors/tautulli/plan.h"
#include "actors/tautulli/row_sample.h"
#include "actors/tautulli/rows_pack.h"
#include "actors/tautulli/rows_sum.h"
#include "actors/tautulli/sample.h"
#include "actors/tautulli/source.h"
#include "proto/base/config.h"

#define SLICES_MAX 4 /* made in one piece of work */

struct slice {
    int64_t last_id;
    uint64_t rows;
    struct rows_sum check; /* where workers on other machines may come … */
    struct lease_sample sample;
    bool checked;
};

struct import_job {
    struct runner_job job; /* first */
    struct source *source; /* NULL until it is open */
    const struct config *config;
    struct staging staging;  /* its `cancelled` is the job's */
    const char *tautulli_id; /* it is imported from its address; NULL: a file; in the job's arena */
    const unsigned char *lease_key; /* borrowed: what is sampled is sealed with it */
    struct fetch fetch;
    char *fetched;           /* owned; what it brought, and is open; NULL: nothing */
    int64_t unread_since_ms; /* its source can be opened, but no rows have come; 0: they have */

    /* ---- what the thread found ---- */
    struct plan plan;
    int64_t planned_at;
    struct msg *known; /* kept: the history's source_samples; NULL until they came */
    struct row_key samples[SAMPLE_MAX];
    struct row_key *found; /* rows of known sources that stand in this one too; in work_arena */
    size_t sample_count, found_count;
    const char *warnings[1 + FETCH_WARNINGS_MAX]; /* what a person should know of the source */
    size_t warnings_count;
    double row_bytes; /* of an encoded row, as of late; 0: no batch has been made */
    uint64_t slice_rows;
    int64_t slice_from;                       /* where the next slice begins */
    bool sliced_all;                          /* the plan's last id is in a slice */
    bool slice_checked;                       /* workers on other machines may read them … */
    bool slice_far_only;                      /* … and nobody else does */
    int64_t count_from, count_to;             /* a range whose rows are counted … */
    uint64_t counted;                         /* … and are so many */
    struct lease_sample judged;               /* a place that is mapped again, … */
    unsigned char judged_key[LEASE_KEY_SIZE]; /* … and what its digest is made with */
    struct slice slices[SLICES_MAX];
    size_t slices_wanted, slice_count;
    uint64_t opened;      /* tells this opening of the source from others */
    struct parcel parcel; /* rows for a worker that has no file */
};

static inline struct import_job *import_job_of(struct runner_job *job)
{
    return (struct import_job *)job; /* its first member */
}

/* The server that its plays belong to: the one asked for, else the one the file names. */
const char *import_job_server_id(const struct import_job *j);
bool import_job_has_own_workers(const struct import_job *j); /* or none but those elsewhere */
/* What may heal by itself: a share that is mounted again, a copy that is finished, a service that
 * was started for a moment without the folder that the job was allowed to read. */
bool import_job_is_away(enum err e);
/* Closes, and removes the copy if it is one; harmless on NULL. */
void close_and_unstage(struct source **source, const struct staging *staging);

/* ---- the driver's functions; see struct job_driver ---- */
void import_job_init(struct runner_job *job);
void import_job_release(struct runner_job *job);
void import_job_interrupt(struct runner_job *job);
void import_job_fill_create(struct runner_job *job, struct job_create *out);
bool import_job_ready_to_open(struct runner_job *job);
bool import_job_ready_to_plan(struct runner_job *job);
void import_job_fill_plan(struct runner_job *job, struct job_plan *out);
void import_job_begin_at(struct runner_job *job, int64_t position);

/* ---- work for a thread; each sets the job's code ---- */
void import_job_probe(struct runner_job *job);
void import_job_open(struct runner_job *job);
void import_job_check(struct runner_job *job); /* RESUME_MISMATCH if it is another source */
void import_job_plan(struct runner_job *job);  /* fixes ids and total, takes samples */
void import_job_slice(struct runner_job *job); /* slices_wanted batches from slice_from on */
void import_job_count(struct runner_job *job); /* the rows from count_from to count_to */
void import_job_judge(struct runner_job *job); /* maps the place again */
void import_job_pack(struct runner_job *job);  /* the parcel */
void import_job_close(struct runner_job *job);

#endif

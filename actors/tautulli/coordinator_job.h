/* SPDX-License-Identifier: MIT
 * coordinator_job.h - the job being run, and the slow work on its source: opening, planning,
 * cutting, closing. One piece of work at a time, in one thread, which alone touches the source
 * meanwhile. */
#ifndef PLAYBUS_ACTORS_TAUTULLI_COORDINATOR_JOB_H
#define PLAYBUS_ACTORS_TAUTULLI_COORDINATOR_JOB_H

#include "actors/tautulli/plan.h"
#include "actors/tautulli/sample.h"
#include "actors/tautulli/source.h"
#include "proto/base/config.h"

#define CUTS_MAX 4 /* made in one piece of work */

struct cut {
    int64_t last_id;
    uint64_t rows;
};

struct job {
    uint64_t serial;      /* tells answers about this job from those about earlier ones */
    struct job_task task; /* texts in the arena */
    struct arena *arena;
    uint64_t seq;            /* of the record it came with: older ones do not speak of it */
    struct source *source;   /* NULL until it is open */
    bool working;            /* a thread has it */
    bool asking;             /* the history is being asked about it */
    bool ended;              /* to be freed when the thread gives it back */
    bool changed;            /* a worker says that the source is not what it was */
    int64_t away_since_ms;   /* its source cannot be opened; 0: it can */
    int64_t unread_since_ms; /* it can, but no rows have come; 0: they have */
    enum err end_code;       /* of a job to be ended in error */
    char end_text[512];

    /* ---- for the thread: what it needs, and what it found ---- */
    const struct config *config;
    struct staging staging;   /* `cancelled` is the one below */
    atomic_bool cancelled;    /* set by the loop: nobody waits for the copy any more */
    struct arena *work_arena; /* reset by each piece of work */
    enum err code;
    struct refusal why;
    struct plan plan;
    int64_t planned_at;
    struct msg *known; /* kept: the history's source_samples; NULL until they came */
    struct row_key samples[SAMPLE_MAX];
    struct row_key *found; /* rows of known sources that stand in this one too; in work_arena */
    size_t sample_count, found_count;
    const char *warning; /* what a person should know of the source; NULL: nothing */
    double row_bytes;    /* of an encoded row, as of late; 0: no batch has been made */
    uint64_t cut_rows;
    int64_t cut_from; /* where the next cut begins */
    bool cut_all;     /* the plan's last id is in a cut */
    struct cut cuts[CUTS_MAX];
    size_t cuts_wanted, cut_count;
};

struct job *job_new(const struct job_task *task, const struct config *config,
                    const struct staging *staging);
void job_destroy(struct job **job); /* its source must be closed */
/* The history's newer word on the same job: its plan and its checkpoint. */
void job_keep_task(struct job *job, const struct job_task *task);
/* Something is wrong with the source: has it been so for longer than is waited? `since_ms` is the
 * job's away_since_ms or unread_since_ms, set here when it begins. */
bool job_waits_too_long(const struct job *job, int64_t *since_ms, enum err why);
/* The server that its plays belong to: the one asked for, else the one the file names. */
const char *job_server_id(const struct job *job);

/* Closes, and removes the copy if it is one; harmless on NULL. */
void close_and_unstage(struct source **source, const struct staging *staging);

/* RESUME_MISMATCH unless the rows that the task was planned with, and the last committed one, stand
 * in the source. */
enum err job_check_source(struct source *source, const struct job_task *task) NODISCARD;

/* ---- work for a thread; each sets `code` ---- */
void job_open_work(void *job);  /* resolves, opens, compares with what was planned */
void job_plan_work(void *job);  /* fixes first id, last id and total, takes samples */
void job_cut_work(void *job);   /* cuts_wanted batches from cut_from on */
void job_close_work(void *job); /* closes the source, removes a staged copy */

#endif

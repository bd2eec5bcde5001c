/* SPDX-License-Identifier: MIT
 * active_jobs.h - the newest job of each operation and server, with what is not kept over a
 * restart: its phase, its recent rate, its newest errors, and the batches that wait for their turn.
 */
#ifndef PLAYBUS_ACTORS_HISTORY_ACTIVE_JOBS_H
#define PLAYBUS_ACTORS_HISTORY_ACTIVE_JOBS_H

#include "actors/history/counts.h"
#include "actors/history/jobs.h"
#include "actors/history/reorder_buffer.h"
#include "actors/history/runs.h"
#include "actors/history/turns.h"
#include "actors/shared/lease_mac.h"
#include "proto/base/log.h"
#include "proto/wire/arena.h"

enum { ERRORS_SHOWN = 20 };

struct shown_error {
    int64_t at; /* wall clock, ms */
    struct kept_native record;
    char *message;
};

struct active_job {
    struct active_job *next;
    struct job job; /* as committed, but for seq and elapsed_ms, which may be ahead */
    bool has_phase;
    enum phase phase;
    char *waiting_for, *message; /* NULL if none */
    char *ended_with;            /* the error that this attempt goes on after; NULL if none */
    const char *notice;          /* told where there is no message; NULL if none */
    bool coordinator_away;
    bool previews_ended; /* it has stored something: older previews can no longer be resumed */
    bool unsaved;        /* ended in memory only: the disk was full; saved as soon as that works */
    /* recent rate: an exponentially weighted mean and the weight it has so far */
    double rate_sum, rate_weight;
    int64_t rate_at;                         /* steady clock, ms, of the last update */
    uint64_t rate_processed;                 /* processed then */
    int64_t sample_due;                      /* elapsed ms at which the next sample is kept */
    struct shown_error errors[ERRORS_SHOWN]; /* a ring */
    size_t errors_count;                     /* ever put in */
    struct reorder_buffer reorder_buffer;
    struct turn turn;
    bool has_lease_key; /* its coordinator has told it */
    unsigned char lease_key[LEASE_KEY_SIZE];
    struct log_seldom refused;  /* batches, told of */
    int64_t not_leased_told_at; /* steady clock, ms, of the last entry of such a batch; 0: none */
    int64_t counted_to;         /* steady clock, ms: elapsed_ms counts up to then */
    int64_t saved_at;           /* steady clock, ms: when the job's row was last written */
    int64_t published_at;       /* steady clock, ms */
};

struct wal_watch {
    bool asks; /* `shm` is open */
    int shm;
    char notice[256]; /* who keeps the -wal from being truncated; empty: nobody */
};

struct undo_run;

/* A job whose rows are taken back, see take_back.h. */
struct take_back {
    int64_t job_no;       /* 0: none */
    int64_t below;        /* rows from there on are come past, that is committed */
    struct undo_run *run; /* owned; NULL: to be opened */
};

/* All of history's state: the store and what it shows. */
struct history {
    struct store *store;
    struct active_job *active_jobs; /* newest first */
    struct counts *counts;
    struct runs runs;
    struct undo_run *undo; /* of the undo that runs; NULL: none */
    struct take_back take_back;
    struct wal_watch wal;
    bool sweep_due;    /* keys of dry runs that ended for good may be left */
    bool scrub_due;    /* what was erased may stand in files yet: the table scrub_due tells */
    bool trim_due;     /* more notes than notes_max may be kept */
    int64_t notes_max; /* over all jobs; set by whoever opened it, history.notes_max */
};

/* `now` is the steady clock, here as everywhere below: dates are the wall clock's, but what is
 * counted and what must rise is not moved by setting that. */
enum err history_open(const char *path, int64_t now, struct history **out) NODISCARD;
void history_close(struct history **history);

/* Is the job of this operation, and of this server if there is one for each? */
bool is_of_subject(const struct job *job, enum operation operation, const char *server_id);
/* The newest job of an operation (and server, for server_sync); NULL if there is none. */
struct active_job *active_job_find(const struct history *h, enum operation operation,
                                   const char *server_id);
struct active_job *active_job_by_id(const struct history *h, const char *job_id);
/* A job that now is the newest of its subject; takes the job's texts. */
struct active_job *active_job_put(struct history *h, struct job *job, int64_t now);
/* The same for a job that is not the newest: belongs to the caller. */
enum err active_job_load(struct history *h, struct job *job, int64_t now,
                         struct active_job **out) NODISCARD;
/* Writes seq and elapsed_ms of a running job that has not been written for a while: a process that
 * comes after this one then goes on above them, however this one ends. */
void active_job_keep(struct history *h, struct active_job *active, int64_t now);
void active_job_destroy(struct active_job **active);
/* Of jobs that left no trace the job before counts again; who walks over the jobs must not be at
 * it. True if there were any. */
bool active_jobs_forget_silent(struct history *h);

/* Over all jobs of an operation and server the numbers of their records rise. */
uint64_t active_job_next_seq(const struct history *h, const struct job *job, int64_t now);

void active_job_add_error(struct active_job *active, int64_t at, const struct native_id *record,
                          const char *message);
void active_job_clear_phase(struct active_job *active);

#endif

/* SPDX-License-Identifier: MIT
 * coordinator.h - what the parts of the coordinator share: its one job, the book of leases, the
 * workers that wait. Everything here belongs to the loop; threads touch one struct of work at a
 * time.
 *
 *   idle --- import.start of an archive, jobs.unfinished ---> opening
 *   idle --- import.start, the file is open ---> planning, or leasing if planned before
 *
 *   opening ---> planning ---> leasing ---> idle (the history completed or cancelled the job,
 *      |  ^____________|____________|              which it may from any state)
 *      |    the source changed
 *      +---> leasing, if planned before
 *      +---> waiting, 60 s at most: the source is away ---> planning or leasing
 *
 *   any but idle --- cannot go on ---> ending --- job.fail is taken ---> idle
 */
#ifndef PLAYBUS_ACTORS_TAUTULLI_COORDINATOR_H
#define PLAYBUS_ACTORS_TAUTULLI_COORDINATOR_H

#include "actors/tautulli/coordinator_job.h"
#include "actors/tautulli/lease.h"
#include "proto/base/state.h"
#include "proto/bus/actor.h"

#define HISTORY "history"
#define WORKERS_MAX 64  /* remembered; more may work */
#define TAKES_MAX 256   /* lease.take waiting for a lease */
#define QUESTIONS_MAX 8 /* starts, validations and searches under way, each */

enum lane { LANE_JOB, LANE_START, LANE_VALIDATE, LANE_SEARCH };

enum coordinator_state {
    STATE_IDLE,
    STATE_OPENING,
    STATE_PLANNING,
    STATE_LEASING,
    STATE_WAITING,
    STATE_ENDING
};

/* A worker that waits for a lease. */
struct take {
    struct msg *msg; /* owned */
    char worker[LEASE_WORKER_SIZE];
    uint64_t slot;
    int64_t answer_by_ms; /* empty-handed from then on; monotonic clock */
};

struct start;
struct question;

struct coordinator {
    struct actor *actor;
    struct state state;
    struct job *job; /* owned; NULL while idle */
    uint64_t serial; /* of the newest job */
    struct lease_book book;
    struct take takes[TAKES_MAX];
    size_t take_count;
    char workers[WORKERS_MAX][LEASE_WORKER_SIZE]; /* those that are up */
    size_t worker_count;
    unsigned ticks_without_worker;
    unsigned ticks_in_doubt;                   /* all is leased and done, and yet the job runs */
    struct start *starts[QUESTIONS_MAX];       /* under way */
    struct question *questions[QUESTIONS_MAX]; /* validations under way */
    unsigned searching;                        /* searches under way */
    unsigned creating; /* job.create under way: what runs may be about to become ours */
    bool asking_unfinished;
    struct staging staging;
    char *staging_dir;   /* owned; staging.dir */
    enum phase phase;    /* last told to the history … */
    const char *waiting; /* … and what for; NULL: nothing */
    bool phase_told;     /* false: to be told (again) */
};

/* ---- coordinator.c ---- */
enum err coordinator_open(struct coordinator *c, struct actor *a) NODISCARD;
void coordinator_close(struct coordinator *c); /* when the threads have ended */
/* Does what the state calls for, as far as nothing is under way already. Harmless at any time. */
void coordinator_go_on(struct coordinator *c);
/* Takes the job on. `source` (taken) may be NULL: it is then opened. `seq` of the record it came
 * with. */
void coordinator_adopt(struct coordinator *c, const struct job_task *task, struct source **source,
                       uint64_t seq);
/* The job ended elsewhere: forget it, close its source. */
void coordinator_drop(struct coordinator *c);
/* The job cannot go on: end it in error, however often the history has to be asked. */
void coordinator_fail(struct coordinator *c, enum err code, const char *text);
/* Gives the job to its thread; `done` begins with coordinator_work_over, which is false if the job
 * ended meanwhile and is on its way out. */
void coordinator_work(struct coordinator *c, work_fn *fn, work_done_fn *done);
bool coordinator_work_over(struct coordinator *c, struct job *job);
void coordinator_phase(struct coordinator *c, enum phase phase, const char *waiting_for);

/* ---- coordinator_recover.c ---- */
/* Asks the history what is unfinished and goes on with it. */
void coordinator_recover(struct coordinator *c);
enum err coordinator_on_progress(struct actor *a, const struct msg *m);
enum err coordinator_on_changed(struct actor *a, const struct msg *m);

/* ---- coordinator_lease.c ---- */
void coordinator_lease_more(struct coordinator *c); /* cut, then give out */
void coordinator_lease_tick(struct coordinator *c); /* expiry, and takes near their deadline */
void coordinator_worker_gone(struct coordinator *c, const char *worker);
void coordinator_worker_seen(struct coordinator *c, const char *worker);
enum err coordinator_on_take(struct actor *a, const struct msg *m);
enum err coordinator_on_renew(struct actor *a, const struct msg *m);
enum err coordinator_on_done(struct actor *a, const struct msg *m);

/* ---- coordinator_start.c, coordinator_ask.c ---- */
enum err coordinator_on_start(struct actor *a, const struct msg *m);
enum err coordinator_on_validate(struct actor *a, const struct msg *m);
enum err coordinator_on_candidates(struct actor *a, const struct msg *m);
void coordinator_start_close(struct coordinator *c); /* when the threads have ended */
void coordinator_ask_close(struct coordinator *c);

#endif

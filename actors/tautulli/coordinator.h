/* SPDX-License-Identifier: MIT
 * coordinator.h - what the parts of the coordinator share: the runner of its one job, the book of
 * leases, the workers that wait. Everything here belongs to the loop; threads touch one struct of
 * work at a time. */
#ifndef PLAYBUS_ACTORS_TAUTULLI_COORDINATOR_H
#define PLAYBUS_ACTORS_TAUTULLI_COORDINATOR_H

#include "actors/shared/http_client.h"
#include "actors/shared/job_runner.h"
#include "actors/shared/lease_mac.h"
#include "actors/tautulli/far_workers.h"
#include "actors/tautulli/import_job.h"
#include "actors/tautulli/lease.h"
#include "actors/tautulli/rows_sent.h"
#include "actors/tautulli/workers_up.h"
#include "proto/bus/actor.h"

#define TAKES_MAX 256     /* lease.take waiting for a lease */
#define FAR_SEEN_MS 60000 /* a worker elsewhere asks far more often than that */
#define QUERIES_MAX 8     /* validations and searches under way, each */

enum { LANE_VALIDATE = RUNNER_LANES, LANE_SEARCH };

/* A worker that waits for a lease. */
struct take {
    struct msg *msg; /* owned */
    char worker[LEASE_WORKER_SIZE];
    uint64_t slot;
    bool remote;          /* on another machine */
    int64_t answer_by_ms; /* empty-handed from then on; monotonic clock */
};

/* What the newest workers.idle says. */
struct told_idle {
    bool runs;        /* of an import */
    uint64_t changes; /* of far_workers */
    uint64_t seq;     /* 0: nothing was told yet */
};

struct query;

struct coordinator {
    struct actor *actor;
    struct job_runner runner;
    unsigned char lease_key[LEASE_KEY_SIZE]; /* of this process: older leases end with theirs */
    struct lease_book book; /* of the runner's job while it is delivered, else empty */
    struct take takes[TAKES_MAX];
    size_t take_count;
    struct workers_up workers;
    unsigned ticks_without_worker;
    struct far_workers far;             /* what is held against workers on other machines */
    struct rows_asks rows;              /* what workers without the file wait for */
    struct told_idle idle;              /* what was told of them */
    int64_t far_until_ms;               /* one has asked for a lease of late */
    double read_rows, rate;             /* since the last tick; a second, while nobody waits */
    struct msg *doubted;                /* kept: a sample.differs that is judged; NULL: none */
    bool convicted;                     /* it lied, which the door is told */
    struct query *queries[QUERIES_MAX]; /* validations under way */
    unsigned searching;                 /* searches under way */
    unsigned asking_addresses;          /* validations of a Tautulli by its address */
    struct http_client *client;         /* owned */
    struct staging staging;
    char *staging_dir; /* owned; staging.dir */
};

/* ---- coordinator.c ---- */
enum err coordinator_open(struct coordinator *c, struct actor *a) NODISCARD;
void coordinator_close(struct coordinator *c); /* when the threads have ended */
enum err coordinator_on_start(struct actor *a, const struct msg *m);
enum err coordinator_on_progress(struct actor *a, const struct msg *m);
enum err coordinator_on_committed(struct actor *a, const struct msg *m);
enum err coordinator_on_worker_gone(struct actor *a, const struct msg *m);
enum err coordinator_on_changed(struct actor *a, const struct msg *m);

/* ---- coordinator_lease.c ---- */
void coordinator_lease_tick(struct coordinator *c); /* expiry, and takes near their deadline */
void coordinator_worker_gone(struct coordinator *c, const char *worker);
void coordinator_key_gone(struct coordinator *c, const char *worker); /* all processes of it */
void coordinator_worker_seen(struct coordinator *c, const char *worker);
enum err coordinator_on_take(struct actor *a, const struct msg *m);
enum err coordinator_on_renew(struct actor *a, const struct msg *m);
/* The driver's functions about what is leased; see struct job_driver. */
void coordinator_deliver(struct runner_job *job); /* slices, then gives out */
void coordinator_recall(struct runner_job *job);
int64_t coordinator_lowest(struct runner_job *job);
void coordinator_committed(struct runner_job *job, int64_t next_id);
bool coordinator_all_done(struct runner_job *job);

/* ---- coordinator_done.c ---- */
enum err coordinator_on_done(struct actor *a, const struct msg *m);

/* ---- coordinator_rate.c ---- */
void coordinator_rate_tick(struct coordinator *c, int64_t ms); /* so long after the last */

/* ---- coordinator_idle.c ---- */
void coordinator_idle_tick(struct coordinator *c); /* tells who is left idle, where that changed */

/* ---- coordinator_judge.c ---- */
enum err coordinator_on_differs(struct actor *a, const struct msg *m);
void coordinator_judge(struct coordinator *c, struct import_job *j); /* if there is a doubt */
void coordinator_judge_tick(struct coordinator *c);

/* ---- coordinator_ask.c ---- */
enum err coordinator_on_validate(struct actor *a, const struct msg *m);
enum err coordinator_on_candidates(struct actor *a, const struct msg *m);
void coordinator_ask_close(struct coordinator *c); /* when the threads have ended */

#endif

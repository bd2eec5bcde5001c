/* SPDX-License-Identifier: MIT
 * job_runner.h - the life of a job in its coordinator: started or found unfinished, opened,
 * planned, delivered, ended. What is opened and how its work is cut is the driver's.
 *
 * The history decides what runs and how far it is; nothing here outlives the process, which may be
 * killed anywhere: at its start, when the history comes back, and when a record tells of a job that
 * is not known here, unfinished jobs are asked for and gone on with.
 *
 *   idle -------> opening, planning                    a start, or a job found unfinished
 *   opening ----> planning, waiting, ending, idle      it is open; it is away
 *   planning ---> delivering, opening, ending, idle    the plan is kept; the source changed
 *   delivering -> opening, ending, idle                the source changed
 *   waiting ----> planning, ending, idle               the source is there again
 *   ending -----> idle                                 job.fail is taken
 *
 * To ending where it cannot go on, to idle where the history says that it ended, from any state.
 */
#ifndef PLAYBUS_ACTORS_SHARED_JOB_RUNNER_H
#define PLAYBUS_ACTORS_SHARED_JOB_RUNNER_H

#include <stdatomic.h>
#include <sys/queue.h>

#include "actors/shared/delivery.h"
#include "proto/base/state.h"
#include "proto/bus/actor.h"
#include "proto/wire/arena.h"

#define HISTORY "history"
#define RUNNER_JOB_ID_SIZE 65
#define RUNNER_STARTS_MAX 8 /* under way at once; more are refused BUSY */

/* The threads the runner uses; those behind them are the driver's. */
enum { RUNNER_LANE_JOB, RUNNER_LANE_START, RUNNER_LANES };

enum runner_state {
    RUNNER_IDLE,
    RUNNER_OPENING,
    RUNNER_PLANNING,
    RUNNER_DELIVERING,
    RUNNER_WAITING,
    RUNNER_ENDING
};

struct job_runner;
struct job_start;
struct job_ticket;

/* A job in the hands of its coordinator; the first member of the driver's own job. */
struct runner_job {
    struct job_runner *runner;
    struct job_task task; /* the history's newest word; texts in the arena */
    struct arena *arena;
    uint64_t seq;              /* of the record it came with: older ones do not speak of it */
    bool open;                 /* the driver's: probe and open set it, close takes it back */
    bool reopen;               /* its source is not what it was: opened again with the next tick */
    bool working;              /* a thread has it */
    bool ended;                /* to be closed when the thread gives it back */
    struct job_ticket *asking; /* the answer without which it does not go on; NULL: none */
    int64_t next;              /* of one that works by next_batch: all below is committed */
    int64_t away_since_ms;     /* its source cannot be opened; 0: it can */
    enum err end_code;         /* of a job to be ended in error */
    char end_text[512];
    void (*work)(struct runner_job *job); /* what the thread does … */
    void (*done)(struct runner_job *job); /* … and what the loop does after it */

    /* ---- for the thread that works: what it needs, and what it found ---- */
    atomic_bool cancelled;    /* set by the loop: nobody waits for this work any more */
    struct arena *work_arena; /* emptied before the driver's probe, open and plan */
    enum err code;
    struct refusal why; /* goes with the code; texts in work_arena, or constant */
};

/* What an operation brings. One constant struct a coordinator; a function that is marked "may be
 * NULL" is then that of a source that is always there, with nothing to open. */
struct job_driver {
    const char *name; /* of the machine, for the log */
    enum operation operation;
    size_t job_size;        /* of the driver's job, zeroed */
    int64_t source_wait_ms; /* a source that is away for longer ends its job */

    /* ---- in a thread, which has the job to itself: they touch nothing else that changes, and may
     * take long, but not for ever. The result is in job->code and job->why. ---- */
    /* For a start, before there is a job: opens the source and samples it. One that opens slowly is
     * left closed, and opened when the job is made. May be NULL: opens it. */
    void (*probe)(struct runner_job *job);
    void (*open)(struct runner_job *job); /* it is closed; may be NULL, as close */
    /* Is what is open the source that job->task was planned with? May be NULL: it is. */
    void (*check)(struct runner_job *job);
    void (*plan)(struct runner_job *job);  /* it is open; may be called again for a planned job */
    void (*close)(struct runner_job *job); /* harmless if it is closed; code and why stay */

    /* ---- in the loop: they return at once. No thread has the job, where nothing else is said ----
     */
    void (*init)(struct runner_job *job);    /* may be NULL, as the next four */
    void (*release)(struct runner_job *job); /* mirrors init; it is closed */
    bool (*is_away)(enum err code);          /* of open and plan: may it heal by itself? */
    /* How long that is waited for; 0: source_wait_ms. May be NULL: 0. */
    int64_t (*wait_ms)(enum err code);
    /* True if open() has what it needs; else that was asked for, and go_on is called when it came.
     * May be NULL: it needs nothing. */
    bool (*ready_to_open)(struct runner_job *job);
    /* A thread works with the open source, and nobody waits for that any more. */
    void (*interrupt)(struct runner_job *job);
    void (*fill_create)(struct runner_job *job, struct job_create *out); /* what probe found */
    /* May be NULL for a start that is answered by import.started. */
    enum err (*reply_started)(struct actor *a, const struct msg *start, const char *job_id,
                              const struct progress *stats);
    /* True if plan() has what it needs; else that was asked for, with job_ticket_new. May be NULL:
     * it needs nothing. */
    bool (*ready_to_plan)(struct runner_job *job);
    void (*fill_plan)(struct runner_job *job, struct job_plan *out); /* all but job_id, attempt */
    /* What the history knows its leases by. May be NULL: nothing of it is leased. */
    struct bytes (*lease_key)(const struct job_runner *r);
    /* The next work from a position on: sets all of a batch but its job, attempt, runner and first
     * position; borrowed until the next call. False: there is none yet, and go_on is called when
     * there is. One is under way at a time. A driver that has it has none of the next six. */
    bool (*next_batch)(struct runner_job *job, int64_t from, struct batch_commit *out);
    /* Delivering: does what there is to do, tells its phase. Called after whatever may change that,
     * and at least every tick; a thread may have the job. */
    void (*deliver)(struct runner_job *job);
    /* There the next work begins; the cursor of the batch before it is in job->task. */
    void (*begin_at)(struct runner_job *job, int64_t position);
    /* What was given out and is not committed counts for nothing any more. A thread may have it. */
    void (*recall)(struct runner_job *job);
    int64_t (*lowest)(struct runner_job *job); /* position behind all that it knows as committed */
    /* All below next is committed, whoever delivered it. A thread may have the job. */
    void (*committed)(struct runner_job *job, int64_t next);
    bool (*all_done)(struct runner_job *job); /* all is given out and was delivered; the same */

    /* ---- where a coordinator wants to know; each may be NULL ---- */
    /* A start that nobody waits for was answered: OK, the job is made. */
    void (*started)(struct job_runner *r, enum err code);
    /* A job is over. `code`: why it was ended, here or by the history; NOT_RUNNING: it was stopped.
     */
    void (*ended)(struct job_runner *r, enum err code, const char *text);
};

struct job_runner {
    struct actor *actor;
    const char *server_id;   /* borrowed; its jobs are of this one alone; NULL: of whichever */
    int ticks;               /* the timer */
    struct job_driver whole; /* the driver, and what it leaves out */
    const struct job_driver *driver; /* that */
    struct state_table table;
    struct state state;
    struct runner_job *job;              /* owned; NULL while idle */
    struct delivery delivery;            /* of next_batch … */
    bool sending;                        /* … while it is under way … */
    char sending_of[RUNNER_JOB_ID_SIZE]; /* … and whose */
    LIST_HEAD(, job_ticket) tickets;
    struct job_start *starts[RUNNER_STARTS_MAX]; /* under way; owned */
    unsigned giving_up;                          /* jobs that a thread closes */
    unsigned creating; /* job.create under way: what runs may be about to become ours */
    bool asking_unfinished;
    bool adopting;          /* … to go on with what is found */
    bool unheard;           /* nobody answered that: asked again with the next tick */
    unsigned stalled_ticks; /* since the checkpoint of what is delivered was seen to move … */
    int64_t checkpoint;     /* … to here */
    enum phase phase;       /* last told to the history … */
    const char *waiting;    /* … and what for; NULL: nothing */
    bool phase_told;        /* false: to be told (again) */
};

void job_runner_open(struct job_runner *r, struct actor *a, const struct job_driver *driver);
/* One of several: of the operation's jobs it has those of this server, whose id is borrowed. */
void job_runner_open_for(struct job_runner *r, struct actor *a, const struct job_driver *driver,
                         const char *server_id);
void job_runner_close(struct job_runner *r); /* when the threads have ended, or it is at rest */
/* It has no job, and nothing is under way that would come back to it. */
bool job_runner_is_at_rest(const struct job_runner *r);

/* ---- messages that concern it ---- */
/* A start, answered here, by the driver's reply_started or a refusal. The texts of `create` are in
 * `m`, or live as long as the runner; its id, title, server and params are copied. Twice is
 * harmless: the history knows the job's id and answers with that job. */
enum err job_runner_start(struct job_runner *r, const struct msg *m,
                          const struct job_create *create) NODISCARD;
/* The same of a message that was kept already, to be answered here; by the caller if it is not OK.
 */
enum err job_runner_start_kept(struct job_runner *r, struct msg *m,
                               const struct job_create *create) NODISCARD;
/* The same without anybody who waits: the driver's `started` hears of it, unless it is not OK. */
enum err job_runner_start_unasked(struct job_runner *r, const struct job_create *create) NODISCARD;
void job_runner_on_progress(struct job_runner *r, const struct sync_progress *e);
void job_runner_on_committed(struct job_runner *r, const struct rows_committed *e);
void job_runner_history_is_up(struct job_runner *r);

/* ---- for the driver, in the loop ---- */
/* Does what the state calls for, as far as nothing is under way already. Harmless at any time. */
void job_runner_go_on(struct job_runner *r);
/* The job that work can be given out of; NULL unless one is being delivered. */
struct runner_job *job_runner_delivering(const struct job_runner *r);
/* The job runs for all that is known here; NULL if there is none, or it is being ended. */
struct runner_job *job_runner_running(const struct job_runner *r);
/* The job cannot go on: ended in error, however often the history has to be asked. */
void job_runner_fail(struct job_runner *r, enum err code, const char *text);
/* Tells the history, once. waiting_for: constant text or NULL. */
void job_runner_phase(struct job_runner *r, enum phase phase, const char *waiting_for,
                      const char *message);
/* The same phase goes on: tells the history what a person can be told of it. */
void job_runner_say(struct job_runner *r, const char *message);
/* `work` in the job's thread, then `done` in the loop, unless the job has ended meanwhile or is
 * being ended. Not while the job is working. Too much waits: nothing happens, and the next tick
 * tries again. */
void job_runner_work(struct runner_job *job, void (*work)(struct runner_job *job),
                     void (*done)(struct runner_job *job));
/* Something is wrong with the source: has it been so for longer than is waited? `since_ms` is where
 * its begin is kept, 0 before. */
bool job_runner_waited_too_long(const struct runner_job *job, int64_t *since_ms, enum err why);

/* ---- answers about a job ---- */
/* The context for an ask whose `done` is job_ticket_answered. `done` below is then called if that
 * job is still the runner's; until then the job does not go on. After it go_on is the driver's. */
typedef void job_answer_fn(struct runner_job *job, const struct answer *answer);
struct job_ticket *job_ticket_new(struct runner_job *job, job_answer_fn *done);
void job_ticket_answered(struct actor *a, const struct answer *answer, void *ticket);

#endif

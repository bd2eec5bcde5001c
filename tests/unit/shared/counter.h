/* SPDX-License-Identifier: MIT
 * counter.h - a coordinator for the tests of the job runner: its source is a file, its work the
 * numbers from 1 to 100. Files in its folder say how the source behaves:
 *
 *   source   is there, else FILE_NOT_FOUND      slow    is left closed by probe
 *   hold     opening and working take until it is gone, or nobody waits any more
 *   other    is not the source that was planned */
#ifndef PLAYBUS_TESTS_UNIT_SHARED_COUNTER_H
#define PLAYBUS_TESTS_UNIT_SHARED_COUNTER_H

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "actors/shared/job_runner.h"
#include "actors/shared/retry.h"
#include "tests/support/children.h"
#include "tests/unit/shared/stand_in_history.h"

struct count_job {
    struct runner_job job; /* first */
    int64_t next;
    bool given, sampled, done;
    atomic_bool interrupted;
};

struct count_actor {
    struct job_runner runner;
};

static inline struct count_job *count_job_of(struct runner_job *job)
{
    return (struct count_job *)job;
}

static inline bool file_is_there(const char *name)
{
    return access(name, F_OK) == 0;
}

/* ---- in a thread ---- */

static inline void hold(struct runner_job *job)
{
    while (file_is_there("hold") && !atomic_load(&job->cancelled)) {
        (void)poll(NULL, 0, 5);
    }
}

static inline void counter_open(struct runner_job *job)
{
    say("open");
    hold(job);
    job->open = file_is_there("source");
    if (!job->open) {
        job->code = ERR_FILE_NOT_FOUND;
        job->why.text = "no source";
    }
}

static inline void counter_probe(struct runner_job *job)
{
    if (!file_is_there("slow")) {
        counter_open(job);
    }
}

static inline void counter_check(struct runner_job *job)
{
    job->code = file_is_there("other") ? ERR_RESUME_MISMATCH : OK;
}

static inline void counter_plan(struct runner_job *job)
{
    say("plan");
    job->code = file_is_there("source") ? OK : ERR_FILE_NOT_FOUND;
}

static inline void counter_close(struct runner_job *job)
{
    if (job->open) {
        say("close %s", job->task.job_id);
    }
    job->open = false;
}

static inline void counter_work(struct runner_job *job)
{
    say("work");
    hold(job);
}

/* ---- in the loop ---- */

static inline void counter_init(struct runner_job *job)
{
    count_job_of(job)->next = 0;
}

static inline void counter_release(struct runner_job *job)
{
    say("release %s", job->task.job_id);
}

static inline bool counter_is_away(enum err code)
{
    return code == ERR_FILE_NOT_FOUND;
}

static inline void counter_interrupt(struct runner_job *job)
{
    say("interrupt %s", job->task.job_id);
}

static inline void counter_sampled(struct runner_job *job, const struct answer *answer)
{
    count_job_of(job)->sampled = answer->code == OK;
    if (answer->code == OK) {
        job_runner_go_on(job->runner);
    }
}

static inline bool counter_ready(struct runner_job *job)
{
    if (count_job_of(job)->sampled) {
        return true;
    }
    const struct source_samples_get body = {.operation = operation_tautulli_import};
    ask_source_samples_get(job->runner->actor, HISTORY, &body, job->task.job_id, 5000,
                           job_ticket_answered, job_ticket_new(job, counter_sampled));
    return false;
}

static inline void counter_fill_plan(struct runner_job *job, struct job_plan *out)
{
    (void)job;
    *out = (struct job_plan){
        .first_id = 1, .last_id = STAND_IN_LAST_ID, .total = STAND_IN_LAST_ID, .server_id = "s"};
}

static inline void counter_deliver(struct runner_job *job)
{
    struct count_job *j = count_job_of(job);
    job_runner_phase(job->runner, phase_importing, NULL, NULL);
    if (!j->given && !job->reopen) {
        const struct bytes *cursor = &job->task.cursor;
        say("deliver %s from %lld by %llu, %.*s", job->task.job_id, (long long)j->next,
            (unsigned long long)job->task.runner, (int)cursor->size, (const char *)cursor->data);
        j->given = true;
    }
}

static inline void counter_begin_at(struct runner_job *job, int64_t position)
{
    count_job_of(job)->next = position;
    count_job_of(job)->given = false;
    count_job_of(job)->done = false;
}

static inline void counter_recall(struct runner_job *job)
{
    say("recall %s", job->task.job_id);
}

static inline int64_t counter_lowest(struct runner_job *job)
{
    return count_job_of(job)->next;
}

static inline void counter_committed(struct runner_job *job, int64_t next)
{
    say("committed %s %lld", job->task.job_id, (long long)next);
    count_job_of(job)->next = next;
}

static inline bool counter_all_done(struct runner_job *job)
{
    return count_job_of(job)->done;
}

static inline void counter_ended(struct job_runner *r, enum err code, const char *text)
{
    (void)r;
    (void)text;
    say("ended %s", err_code(code));
}

static const struct job_driver counting = {.name = "count",
                                           .operation = operation_tautulli_import,
                                           .job_size = sizeof(struct count_job),
                                           .source_wait_ms = 1500,
                                           .probe = counter_probe,
                                           .open = counter_open,
                                           .check = counter_check,
                                           .plan = counter_plan,
                                           .close = counter_close,
                                           .init = counter_init,
                                           .release = counter_release,
                                           .is_away = counter_is_away,
                                           .interrupt = counter_interrupt,
                                           .ready_to_plan = counter_ready,
                                           .fill_plan = counter_fill_plan,
                                           .deliver = counter_deliver,
                                           .begin_at = counter_begin_at,
                                           .recall = counter_recall,
                                           .lowest = counter_lowest,
                                           .committed = counter_committed,
                                           .all_done = counter_all_done,
                                           .ended = counter_ended};

/* ---- the actor ---- */

static inline void counter_worked(struct runner_job *job)
{
    say("worked %s", job->task.job_id);
}

/* `work`: gives the thread something to do; `done`: all is delivered; `reopen`; `fail`. */
static inline void counter_told(struct actor *a, const char *line)
{
    struct count_actor *c = actor_self(a);
    struct runner_job *job = job_runner_delivering(&c->runner);
    if (strcmp(line, "fail") == 0) {
        job_runner_fail(&c->runner, ERR_POISON_BATCH, "seven ended three workers");
    } else if (job != NULL && strcmp(line, "work") == 0) {
        job_runner_work(job, counter_work, counter_worked);
    } else if (job != NULL && strcmp(line, "done") == 0) {
        count_job_of(job)->done = true;
    } else if (job != NULL && strcmp(line, "reopen") == 0) {
        job->reopen = true;
    }
}

static inline enum err counter_on_start(struct actor *a, const struct msg *m)
{
    struct count_actor *c = actor_self(a);
    const struct import_start *asked = msg_import_start(m);
    struct job_create create = {.job_id = asked->job_id, .operation = operation_tautulli_import};
    PUT(&create, resume, asked->has_resume && asked->resume);
    return job_runner_start(&c->runner, m, &create);
}

static inline enum err counter_on_progress(struct actor *a, const struct msg *m)
{
    struct count_actor *c = actor_self(a);
    job_runner_on_progress(&c->runner, msg_sync_progress(m));
    return OK;
}

static inline enum err counter_on_committed(struct actor *a, const struct msg *m)
{
    struct count_actor *c = actor_self(a);
    job_runner_on_committed(&c->runner, msg_rows_committed(m));
    return OK;
}

static inline enum err counter_on_changed(struct actor *a, const struct msg *m)
{
    struct count_actor *c = actor_self(a);
    const struct actor_changed *e = msg_actor_changed(m);
    if (strcmp(e->actor, HISTORY) == 0 && e->condition == actor_condition_up) {
        job_runner_history_is_up(&c->runner);
    }
    return OK;
}

static inline enum err counter_begin(struct actor *a)
{
    struct count_actor *c = actor_self(a);
    job_runner_open(&c->runner, a, &counting);
    hear(a, counter_told);
    return OK;
}

static inline void counter_end(struct actor *a)
{
    struct count_actor *c = actor_self(a);
    job_runner_close(&c->runner);
    say("closed");
}

static const struct actor_spec counter = {.name = "counter",
                                          .summary = "Coordinates numbers for tests",
                                          .self_size = sizeof(struct count_actor),
                                          .start = counter_begin,
                                          .stop = counter_end,
                                          .on = {[MSG_import_start] = counter_on_start,
                                                 [MSG_sync_progress] = counter_on_progress,
                                                 [MSG_rows_committed] = counter_on_committed,
                                                 [MSG_actor_changed] = counter_on_changed}};

/* ---- the world of its tests ---- */

static inline void put_file(const struct world *w, const char *name)
{
    char path[256];
    (void)snprintf(path, sizeof(path), "%s/%s", w->data, name);
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    assert_int_equal(fclose(file), 0);
}

static inline int counter_world(void **state)
{
    struct world *w = world_open();
    put_file(w, "source");
    child_start(&w->coordinator, "counter", w->data);
    child_expect(&w->history, "jobs.unfinished");
    *state = w;
    return 0;
}

/* A job that was found unfinished, until its work is being given out. */
static inline void go_on_with(struct world *w, const char *job)
{
    char line[128];
    (void)snprintf(line, sizeof(line), "job %s 1", job);
    history_does(w, line);
    (void)snprintf(line, sizeof(line), "record %s 1 running", job);
    history_does(w, line);
    (void)snprintf(line, sizeof(line), "deliver %s from 1", job);
    child_expect(&w->coordinator, line);
    child_expect(&w->history, "job.phase importing nothing");
}

/* As child_expect, and no line before it begins with `unwanted`. */
static inline void expect_without(struct child *c, const char *wanted, const char *unwanted)
{
    char line[512];
    do {
        child_line(c, line, sizeof(line));
        if (strncmp(line, unwanted, strlen(unwanted)) == 0) {
            fail_msg("%s came before %s", line, wanted);
        }
    } while (strncmp(line, wanted, strlen(wanted)) != 0);
}

#endif

/* SPDX-License-Identifier: MIT
 * job_runner_start.c - the command that starts a job: its source is opened and sampled, and only
 * then the job made, so a person hears at once what is wrong with a source.
 *
 * A source that opens slowly is the exception: its job is made first. */
#include "actors/shared/job_runner_parts.h"

#include <stdlib.h>

#define CREATE_MS 4000

struct job_start {
    struct job_runner *runner;
    struct msg *msg;          /* kept; answered once; NULL: nobody waits, or it was answered */
    bool unasked;             /* nobody ever did */
    struct msg *made;         /* kept: the history's job.created; NULL until then */
    struct job_create create; /* texts in `msg`, its title and params in the job */
    struct runner_job *job;   /* owned, until the runner adopts it */
};

/* ---- in the thread ---- */

static void probe_work(void *task)
{
    struct job_start *s = task;
    s->runner->driver->probe(s->job);
    if (s->job->code != OK) {
        s->runner->driver->close(s->job);
    }
}

static void check_work(void *task)
{
    struct job_start *s = task;
    s->runner->driver->check(s->job);
}

static void close_work(void *task)
{
    struct job_start *s = task;
    s->runner->driver->close(s->job);
}

/* ---- in the loop ---- */

static void release(struct job_start *s)
{
    struct job_runner *r = s->runner;
    for (size_t i = 0; i < RUNNER_STARTS_MAX; i++) {
        if (r->starts[i] == s) {
            r->starts[i] = NULL;
        }
    }
    msg_destroy(&s->msg);
    msg_destroy(&s->made);
    runner_job_destroy(&s->job);
    free(s);
}

static void on_closed(struct actor *a, void *task)
{
    (void)a;
    release(task);
}

/* The answer was given: what is left is closed where that may take its time. */
static void finish(struct job_start *s)
{
    s->msg = NULL; /* the answer freed it */
    if (s->job == NULL || !s->job->open) {
        release(s);
    } else if (actor_offload(s->runner->actor, RUNNER_LANE_START, close_work, on_closed, s) != OK) {
        close_work(s);
        release(s);
    }
}

static void refuse(struct job_start *s, enum err code, const struct refusal *why)
{
    log_info("%s not started code=%s correlation_id=%s", s->runner->driver->name, err_code(code),
             s->create.job_id);
    if (s->unasked) {
        s->runner->driver->started(s->runner, code);
    } else {
        (void)actor_refuse(s->runner->actor, s->msg, code, why);
    }
    finish(s);
}

static void reply(struct job_start *s, const struct job_created *made)
{
    const struct job_driver *driver = s->runner->driver;
    if (s->unasked) {
        driver->started(s->runner, OK);
    } else {
        (void)driver->reply_started(s->runner->actor, s->msg, made->task.job_id, &made->stats);
    }
    finish(s);
}

/* The job is made, and what was opened for it checked: that may have gone wrong. */
static void begin(struct job_start *s, enum err code)
{
    struct job_runner *r = s->runner;
    const struct job_created *made = msg_job_created(s->made);
    r->creating--;
    job_runner_adopt(r, &s->job, made->stats.seq);
    if (code == OK) {
        reply(s, made);
    } else {
        job_runner_fail(r, code, NULL);
        refuse(s, code, NULL);
    }
}

static void on_checked(struct actor *a, void *task)
{
    (void)a;
    struct job_start *s = task;
    begin(s, s->job->code);
}

/* What a resumed job was planned with has to stand in the source that was opened. */
static bool check(struct job_start *s)
{
    return s->job->open && s->job->task.planned &&
           actor_offload(s->runner->actor, RUNNER_LANE_START, check_work, on_checked, s) == OK;
}

static void on_created(struct actor *a, const struct answer *answer, void *context)
{
    (void)a;
    struct job_start *s = context;
    struct job_runner *r = s->runner;
    if (answer->code != OK) {
        r->creating--;
        refuse(s, answer->code, answer->why);
        job_runner_recover(r); /* it was late, or what refused it is ours and we not know it */
        return;
    }
    const struct job_created *made = msg_job_created(answer->reply);
    if (made->known) {
        r->creating--;
        reply(s, made);
        job_runner_recover(r); /* should it be ours and we not know it */
        return;
    }
    s->made = msg_keep(answer->reply);
    runner_job_keep_task(s->job, &made->task);
    if (!check(s)) {
        begin(s, OK);
    }
}

static void on_probed(struct actor *a, void *task)
{
    struct job_start *s = task;
    struct job_runner *r = s->runner;
    if (s->job->code != OK) {
        refuse(s, s->job->code, &s->job->why);
        return;
    }
    r->driver->fill_create(s->job, &s->create);
    r->creating++;
    ask_job_create(a, HISTORY, &s->create, s->create.job_id, CREATE_MS, on_created, s);
}

static struct job_start **free_place(struct job_runner *r)
{
    for (size_t i = 0; i < RUNNER_STARTS_MAX; i++) {
        if (r->starts[i] == NULL) {
            return &r->starts[i];
        }
    }
    return NULL;
}

/* Begins to answer a start; its message is the caller's to set. */
static enum err start(struct job_runner *r, const struct job_create *create, struct job_start **out)
{
    struct job_start **place = free_place(r);
    if (place == NULL) {
        return ERR_BUSY;
    }
    const struct job_task asked = {
        .job_id = create->job_id, .params = create->params, .server_id = create->server_id};
    struct job_start *s = must_alloc(sizeof(*s));
    s->runner = r;
    s->create = *create;
    s->job = runner_job_new(r, &asked);
    s->create.params = s->job->task.params;
    s->create.server_id = s->job->task.server_id;
    s->create.job_id = s->job->task.job_id;
    s->create.title = arena_keep(s->job->arena, create->title);
    enum err e = actor_offload(r->actor, RUNNER_LANE_START, probe_work, on_probed, s);
    if (e != OK) {
        release(s);
        return e;
    }
    *place = *out = s;
    return OK;
}

enum err job_runner_start(struct job_runner *r, const struct msg *m,
                          const struct job_create *create)
{
    struct job_start *s = NULL;
    enum err e = start(r, create, &s);
    if (e == OK) {
        s->msg = msg_keep(m);
    }
    return e;
}

enum err job_runner_start_kept(struct job_runner *r, struct msg *m, const struct job_create *create)
{
    struct job_start *s = NULL;
    enum err e = start(r, create, &s);
    if (e == OK) {
        s->msg = m;
    }
    return e;
}

enum err job_runner_start_unasked(struct job_runner *r, const struct job_create *create)
{
    struct job_start *s = NULL;
    enum err e = start(r, create, &s);
    if (e == OK) {
        s->unasked = true;
    }
    return e;
}

void job_runner_close_starts(struct job_runner *r)
{
    for (size_t i = 0; i < RUNNER_STARTS_MAX; i++) {
        struct job_start *s = r->starts[i];
        if (s != NULL) {
            if (s->job != NULL) {
                r->driver->close(s->job);
            }
            release(s);
        }
    }
}

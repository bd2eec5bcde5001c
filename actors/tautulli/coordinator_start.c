/* SPDX-License-Identifier: MIT
 * coordinator_start.c - import.start: the path is checked, the file opened and sampled, and only
 * then the job made, so a person hears at once what is wrong with a file.
 *
 * An archive is the exception: unpacking takes long, so its job is made first, once its list names
 * a database. A start that arrives twice is harmless: the history knows the job's id and answers
 * with that job. */
#include "actors/tautulli/coordinator.h"

#include <stdlib.h>
#include <string.h>

#include "actors/tautulli/path.h"
#include "proto/base/clock.h"

#define OPEN_MS 2000
#define CREATE_MS 4000

struct start {
    struct coordinator *coordinator;
    struct msg *msg;  /* kept; answered once */
    struct msg *made; /* kept: the history's job.created */
    const struct import_start *asked;
    const struct config *config;
    const struct staging *staging;
    struct arena *arena;
    const char *real; /* the resolved path */
    bool slowly;      /* opened after the job is made */
    struct source *source;
    struct row_key samples[SAMPLE_MAX];
    size_t sample_count;
    const struct job_task *task; /* for a resume: what must stand in the source; in `made` */
    enum err code;
    struct refusal why;
};

/* ---- in the thread ---- */

static void close_source(struct start *s)
{
    close_and_unstage(&s->source, s->staging);
}

static enum err open_and_sample(struct start *s)
{
    enum err e = path_resolve(s->config, s->asked->db_path, s->arena, &s->real, &s->why);
    if (e != OK) {
        return e;
    }
    s->slowly = source_opens_slowly(s->real);
    if (s->slowly) {
        return source_check_archive(s->real, s->arena, &s->why);
    }
    e = source_open(s->real, s->staging, s->arena, &s->source, &s->why);
    if (e != OK) {
        return e;
    }
    source_set_deadline(s->source, clock_monotonic_ms() + OPEN_MS);
    return sample_take(s->source, s->samples, &s->sample_count);
}

static void open_work(void *task)
{
    struct start *s = task;
    s->code = open_and_sample(s);
    if (s->code != OK) {
        close_source(s);
    }
}

static void check_work(void *task)
{
    struct start *s = task;
    s->code = job_check_source(s->source, s->task);
}

static void close_work(void *task)
{
    close_source(task);
}

/* ---- in the loop ---- */

static void release(struct start *s)
{
    struct coordinator *c = s->coordinator;
    for (size_t i = 0; i < QUESTIONS_MAX; i++) {
        if (c->starts[i] == s) {
            c->starts[i] = NULL;
        }
    }
    msg_destroy(&s->msg);
    msg_destroy(&s->made);
    arena_destroy(&s->arena);
    free(s);
}

static void on_closed(struct actor *a, void *task)
{
    (void)a;
    release(task);
}

/* The answer was given: what is left is closed where that may take its time. */
static void finish(struct start *s)
{
    s->msg = NULL; /* the answer freed it */
    if (s->source == NULL ||
        actor_offload(s->coordinator->actor, LANE_START, close_work, on_closed, s) != OK) {
        close_source(s);
        release(s);
    }
}

static void refuse_start(struct start *s, enum err code, const struct refusal *why)
{
    log_info("import not started code=%s correlation_id=%s", err_code(code), s->asked->job_id);
    (void)actor_refuse(s->coordinator->actor, s->msg, code, why);
    finish(s);
}

static void reply_started(struct start *s, const char *job_id, const struct progress *stats)
{
    const struct import_started body = {.job_id = job_id, .stats = *stats};
    (void)reply_import_started(s->coordinator->actor, s->msg, &body);
}

static void begin(struct start *s)
{
    struct coordinator *c = s->coordinator;
    const struct job_created *made = msg_job_created(s->made);
    c->creating--;
    coordinator_adopt(c, &made->task, &s->source, made->stats.seq);
    if (s->code == OK) {
        reply_started(s, made->task.job_id, &made->stats);
        finish(s);
    } else {
        coordinator_fail(c, s->code, NULL);
        refuse_start(s, s->code, NULL);
    }
}

static void on_checked(struct actor *a, void *task)
{
    (void)a;
    begin(task);
}

/* What a resumed job was planned with has to stand in the file that was opened. */
static bool check(struct start *s, const struct job_task *task)
{
    if (s->source == NULL || !task->planned) {
        return false;
    }
    s->task = task;
    return actor_offload(s->coordinator->actor, LANE_START, check_work, on_checked, s) == OK;
}

static void on_created(struct actor *a, const struct answer *answer, void *context)
{
    (void)a;
    struct start *s = context;
    struct coordinator *c = s->coordinator;
    if (answer->code != OK) {
        c->creating--;
        refuse_start(s, answer->code, answer->why);
        return;
    }
    const struct job_created *made = msg_job_created(answer->reply);
    if (made->known) {
        c->creating--;
        reply_started(s, made->task.job_id, &made->stats);
        finish(s);
        coordinator_recover(c); /* should it be ours and we not know it */
        return;
    }
    s->made = msg_keep(answer->reply);
    if (!check(s, &made->task)) {
        begin(s);
    }
}

static void create(struct start *s)
{
    struct job_create body = {.job_id = s->asked->job_id,
                              .operation = operation_tautulli_import,
                              .db_path = s->asked->db_path,
                              .server_id = s->asked->server_id,
                              .asked_by = s->asked->asked_by,
                              .samples = s->samples,
                              .samples_count = s->sample_count};
    PUT(&body, resume, s->asked->has_resume && s->asked->resume);
    if (s->asked->has_dry_run) {
        PUT(&body, dry_run, s->asked->dry_run);
    }
    s->coordinator->creating++;
    ask_job_create(s->coordinator->actor, HISTORY, &body, s->asked->job_id, CREATE_MS, on_created,
                   s);
}

static void on_opened(struct actor *a, void *task)
{
    (void)a;
    struct start *s = task;
    if (s->code != OK) {
        refuse_start(s, s->code, &s->why);
    } else {
        create(s);
    }
}

static struct start **free_place(struct coordinator *c)
{
    for (size_t i = 0; i < QUESTIONS_MAX; i++) {
        if (c->starts[i] == NULL) {
            return &c->starts[i];
        }
    }
    return NULL;
}

enum err coordinator_on_start(struct actor *a, const struct msg *m)
{
    struct coordinator *c = actor_self(a);
    struct start **place = free_place(c);
    if (place == NULL) {
        return ERR_BUSY;
    }
    struct start *s = must_alloc(sizeof(*s));
    s->coordinator = c;
    s->config = actor_config(a);
    s->staging = &c->staging;
    s->arena = arena_new();
    s->asked = msg_import_start(m);
    enum err e = actor_offload(a, LANE_START, open_work, on_opened, s);
    if (e != OK) {
        release(s);
        return e;
    }
    s->msg = msg_keep(m);
    *place = s;
    return OK;
}

void coordinator_start_close(struct coordinator *c)
{
    for (size_t i = 0; i < QUESTIONS_MAX; i++) {
        if (c->starts[i] != NULL) {
            close_source(c->starts[i]);
            release(c->starts[i]);
        }
    }
}

/* SPDX-License-Identifier: MIT
 * fetch_parts.c - a fetch asks, waits, asks again, and ends; whatever it is at. */
#include "actors/tautulli/fetch_parts.h"

#include <stdio.h>

#include "actors/tautulli/import_job.h"
#include "proto/base/log.h"

#define TRIES_MAX 3

void fetch_ask(struct fetch *f, const char *call, fetch_answered *done, size_t body_max,
               int64_t answer_ms)
{
    const struct fetch_question question = {.call = call,
                                            .body_max = body_max,
                                            .answer_ms = answer_ms,
                                            .silence_ms = answer_ms,
                                            .done = done,
                                            .context = f};
    f->call = fetch_call_new(f->client, &f->server, &question);
}

/* ---- ends ---- */

void fetch_remove_copy(struct fetch *f)
{
    fd_release(&f->fd);
    f->fd = -1;
    fetch_store_close(&f->store);
    place_release(&f->place);
    if (f->path != NULL) {
        source_remove_staged(f->staging->dir, f->path);
        f->path = NULL;
    }
}

void fetch_end(struct fetch *f, enum err code, const char *text)
{
    f->state = FETCH_OVER;
    f->code = code;
    (void)snprintf(f->text, sizeof(f->text), "%s", text != NULL ? text : "");
    fetch_server_release(&f->server);
    buffer_release(&f->page);
    fetch_store_close(&f->store);
    if (code != OK) {
        fetch_remove_copy(f);
    }
    job_runner_go_on(f->job->runner);
}

void fetch_warn(struct fetch *f, const char *sentence)
{
    if (f->warnings_count < FETCH_WARNINGS_MAX) {
        f->warnings[f->warnings_count++] = sentence;
    }
}

void fetch_work(struct fetch *f, void (*what)(struct runner_job *job),
                void (*done)(struct runner_job *job))
{
    f->work = what;
    f->done = done;
    job_runner_work(f->job, what, done);
}

struct fetch *fetch_of(struct runner_job *job)
{
    struct fetch *f = &import_job_of(job)->fetch;
    f->work = NULL;
    return f;
}

bool fetch_read_answer(struct fetch *f, const struct http_answer *answer, bool with_key,
                       json_t **out_said, const json_t **out_data)
{
    char text[SERVER_ANSWER_TEXT_SIZE];
    f->call = NULL;
    if (f->job->ended) {
        return false;
    }
    enum err e =
        fetch_read(answer, with_key, f->server.certificate != NULL, out_said, out_data, text);
    if (e != OK) {
        fetch_end(f, e, text);
    }
    return e == OK;
}

/* ---- waiting ---- */

static void on_wait_over(struct actor *a, void *context)
{
    (void)a;
    struct fetch *f = context;
    f->timer = 0;
    if (!f->job->ended) {
        f->after(f);
    }
}

void fetch_after(struct fetch *f, int64_t ms, void (*what)(struct fetch *f))
{
    f->after = what;
    f->timer = actor_after(f->job->runner->actor, ms, on_wait_over, f);
}

void fetch_again(struct fetch *f, enum err code, const char *text, void (*ask)(struct fetch *f))
{
    if (++f->tries >= TRIES_MAX) {
        fetch_end(f, code, text);
        return;
    }
    log_warn("an answer of tautulli is of no use, asking again correlation_id=%s code=%s",
             f->job->task.job_id, err_code(code));
    fetch_after(f, FETCH_AGAIN_MS, ask);
}

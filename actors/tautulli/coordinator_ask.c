/* SPDX-License-Identifier: MIT
 * coordinator_ask.c - the two questions that change nothing: what is in a file, and which files
 * there are. Asked twice they are answered twice. */
#include "actors/tautulli/coordinator.h"

#include <stdlib.h>

#include "actors/tautulli/candidates.h"
#include "actors/tautulli/path.h"
#include "actors/tautulli/validate.h"
#include "proto/base/clock.h"

#define BUDGET_MS 60000 /* unless told */
#define MATCH_MS 3000
#define SAMPLE_MS 2000
#define ANSWER_MS (MATCH_MS + 500) /* from what was found to the asker */

/* ---- import.validate ---- */

struct question {
    struct coordinator *coordinator;
    struct msg *msg;     /* kept; answered once */
    int64_t deadline_ms; /* of the asker, monotonic: nobody reads what comes later */
    const struct import_validate *asked;
    const struct config *config;
    const struct staging *staging;
    struct arena *arena;
    struct row_key samples[SAMPLE_MAX];
    size_t sample_count;
    struct import_validated found;
    enum err code;
    struct refusal why;
};

/* ---- in the thread ---- */

static enum err look(struct question *q, struct source *source, int64_t began_ms)
{
    source_set_deadline(source, clock_monotonic_ms() + SAMPLE_MS);
    if (sample_take(source, q->arena, q->samples, &q->sample_count) != OK) {
        q->sample_count = 0; /* the warnings will tell what is wrong with the file */
    }
    int64_t budget = q->asked->has_budget_ms ? q->asked->budget_ms : BUDGET_MS;
    int64_t last = q->deadline_ms - ANSWER_MS;
    int64_t end = began_ms + budget < last ? began_ms + budget : last;
    int64_t left = end - clock_monotonic_ms();
    source_set_deadline(source, 0);
    return validate_run(source, clock_wall_ms(), left > 1 ? left : 1, q->arena, &q->found);
}

static void validate_work(void *task)
{
    struct question *q = task;
    int64_t began_ms = clock_monotonic_ms();
    const char *real = NULL;
    struct source *source = NULL;
    if (began_ms >= q->deadline_ms) { /* it waited for others */
        q->code = ERR_TIMEOUT;
        return;
    }
    q->code = path_resolve(q->config, q->asked->db_path, q->arena, &real, &q->why);
    if (q->code == OK) {
        q->code = source_open(real, q->staging, q->arena, &source, &q->why);
    }
    if (q->code == OK) {
        q->code = look(q, source, began_ms);
    }
    close_and_unstage(&source, q->staging);
}

/* ---- in the loop ---- */

static void release(struct question *q)
{
    struct coordinator *c = q->coordinator;
    for (size_t i = 0; i < QUESTIONS_MAX; i++) {
        if (c->questions[i] == q) {
            c->questions[i] = NULL;
        }
    }
    msg_destroy(&q->msg);
    arena_destroy(&q->arena);
    free(q);
}

static void reply(struct question *q)
{
    (void)reply_import_validated(q->coordinator->actor, q->msg, &q->found);
    q->msg = NULL; /* the answer freed it */
    release(q);
}

static void on_matched(struct actor *a, const struct answer *answer, void *context)
{
    (void)a;
    struct question *q = context;
    if (answer->code == OK) {
        q->found.already_imported = msg_source_matched(answer->reply)->plays;
    }
    reply(q);
}

static void on_validated(struct actor *a, void *task)
{
    struct question *q = task;
    if (q->code != OK) {
        (void)actor_refuse(a, q->msg, q->code, &q->why);
        q->msg = NULL;
        release(q);
    } else if (q->sample_count == 0) {
        reply(q);
    } else {
        const struct source_match body = {.samples = q->samples, .samples_count = q->sample_count};
        ask_source_match(a, HISTORY, &body, msg_correlation_id(q->msg), MATCH_MS, on_matched, q);
    }
}

static struct question **free_place(struct coordinator *c)
{
    for (size_t i = 0; i < QUESTIONS_MAX; i++) {
        if (c->questions[i] == NULL) {
            return &c->questions[i];
        }
    }
    return NULL;
}

enum err coordinator_on_validate(struct actor *a, const struct msg *m)
{
    struct coordinator *c = actor_self(a);
    struct question **place = free_place(c);
    if (place == NULL) {
        return ERR_BUSY;
    }
    struct question *q = must_alloc(sizeof(*q));
    q->coordinator = c;
    q->config = actor_config(a);
    q->staging = &c->staging;
    q->arena = arena_new();
    q->asked = msg_import_validate(m);
    q->deadline_ms = msg_deadline_ms(m);
    enum err e = actor_offload(a, LANE_VALIDATE, validate_work, on_validated, q);
    if (e != OK) {
        release(q);
        return e;
    }
    q->msg = msg_keep(m);
    *place = q;
    return OK;
}

/* ---- import.candidates ---- */

struct search {
    struct coordinator *coordinator;
    struct msg *msg; /* kept; answered once */
    const struct config *config;
    struct arena *arena;
    struct import_candidates found;
};

static void search_work(void *task)
{
    struct search *s = task;
    candidates_find(s->config, s->arena, &s->found);
}

static void on_searched(struct actor *a, void *task)
{
    struct search *s = task;
    s->coordinator->searching--;
    (void)reply_import_candidates(a, s->msg, &s->found);
    arena_destroy(&s->arena);
    free(s);
}

enum err coordinator_on_candidates(struct actor *a, const struct msg *m)
{
    struct coordinator *c = actor_self(a);
    if (c->searching >= QUESTIONS_MAX) {
        return ERR_BUSY;
    }
    struct search *s = must_alloc(sizeof(*s));
    s->coordinator = c;
    s->config = actor_config(a);
    s->arena = arena_new();
    enum err e = actor_offload(a, LANE_SEARCH, search_work, on_searched, s);
    if (e != OK) {
        arena_destroy(&s->arena);
        free(s);
        return e;
    }
    s->msg = msg_keep(m);
    c->searching++;
    return OK;
}

void coordinator_ask_close(struct coordinator *c)
{
    for (size_t i = 0; i < QUESTIONS_MAX; i++) {
        if (c->questions[i] != NULL) {
            release(c->questions[i]);
        }
    }
}

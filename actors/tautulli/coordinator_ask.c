/* SPDX-License-Identifier: MIT
 * coordinator_ask.c - the two queries that change nothing: what is in a file, and which files
 * there are. Asked twice they are answered twice. */
#include "actors/tautulli/coordinator.h"

#include <stdlib.h>
#include <string.h>

#include "actors/tautulli/candidates.h"
#include "actors/tautulli/path.h"
#include "actors/tautulli/registered.h"
#include "actors/tautulli/validate.h"
#include "actors/tautulli/validate_address.h"
#include "proto/base/clock.h"
#include "proto/bus/deferred.h"

#define BUDGET_MS 60000 /* unless told */
#define MATCH_MS 3000
#define SAMPLE_MS 2000
#define ANSWER_MS 500 /* from what was found to the asker */
/* Of the time there is, what is left for counting the rows that are imported already. */
#define COUNTING_PART 3

/* ---- import.validate ----
 *
 * The history's samples are asked for first; the thread opens and reads the file and looks for them
 * in it; then the history says which sources it is, and how many of its rows are stored, page by
 * page. Without the history all the rest is told. */

struct query {
    struct coordinator *coordinator;
    struct msg *msg;     /* kept; answered once */
    struct msg *known;   /* kept: the history's source_samples; NULL if it did not answer */
    struct msg *matched; /* kept: its source_matched */
    int64_t deadline_ms; /* of the asker, monotonic: nobody reads what comes later */
    const struct import_validate *asked;
    const struct config *config;
    const struct staging *staging;
    struct arena *arena;
    struct source *source;
    struct row_key samples[SAMPLE_MAX];
    size_t sample_count;
    struct row_key *found; /* in the arena */
    size_t found_count;
    struct row_key *page; /* KEY_PAGE of them, in the arena */
    size_t page_count;
    int64_t from_id;
    bool more;
    struct import_validated result;
    enum err code;
    struct refusal why;
};

static void warn(struct query *q, const char *sentence)
{
    struct import_validated *r = &q->result;
    const char **list = arena_alloc(q->arena, (r->warnings_count + 1) * sizeof(*list));
    if (r->warnings_count > 0) {
        memcpy(list, r->warnings, r->warnings_count * sizeof(*list));
    }
    list[r->warnings_count++] = sentence;
    r->warnings = list;
}

/* ---- in the thread ---- */

static enum err examine(struct query *q, int64_t began_ms)
{
    source_set_deadline(q->source, clock_monotonic_ms() + SAMPLE_MS);
    enum err e = sample_take(q->source, q->samples, &q->sample_count);
    if (e == OK && q->known != NULL) {
        e = sample_find(q->source, msg_source_samples(q->known), q->arena, &q->found,
                        &q->found_count);
    }
    if (e != OK) {
        q->sample_count = 0; /* the warnings will tell what is wrong with the file */
    }
    int64_t budget = q->asked->has_budget_ms ? q->asked->budget_ms : BUDGET_MS;
    int64_t left = q->deadline_ms - ANSWER_MS - began_ms;
    int64_t end = began_ms + (budget < left ? budget : left - left / COUNTING_PART);
    int64_t now = clock_monotonic_ms();
    source_set_deadline(q->source, 0);
    return validate_run(q->source, clock_wall_ms(), end > now ? end - now : 1, q->arena,
                        &q->result);
}

static void validate_work(void *task)
{
    struct query *q = task;
    int64_t began_ms = clock_monotonic_ms();
    const char *real = NULL;
    if (began_ms >= q->deadline_ms) { /* it waited for others */
        q->code = ERR_TIMEOUT;
        return;
    }
    q->code = path_resolve(q->config, q->asked->db_path, q->arena, &real, &q->why);
    if (q->code == OK) {
        q->code = source_open(real, q->staging, q->arena, &q->source, &q->why);
    }
    if (q->code == OK) {
        q->code = examine(q, began_ms);
    }
}

static void page_work(void *task)
{
    struct query *q = task;
    int64_t end = q->deadline_ms - ANSWER_MS;
    if (clock_monotonic_ms() >= end) {
        q->code = ERR_TIMEOUT;
        return;
    }
    source_set_deadline(q->source, end);
    q->code = sample_page(q->source, &q->from_id, q->page, &q->page_count, &q->more);
}

static void close_work(void *task)
{
    struct query *q = task;
    close_and_unstage(&q->source, q->staging);
}

/* ---- in the loop ---- */

static void release(struct query *q)
{
    struct coordinator *c = q->coordinator;
    for (size_t i = 0; i < QUERIES_MAX; i++) {
        if (c->queries[i] == q) {
            c->queries[i] = NULL;
        }
    }
    close_and_unstage(&q->source, q->staging);
    msg_destroy(&q->msg);
    msg_destroy(&q->known);
    msg_destroy(&q->matched);
    arena_destroy(&q->arena);
    free(q);
}

static void on_closed(struct actor *a, void *task)
{
    (void)a;
    release(task);
}

/* The answer was given: the file is closed where that may take its time. */
static void finish(struct query *q)
{
    q->msg = NULL; /* the answer freed it */
    if (q->source == NULL ||
        actor_offload(q->coordinator->actor, LANE_VALIDATE, close_work, on_closed, q) != OK) {
        release(q);
    }
}

static void reply(struct query *q)
{
    (void)reply_import_validated(q->coordinator->actor, q->msg, &q->result);
    finish(q);
}

static void uncounted(struct query *q, const char *why)
{
    warn(q, why);
    q->result.complete = false;
    reply(q);
}

static void on_page(struct actor *a, void *task);

static void next_page(struct query *q)
{
    if (actor_offload(q->coordinator->actor, LANE_VALIDATE, page_work, on_page, q) != OK) {
        uncounted(q, "There was no time to count all rows that are imported already");
    }
}

static void on_counted(struct actor *a, const struct answer *answer, void *context)
{
    (void)a;
    struct query *q = context;
    if (answer->code != OK) {
        uncounted(q, "The history did not say which rows are imported already");
        return;
    }
    q->result.already_imported += msg_source_known(answer->reply)->n;
    if (q->more) {
        next_page(q);
    } else {
        reply(q);
    }
}

static void on_page(struct actor *a, void *task)
{
    struct query *q = task;
    if (q->code != OK) {
        uncounted(q, q->code == ERR_TIMEOUT
                         ? "There was no time to count all rows that are imported already"
                         : "Not all rows could be compared with those that are imported already");
        return;
    }
    const struct source_matched *matched = msg_source_matched(q->matched);
    const struct source_known_get body = {.members = matched->members,
                                          .members_count = matched->members_count,
                                          .keys = q->page,
                                          .keys_count = q->page_count};
    ask_source_known_get(a, HISTORY, &body, msg_correlation_id(q->msg), MATCH_MS, on_counted, q);
}

static void on_matched(struct actor *a, const struct answer *answer, void *context)
{
    (void)a;
    struct query *q = context;
    if (answer->code != OK) {
        uncounted(q, "The history did not say which rows are imported already");
        return;
    }
    q->matched = msg_keep(answer->reply);
    const struct source_matched *matched = msg_source_matched(q->matched);
    if (matched->doubled > 0) {
        warn(q, arena_format(q->arena,
                             "An earlier version took this database for another one when it had "
                             "changed: %llu plays of it are stored twice, until they are joined",
                             (unsigned long long)matched->doubled));
    }
    if (matched->members_count == 0) {
        reply(q);
        return;
    }
    q->page = arena_alloc(q->arena, KEY_PAGE * sizeof(*q->page));
    q->from_id = INT64_MIN;
    next_page(q);
}

static void on_validated(struct actor *a, void *task)
{
    struct query *q = task;
    if (q->code != OK) {
        (void)actor_refuse(a, q->msg, q->code, &q->why);
        finish(q);
    } else if (q->sample_count == 0) {
        reply(q);
    } else {
        const struct source_match body = {.samples = q->samples,
                                          .samples_count = q->sample_count,
                                          .found = q->found,
                                          .found_count = q->found_count};
        ask_source_match(a, HISTORY, &body, msg_correlation_id(q->msg), MATCH_MS, on_matched, q);
    }
}

static void on_known(struct actor *a, const struct answer *answer, void *context)
{
    struct query *q = context;
    if (answer->code == OK) {
        q->known = msg_keep(answer->reply);
    }
    enum err e = actor_offload(a, LANE_VALIDATE, validate_work, on_validated, q);
    if (e != OK) {
        (void)actor_refuse(a, q->msg, e, NULL);
        finish(q);
    }
}

static struct query **free_place(struct coordinator *c)
{
    for (size_t i = 0; i < QUERIES_MAX; i++) {
        if (c->queries[i] == NULL) {
            return &c->queries[i];
        }
    }
    return NULL;
}

enum err coordinator_on_validate(struct actor *a, const struct msg *m)
{
    struct coordinator *c = actor_self(a);
    const struct import_validate *asked = msg_import_validate(m);
    struct query **place = free_place(c);
    if (place == NULL || c->asking_addresses >= QUERIES_MAX) {
        return ERR_BUSY;
    }
    if (registered_is_meant(asked->db_path, asked->server_id)) {
        validate_address(a, m, c->client, &c->asking_addresses);
        return OK;
    }
    struct query *q = must_alloc(sizeof(*q));
    q->coordinator = c;
    q->config = actor_config(a);
    q->staging = &c->staging;
    q->arena = arena_new();
    q->asked = asked;
    q->deadline_ms = msg_deadline_ms(m);
    q->msg = msg_keep(m);
    *place = q;
    const struct source_samples_get body = {.operation = operation_tautulli_import};
    ask_source_samples_get(a, HISTORY, &body, msg_correlation_id(m), MATCH_MS, on_known, q);
    return OK;
}

/* ---- import.candidates ---- */

static void search_work(struct deferred *d)
{
    struct import_candidates *found = arena_alloc(d->arena, sizeof *found);
    candidates_find(actor_config(d->actor), d->arena, found);
    d->reply = found;
}

static void on_searched(struct deferred *d)
{
    struct coordinator *c = actor_self(d->actor);
    c->searching--;
}

enum err coordinator_on_candidates(struct actor *a, const struct msg *m)
{
    struct coordinator *c = actor_self(a);
    if (c->searching >= QUERIES_MAX) {
        return ERR_BUSY;
    }
    struct deferred *d = deferred_new(a, m);
    d->work = search_work;
    d->done = on_searched;
    enum err e = deferred_run(d, LANE_SEARCH);
    c->searching += e == OK;
    return e;
}

void coordinator_ask_close(struct coordinator *c)
{
    for (size_t i = 0; i < QUERIES_MAX; i++) {
        if (c->queries[i] != NULL) {
            release(c->queries[i]);
        }
    }
}

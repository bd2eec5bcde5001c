/* SPDX-License-Identifier: MIT
 * rows_sent.c - parcels for those who hold a lease and have no file. Only rows of a lease that the
 * asker holds are sent: who sent a message is said by the door. Asked twice, they are sent twice.
 */
#include "actors/tautulli/rows_sent.h"

#include <stdio.h>
#include <string.h>

#include "actors/tautulli/coordinator.h"
#include "actors/tautulli/source_db.h"
#include "proto/base/clock.h"

/* ---- who may ask ---- */

static struct import_job *job_of(struct coordinator *c, const char *job_id, uint64_t attempt)
{
    struct runner_job *job = job_runner_delivering(&c->runner);
    bool ours = job != NULL && !job->reopen && strcmp(job_id, job->task.job_id) == 0 &&
                attempt == job->task.attempt;
    return ours ? import_job_of(job) : NULL;
}

static enum err not_leased(const char *worker, uint64_t lease)
{
    static struct log_seldom told;
    log_line(log_seldom(&told, LEVEL_INFO),
             "rows of a lease that it does not hold were asked for worker=%s lease=%llu", worker,
             (unsigned long long)lease);
    return ERR_ROWS_NOT_LEASED;
}

enum err coordinator_on_rows_names(struct actor *a, const struct msg *m)
{
    struct coordinator *c = actor_self(a);
    const struct rows_names_get *body = msg_rows_names_get(m);
    const struct import_job *j = job_of(c, body->job_id, body->attempt);
    if (j == NULL || lease_book_of(&c->book, body->lease, body->worker) == NULL) {
        return not_leased(body->worker, body->lease);
    }
    unsigned char columns[COLUMN_COUNT];
    rows_columns(source_schema(j->source), columns);
    struct rows_names names = {.opened = j->opened,
                               .columns = {(const char *)columns, sizeof(columns)}};
    rows_names_fill(j->source, body->from, &names);
    return reply_rows_names(a, m, &names);
}

static size_t asks_of(const struct rows_asks *asks, const char *worker)
{
    size_t count = 0;
    for (size_t i = 0; i < asks->count; i++) {
        count += strcmp(asks->items[i].worker, worker) == 0 ? 1 : 0;
    }
    return count;
}

enum err coordinator_on_rows_ask(struct actor *a, const struct msg *m)
{
    struct coordinator *c = actor_self(a);
    const struct rows_ask *body = msg_rows_ask(m);
    const struct lease *l = job_of(c, body->job_id, body->attempt) != NULL
                                ? lease_book_of(&c->book, body->lease, body->worker)
                                : NULL;
    if (l == NULL || body->from_id < l->first_id || body->from_id > l->last_id) {
        return not_leased(body->worker, body->lease);
    }
    if (c->rows.count == ROWS_ASKS_MAX || asks_of(&c->rows, body->worker) >= ROWS_CREDIT) {
        return ERR_BUSY;
    }
    struct rows_ask_kept *kept = &c->rows.items[c->rows.count++];
    *kept =
        (struct rows_ask_kept){.msg = msg_keep(m), .lease = body->lease, .from_id = body->from_id};
    (void)snprintf(kept->worker, sizeof(kept->worker), "%s", body->worker);
    job_runner_go_on(&c->runner);
    return OK;
}

/* ---- answering ---- */

static struct msg *take_first(struct rows_asks *asks)
{
    struct msg *m = asks->items[0].msg;
    asks->count--;
    memmove(&asks->items[0], &asks->items[1], asks->count * sizeof(asks->items[0]));
    return m;
}

void rows_asks_refuse(struct coordinator *c)
{
    while (c->rows.count > 0) {
        (void)actor_refuse(c->actor, take_first(&c->rows), ERR_ROWS_NOT_LEASED, NULL);
    }
}

void rows_asks_close(struct coordinator *c)
{
    while (c->rows.count > 0) {
        struct msg *m = take_first(&c->rows);
        msg_destroy(&m);
    }
}

/* The first row of a lease, which is too wide even mapped: the import's own workers read it. */
static void keep_here(struct coordinator *c, const struct import_job *j, uint64_t lease)
{
    char text[128];
    lease_book_keep_here(&c->book, lease);
    (void)snprintf(text, sizeof(text), "The row with id %lld is too large for a worker elsewhere",
                   (long long)j->parcel.last_id);
    if (!import_job_has_own_workers(j)) {
        job_runner_fail(&c->runner, ERR_ROW_TOO_LARGE, text);
    }
}

/* Nothing could be read from there on. */
static void not_read(struct coordinator *c, struct import_job *j, const struct rows_ask_kept *ask)
{
    enum err e = j->job.code;
    const struct lease *l = lease_book_of(&c->book, ask->lease, ask->worker);
    bool first = l != NULL && l->first_id == ask->from_id;
    if (first && e == ERR_DATABASE_DAMAGED) {
        (void)lease_book_damaged(&c->book, ask->lease);
    } else if (first && e == ERR_ROW_TOO_LARGE) {
        keep_here(c, j, ask->lease);
    }
    j->job.reopen = j->job.reopen || import_job_is_away(e);
    bool again = import_job_is_away(e) || e == ERR_TIMEOUT;
    (void)actor_refuse(c->actor, take_first(&c->rows), again ? ERR_BUSY : e, NULL);
}

static void on_packed(struct runner_job *job)
{
    struct coordinator *c = actor_self(job->runner->actor);
    struct import_job *j = import_job_of(job);
    const struct rows_ask_kept *ask = &c->rows.items[0];
    if (c->rows.count > 0 && ask->from_id == j->parcel.from_id) { /* or it was refused meanwhile */
        if (job->code != OK) {
            not_read(c, j, ask);
        } else {
            struct rows_sent sent = {.opened = j->opened};
            parcel_fill(&j->parcel, &sent);
            (void)reply_rows_sent(c->actor, take_first(&c->rows), &sent);
        }
    }
    job_runner_go_on(&c->runner);
}

void rows_asks_read(struct coordinator *c, struct import_job *j)
{
    const struct lease *l = NULL;
    while (!j->job.working && c->rows.count > 0 && l == NULL) {
        const struct rows_ask_kept *ask = &c->rows.items[0];
        l = lease_book_of(&c->book, ask->lease, ask->worker);
        if (l == NULL || msg_deadline_ms(ask->msg) <= clock_monotonic_ms()) {
            l = NULL;
            (void)actor_refuse(c->actor, take_first(&c->rows), ERR_ROWS_NOT_LEASED, NULL);
            continue;
        }
        j->parcel.from_id = ask->from_id;
        j->parcel.to_id = l->last_id;
        j->parcel.settings = (struct reader_settings){
            .server_id = import_job_server_id(j),
            .watched_percent = (double)config_number(j->config, SETTING_import_watched),
            .planned_at_ms = j->job.task.planned_at};
        job_runner_work(&j->job, import_job_pack, on_packed);
    }
}

/* SPDX-License-Identifier: MIT
 * coordinator_lease.c - cuts ranges ahead, gives them to workers, hears what became of them.
 *
 * lease.take twice for the same place gives the same lease; lease.renew and lease.done twice change
 * nothing, since the second finds the lease renewed or gone. */
#include "actors/tautulli/batch.h"
#include "actors/tautulli/coordinator.h"

#include <stdio.h>
#include <string.h>

#include "proto/base/clock.h"

#define ANSWER_AHEAD_MS 1500 /* an empty answer leaves this long before the asker's deadline */
#define TRIES_MAX 10         /* of reading a range that was given back */

/* ---- workers ---- */

void coordinator_worker_seen(struct coordinator *c, const char *worker)
{
    for (size_t i = 0; i < c->worker_count; i++) {
        if (strcmp(c->workers[i], worker) == 0) {
            return;
        }
    }
    if (c->worker_count < WORKERS_MAX) {
        (void)snprintf(c->workers[c->worker_count++], LEASE_WORKER_SIZE, "%s", worker);
    }
    c->ticks_without_worker = 0;
}

static void poisoned(struct coordinator *c, const struct lease *l)
{
    char text[160];
    (void)snprintf(text, sizeof(text), "The rows from id %lld to %lld ended three workers",
                   (long long)l->first_id, (long long)l->last_id);
    coordinator_fail(c, ERR_POISON_BATCH, text);
}

static void answer_none(struct coordinator *c, struct take *t)
{
    const struct lease_taken none = {0};
    (void)reply_lease_taken(c->actor, t->msg, &none);
}

/* A dead worker does not hear the answer; one that was silent for a while asks again. */
static void forget_takes(struct coordinator *c, const char *worker)
{
    size_t kept = 0;
    for (size_t i = 0; i < c->take_count; i++) {
        if (strcmp(c->takes[i].worker, worker) == 0) {
            answer_none(c, &c->takes[i]);
        } else {
            c->takes[kept++] = c->takes[i];
        }
    }
    c->take_count = kept;
}

void coordinator_worker_gone(struct coordinator *c, const char *worker)
{
    for (size_t i = 0; i < c->worker_count; i++) {
        if (strcmp(c->workers[i], worker) == 0) {
            memcpy(c->workers[i], c->workers[--c->worker_count], LEASE_WORKER_SIZE);
            break;
        }
    }
    forget_takes(c, worker);
    const struct lease *poison = lease_book_worker_gone(&c->book, worker);
    if (poison != NULL) {
        poisoned(c, poison);
    }
    coordinator_go_on(c);
}

/* ---- cutting ---- */

static void cut(struct coordinator *c);

static void damaged(struct coordinator *c, int64_t from_id)
{
    char text[160];
    (void)snprintf(text, sizeof(text),
                   "This database is damaged: the rows from id %lld on could not be read",
                   (long long)from_id);
    coordinator_fail(c, ERR_DATABASE_DAMAGED, text);
}

static void cutting_failed(struct coordinator *c)
{
    struct job *job = c->job;
    if (job->code == ERR_DATABASE_DAMAGED) {
        lease_book_add_damaged(&c->book, job->cut_from, job->task.last_id);
        job->cut_all = true;
    } else if (job->code == ERR_DATABASE_BUSY) {
        job->changed = true; /* the next tick opens it again */
    } else {
        coordinator_fail(c, job->code, job->why.text);
    }
}

static void on_cut(struct actor *a, void *task)
{
    struct coordinator *c = actor_self(a);
    struct job *job = task;
    if (!coordinator_work_over(c, job) || c->state.now != STATE_LEASING) {
        return;
    }
    for (size_t i = 0; i < job->cut_count; i++) {
        const struct cut *cut = &job->cuts[i];
        lease_book_add(&c->book, job->cut_from, cut->last_id, cut->rows);
        job->cut_from = cut->last_id + 1;
    }
    job->cut_all = job->cut_from > job->task.last_id;
    if (job->code != OK) {
        cutting_failed(c);
    }
    coordinator_go_on(c);
}

/* A batch that is full before its range ends is delivered short, and what lies behind waits until
 * the rest has been read. So ranges are cut to what fits, with a quarter to spare: by the batches
 * of late, before there is one by the size of the file. */
static uint64_t rows_to_cut(const struct coordinator *c)
{
    const struct job *job = c->job;
    double rows = (double)config_number(actor_config(c->actor), SETTING_import_batch_rows);
    double width = job->row_bytes;
    if (width <= 0 && job->task.total > 0) {
        width = (double)source_bytes(job->source) / (double)job->task.total;
    }
    double fitting = width > 0 ? 0.75 * BATCH_BYTES_MAX / width : rows;
    return fitting < 1 ? 1 : (uint64_t)(fitting < rows ? fitting : rows);
}

static void learn_width(struct job *job, const struct lease_done *done)
{
    if (done->has_rows && done->has_bytes && done->rows > 0) {
        double width = (double)done->bytes / (double)done->rows;
        job->row_bytes = job->row_bytes > 0 ? job->row_bytes + (width - job->row_bytes) / 4 : width;
    }
}

static void cut(struct coordinator *c)
{
    struct job *job = c->job;
    size_t room = lease_book_room(&c->book);
    if (job->working || job->cut_all || job->changed || room < CUTS_MAX) {
        return;
    }
    job->cuts_wanted = CUTS_MAX;
    job->cut_rows = rows_to_cut(c);
    coordinator_work(c, job_cut_work, on_cut);
}

/* ---- giving out ---- */

static void answer_take(struct coordinator *c, struct take *t, const struct lease *l)
{
    const struct job *job = c->job;
    struct lease_taken body = {.job_id = job->task.job_id,
                               .path = source_path(job->source),
                               .server_id = job_server_id(job)};
    PUT(&body, attempt, job->task.attempt);
    PUT(&body, lease, l->number);
    PUT(&body, first_id, l->first_id);
    PUT(&body, last_id, l->last_id);
    PUT(&body, planned_rows, l->rows);
    PUT(&body, watched_percent,
        (double)config_number(actor_config(c->actor), SETTING_import_watched));
    PUT(&body, planned_at, job->task.planned_at);
    PUT(&body, inode, source_inode(job->source));
    (void)reply_lease_taken(c->actor, t->msg, &body);
}

static void give_out(struct coordinator *c)
{
    int64_t now = clock_monotonic_ms();
    size_t kept = 0;
    for (size_t i = 0; i < c->take_count; i++) {
        struct take *t = &c->takes[i];
        const struct lease *l = lease_book_grant(&c->book, t->worker, t->slot, now);
        if (l != NULL) {
            answer_take(c, t, l);
        } else {
            c->takes[kept++] = *t;
        }
    }
    c->take_count = kept;
}

void coordinator_lease_more(struct coordinator *c)
{
    const struct lease *lowest = lease_book_lowest(&c->book);
    if (lowest != NULL && lowest->damaged) {
        damaged(c, lowest->first_id); /* everything below it is committed */
        return;
    }
    if (!c->job->changed) {
        cut(c);
        give_out(c);
    }
}

void coordinator_lease_tick(struct coordinator *c)
{
    int64_t now = clock_monotonic_ms();
    const struct lease *poison = lease_book_expire(&c->book, now);
    if (poison != NULL) {
        poisoned(c, poison);
    }
    size_t kept = 0;
    for (size_t i = 0; i < c->take_count; i++) {
        struct take *t = &c->takes[i];
        if (t->answer_by_ms <= now) {
            answer_none(c, t);
        } else {
            c->takes[kept++] = *t;
        }
    }
    c->take_count = kept;
}

/* ---- what workers say ---- */

/* A place that asks again has forgotten its first question. */
static struct take *place_for(struct coordinator *c, const char *worker, uint64_t slot)
{
    for (size_t i = 0; i < c->take_count; i++) {
        struct take *t = &c->takes[i];
        if (t->slot == slot && strcmp(t->worker, worker) == 0) {
            msg_destroy(&t->msg);
            return t;
        }
    }
    return c->take_count < TAKES_MAX ? &c->takes[c->take_count++] : NULL;
}

enum err coordinator_on_take(struct actor *a, const struct msg *m)
{
    struct coordinator *c = actor_self(a);
    const struct lease_take *body = msg_lease_take(m);
    uint64_t slot = body->has_slot ? body->slot : 0;
    struct take *t = place_for(c, body->worker, slot);
    if (t == NULL) {
        return ERR_BUSY;
    }
    coordinator_worker_seen(c, body->worker);
    *t = (struct take){
        .msg = msg_keep(m), .slot = slot, .answer_by_ms = msg_deadline_ms(m) - ANSWER_AHEAD_MS};
    (void)snprintf(t->worker, sizeof(t->worker), "%s", body->worker);
    coordinator_go_on(c);
    return OK;
}

enum err coordinator_on_renew(struct actor *a, const struct msg *m)
{
    struct coordinator *c = actor_self(a);
    const struct lease_renew *body = msg_lease_renew(m);
    lease_book_renew(&c->book, body->worker, body->has_reading ? body->reading : 0,
                     clock_monotonic_ms());
    struct lease_renewed reply = {0};
    if (c->job != NULL && c->state.now != STATE_ENDING) {
        reply.job_id = c->job->task.job_id;
        PUT(&reply, attempt, c->job->task.attempt);
    }
    return reply_lease_renewed(a, m, &reply);
}

/* What a worker could not do with a lease; returns after the book knows it. */
static void not_delivered(struct coordinator *c, const struct lease_done *body)
{
    enum err e = err_from_code(body->code);
    if (e == ERR_DATABASE_DAMAGED) {
        (void)lease_book_damaged(&c->book, body->lease);
        return;
    }
    bool away = e == ERR_FILE_NOT_FOUND || e == ERR_DATABASE_BUSY;
    unsigned tries = lease_book_give_back(&c->book, body->lease);
    /* It can be opened, but never read. */
    bool over = away && job_waits_too_long(c->job, &c->job->unread_since_ms, e);
    if (!over && (away || e == ERR_TIMEOUT) && tries < TRIES_MAX) {
        c->job->changed = c->job->changed || away;
    } else if (over || tries > 0) {
        coordinator_fail(c, e, body->text);
    }
}

enum err coordinator_on_done(struct actor *a, const struct msg *m)
{
    struct coordinator *c = actor_self(a);
    const struct lease_done *body = msg_lease_done(m);
    bool ours = c->job != NULL && c->state.now == STATE_LEASING &&
                strcmp(body->job_id, c->job->task.job_id) == 0 &&
                body->attempt == c->job->task.attempt;
    if (ours && body->code == NULL && body->has_last_id) {
        learn_width(c->job, body);
        c->job->unread_since_ms = 0;
        (void)lease_book_done(&c->book, body->lease, body->last_id,
                              body->has_rows_left ? body->rows_left : 0);
    } else if (ours && body->code != NULL) {
        if (body->has_last_id) {
            lease_book_shorten(&c->book, body->lease, body->last_id,
                               body->has_rows_left ? body->rows_left : 0);
        }
        not_delivered(c, body);
    }
    coordinator_go_on(c);
    const struct lease_noted noted = {};
    return reply_lease_noted(a, m, &noted);
}

/* SPDX-License-Identifier: MIT
 * coordinator_lease.c - slices ranges ahead, gives them to workers, hears what became of them.
 *
 * lease.take twice for the same place gives the same lease; lease.renew and lease.done twice change
 * nothing, since the second finds the lease renewed or gone. */
#include "actors/shared/batch.h"
#include "actors/tautulli/coordinator.h"

#include <stdio.h>
#include <string.h>

#include "proto/base/clock.h"

#define ANSWER_AHEAD_MS 1500 /* an empty answer leaves this long before the asker's deadline */
#define TRIES_MAX 10         /* of reading a range that was given back */
#define WORKER_GRACE_TICKS 3 /* without a worker, before that is told */

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
    job_runner_fail(&c->runner, ERR_POISON_BATCH, text);
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
    job_runner_go_on(&c->runner);
}

/* ---- workers without the rows ---- */

/* Here a worker on another machine says that it has not got the rows of a job: it is given no more
 * of that job's leases, which others read. Where rows are to be sent to it, it would ask for them
 * here. */
static bool is_of_job(const struct coordinator *c, const struct job_task *task)
{
    return c->without_rows_attempt == task->attempt &&
           strcmp(c->without_rows_job, task->job_id) == 0;
}

static bool is_without_rows(const struct coordinator *c, const struct job_task *task,
                            const char *worker)
{
    for (size_t i = 0; is_of_job(c, task) && i < c->without_rows_count; i++) {
        if (strcmp(c->without_rows[i], worker) == 0) {
            return true;
        }
    }
    return false;
}

static void note_without_rows(struct coordinator *c, const struct job_task *task,
                              const char *worker)
{
    if (!is_of_job(c, task)) {
        (void)snprintf(c->without_rows_job, sizeof(c->without_rows_job), "%s", task->job_id);
        c->without_rows_attempt = task->attempt;
        c->without_rows_count = 0;
    }
    if (!is_without_rows(c, task, worker) && c->without_rows_count < WORKERS_MAX) {
        (void)snprintf(c->without_rows[c->without_rows_count++], LEASE_WORKER_SIZE, "%s", worker);
        log_info("a worker has not got the rows, others read them worker=%s", worker);
    }
}

/* Is there anybody who can read this job's rows? */
static bool has_reader(const struct coordinator *c, const struct job_task *task)
{
    for (size_t i = 0; i < c->worker_count; i++) {
        if (!is_without_rows(c, task, c->workers[i])) {
            return true;
        }
    }
    return false;
}

/* ---- slicing ---- */

static void damaged(struct coordinator *c, int64_t from_id)
{
    char text[160];
    (void)snprintf(text, sizeof(text),
                   "This database is damaged: it can be read only up to the row before id %lld",
                   (long long)from_id);
    job_runner_fail(&c->runner, ERR_DATABASE_DAMAGED, text);
}

static void slicing_failed(struct coordinator *c, struct import_job *j)
{
    struct runner_job *job = &j->job;
    if (job->code == ERR_DATABASE_DAMAGED) {
        lease_book_add_damaged(&c->book, j->slice_from, job->task.last_id);
        j->sliced_all = true;
    } else if (job->code == ERR_DATABASE_BUSY) {
        job->reopen = true;
    } else {
        job_runner_fail(&c->runner, job->code, job->why.text);
    }
}

static void on_sliced(struct runner_job *job)
{
    struct coordinator *c = actor_self(job->runner->actor);
    struct import_job *j = import_job_of(job);
    for (size_t i = 0; i < j->slice_count; i++) {
        const struct slice *slice = &j->slices[i];
        lease_book_add(&c->book, j->slice_from, slice->last_id, slice->rows);
        if (slice->checked) {
            lease_book_add_check(&c->book, slice->check.rows, slice->check.sum);
        }
        j->slice_from = slice->last_id + 1;
    }
    j->sliced_all = j->slice_from > job->task.last_id;
    if (job->code != OK) {
        slicing_failed(c, j);
    }
    job_runner_go_on(&c->runner);
}

/* A batch that is full before its range ends is delivered short, and what lies behind waits until
 * the rest has been read. So slices hold what fits, with a quarter to spare: by the batches
 * of late, before there is one by the size of the file. */
static uint64_t rows_to_slice(const struct import_job *j)
{
    double rows = (double)config_number(j->config, SETTING_import_batch_rows);
    double width = j->row_bytes;
    if (width <= 0 && j->job.task.total > 0) {
        width = (double)source_bytes(j->source) / (double)j->job.task.total;
    }
    double fitting = width > 0 ? 0.75 * BATCH_BYTES_MAX / width : rows;
    return fitting < 1 ? 1 : (uint64_t)(fitting < rows ? fitting : rows);
}

static void learn_width(struct import_job *j, const struct lease_done *done)
{
    if (done->has_rows && done->has_bytes && done->rows > 0) {
        double width = (double)done->bytes / (double)done->rows;
        j->row_bytes = j->row_bytes > 0 ? j->row_bytes + (width - j->row_bytes) / 4 : width;
    }
}

static void slice_ahead(const struct coordinator *c, struct import_job *j)
{
    if (j->job.working || j->sliced_all || lease_book_room(&c->book) < SLICES_MAX) {
        return;
    }
    j->slices_wanted = SLICES_MAX;
    j->slice_rows = rows_to_slice(j);
    job_runner_work(&j->job, import_job_slice, on_sliced);
}

/* ---- giving out ---- */

static void answer_take(struct coordinator *c, struct import_job *j, struct take *t,
                        const struct lease *l)
{
    const struct job_task *task = &j->job.task;
    struct lease_taken body = {.job_id = task->job_id,
                               .path = source_path(j->source),
                               .server_id = import_job_server_id(j)};
    PUT(&body, attempt, task->attempt);
    PUT(&body, lease, l->number);
    PUT(&body, first_id, l->first_id);
    PUT(&body, last_id, l->last_id);
    PUT(&body, planned_rows, l->rows);
    PUT(&body, watched_percent, (double)config_number(j->config, SETTING_import_watched));
    PUT(&body, planned_at, task->planned_at);
    PUT(&body, inode, source_inode(j->source));
    PUT(&body, runner, task->runner);
    PUT(&body, last, l->last_id >= task->last_id);
    const struct leased leased = {.job_id = task->job_id,
                                  .worker = l->worker,
                                  .attempt = task->attempt,
                                  .runner = task->runner,
                                  .first_id = l->first_id,
                                  .last_id = l->last_id,
                                  .rows = l->rows,
                                  .last = body.last};
    unsigned char seal[LEASE_MAC_SIZE];
    lease_mac(c->lease_key, &leased, seal);
    body.seal = (struct bytes){(const char *)seal, sizeof(seal)};
    if (l->checked) {
        PUT(&body, checked_from, l->checked_from);
        PUT(&body, checked_rows, l->checked_rows);
        PUT(&body, checksum, l->checksum);
    }
    (void)reply_lease_taken(c->actor, t->msg, &body);
}

static const struct lease *grant(struct coordinator *c, const struct import_job *j,
                                 const struct take *t, int64_t now)
{
    if (!t->remote) {
        return lease_book_grant(&c->book, t->worker, t->slot, now);
    }
    bool barred = is_without_rows(c, &j->job.task, t->worker);
    return barred ? NULL : lease_book_grant_remote(&c->book, t->worker, t->slot, now);
}

static void give_out(struct coordinator *c, struct import_job *j)
{
    int64_t now = clock_monotonic_ms();
    size_t kept = 0;
    for (size_t i = 0; i < c->take_count; i++) {
        struct take *t = &c->takes[i];
        const struct lease *l = grant(c, j, t, now);
        if (l != NULL) {
            answer_take(c, j, t, l);
        } else {
            c->takes[kept++] = *t;
        }
    }
    c->take_count = kept;
}

void coordinator_deliver(struct runner_job *job)
{
    struct coordinator *c = actor_self(job->runner->actor);
    struct import_job *j = import_job_of(job);
    bool alone = (c->worker_count == 0 && c->ticks_without_worker >= WORKER_GRACE_TICKS) ||
                 (c->worker_count > 0 && !has_reader(c, &job->task));
    job_runner_phase(&c->runner, alone ? phase_waiting : phase_importing,
                     alone ? "import-worker" : NULL,
                     alone || j->warnings_count == 0 ? NULL : j->warnings[0]);
    const struct lease *lowest = lease_book_lowest(&c->book);
    if (lowest != NULL && lowest->damaged) {
        damaged(c, lowest->first_id); /* everything below it is committed */
    } else if (!job->reopen) {
        slice_ahead(c, j);
        give_out(c, j);
    }
}

/* ---- what is leased ---- */

void coordinator_recall(struct runner_job *job)
{
    struct coordinator *c = actor_self(job->runner->actor);
    lease_book_clear(&c->book);
}

int64_t coordinator_lowest(struct runner_job *job)
{
    const struct coordinator *c = actor_self(job->runner->actor);
    const struct lease *lowest = lease_book_lowest(&c->book);
    return lowest != NULL ? lowest->first_id : import_job_of(job)->slice_from;
}

void coordinator_committed(struct runner_job *job, int64_t next_id)
{
    struct coordinator *c = actor_self(job->runner->actor);
    lease_book_committed(&c->book, next_id);
}

bool coordinator_all_done(struct runner_job *job)
{
    const struct coordinator *c = actor_self(job->runner->actor);
    return c->book.count == 0 && import_job_of(job)->sliced_all;
}

/* ---- time ---- */

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

/* A place that asks again has forgotten its first request. */
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
    *t = (struct take){.msg = msg_keep(m),
                       .slot = slot,
                       .remote = body->has_remote && body->remote,
                       .answer_by_ms = msg_deadline_ms(m) - ANSWER_AHEAD_MS};
    (void)snprintf(t->worker, sizeof(t->worker), "%s", body->worker);
    job_runner_go_on(&c->runner);
    return OK;
}

enum err coordinator_on_renew(struct actor *a, const struct msg *m)
{
    struct coordinator *c = actor_self(a);
    const struct lease_renew *body = msg_lease_renew(m);
    lease_book_renew(&c->book, body->worker, body->has_reading ? body->reading : 0,
                     clock_monotonic_ms());
    struct lease_renewed reply = {0};
    const struct runner_job *job = job_runner_running(&c->runner);
    if (job != NULL) {
        reply.job_id = job->task.job_id;
        PUT(&reply, attempt, job->task.attempt);
    }
    return reply_lease_renewed(a, m, &reply);
}

/* What a worker could not do with a lease; returns after the book knows it. */
static void not_delivered(struct coordinator *c, struct import_job *j,
                          const struct lease_done *body)
{
    enum err e = err_from_code(body->code);
    if (e == ERR_DATABASE_DAMAGED) {
        (void)lease_book_damaged(&c->book, body->lease);
        return;
    }
    if (e == ERR_ROWS_NOT_HERE) {
        note_without_rows(c, &j->job.task, body->worker);
        lease_book_decline(&c->book, body->lease);
        return;
    }
    bool away = import_job_is_away(e);
    unsigned tries = lease_book_give_back(&c->book, body->lease);
    /* It can be opened, but never read. */
    bool over = away && job_runner_waited_too_long(&j->job, &j->unread_since_ms, e);
    bool again = away || e == ERR_TIMEOUT || e == ERR_BATCH_NOT_LEASED;
    if (!over && again && tries < TRIES_MAX) {
        j->job.reopen = j->job.reopen || away;
    } else if (over || tries > 0) {
        job_runner_fail(&c->runner, e, body->text);
    }
}

enum err coordinator_on_done(struct actor *a, const struct msg *m)
{
    struct coordinator *c = actor_self(a);
    const struct lease_done *body = msg_lease_done(m);
    struct runner_job *job = job_runner_delivering(&c->runner);
    bool ours = job != NULL && strcmp(body->job_id, job->task.job_id) == 0 &&
                body->attempt == job->task.attempt &&
                lease_book_is_of(&c->book, body->lease, body->worker);
    uint64_t rows_left = body->has_rows_left ? body->rows_left : 0;
    if (ours && body->code == NULL && body->has_last_id) {
        struct import_job *j = import_job_of(job);
        learn_width(j, body);
        j->unread_since_ms = 0;
        (void)lease_book_done(&c->book, body->lease, body->last_id, rows_left);
    } else if (ours && body->code != NULL) {
        if (body->has_last_id) {
            lease_book_shorten(&c->book, body->lease, body->last_id, rows_left);
        }
        not_delivered(c, import_job_of(job), body);
    }
    job_runner_go_on(&c->runner);
    const struct lease_noted noted = {};
    return reply_lease_noted(a, m, &noted);
}

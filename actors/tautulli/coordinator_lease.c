/* SPDX-License-Identifier: MIT
 * coordinator_lease.c - slices ranges ahead, gives them to workers, takes back what takes too long.
 *
 * lease.take twice for the same place gives the same lease; lease.renew twice changes nothing. */
#include "actors/shared/batch.h"
#include "actors/tautulli/coordinator.h"

#include <stdio.h>
#include <string.h>

#include "proto/base/clock.h"

#define ANSWER_AHEAD_MS 1500 /* an empty answer leaves this long before the asker's deadline */
#define WORKER_GRACE_TICKS 3 /* without a worker, before that is told */

/* ---- workers ---- */

void coordinator_worker_seen(struct coordinator *c, const char *worker)
{
    workers_up_add(&c->workers, worker);
    c->ticks_without_worker = 0;
}

static void poisoned(struct coordinator *c, const struct lease *l, const char *what)
{
    char text[160];
    (void)snprintf(text, sizeof(text), "The rows from id %lld to %lld %s", (long long)l->first_id,
                   (long long)l->last_id, what);
    job_runner_fail(&c->runner, ERR_POISON_BATCH, text);
}

static void answer_none(struct coordinator *c, struct take *t)
{
    const struct lease_taken none = {0};
    (void)reply_lease_taken(c->actor, t->msg, &none);
}

static bool same_process(const char *a, const char *b)
{
    return strcmp(a, b) == 0;
}

/* A dead worker does not hear the answer; one that was silent for a while asks again. */
static void forget_takes(struct coordinator *c, const char *worker,
                         bool (*is_of)(const char *, const char *))
{
    size_t kept = 0;
    for (size_t i = 0; i < c->take_count; i++) {
        if (is_of(c->takes[i].worker, worker)) {
            answer_none(c, &c->takes[i]);
        } else {
            c->takes[kept++] = c->takes[i];
        }
    }
    c->take_count = kept;
}

void coordinator_worker_gone(struct coordinator *c, const char *worker)
{
    workers_up_remove(&c->workers, worker);
    forget_takes(c, worker, same_process);
    const struct lease *poison = lease_book_worker_gone(&c->book, worker);
    if (poison != NULL) {
        poisoned(c, poison, "ended three workers");
    }
    job_runner_go_on(&c->runner);
}

/* The broker may not have heard of its processes yet, and tells of no end then. */
void coordinator_key_gone(struct coordinator *c, const char *worker)
{
    for (size_t i = c->workers.count; i-- > 0;) {
        if (worker_key_same(c->workers.names[i], worker)) {
            workers_up_remove(&c->workers, c->workers.names[i]);
        }
    }
    forget_takes(c, worker, worker_key_same);
    far_workers_bar(&c->far, worker, clock_monotonic_ms());
    lease_book_far_gone(&c->book, worker);
    job_runner_go_on(&c->runner);
}

/* Of those who are up, who may read this job's rows? */
static size_t count_readers(const struct coordinator *c, int64_t now)
{
    size_t count = 0;
    for (size_t i = 0; i < c->workers.count; i++) {
        count += !far_workers_is_barred(&c->far, c->workers.names[i], now);
    }
    return count;
}

/* Who takes its share of what is out: not who has not shown that it has these rows. */
static size_t count_sharers(const struct coordinator *c, int64_t now)
{
    size_t count = 0;
    for (size_t i = 0; i < c->workers.count; i++) {
        const char *worker = c->workers.names[i];
        bool idle = worker_is_elsewhere(worker) && !far_workers_has_rows(&c->far, worker) &&
                    lease_book_held(&c->book, worker) == 0;
        count += !idle && !far_workers_is_barred(&c->far, worker, now);
    }
    return count;
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
    } else if (job->code != ERR_TIMEOUT || j->slice_count == 0) { /* else there is time anew */
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
            lease_book_add_check(&c->book, slice->check.rows, slice->check.sum, &slice->sample);
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

static void on_counted(struct runner_job *job)
{
    struct coordinator *c = actor_self(job->runner->actor);
    const struct import_job *j = import_job_of(job);
    if (job->code == OK) {
        lease_book_counted(&c->book, j->count_from, j->counted);
    } else if (job->code == ERR_DATABASE_BUSY) {
        job->reopen = true;
    } else {
        job_runner_fail(&c->runner, job->code, job->why.text);
    }
    job_runner_go_on(&c->runner);
}

/* What a worker elsewhere has left of its range. */
static void count_rest(const struct coordinator *c, struct import_job *j)
{
    const struct lease *rest = lease_book_uncounted(&c->book);
    if (!j->job.working && rest != NULL) {
        j->count_from = rest->first_id;
        j->count_to = rest->last_id;
        job_runner_work(&j->job, import_job_count, on_counted);
    }
}

static void slice_ahead(const struct coordinator *c, struct import_job *j)
{
    if (j->job.working || j->sliced_all || lease_book_room(&c->book) < SLICES_MAX) {
        return;
    }
    j->slices_wanted = SLICES_MAX;
    j->slice_rows = rows_to_slice(j);
    j->slice_far_only = !import_job_has_own_workers(j);
    j->slice_checked = clock_monotonic_ms() < c->far_until_ms || j->slice_far_only;
    job_runner_work(&j->job, import_job_slice, on_sliced);
}

/* ---- giving out ---- */

static void answer_take(struct coordinator *c, struct import_job *j, struct take *t,
                        const struct lease *l)
{
    const struct job_task *task = &j->job.task;
    struct lease_taken body = {.job_id = task->job_id,
                               .path = l->remote ? NULL : source_path(j->source),
                               .server_id = import_job_server_id(j)};
    PUT(&body, attempt, task->attempt);
    PUT(&body, lease, l->number);
    PUT(&body, first_id, l->first_id);
    PUT(&body, last_id, l->last_id);
    PUT(&body, planned_rows, l->rows);
    PUT(&body, watched_percent, (double)config_number(j->config, SETTING_import_watched));
    PUT(&body, planned_at, task->planned_at);
    if (!l->remote) { /* it looks for the rows itself */
        PUT(&body, inode, source_inode(j->source));
    }
    PUT(&body, runner, task->runner);
    PUT(&body, last, l->last_id >= task->last_id);
    const struct leased leased = {.job_id = task->job_id,
                                  .worker = l->worker,
                                  .attempt = task->attempt,
                                  .runner = task->runner,
                                  .first_id = l->first_id,
                                  .last_id = l->last_id,
                                  .rows = l->rows,
                                  .last = body.last,
                                  .watched_percent = body.watched_percent,
                                  .sampled = l->remote};
    unsigned char seal[LEASE_MAC_SIZE];
    unsigned char sample[LEASE_SAMPLE_BYTES];
    lease_mac(c->lease_key, &leased, seal);
    body.seal = (struct bytes){(const char *)seal, sizeof(seal)};
    if (l->remote) {
        body.sample =
            (struct bytes){(const char *)sample,
                           lease_sample_seal(c->lease_key, seal, &l->sample, l->worker, sample)};
    }
    if (l->checked) {
        PUT(&body, checked_from, l->checked_from);
        PUT(&body, checked_rows, l->checked_rows);
        PUT(&body, checksum, l->checksum);
    }
    (void)reply_lease_taken(c->actor, t->msg, &body);
}

/* A worker elsewhere reads one range to begin with: until it has delivered it is not known to have
 * the rows. */
static const struct lease *grant(struct coordinator *c, const struct take *t, int64_t now)
{
    if (!t->remote) {
        return lease_book_grant(&c->book, t->worker, t->slot, now);
    }
    bool has_rows = far_workers_has_rows(&c->far, t->worker);
    return far_workers_is_barred(&c->far, t->worker, now)
               ? NULL
               : lease_book_grant_remote(&c->book, t->worker, t->slot, has_rows, now);
}

/* To those who hold so many. */
static void give_out_to(struct coordinator *c, struct import_job *j, size_t held)
{
    int64_t now = clock_monotonic_ms();
    size_t kept = 0;
    for (size_t i = 0; i < c->take_count; i++) {
        struct take *t = &c->takes[i];
        bool turn = lease_book_held(&c->book, t->worker) == held;
        const struct lease *l = turn ? grant(c, t, now) : NULL;
        if (l != NULL) {
            answer_take(c, j, t, l);
        } else {
            c->takes[kept++] = *t;
        }
    }
    c->take_count = kept;
}

/* What one worker keeps for later is read late where another has nothing to do: who holds least
 * goes first. */
static void give_out(struct coordinator *c, struct import_job *j)
{
    lease_book_share(&c->book, count_sharers(c, clock_monotonic_ms()));
    for (size_t held = 0; held <= LEASE_PLACES && c->take_count > 0; held++) {
        give_out_to(c, j, held);
    }
}

/* Where everybody is elsewhere, nobody is believed alone. */
static bool is_hopeless(const struct coordinator *c, const struct lease *l)
{
    if (!c->book.far_alone || l->number != 0) {
        return false;
    }
    size_t others = 0;
    for (size_t i = 0; i < c->workers.count; i++) {
        others += !refusers_have(&l->refusers, c->workers.names[i]);
    }
    return refusers_suffice(&l->refusers, others);
}

static void refused(struct coordinator *c, const struct lease *l)
{
    char what[96];
    (void)snprintf(what, sizeof(what),
                   "were refused by %zu workers on other machines, the last time as %s",
                   l->refusers.count, err_code(l->refusers.said));
    poisoned(c, l, what);
}

void coordinator_deliver(struct runner_job *job)
{
    struct coordinator *c = actor_self(job->runner->actor);
    struct import_job *j = import_job_of(job);
    far_workers_begin(&c->far, job->task.job_id, job->task.attempt);
    c->book.far_alone = !import_job_has_own_workers(j);
    size_t readers = count_readers(c, clock_monotonic_ms());
    bool alone =
        readers == 0 && (c->workers.count > 0 || c->ticks_without_worker >= WORKER_GRACE_TICKS);
    job_runner_phase(&c->runner, alone ? phase_waiting : phase_importing,
                     alone ? "import-worker" : NULL,
                     alone || j->warnings_count == 0 ? NULL : j->warnings[0]);
    const struct lease *lowest = lease_book_lowest(&c->book);
    if (lowest != NULL && lowest->damaged) {
        damaged(c, lowest->first_id); /* everything below it is committed */
    } else if (lowest != NULL && lowest->far_ends >= LEASE_FAR_ENDS_ALONE && c->book.far_alone) {
        poisoned(c, lowest, "ended the connections of the workers that read them, again and again");
    } else if (lowest != NULL && is_hopeless(c, lowest)) {
        refused(c, lowest);
    } else if (!job->reopen) {
        coordinator_judge(c, j);
        count_rest(c, j);
        slice_ahead(c, j);
        rows_asks_read(c, j);
        give_out(c, j);
    }
}

/* ---- what is leased ---- */

void coordinator_recall(struct runner_job *job)
{
    struct coordinator *c = actor_self(job->runner->actor);
    lease_book_clear(&c->book);
    rows_asks_refuse(c);
}

int64_t coordinator_lowest(struct runner_job *job)
{
    const struct coordinator *c = actor_self(job->runner->actor);
    const struct lease *lowest = lease_book_lowest(&c->book);
    return lowest != NULL ? lowest->first_id : import_job_of(job)->slice_from;
}

bool coordinator_all_done(struct runner_job *job)
{
    const struct coordinator *c = actor_self(job->runner->actor);
    return c->book.count == 0 && import_job_of(job)->sliced_all;
}

/* ---- time ---- */

/* Whoever is in the way of everybody is out of it for a while. */
static void take_back(struct coordinator *c, int64_t now)
{
    char worker[LEASE_WORKER_SIZE];
    enum lease_fault fault;
    while ((fault = lease_book_far_fault(&c->book, now, worker)) != LEASE_FAULT_NONE) {
        bool in_the_way = fault == LEASE_FAULT_IN_THE_WAY;
        (void)far_workers_strike(&c->far, worker, in_the_way ? FAR_IN_THE_WAY_MS : FAR_FAILED_MS,
                                 now);
        log_warn(
            "a worker elsewhere did not deliver, its ranges are taken back worker=%s reason=%s",
            worker, in_the_way ? "all waited for it" : "not renewed");
    }
}

void coordinator_lease_tick(struct coordinator *c)
{
    int64_t now = clock_monotonic_ms();
    take_back(c, now);
    const struct lease *poison = lease_book_expire(&c->book, now);
    if (poison != NULL) {
        poisoned(c, poison, "ended three workers");
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
/* Half of the places are for the workers of this machine. */
static struct take *place_for(struct coordinator *c, const struct lease_take *body, uint64_t slot)
{
    size_t remote = 0;
    for (size_t i = 0; i < c->take_count; i++) {
        struct take *t = &c->takes[i];
        if (t->slot == slot && strcmp(t->worker, body->worker) == 0) {
            msg_destroy(&t->msg);
            return t;
        }
        remote += t->remote;
    }
    bool room =
        c->take_count < TAKES_MAX && (!body->has_remote || !body->remote || remote < TAKES_MAX / 2);
    return room ? &c->takes[c->take_count++] : NULL;
}

enum err coordinator_on_take(struct actor *a, const struct msg *m)
{
    struct coordinator *c = actor_self(a);
    const struct lease_take *body = msg_lease_take(m);
    uint64_t slot = body->has_slot ? body->slot : 0;
    if (slot >= LEASE_PLACES) {
        return ERR_BAD_MESSAGE;
    }
    struct take *t = place_for(c, body, slot);
    if (t == NULL) {
        return ERR_BUSY;
    }
    bool far = body->has_remote && body->remote;
    if (!far || !far_workers_is_barred(&c->far, body->worker, clock_monotonic_ms())) {
        coordinator_worker_seen(c, body->worker); /* one of a revoked key may come late */
    }
    if (far) {
        c->far_until_ms = clock_monotonic_ms() + FAR_SEEN_MS;
    }
    *t = (struct take){.msg = msg_keep(m),
                       .slot = slot,
                       .remote = far,
                       .answer_by_ms = msg_deadline_ms(m) - ANSWER_AHEAD_MS};
    (void)snprintf(t->worker, sizeof(t->worker), "%s", body->worker);
    job_runner_go_on(&c->runner);
    return OK;
}

enum err coordinator_on_renew(struct actor *a, const struct msg *m)
{
    struct coordinator *c = actor_self(a);
    const struct lease_renew *body = msg_lease_renew(m);
    lease_book_renew(&c->book, body->worker, body->held, body->held_count,
                     body->has_reading ? body->reading : 0, clock_monotonic_ms());
    struct lease_renewed reply = {0};
    const struct runner_job *job = job_runner_running(&c->runner);
    if (job != NULL) {
        reply.job_id = job->task.job_id;
        PUT(&reply, attempt, job->task.attempt);
    }
    return reply_lease_renewed(a, m, &reply);
}

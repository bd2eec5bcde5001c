/* SPDX-License-Identifier: MIT
 * coordinator_done.c - what became of a lease, as its worker says.
 *
 * A worker on this machine reads the same file as the coordinator: what it says is so. One on
 * another machine reads some copy, and may lie: what it has delivered the history says, and where
 * it cannot read, that is its own matter and others read. lease.done twice changes nothing, since
 * the second finds the lease gone. */
#include "actors/tautulli/coordinator.h"

#include <string.h>

#include "proto/base/clock.h"

#define TRIES_MAX 10 /* of reading a range that was given back */

static void learn_width(struct import_job *j, const struct lease_done *done)
{
    if (done->has_rows && done->has_bytes && done->rows > 0) {
        double width = (double)done->bytes / (double)done->rows;
        j->row_bytes = j->row_bytes > 0 ? j->row_bytes + (width - j->row_bytes) / 4 : width;
    }
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

static void from_here(struct coordinator *c, struct import_job *j, const struct lease_done *body)
{
    uint64_t rows_left = body->has_rows_left ? body->rows_left : 0;
    if (body->code == NULL && body->has_last_id) {
        learn_width(j, body);
        c->read_rows += body->has_rows ? (double)body->rows : 0;
        j->unread_since_ms = 0;
        (void)lease_book_done(&c->book, body->lease, body->last_id, rows_left);
    } else if (body->code != NULL) {
        if (body->has_last_id) {
            lease_book_shorten(&c->book, body->lease, body->last_id, rows_left);
        }
        not_delivered(c, j, body);
    }
}

/* A range of which the history has, or will have, no more of this worker. One on this machine says
 * so, too, but to nobody who knows the lease any more where this came first. */
static void credit(struct coordinator *c, const struct lease *l, int64_t next_id, bool said)
{
    bool whole = l->last_id < next_id;
    if (l->number == 0 || l->first_id >= next_id || (!whole && !(l->remote && said))) {
        return;
    }
    if (!l->remote) {
        c->read_rows += (double)l->rows;
        return;
    }
    double ids = (double)l->last_id - (double)l->first_id + 1;
    double part = whole ? 1 : ((double)next_id - (double)l->first_id) / ids; /* as nobody counts */
    double rows = (double)l->rows * part;
    c->read_rows += rows;
    far_workers_brought(&c->far, l->worker, rows, clock_monotonic_ms());
}

void coordinator_committed(struct runner_job *job, int64_t next_id)
{
    struct coordinator *c = actor_self(job->runner->actor);
    for (size_t i = 0; i < c->book.count; i++) {
        credit(c, &c->book.items[i], next_id, c->book.items[i].said);
    }
    if (next_id > c->book.next_id) {
        import_job_of(job)->unread_since_ms = 0;
    }
    lease_book_committed(&c->book, next_id);
}

static void from_elsewhere(struct coordinator *c, const struct lease *l,
                           const struct lease_done *body)
{
    int64_t now = clock_monotonic_ms();
    bool kept_here = !l->checked; /* since it has no way to there */
    bool delivered = body->code == NULL && body->has_last_id;
    if (delivered) {
        far_workers_said(&c->far, body->worker, now);
    }
    enum err e = body->code != NULL ? err_from_code(body->code) : ERR_SYSTEM;
    bool no_fault = e == ERR_ROW_TOO_LARGE && kept_here;
    if (body->has_last_id) {
        credit(c, l, c->book.next_id, true);
        lease_book_said(&c->book, body->lease);
    } else if (no_fault || far_workers_strike_ms(e) == FAR_FAILED_MS) {
        lease_book_decline(&c->book, body->lease);
    } else {
        lease_book_refuse(&c->book, body->lease, e);
    }
    if (delivered || no_fault) {
        return;
    }
    if (far_workers_strike(&c->far, body->worker, far_workers_strike_ms(e), now)) {
        log_info(
            "a worker elsewhere does not read these rows, others do worker=%s code=%s reason=%s",
            body->worker, err_code(e), body->text != NULL ? body->text : "");
    }
}

enum err coordinator_on_done(struct actor *a, const struct msg *m)
{
    struct coordinator *c = actor_self(a);
    const struct lease_done *body = msg_lease_done(m);
    struct runner_job *job = job_runner_delivering(&c->runner);
    bool ours = job != NULL && strcmp(body->job_id, job->task.job_id) == 0 &&
                body->attempt == job->task.attempt;
    const struct lease *l = ours ? lease_book_of(&c->book, body->lease, body->worker) : NULL;
    if (l != NULL && l->remote) {
        from_elsewhere(c, l, body);
    } else if (l != NULL) {
        from_here(c, import_job_of(job), body);
    }
    job_runner_go_on(&c->runner);
    const struct lease_noted noted = {};
    return reply_lease_noted(a, m, &noted);
}

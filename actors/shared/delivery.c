/* SPDX-License-Identifier: MIT
 * delivery.c - sends, waits, sends again. */
#include "actors/shared/delivery.h"

#include "actors/shared/retry.h"

#define HISTORY "history"
#define COMMIT_MS 5000      /* a lost answer costs no more: sending again is cheap */
#define FAR_COMMIT_MS 20000 /* on a slow line it does; a lost connection is told at once */
#define FAR_AT_ONCE 2

/* All of this process, where its bus is on another machine; else empty. */
static LIST_HEAD(, delivery) far = LIST_HEAD_INITIALIZER(far);

static void send_waiting(void);

static void end(struct delivery *d, enum err code, int64_t next_id, const char *text)
{
    bool is_far = actor_is_far(d->actor);
    if (is_far) {
        LIST_REMOVE(d, others);
    }
    d->done(d, code, next_id, text); /* may begin with the same place */
    if (is_far) {
        send_waiting();
    }
}

static void on_time_to_retry(struct actor *a, void *context);

static void on_committed(struct actor *a, const struct answer *answer, void *context)
{
    struct delivery *d = context;
    enum err e = answer->code;
    d->sent = false;
    if (retry_is_due(e)) {
        d->pauses = true;
        (void)actor_after(a, retry_backoff_ms(d->tries++), on_time_to_retry, d);
        send_waiting();
        return;
    }
    if (retry_job_is_over(e)) {
        log_info("batch dropped, its job is over first_id=%lld code=%s correlation_id=%s",
                 (long long)d->commit.first_id, err_code(e), d->commit.job_id);
    }
    int64_t next_id = e == OK ? msg_batch_committed(answer->reply)->next_id : 0;
    if (e == ERR_BATCH_STRADDLES) {
        bool told = answer->why != NULL && answer->why->has_stats &&
                    answer->why->stats.has_last_processed_id;
        next_id = told ? answer->why->stats.last_processed_id + 1 : d->commit.first_id;
    }
    end(d, e, next_id, answer->why != NULL ? answer->why->text : NULL);
}

static void send_batch(struct delivery *d)
{
    d->sent = true;
    ask_batch_commit(d->actor, HISTORY, &d->commit, d->commit.job_id,
                     actor_is_far(d->actor) ? FAR_COMMIT_MS : COMMIT_MS, on_committed, d);
}

/* ---- to another machine ---- */

/* Few at once; but the lowest of all always goes: the history may have none of the others stored
 * before it. */
static bool may_go(const struct delivery *d)
{
    const struct delivery *other = NULL;
    size_t sent = 0;
    bool lowest = true;
    LIST_FOREACH (other, &far, others) {
        sent += other->sent ? 1 : 0;
        lowest = lowest && (!other->sent || d->commit.first_id < other->commit.first_id);
    }
    return sent < FAR_AT_ONCE || lowest;
}

static struct delivery *lowest_waiting(void)
{
    struct delivery *d = NULL;
    struct delivery *lowest = NULL;
    LIST_FOREACH (d, &far, others) {
        bool waits = !d->sent && !d->pauses;
        if (waits && (lowest == NULL || d->commit.first_id < lowest->commit.first_id)) {
            lowest = d;
        }
    }
    return lowest;
}

static void send_waiting(void)
{
    struct delivery *d = lowest_waiting();
    while (d != NULL && !d->dropped && may_go(d)) {
        send_batch(d);
        d = lowest_waiting();
    }
    if (d != NULL && d->dropped) {
        end(d, ERR_NOT_RUNNING, 0, NULL); /* which sends the next */
    }
}

static void on_time_to_retry(struct actor *a, void *context)
{
    struct delivery *d = context;
    d->pauses = false;
    if (d->dropped) {
        end(d, ERR_NOT_RUNNING, 0, NULL);
    } else if (actor_is_far(a)) {
        send_waiting();
    } else {
        send_batch(d);
    }
}

void delivery_begin(struct delivery *d, struct actor *a, delivered_fn *done)
{
    d->actor = a;
    d->done = done;
    d->tries = 0;
    d->dropped = d->sent = d->pauses = false;
    if (actor_is_far(a)) {
        LIST_INSERT_HEAD(&far, d, others);
        send_waiting();
    } else {
        send_batch(d);
    }
}

void delivery_drop(struct delivery *d)
{
    d->dropped = true;
}

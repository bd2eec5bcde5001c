/* SPDX-License-Identifier: MIT
 * delivery.c - sends, waits, sends again. */
#include "actors/shared/delivery.h"

#include "actors/shared/retry.h"

#define HISTORY "history"
#define COMMIT_MS 5000 /* a lost answer costs no more: sending again is cheap */

static void send_batch(struct delivery *d);

static void on_time_to_retry(struct actor *a, void *context)
{
    (void)a;
    struct delivery *d = context;
    if (d->dropped) {
        d->done(d, ERR_NOT_RUNNING, 0, NULL);
    } else {
        send_batch(d);
    }
}

static void on_committed(struct actor *a, const struct answer *answer, void *context)
{
    struct delivery *d = context;
    enum err e = answer->code;
    if (retry_is_due(e)) {
        (void)actor_after(a, retry_backoff_ms(d->tries++), on_time_to_retry, d);
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
    d->done(d, e, next_id, answer->why != NULL ? answer->why->text : NULL);
}

static void send_batch(struct delivery *d)
{
    ask_batch_commit(d->actor, HISTORY, &d->commit, d->commit.job_id, COMMIT_MS, on_committed, d);
}

void delivery_begin(struct delivery *d, struct actor *a, delivered_fn *done)
{
    d->actor = a;
    d->done = done;
    d->tries = 0;
    d->dropped = false;
    send_batch(d);
}

void delivery_drop(struct delivery *d)
{
    d->dropped = true;
}

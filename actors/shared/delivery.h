/* SPDX-License-Identifier: MIT
 * delivery.h - brings one batch to the history: the same bytes are sent again until it answers, or
 * until nobody wants that any more. Twice is harmless: the history takes a range once.
 *
 * To another machine few are on their way at once: what keeps this worker known there, and its
 * leases, would else queue behind them. */
#ifndef PLAYBUS_ACTORS_SHARED_DELIVERY_H
#define PLAYBUS_ACTORS_SHARED_DELIVERY_H

#include <sys/queue.h>

#include "proto/bus/actor.h"

struct delivery;

/* How it ended. OK: committed, now or before, and `next_id` is the job's checkpoint, as it is with
 * BATCH_STRADDLES: only the rows below it are committed. A code that
 * retry_job_is_over() knows: its job is over, or it was dropped. Else the history refused it, with
 * `text` (may be NULL) for a person. Called once, from the loop, never by delivery_begin. */
typedef void delivered_fn(struct delivery *d, enum err code, int64_t next_id, const char *text);

struct delivery {
    struct actor *actor;
    struct batch_commit
        commit; /* set before it begins; texts and rows are borrowed until the end */
    delivered_fn *done;
    unsigned tries;
    bool dropped;
    bool sent, pauses; /* its answer is waited for; it is sent again after a moment */
    LIST_ENTRY(delivery) others;
};

void delivery_begin(struct delivery *d, struct actor *a, delivered_fn *done);
/* Its job is over: nothing is sent again. The end is told after the answer that is under way. */
void delivery_drop(struct delivery *d);

#endif

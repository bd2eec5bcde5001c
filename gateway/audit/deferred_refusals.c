/* SPDX-License-Identifier: MIT
 * deferred_refusals.c - a bounded queue under one short lock. */
#include "gateway/audit/deferred_refusals.h"

#include <pthread.h>
#include <stdlib.h>

struct deferred_refusals {
    pthread_mutex_t lock;
    struct deferred_refusals_taken held;
};

struct deferred_refusals *deferred_refusals_new(void)
{
    struct deferred_refusals *queue = must_alloc(sizeof *queue);
    pthread_mutex_init(&queue->lock, NULL);
    return queue;
}

void deferred_refusals_destroy(struct deferred_refusals **queue)
{
    struct deferred_refusals *gone = TAKE(*queue);
    if (gone != NULL) {
        pthread_mutex_destroy(&gone->lock);
        free(gone);
    }
}

void deferred_refusals_put(struct deferred_refusals *queue, const struct deferred_refusal *one)
{
    pthread_mutex_lock(&queue->lock);
    if (queue->held.count < DEFERRED_REFUSALS_MAX) {
        queue->held.ones[queue->held.count++] = *one;
    } else {
        queue->held.more[one->code]++;
    }
    pthread_mutex_unlock(&queue->lock);
}

void deferred_refusals_take(struct deferred_refusals *queue, struct deferred_refusals_taken *out)
{
    pthread_mutex_lock(&queue->lock);
    *out = queue->held;
    queue->held = (struct deferred_refusals_taken){0};
    pthread_mutex_unlock(&queue->lock);
}

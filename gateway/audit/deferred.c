/* SPDX-License-Identifier: MIT
 * deferred.c - a bounded queue under one short lock. */
#include "gateway/audit/deferred.h"

#include <pthread.h>
#include <stdlib.h>

struct deferred_queue {
    pthread_mutex_t lock;
    struct deferred_refusals held;
};

struct deferred_queue *deferred_new(void)
{
    struct deferred_queue *queue = must_alloc(sizeof *queue);
    pthread_mutex_init(&queue->lock, NULL);
    return queue;
}

void deferred_destroy(struct deferred_queue **queue)
{
    struct deferred_queue *gone = TAKE(*queue);
    if (gone != NULL) {
        pthread_mutex_destroy(&gone->lock);
        free(gone);
    }
}

void deferred_put(struct deferred_queue *queue, const struct deferred_refusal *one)
{
    pthread_mutex_lock(&queue->lock);
    if (queue->held.count < DEFERRED_MAX) {
        queue->held.ones[queue->held.count++] = *one;
    } else {
        queue->held.more[one->code]++;
    }
    pthread_mutex_unlock(&queue->lock);
}

void deferred_take(struct deferred_queue *queue, struct deferred_refusals *out)
{
    pthread_mutex_lock(&queue->lock);
    *out = queue->held;
    queue->held = (struct deferred_refusals){0};
    pthread_mutex_unlock(&queue->lock);
}

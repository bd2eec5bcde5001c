/* SPDX-License-Identifier: MIT
 * missed.c - a bounded box under one short lock. */
#include "gateway/audit/missed.h"

#include <pthread.h>
#include <stdlib.h>

struct missed_box {
    pthread_mutex_t lock;
    struct missed held;
};

struct missed_box *missed_new(void)
{
    struct missed_box *box = must_alloc(sizeof *box);
    pthread_mutex_init(&box->lock, NULL);
    return box;
}

void missed_destroy(struct missed_box **box)
{
    struct missed_box *gone = TAKE(*box);
    if (gone != NULL) {
        pthread_mutex_destroy(&gone->lock);
        free(gone);
    }
}

void missed_put(struct missed_box *box, const struct missed_one *one)
{
    pthread_mutex_lock(&box->lock);
    if (box->held.count < MISSED_MAX) {
        box->held.ones[box->held.count++] = *one;
    } else {
        box->held.more[one->code]++;
    }
    pthread_mutex_unlock(&box->lock);
}

void missed_take(struct missed_box *box, struct missed *out)
{
    pthread_mutex_lock(&box->lock);
    *out = box->held;
    box->held = (struct missed){0};
    pthread_mutex_unlock(&box->lock);
}

/* SPDX-License-Identifier: MIT
 * missed.c - a bounded box under one short lock. */
#include "gateway/audit/missed.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "gateway/audit/trail.h"
#include "proto/base/clock.h"

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

static void copy(const struct request *r, struct missed_one *out)
{
    *out = (struct missed_one){.code = r->refused,
                               .at = clock_wall_ms(),
                               .role = r->caller.role,
                               .action = trail_action(r)};
    snprintf(out->actor, sizeof out->actor, "%s", r->caller.name);
    snprintf(out->address, sizeof out->address, "%s", r->address);
    snprintf(out->group, sizeof out->group, "%s", r->address_group);
    snprintf(out->request_id, sizeof out->request_id, "%s", r->correlation_id);
}

void missed_put(struct missed_box *box, const struct request *r)
{
    pthread_mutex_lock(&box->lock);
    if (box->held.count < MISSED_MAX) {
        copy(r, &box->held.ones[box->held.count++]);
    } else {
        box->held.more[r->refused]++;
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

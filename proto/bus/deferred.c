/* SPDX-License-Identifier: MIT
 * deferred.c - a command that a lane works on is answered exactly once: with the reply its row in
 * the schema names, or with why there is none. */
#include "proto/bus/deferred.h"

#include <stdlib.h>

struct deferred *deferred_new(struct actor *a, const struct msg *m)
{
    struct deferred *d = must_alloc(sizeof *d);
    d->actor = a;
    d->arena = arena_new();
    d->msg = m == NULL ? NULL : msg_keep(m);
    return d;
}

static void answer(struct deferred *d)
{
    /* One that cannot be sent is logged there; the asker's deadline covers it. */
    if (d->msg != NULL && d->result == OK) {
        (void)actor_reply(d->actor, d->msg, schema_messages[msg_id(d->msg)].reply, d->reply);
    } else if (d->msg != NULL) {
        (void)actor_refuse(d->actor, d->msg, d->result, &d->why);
    }
    arena_destroy(&d->arena);
    free(d);
}

static void work(void *task)
{
    struct deferred *d = task;
    d->work(d);
}

static void come_back(struct actor *a, void *task)
{
    (void)a;
    struct deferred *d = task;
    if (d->done != NULL) {
        d->done(d);
    }
    answer(d);
}

enum err deferred_run(struct deferred *d, unsigned lane)
{
    enum err e = actor_offload(d->actor, lane, work, come_back, d); /* the lane's from here on */
    if (e != OK) {
        d->result = e;
        answer(d);
    }
    return e;
}

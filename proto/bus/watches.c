/* SPDX-License-Identifier: MIT
 * watches.c - sockets of the actor's own that the loop listens to. Slots are fixed, so one that is
 * given up within its own callback leaves nothing dangling. */
#include <assert.h>

#include "proto/bus/parts.h"

static int on_readable(zloop_t *loop, zsock_t *socket, void *slot)
{
    (void)loop;
    const struct watch *watch = slot;
    struct actor *a = watch->actor;
    if (watch->socket == socket) {
        watch->fn(a, socket, watch->context);
    }
    return loop_goes_on(a);
}

void actor_watch(struct actor *a, zsock_t *socket, socket_fn *fn, void *context)
{
    for (size_t i = 0; i < WATCH_MAX; i++) {
        struct watch *watch = &a->watches[i];
        if (watch->socket == NULL) {
            *watch = (struct watch){.actor = a, .socket = socket, .fn = fn, .context = context};
            zloop_reader(a->loop, socket, on_readable, watch);
            return;
        }
    }
    assert(!"too many watched sockets");
}

void actor_unwatch(struct actor *a, zsock_t *socket)
{
    for (size_t i = 0; i < WATCH_MAX; i++) {
        if (a->watches[i].socket == socket) {
            a->watches[i].socket = NULL;
            zloop_reader_end(a->loop, socket);
        }
    }
}

void watches_release(struct actor *a)
{
    for (size_t i = 0; i < WATCH_MAX; i++) {
        if (a->watches[i].socket != NULL) {
            actor_unwatch(a, a->watches[i].socket);
        }
    }
}

/* SPDX-License-Identifier: MIT
 * watches.c - sockets and descriptors of the actor's own that the loop listens to, as many as it
 * needs. One may be given up, and its memory freed, within its own callback: zloop calls copies of
 * what it was given, and builds its set anew before it calls anything else. */
#include <stdlib.h>

#include "proto/bus/parts.h"

struct watch {
    LIST_ENTRY(watch) link;
    struct actor *actor;
    zsock_t *socket; /* borrowed; NULL: `fd` is watched */
    int fd;
    socket_fn *on_socket;
    fd_fn *on_fd;
    void *context;
};

/* ---- sockets ---- */

static int on_readable(zloop_t *loop, zsock_t *socket, void *watched)
{
    (void)loop;
    const struct watch *watch = watched;
    struct actor *a = watch->actor;
    watch->on_socket(a, socket, watch->context);
    return loop_goes_on(a);
}

void actor_watch(struct actor *a, zsock_t *socket, socket_fn *fn, void *context)
{
    struct watch *watch = must_alloc(sizeof(*watch));
    *watch = (struct watch){.actor = a, .socket = socket, .on_socket = fn, .context = context};
    LIST_INSERT_HEAD(&a->watches, watch, link);
    zloop_reader(a->loop, socket, on_readable, watch);
}

/* ---- descriptors ---- */

static int on_ready(zloop_t *loop, zmq_pollitem_t *item, void *watched)
{
    (void)loop;
    const struct watch *watch = watched;
    struct actor *a = watch->actor;
    watch->on_fd(a, item->fd, item->revents, watch->context);
    return loop_goes_on(a);
}

void actor_watch_fd(struct actor *a, int fd, short events, fd_fn *fn, void *context)
{
    actor_unwatch_fd(a, fd);
    struct watch *watch = must_alloc(sizeof(*watch));
    *watch = (struct watch){.actor = a, .fd = fd, .on_fd = fn, .context = context};
    LIST_INSERT_HEAD(&a->watches, watch, link);
    zmq_pollitem_t item = {.fd = fd, .events = events};
    zloop_poller(a->loop, &item, on_ready, watch);
    zloop_poller_set_tolerant(a->loop, &item); /* an error is told, it does not end the watching */
}

/* ---- either ---- */

static void give_up(struct watch *watch)
{
    zmq_pollitem_t item = {.fd = watch->fd};
    if (watch->socket != NULL) {
        zloop_reader_end(watch->actor->loop, watch->socket);
    } else {
        zloop_poller_end(watch->actor->loop, &item);
    }
    LIST_REMOVE(watch, link);
    free(watch);
}

void actor_unwatch(struct actor *a, zsock_t *socket)
{
    struct watch *watch = NULL;
    LIST_FOREACH (watch, &a->watches, link) {
        if (watch->socket == socket) {
            give_up(watch);
            return;
        }
    }
}

void actor_unwatch_fd(struct actor *a, int fd)
{
    struct watch *watch = NULL;
    LIST_FOREACH (watch, &a->watches, link) {
        if (watch->socket == NULL && watch->fd == fd) {
            give_up(watch);
            return;
        }
    }
}

void watches_release(struct actor *a)
{
    struct watch *watch = LIST_FIRST(&a->watches);
    while (watch != NULL) {
        struct watch *next = LIST_NEXT(watch, link);
        give_up(watch);
        watch = next;
    }
}

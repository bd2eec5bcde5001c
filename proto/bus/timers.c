/* SPDX-License-Identifier: MIT
 * timers.c - timers of an actor, by number: one that was cancelled never rings, not even when it
 * was due in the same turn of the loop. */
#include <stdlib.h>

#include "proto/base/clock.h"
#include "proto/bus/parts.h"

struct timer {
    int id; /* zloop's */
    bool once;
    timer_fn *fn;
    void *context;
    struct timer *next;
};

static struct timer **find(struct actor *a, int id)
{
    struct timer **at = &a->timers;
    while (*at != NULL && (*at)->id != id) {
        at = &(*at)->next;
    }
    return at;
}

static void drop(struct timer **at)
{
    struct timer *timer = *at;
    *at = timer->next;
    free(timer);
}

static int on_timer(zloop_t *loop, int id, void *actor)
{
    (void)loop;
    struct actor *a = actor;
    struct timer **at = find(a, id);
    if (*at == NULL) {
        return loop_goes_on(a); /* cancelled in this turn */
    }
    const struct timer timer = **at;
    if (timer.once) {
        drop(at);
    }
    int64_t began_ms = clock_monotonic_ms();
    timer.fn(a, timer.context);
    int64_t took_ms = clock_monotonic_ms() - began_ms;
    if (took_ms > SLOW_HANDLER_MS) {
        log_debug("slow timer took_ms=%lld", (long long)took_ms);
    }
    return loop_goes_on(a);
}

static int add(struct actor *a, int64_t ms, bool once, timer_fn *fn, void *context)
{
    struct timer *timer = must_alloc(sizeof(*timer));
    *timer = (struct timer){.once = once, .fn = fn, .context = context, .next = a->timers};
    timer->id = zloop_timer(a->loop, (size_t)(ms > 0 ? ms : 0), once ? 1 : 0, on_timer, a);
    a->timers = timer;
    return timer->id;
}

int actor_every(struct actor *a, int64_t ms, timer_fn *fn, void *context)
{
    return add(a, ms > 0 ? ms : 1, false, fn, context);
}

int actor_after(struct actor *a, int64_t ms, timer_fn *fn, void *context)
{
    return add(a, ms, true, fn, context);
}

void actor_cancel(struct actor *a, int timer)
{
    struct timer **at = find(a, timer);
    if (*at != NULL) {
        drop(at);
        zloop_timer_end(a->loop, timer);
    }
}

void timers_release(struct actor *a)
{
    while (a->timers != NULL) {
        drop(&a->timers);
    }
}

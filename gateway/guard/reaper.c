/* SPDX-License-Identifier: MIT
 * reaper.c - the list of open connections under one mutex, in the order in which they became idle;
 * what is set several times a request is set without it.
 * shutdown(2), not close(2): the descriptor stays libmicrohttpd's, which finds its end and frees
 * it. */
#include "gateway/guard/reaper.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/queue.h>
#include <sys/socket.h>

struct watched {
    int fd;
    atomic_int_fast64_t deadline_ms; /* 0: none */
    enum trust trust;                /* changed by its owner alone */
    atomic_bool busy;
    bool ended; /* shut down; its owner has not closed it yet */
    TAILQ_ENTRY(watched) place;
};

struct reaper {
    pthread_mutex_t lock;
    struct reaper_limits limits;
    TAILQ_HEAD(watched_list, watched) open; /* the longest idle one first */
    size_t count, strangers;                /* of those that have not ended */
};

struct reaper *reaper_new(const struct reaper_limits *limits)
{
    struct reaper *reaper = must_alloc(sizeof *reaper);
    pthread_mutex_init(&reaper->lock, NULL);
    reaper->limits = *limits;
    TAILQ_INIT(&reaper->open);
    return reaper;
}

void reaper_destroy(struct reaper **reaper)
{
    struct reaper *gone = TAKE(*reaper);
    if (gone == NULL) {
        return;
    }
    while (!TAILQ_EMPTY(&gone->open)) {
        reaper_remove(gone, TAILQ_FIRST(&gone->open));
    }
    pthread_mutex_destroy(&gone->lock);
    free(gone);
}

/* ---- under the lock ---- */

static void uncount(struct reaper *reaper, const struct watched *watched)
{
    if (!watched->ended) {
        reaper->count--;
        reaper->strangers -= watched->trust == TRUST_STRANGER ? 1 : 0;
    }
}

static void end(struct reaper *reaper, struct watched *watched)
{
    uncount(reaper, watched);
    watched->ended = true;
    shutdown(watched->fd, SHUT_RDWR);
}

/* The longest idle one of the lowest trust, `highest` at most; never the newest, for whom the
 * room is made. */
static struct watched *spare(const struct reaper *reaper, enum trust highest)
{
    struct watched *found = NULL;
    const struct watched *newest = TAILQ_LAST(&reaper->open, watched_list);
    struct watched *w = NULL;
    TAILQ_FOREACH (w, &reaper->open, place) {
        if (w != newest && !w->busy && !w->ended && w->trust <= highest &&
            (found == NULL || w->trust < found->trust)) {
            found = w;
        }
    }
    return found;
}

static void make_room(struct reaper *reaper)
{
    struct watched *found = NULL;
    if (reaper->strangers > reaper->limits.strangers) {
        found = spare(reaper, TRUST_STRANGER);
    } else if (reaper->count > reaper->limits.all) {
        found = spare(reaper, TRUST_SIGNED_IN);
    }
    if (found != NULL) {
        end(reaper, found);
    }
}

/* ---- what others call ---- */

struct watched *reaper_add(struct reaper *reaper, int fd, enum trust trust, int64_t deadline_ms)
{
    struct watched *watched = must_alloc(sizeof *watched);
    watched->fd = fd;
    watched->trust = trust;
    reaper_arm(watched, deadline_ms);
    pthread_mutex_lock(&reaper->lock);
    TAILQ_INSERT_TAIL(&reaper->open, watched, place);
    reaper->count++;
    reaper->strangers += trust == TRUST_STRANGER ? 1 : 0;
    make_room(reaper);
    pthread_mutex_unlock(&reaper->lock);
    return watched;
}

void reaper_remove(struct reaper *reaper, struct watched *watched)
{
    pthread_mutex_lock(&reaper->lock);
    uncount(reaper, watched);
    TAILQ_REMOVE(&reaper->open, watched, place);
    pthread_mutex_unlock(&reaper->lock);
    free(watched);
}

void reaper_arm(struct watched *watched, int64_t deadline_ms)
{
    atomic_store(&watched->deadline_ms, deadline_ms);
}

void reaper_set_signed_in(struct reaper *reaper, struct watched *watched)
{
    if (watched->trust == TRUST_SIGNED_IN) {
        return;
    }
    pthread_mutex_lock(&reaper->lock);
    if (!watched->ended && watched->trust == TRUST_STRANGER) {
        reaper->strangers--;
    }
    watched->trust = TRUST_SIGNED_IN;
    pthread_mutex_unlock(&reaper->lock);
}

void reaper_set_busy(struct watched *watched)
{
    atomic_store(&watched->busy, true);
}

void reaper_set_idle(struct reaper *reaper, struct watched *watched)
{
    pthread_mutex_lock(&reaper->lock);
    watched->busy = false;
    TAILQ_REMOVE(&reaper->open, watched, place);
    TAILQ_INSERT_TAIL(&reaper->open, watched, place);
    pthread_mutex_unlock(&reaper->lock);
}

void reaper_sweep(struct reaper *reaper, int64_t now_ms)
{
    pthread_mutex_lock(&reaper->lock);
    struct watched *w = NULL;
    TAILQ_FOREACH (w, &reaper->open, place) {
        int64_t deadline_ms = atomic_load(&w->deadline_ms);
        if (!w->ended && deadline_ms != 0 && now_ms > deadline_ms) {
            end(reaper, w);
        }
    }
    pthread_mutex_unlock(&reaper->lock);
}

/* SPDX-License-Identifier: MIT
 * reaper.c - the list of open connections with their deadlines, under one mutex. shutdown(2), not
 * close(2): the descriptor stays libmicrohttpd's, which finds its end and frees it. */
#include "gateway/guard/reaper.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>

struct watched {
    int fd;
    int64_t deadline_ms; /* 0: none */
    struct watched *before, *after;
};

struct reaper {
    pthread_mutex_t lock;
    struct watched *first;
};

struct reaper *reaper_new(void)
{
    struct reaper *reaper = must_alloc(sizeof *reaper);
    pthread_mutex_init(&reaper->lock, NULL);
    return reaper;
}

void reaper_destroy(struct reaper **reaper)
{
    struct reaper *gone = TAKE(*reaper);
    if (gone == NULL) {
        return;
    }
    while (gone->first != NULL) {
        reaper_remove(gone, gone->first);
    }
    pthread_mutex_destroy(&gone->lock);
    free(gone);
}

struct watched *reaper_add(struct reaper *reaper, int fd, int64_t deadline_ms)
{
    struct watched *watched = must_alloc(sizeof *watched);
    *watched = (struct watched){.fd = fd, .deadline_ms = deadline_ms};
    pthread_mutex_lock(&reaper->lock);
    watched->after = reaper->first;
    if (reaper->first != NULL) {
        reaper->first->before = watched;
    }
    reaper->first = watched;
    pthread_mutex_unlock(&reaper->lock);
    return watched;
}

void reaper_remove(struct reaper *reaper, struct watched *watched)
{
    pthread_mutex_lock(&reaper->lock);
    if (watched->before != NULL) {
        watched->before->after = watched->after;
    } else {
        reaper->first = watched->after;
    }
    if (watched->after != NULL) {
        watched->after->before = watched->before;
    }
    pthread_mutex_unlock(&reaper->lock);
    free(watched);
}

void reaper_arm(struct reaper *reaper, struct watched *watched, int64_t deadline_ms)
{
    pthread_mutex_lock(&reaper->lock);
    watched->deadline_ms = deadline_ms;
    pthread_mutex_unlock(&reaper->lock);
}

void reaper_sweep(struct reaper *reaper, int64_t now_ms)
{
    pthread_mutex_lock(&reaper->lock);
    for (struct watched *w = reaper->first; w != NULL; w = w->after) {
        if (w->deadline_ms != 0 && now_ms > w->deadline_ms) {
            shutdown(w->fd, SHUT_RDWR);
            w->deadline_ms = 0;
        }
    }
    pthread_mutex_unlock(&reaper->lock);
}

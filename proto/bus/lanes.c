/* SPDX-License-Identifier: MIT
 * lanes.c - slow work off the loop: up to four threads, each doing its tasks in order.
 *
 * A ring holds a lane's tasks through their whole life (waiting, at work, done but not told), so 64
 * is the limit of all three together. The mutex guards the counts alone: a slot is written by the
 * loop before `added` grows and read by the thread before `worked` grows. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "proto/base/clock.h"
#include "proto/bus/parts.h"

enum { FINISH_WITHIN_MS = 2000 };

static void *run_lane(void *argument)
{
    struct lane *lane = argument;
    pthread_mutex_lock(&lane->mutex);
    for (;;) {
        while (lane->worked == lane->added && !lane->closing) {
            pthread_cond_wait(&lane->news, &lane->mutex);
        }
        if (lane->worked == lane->added) {
            break;
        }
        size_t at = lane->worked % LANE_ROOM;
        pthread_mutex_unlock(&lane->mutex);
        err_about("%s", "");
        lane->ring[at].work(lane->ring[at].task);
        (void)snprintf(lane->ring[at].about, sizeof(lane->ring[at].about), "%s", err_about_text());
        pthread_mutex_lock(&lane->mutex);
        lane->worked++;
        eventfd_write(lane->wake_fd, 1);
    }
    pthread_mutex_unlock(&lane->mutex);
    return NULL;
}

/* Calls `done` of the next finished task; false if there is none. */
static bool tell_one(struct actor *a, struct lane *lane)
{
    pthread_mutex_lock(&lane->mutex);
    bool any = lane->told < lane->worked;
    pthread_mutex_unlock(&lane->mutex);
    if (!any) {
        return false;
    }
    size_t at = lane->told % LANE_ROOM;
    work_done_fn *done = lane->ring[at].done;
    void *task = lane->ring[at].task;
    err_about("%s", lane->ring[at].about);
    pthread_mutex_lock(&lane->mutex);
    lane->told++;
    pthread_mutex_unlock(&lane->mutex);
    done(a, task);
    return true;
}

static void tell_all(struct actor *a)
{
    for (size_t i = 0; i < LANE_COUNT; i++) {
        struct lane *lane = &a->lanes.lane[i];
        while (lane->started && tell_one(a, lane)) {
        }
    }
}

static void on_finished(struct actor *a, int fd, short ready, void *context)
{
    (void)ready;
    (void)context;
    eventfd_t count;
    eventfd_read(fd, &count);
    tell_all(a);
}

enum err lanes_open(struct actor *a)
{
    a->lanes.wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (a->lanes.wake_fd < 0) {
        return ERR_SYSTEM;
    }
    actor_watch_fd(a, a->lanes.wake_fd, ZMQ_POLLIN, on_finished, NULL);
    return OK;
}

static enum err start_lane(struct actor *a, struct lane *lane)
{
    pthread_mutex_init(&lane->mutex, NULL);
    pthread_cond_init(&lane->news, NULL);
    lane->wake_fd = a->lanes.wake_fd;
    int problem = pthread_create(&lane->thread, NULL, run_lane, lane);
    if (problem != 0) {
        log_error("cannot start a thread reason=%s", strerror(problem));
        return ERR_SYSTEM;
    }
    lane->started = true;
    return OK;
}

enum err actor_offload(struct actor *a, unsigned lane_number, work_fn *work, work_done_fn *done,
                       void *task)
{
    struct lane *lane = &a->lanes.lane[lane_number % LANE_COUNT];
    if (a->lanes.closing) {
        return ERR_BUSY;
    }
    if (!lane->started && start_lane(a, lane) != OK) {
        return ERR_SYSTEM;
    }
    pthread_mutex_lock(&lane->mutex);
    bool room = lane->added - lane->told < LANE_ROOM;
    if (room) {
        size_t at = lane->added % LANE_ROOM;
        lane->ring[at].work = work;
        lane->ring[at].done = done;
        lane->ring[at].task = task;
        lane->added++;
        pthread_cond_signal(&lane->news);
    }
    pthread_mutex_unlock(&lane->mutex);
    return room ? OK : ERR_BUSY;
}

static bool join_by(struct lane *lane, const struct timespec *end)
{
    pthread_mutex_lock(&lane->mutex);
    lane->closing = true;
    pthread_cond_signal(&lane->news);
    pthread_mutex_unlock(&lane->mutex);
    return pthread_clockjoin_np(lane->thread, NULL, CLOCK_MONOTONIC, end) == 0;
}

bool lanes_finish(struct actor *a)
{
    struct timespec end;
    clock_gettime(CLOCK_MONOTONIC, &end);
    end.tv_sec += FINISH_WITHIN_MS / 1000;
    a->lanes.closing = true;
    for (size_t i = 0; i < LANE_COUNT; i++) {
        if (a->lanes.lane[i].started && !join_by(&a->lanes.lane[i], &end)) {
            return false;
        }
    }
    tell_all(a);
    return true;
}

void lanes_close(struct actor *a)
{
    for (size_t i = 0; i < LANE_COUNT; i++) {
        struct lane *lane = &a->lanes.lane[i];
        if (lane->started) {
            pthread_mutex_destroy(&lane->mutex);
            pthread_cond_destroy(&lane->news);
            lane->started = false;
        }
    }
    if (a->lanes.wake_fd >= 0) {
        close(a->lanes.wake_fd);
        a->lanes.wake_fd = -1;
    }
}

/* SPDX-License-Identifier: MIT
 * seats.c - a list under one mutex: the HTTP thread adds to it, the thread of the sockets looks
 * through it and removes. */
#include "gateway/ws/seats.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "proto/base/clock.h"

#define LOOK_MS 1000

struct seat {
    char key[ID_SIZE]; /* of the session or token */
    enum role role;    /* it must still have */
    bool ended;
    void *socket; /* borrowed; NULL until it can be closed properly */
    LIST_ENTRY(seat) others;
};

struct seats {
    struct access *access; /* borrowed */
    pthread_mutex_t lock;
    LIST_HEAD(, seat) taken;
    uint64_t generation; /* of the accounts, at the last look */
    int64_t looked_at_ms;
};

struct seats *seats_new(struct access *access)
{
    struct seats *seats = must_alloc(sizeof *seats);
    seats->access = access;
    pthread_mutex_init(&seats->lock, NULL);
    return seats;
}

void seats_destroy(struct seats **seats)
{
    struct seats *gone = TAKE(*seats);
    if (gone == NULL) {
        return;
    }
    while (!LIST_EMPTY(&gone->taken)) {
        seat_leave(gone, LIST_FIRST(&gone->taken));
    }
    pthread_mutex_destroy(&gone->lock);
    free(gone);
}

bool seats_free_for(struct seats *seats, const struct caller *caller)
{
    size_t taken = 0;
    const struct seat *seat = NULL;
    pthread_mutex_lock(&seats->lock);
    LIST_FOREACH (seat, &seats->taken, others) {
        taken += strcmp(seat->key, caller->key) == 0 ? 1 : 0;
    }
    pthread_mutex_unlock(&seats->lock);
    return taken < SEATS_EACH_MAX;
}

struct seat *seat_take(struct seats *seats, const struct caller *caller)
{
    struct seat *seat = must_alloc(sizeof *seat);
    memcpy(seat->key, caller->key, sizeof seat->key);
    seat->role = caller->role;
    pthread_mutex_lock(&seats->lock);
    LIST_INSERT_HEAD(&seats->taken, seat, others);
    pthread_mutex_unlock(&seats->lock);
    return seat;
}

void seat_leave(struct seats *seats, struct seat *seat)
{
    pthread_mutex_lock(&seats->lock);
    LIST_REMOVE(seat, others);
    pthread_mutex_unlock(&seats->lock);
    free(seat);
}

void seat_set_socket(struct seats *seats, struct seat *seat, void *socket)
{
    pthread_mutex_lock(&seats->lock);
    seat->socket = socket;
    pthread_mutex_unlock(&seats->lock);
}

bool seat_has_ended(const struct seat *seat)
{
    return seat->ended;
}

void seats_look(struct seats *seats, void (*on_ended)(void *socket))
{
    uint64_t generation = access_generation(seats->access);
    int64_t now_ms = clock_monotonic_ms();
    if (generation == seats->generation && now_ms - seats->looked_at_ms < LOOK_MS) {
        return;
    }
    seats->generation = generation;
    seats->looked_at_ms = now_ms;
    struct seat *seat = NULL;
    pthread_mutex_lock(&seats->lock);
    LIST_FOREACH (seat, &seats->taken, others) {
        if (!access_is_live(seats->access, seat->key, seat->role, clock_wall_ms())) {
            seat->ended = true;
            if (seat->socket != NULL) {
                on_ended(seat->socket);
            }
        }
    }
    pthread_mutex_unlock(&seats->lock);
}

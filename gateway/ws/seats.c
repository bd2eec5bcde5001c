/* SPDX-License-Identifier: MIT
 * seats.c - a list under one mutex: the HTTP thread adds to it, the thread of the sockets looks
 * through it and removes. */
#include "gateway/ws/seats.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "proto/base/clock.h"

#define LOOK_MS 1000

struct seat {
    char key[ID_SIZE]; /* of the session or token */
    enum role role;    /* it must still have */
    bool ended;
    void *socket; /* borrowed; NULL until it can be closed properly */
    struct seat *before, *after;
};

struct seats {
    struct access *access; /* borrowed */
    pthread_mutex_t lock;
    struct seat *first;
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
    while (gone->first != NULL) {
        seat_leave(gone, gone->first);
    }
    pthread_mutex_destroy(&gone->lock);
    free(gone);
}

bool seats_free_for(struct seats *seats, const struct caller *caller)
{
    size_t taken = 0;
    pthread_mutex_lock(&seats->lock);
    for (const struct seat *seat = seats->first; seat != NULL; seat = seat->after) {
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
    seat->after = seats->first;
    if (seats->first != NULL) {
        seats->first->before = seat;
    }
    seats->first = seat;
    pthread_mutex_unlock(&seats->lock);
    return seat;
}

void seat_leave(struct seats *seats, struct seat *seat)
{
    pthread_mutex_lock(&seats->lock);
    if (seat->before != NULL) {
        seat->before->after = seat->after;
    } else {
        seats->first = seat->after;
    }
    if (seat->after != NULL) {
        seat->after->before = seat->before;
    }
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
    pthread_mutex_lock(&seats->lock);
    for (struct seat *seat = seats->first; seat != NULL; seat = seat->after) {
        if (!access_is_live(seats->access, seat->key, seat->role, clock_wall_ms())) {
            seat->ended = true;
            if (seat->socket != NULL) {
                on_ended(seat->socket);
            }
        }
    }
    pthread_mutex_unlock(&seats->lock);
}

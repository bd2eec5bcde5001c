/* SPDX-License-Identifier: MIT
 * flights.h - commands that went to an actor and are not answered yet: who asked, who has it.
 * Bounded in number and in bytes of bodies, so a target that stops reading costs a fixed amount. */
#ifndef PLAYBUS_ACTORS_BROKER_FLIGHTS_H
#define PLAYBUS_ACTORS_BROKER_FLIGHTS_H

#include <czmq.h>
#include <stdbool.h>
#include <stdint.h>

#include "proto/bus/process.h"
#include "proto/schema/schema.h"

enum { FLIGHTS_MAX = 8192, FLIGHTS_MAX_BYTES = 48 * 1024 * 1024, CORRELATION_SIZE = 65 };

struct flight {
    char asker[INSTANCE_SIZE + 1];
    char target[INSTANCE_SIZE + 1];
    char correlation_id[CORRELATION_SIZE];
    uint64_t id;
    enum msg_id name;
    int64_t deadline_ms;
    size_t bytes;
};

struct flights {
    zhashx_t *by_key; /* owned, with its flights; "asker id" */
    size_t bytes;
};

void flights_open(struct flights *f);
void flights_release(struct flights *f);
bool flights_have_room(const struct flights *f, size_t bytes);
/* Copies it; false if this asker has one with this id. */
bool flights_add(struct flights *f, const struct flight *flight);
struct flight *flights_find(const struct flights *f, const char *asker, uint64_t id);
void flights_remove(struct flights *f, const struct flight *flight);
/* Takes out one that `matches`, into out; false when there is none left. */
typedef bool flight_matches_fn(const struct flight *flight, const void *context);
bool flights_take(struct flights *f, flight_matches_fn *matches, const void *context,
                  struct flight *out);

#endif

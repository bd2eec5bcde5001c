/* SPDX-License-Identifier: MIT
 * flights.c - the table of unanswered commands, by asker and id. */
#include "actors/broker/flights.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "proto/base/own.h"

enum { KEY_SIZE = INSTANCE_SIZE + 24 };

static void make_key(char key[static KEY_SIZE], const char *asker, uint64_t id)
{
    snprintf(key, KEY_SIZE, "%s %" PRIu64, asker, id);
}

void flights_open(struct flights *f)
{
    f->by_key = zhashx_new();
    zhashx_set_destructor(f->by_key, free_bytes);
}

void flights_release(struct flights *f)
{
    zhashx_destroy(&f->by_key);
}

bool flights_have_room(const struct flights *f, size_t bytes)
{
    return zhashx_size(f->by_key) < FLIGHTS_MAX && f->bytes + bytes <= FLIGHTS_MAX_BYTES;
}

bool flights_add(struct flights *f, const struct flight *flight)
{
    char key[KEY_SIZE];
    make_key(key, flight->asker, flight->id);
    struct flight *copy = must_alloc(sizeof(*copy));
    *copy = *flight;
    if (zhashx_insert(f->by_key, key, copy) != 0) {
        free(copy);
        return false;
    }
    f->bytes += flight->bytes;
    return true;
}

struct flight *flights_find(const struct flights *f, const char *asker, uint64_t id)
{
    char key[KEY_SIZE];
    make_key(key, asker, id);
    return zhashx_lookup(f->by_key, key);
}

void flights_remove(struct flights *f, const struct flight *flight)
{
    char key[KEY_SIZE];
    make_key(key, flight->asker, flight->id);
    f->bytes -= flight->bytes;
    zhashx_delete(f->by_key, key);
}

bool flights_take(struct flights *f, flight_matches_fn *matches, const void *context,
                  struct flight *out)
{
    for (struct flight *flight = zhashx_first(f->by_key); flight != NULL;
         flight = zhashx_next(f->by_key)) {
        if (matches(flight, context)) {
            *out = *flight;
            flights_remove(f, flight);
            return true;
        }
    }
    return false;
}

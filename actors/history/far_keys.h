/* SPDX-License-Identifier: MIT
 * far_keys.h - workers on other machines that are let in no more: what they sent before, and what
 * comes of it after that is known, is not stored. A worker is known by its key: what comes before
 * the point in its instance. Bounded, and in memory only: a key that was revoked sends nothing to a
 * later process. */
#ifndef PLAYBUS_ACTORS_HISTORY_FAR_KEYS_H
#define PLAYBUS_ACTORS_HISTORY_FAR_KEYS_H

#include <stdbool.h>
#include <stddef.h>

#include "actors/history/reorder_buffer.h"
#include "proto/bus/actor.h"

enum { FAR_KEYS_MAX = 128, FAR_WORKER_SIZE = 129 };

struct far_key {
    char worker[FAR_WORKER_SIZE]; /* without what tells its processes apart; empty: a free place */
};

struct far_keys {
    struct far_key items[FAR_KEYS_MAX];
    size_t next; /* the place that is taken next: the oldest gives way */
};

bool far_key_is_same(const char *a, const char *b); /* of two workers */
/* The door lets this worker in no more. */
void far_keys_gone(struct far_keys *k, const char *worker);
/* NULL, or why nothing of this worker is taken. */
const char *far_keys_flaw(const struct far_keys *k, const char *worker);
/* Refuses what of this worker waits its turn; how many batches that were. */
size_t far_keys_refuse(struct actor *a, struct reorder_buffer *waiting, const char *worker,
                       enum err code);

#endif

/* SPDX-License-Identifier: MIT
 * registry.h - the instances the broker has heard of: who is up, who is called what, who wants
 * which events and which of them were not sent to it yet. */
#ifndef PLAYBUS_ACTORS_BROKER_REGISTRY_H
#define PLAYBUS_ACTORS_BROKER_REGISTRY_H

#include <stdbool.h>
#include <stdint.h>

#include "actors/broker/retained.h"
#include "proto/base/error.h"
#include "proto/base/own.h"
#include "proto/bus/process.h"
#include "proto/schema/schema.h"

enum {
    REGISTRY_MAX = 900, /* instances, away ones included; actors.got has room for 1,000 */
    FORGET_AFTER_MS = 600000
};

struct peer {
    char name[65];
    char instance[INSTANCE_SIZE + 1];
    char version[65];
    uint64_t pid, memory_bytes;
    bool many; /* not addressed by its name */
    bool up;
    bool ended;    /* it hung, and was ended */
    bool replaced; /* a newer instance of its name came: it never is up again */
    int64_t heard_ms, left_ms;
    uint64_t joined; /* rises: the newest of a name gets its commands */
    bool wants[MSG_COUNT];
    bool behind; /* some bit of dirty is set */
    uint64_t
        dirty[RETAINED_MAX / 64]; /* by slot of the retained events: not sent to this one yet */
};

struct registry {
    struct peer *peers[REGISTRY_MAX]; /* owned, dense */
    size_t count;
    uint64_t joined;
};

void registry_release(struct registry *r);
struct peer *registry_find(const struct registry *r, const char *instance); /* NULL if unknown */
struct peer *registry_named(const struct registry *r, const char *name);    /* newest that is up */
/* Adds one that is away until it is marked. NULL: full. */
struct peer *registry_add(struct registry *r, const char *name, const char *instance);
/* The one that is away longest and left before `before_ms`, taken out of the registry; the caller
 * frees it. NULL: none. */
struct peer *registry_take_old(struct registry *r, int64_t before_ms);

void peer_mark_dirty(struct peer *peer, size_t slot);
void peer_mark_clean(struct peer *peer, size_t slot);
bool peer_is_dirty(const struct peer *peer, size_t slot);

#endif

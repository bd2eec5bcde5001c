/* SPDX-License-Identifier: MIT
 * registry.c - keeps at most REGISTRY_MAX instances, so memory is bounded however often actors are
 * restarted. */
#include "actors/broker/registry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void registry_release(struct registry *r)
{
    while (r->count > 0) {
        free(r->peers[--r->count]);
    }
}

struct peer *registry_find(const struct registry *r, const char *instance)
{
    for (size_t i = 0; i < r->count; i++) {
        if (strcmp(r->peers[i]->instance, instance) == 0) {
            return r->peers[i];
        }
    }
    return NULL;
}

struct peer *registry_named(const struct registry *r, const char *name)
{
    struct peer *newest = NULL;
    for (size_t i = 0; i < r->count; i++) {
        struct peer *peer = r->peers[i];
        if (peer->up && !peer->many && strcmp(peer->name, name) == 0 &&
            (newest == NULL || peer->joined > newest->joined)) {
            newest = peer;
        }
    }
    return newest;
}

struct peer *registry_add(struct registry *r, const char *name, const char *instance)
{
    if (r->count == REGISTRY_MAX) {
        return NULL;
    }
    struct peer *peer = must_alloc(sizeof(*peer));
    snprintf(peer->name, sizeof(peer->name), "%s", name);
    snprintf(peer->instance, sizeof(peer->instance), "%s", instance);
    peer->joined = ++r->joined;
    r->peers[r->count++] = peer;
    return peer;
}

struct peer *registry_take_old(struct registry *r, int64_t before_ms)
{
    size_t oldest = r->count;
    for (size_t i = 0; i < r->count; i++) {
        const struct peer *peer = r->peers[i];
        if (!peer->up && peer->left_ms < before_ms &&
            (oldest == r->count || peer->left_ms < r->peers[oldest]->left_ms)) {
            oldest = i;
        }
    }
    if (oldest == r->count) {
        return NULL;
    }
    struct peer *taken = r->peers[oldest];
    r->peers[oldest] = r->peers[--r->count];
    return taken;
}

void peer_mark_dirty(struct peer *peer, size_t slot)
{
    peer->dirty[slot / 64] |= UINT64_C(1) << (slot % 64);
    peer->behind = true;
}

void peer_mark_clean(struct peer *peer, size_t slot)
{
    peer->dirty[slot / 64] &= ~(UINT64_C(1) << (slot % 64));
}

bool peer_is_dirty(const struct peer *peer, size_t slot)
{
    return (peer->dirty[slot / 64] >> (slot % 64)) & 1;
}

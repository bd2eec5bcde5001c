/* SPDX-License-Identifier: MIT
 * snapshot_cache.c - slots of shared texts under one mutex, held for a few instructions only. */
#include "gateway/snapshot_cache.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

struct shared_text {
    atomic_uint users;
    struct shared_text *others; /* owned; NULL: they see the same */
    size_t size;
    char bytes[]; /* SHARED_TEXT_HEADROOM, then the text */
};

struct snapshot_cache {
    pthread_mutex_t lock;
    struct snapshot_cache_view now;
};

struct shared_text *shared_text_new(const char *text, size_t size)
{
    struct shared_text *shared = must_alloc(sizeof *shared + SHARED_TEXT_HEADROOM + size);
    atomic_init(&shared->users, 1);
    shared->size = size;
    memcpy(shared->bytes + SHARED_TEXT_HEADROOM, text, size);
    return shared;
}

struct shared_text *shared_text_keep(struct shared_text *shared)
{
    if (shared != NULL) {
        atomic_fetch_add(&shared->users, 1);
    }
    return shared;
}

void shared_text_drop(struct shared_text **shared)
{
    struct shared_text *dropped = TAKE(*shared);
    while (dropped != NULL && atomic_fetch_sub(&dropped->users, 1) == 1) {
        struct shared_text *others = dropped->others;
        free(dropped);
        dropped = others;
    }
}

char *shared_text_bytes(const struct shared_text *shared)
{
    return (char *)shared->bytes + SHARED_TEXT_HEADROOM;
}

size_t shared_text_size(const struct shared_text *shared)
{
    return shared->size;
}

void shared_text_set_others(struct shared_text *shared, struct shared_text **others)
{
    shared->others = TAKE(*others);
}

struct shared_text *shared_text_for(struct shared_text *shared, bool admin)
{
    return shared != NULL && !admin && shared->others != NULL ? shared->others : shared;
}

struct snapshot_cache *snapshot_cache_new(void)
{
    struct snapshot_cache *cache = must_alloc(sizeof *cache);
    pthread_mutex_init(&cache->lock, NULL);
    return cache;
}

void snapshot_cache_destroy(struct snapshot_cache **cache)
{
    struct snapshot_cache *gone = TAKE(*cache);
    if (gone != NULL) {
        snapshot_cache_view_release(&gone->now);
        pthread_mutex_destroy(&gone->lock);
        free(gone);
    }
}

void snapshot_cache_put(struct snapshot_cache *cache, size_t slot, struct shared_text **shared)
{
    struct shared_text *fresh = TAKE(*shared);
    pthread_mutex_lock(&cache->lock);
    struct shared_text *old = cache->now.texts[slot];
    cache->now.texts[slot] = fresh;
    cache->now.numbers[slot]++;
    pthread_mutex_unlock(&cache->lock);
    shared_text_drop(&old);
}

struct shared_text *snapshot_cache_get(struct snapshot_cache *cache, size_t slot)
{
    pthread_mutex_lock(&cache->lock);
    struct shared_text *shared = shared_text_keep(cache->now.texts[slot]);
    pthread_mutex_unlock(&cache->lock);
    return shared;
}

void snapshot_cache_read(struct snapshot_cache *cache, struct snapshot_cache_view *view)
{
    pthread_mutex_lock(&cache->lock);
    for (size_t slot = 0; slot < SNAPSHOT_SLOTS; slot++) {
        if (view->numbers[slot] != cache->now.numbers[slot]) {
            shared_text_drop(&view->texts[slot]);
            view->texts[slot] = shared_text_keep(cache->now.texts[slot]);
            view->numbers[slot] = cache->now.numbers[slot];
            view->used = slot >= view->used ? slot + 1 : view->used;
        }
    }
    pthread_mutex_unlock(&cache->lock);
}

void snapshot_cache_view_release(struct snapshot_cache_view *view)
{
    for (size_t slot = 0; slot < SNAPSHOT_SLOTS; slot++) {
        shared_text_drop(&view->texts[slot]);
    }
}

/* SPDX-License-Identifier: MIT
 * snapshot_cache.h - the newest text of every subject, put there by the bus thread for the HTTP and
 * WebSocket threads to show. Latest wins, so a slow reader holds nothing and delays nobody. */
#ifndef PLAYBUS_GATEWAY_SNAPSHOT_CACHE_H
#define PLAYBUS_GATEWAY_SNAPSHOT_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/base/own.h"
#include "proto/schema/operations.h"

#define SNAPSHOT_STATUS 0 /* the body of GET /sync/status; the other slots are pushes */
#define SNAPSHOT_OPERATIONS SUBJECTS_MAX /* of which the history makes no more */
#define SNAPSHOT_SLOTS (1 + 2 * SNAPSHOT_OPERATIONS)
/* Each operation has two: how its last job ended, and how the one after it stands (empty while
 * there is none), so that a job's end is not overwritten by the next job's start. */
#define SNAPSHOT_ENDED(operation) (1 + 2 * (operation))
#define SNAPSHOT_CURRENT(operation) (2 + 2 * (operation))
#define SHARED_TEXT_HEADROOM \
    32 /* writable bytes before the text: a WebSocket frame's head goes there */

/* Text that never changes, shared by counting its users. */
struct shared_text;

struct shared_text *shared_text_new(const char *text, size_t size) NODISCARD;
struct shared_text *shared_text_keep(struct shared_text *shared); /* NULL stays NULL */
void shared_text_drop(struct shared_text **shared);
char *shared_text_bytes(const struct shared_text *shared);
size_t shared_text_size(const struct shared_text *shared);
/* What is shown instead of this text to all who are no administrators; takes it. */
void shared_text_set_others(struct shared_text *shared, struct shared_text **others);
/* The text itself, or the others'; borrowed, and NULL of NULL. */
struct shared_text *shared_text_for(struct shared_text *shared, bool admin);

struct snapshot_cache;

struct snapshot_cache *snapshot_cache_new(void) NODISCARD;
void snapshot_cache_destroy(struct snapshot_cache **cache);
/* Takes the text; NULL empties the slot. */
void snapshot_cache_put(struct snapshot_cache *cache, size_t slot, struct shared_text **shared);
struct shared_text *snapshot_cache_get(struct snapshot_cache *cache,
                                       size_t slot) NODISCARD; /* NULL: empty */

/* One thread's copy of the cache; zero-initialise it. A slot's number rises with every put. */
struct snapshot_cache_view {
    struct shared_text *texts[SNAPSHOT_SLOTS];
    uint64_t numbers[SNAPSHOT_SLOTS];
    size_t used; /* slots from here on were empty so far: most of them always are */
};
void snapshot_cache_read(struct snapshot_cache *cache, struct snapshot_cache_view *view);
void snapshot_cache_view_release(struct snapshot_cache_view *view);

#endif

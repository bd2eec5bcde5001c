/* SPDX-License-Identifier: MIT
 * snapshot.h - the newest progress record of every operation and server, fed by the history's
 * events. It decides what is pushed: every change of status at once, a running job every 1 to 2 s.
 * Belongs to the bus thread; other threads see it through the snapshot cache. */
#ifndef PLAYBUS_GATEWAY_SNAPSHOT_H
#define PLAYBUS_GATEWAY_SNAPSHOT_H

#include <stdbool.h>
#include <stdint.h>

#include "gateway/snapshot_cache.h"
#include "proto/base/own.h"
#include "proto/schema/schema.h"

struct snapshot;

struct snapshot *snapshot_new(struct snapshot_cache *cache) NODISCARD; /* borrows the cache */
void snapshot_destroy(struct snapshot **snapshot);

/* Takes over a record if it is not older than the one held. True if there is something to push. */
bool snapshot_put(struct snapshot *s, const struct progress *record, int64_t now_ms) NODISCARD;
/* What the history answered at the start: from now on GET /sync/status can be answered. */
bool snapshot_fill(struct snapshot *s, const struct status_got *all, int64_t now_ms) NODISCARD;
bool snapshot_filled(const struct snapshot *s);
/* True before that, and while a job waits for the history: its end may have been committed and
 * never told, so the history has to be asked again. */
bool snapshot_needs_filling(const struct snapshot *s);
/* A few times a second: a running job that has gone silent is shown as waiting for the history.
 * True if there is something to push. */
bool snapshot_tick(struct snapshot *s, int64_t now_ms) NODISCARD;
bool snapshot_running(const struct snapshot *s); /* does any job run? */

typedef void snapshot_fn(const char *subject, const struct progress *record, void *context);
void snapshot_each(const struct snapshot *s, snapshot_fn *fn, void *context);

#endif

/* SPDX-License-Identifier: MIT
 * metrics.h - what the gateway counts, and the Prometheus text made of it. */
#ifndef PLAYBUS_GATEWAY_METRICS_H
#define PLAYBUS_GATEWAY_METRICS_H

#include <stddef.h>
#include <stdint.h>

#include "proto/base/own.h"
#include "proto/schema/schema.h"
#include "proto/wire/codec.h"

struct metrics;

struct metrics *metrics_new(void) NODISCARD;
void metrics_destroy(struct metrics **metrics);
/* Any thread. `route` is its row, or ROUTE_COUNT where there was none. */
void metrics_count(struct metrics *metrics, size_t route, int status, int64_t took_ms);

/* Each appends to `out`, in the text format 0.0.4. */
void metrics_write_requests(struct metrics *metrics, struct buffer *out);
void metrics_write_actors(const struct actors_got *actors, struct buffer *out);
void metrics_write_job(const char *subject, const struct progress *job, struct buffer *out);
void metrics_write_figure(const char *name, const char *kind, const char *help, double value,
                          struct buffer *out);

#endif

/* SPDX-License-Identifier: MIT
 * metrics.h - what the gateway counts, and the Prometheus text made of it. */
#ifndef PLAYBUS_GATEWAY_REST_METRICS_H
#define PLAYBUS_GATEWAY_REST_METRICS_H

#include <stddef.h>
#include <stdint.h>

#include "proto/base/own.h"
#include "proto/schema/schema.h"
#include "proto/wire/codec.h"

struct metrics;

/* Figures of jobs. The format wants all samples of one name together: figure by figure, job by job.
 */
enum job_figure {
    JOB_RUNNING,
    JOB_IMPORTED,
    JOB_SKIPPED,
    JOB_REJECTED,
    JOB_PERCENT,
    JOB_RATE,
    JOB_FIGURES
};

struct metrics *metrics_new(void) NODISCARD;
void metrics_destroy(struct metrics **metrics);
/* Any thread. `route` is its row, or ROUTE_COUNT where there was none. */
void metrics_count(struct metrics *metrics, size_t route, int status, int64_t took_ms);

/* Each appends to `out`, in the text format 0.0.4. */
void metrics_write_requests(struct metrics *metrics, struct buffer *out);
void metrics_write_actors(const struct actors_got *actors, struct buffer *out);
void metrics_write_job_head(enum job_figure figure, struct buffer *out);
void metrics_write_job(enum job_figure figure, const char *subject, const struct progress *job,
                       struct buffer *out);
void metrics_write_figure(const char *name, const char *kind, const char *help, double value,
                          struct buffer *out);

#endif

/* SPDX-License-Identifier: MIT
 * limits.h - how often one caller may call: a bucket of tokens for each, in a table of fixed size.
 * Of one thread. */
#ifndef PLAYBUS_GATEWAY_GUARD_LIMITS_H
#define PLAYBUS_GATEWAY_GUARD_LIMITS_H

#include <stdint.h>

#include "proto/base/own.h"

struct limits;

struct limit {
    uint32_t calls; /* that may come at once, and in each `per_ms` after that */
    uint32_t per_ms;
};

struct limits *limits_new(void) NODISCARD;
void limits_destroy(struct limits **limits);

/* Takes a token of `who` ("trigger", …: each has buckets of its own). 0, or after how many
 * milliseconds there is one. `now_ms` is of the monotonic clock. */
int64_t limits_take(struct limits *limits, const char *kind, const char *who,
                    const struct limit *limit, int64_t now_ms) NODISCARD;

#endif

/* SPDX-License-Identifier: MIT
 * reaper.h - which connections must end. Deadlines for heads and small bodies: libmicrohttpd's own
 * timeout starts anew with every byte, so one byte now and then would hold a connection for ever.
 * And room for new ones: near the limit the longest idle connection ends, strangers' first. */
#ifndef PLAYBUS_GATEWAY_GUARD_REAPER_H
#define PLAYBUS_GATEWAY_GUARD_REAPER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/base/own.h"

struct reaper;
struct watched; /* one connection */

/* How far a connection is trusted: the first in this order make room for the others. */
enum trust { TRUST_STRANGER, TRUST_LOOPBACK, TRUST_SIGNED_IN };

struct reaper_limits {
    size_t all;
    size_t strangers; /* of all; the rest is kept for loopback and for who is signed in */
};

struct reaper *reaper_new(const struct reaper_limits *limits) NODISCARD;
void reaper_destroy(struct reaper **reaper);

/* A new connection. One more than the limits allow shuts down the longest idle one of the lowest
 * trust; if all of them are busy, none. */
struct watched *reaper_add(struct reaper *reaper, int fd, enum trust trust,
                           int64_t deadline_ms) NODISCARD;
/* Before the descriptor is closed; frees `watched`. */
void reaper_remove(struct reaper *reaper, struct watched *watched);
/* On the monotonic clock; 0: no deadline. */
void reaper_arm(struct watched *watched, int64_t deadline_ms);
/* It carried a request of someone who is signed in, and keeps that trust. */
void reaper_set_signed_in(struct reaper *reaper, struct watched *watched);
/* A busy connection is never ended to make room; an idle one is so from this call on. */
void reaper_set_busy(struct watched *watched);
void reaper_set_idle(struct reaper *reaper, struct watched *watched);
/* Shuts down every connection past its deadline; their owner then closes them. */
void reaper_sweep(struct reaper *reaper, int64_t now_ms);

#endif

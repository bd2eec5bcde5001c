/* SPDX-License-Identifier: MIT
 * reaper.h - deadlines for heads and small bodies. libmicrohttpd's own timeout starts anew with
 * every byte, so one byte now and then holds a connection for ever; these deadlines do not move. */
#ifndef PLAYBUS_GATEWAY_GUARD_REAPER_H
#define PLAYBUS_GATEWAY_GUARD_REAPER_H

#include <stdint.h>

#include "proto/base/own.h"

struct reaper;
struct watched; /* one connection */

struct reaper *reaper_new(void) NODISCARD;
void reaper_destroy(struct reaper **reaper);

struct watched *reaper_add(struct reaper *reaper, int fd, int64_t deadline_ms) NODISCARD;
/* Before the descriptor is closed; frees `watched`. */
void reaper_remove(struct reaper *reaper, struct watched *watched);
/* On the monotonic clock; 0: no deadline. */
void reaper_arm(struct reaper *reaper, struct watched *watched, int64_t deadline_ms);
/* Shuts down every connection past its deadline; their owner then closes them. */
void reaper_sweep(struct reaper *reaper, int64_t now_ms);

#endif

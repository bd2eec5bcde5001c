/* SPDX-License-Identifier: MIT
 * clock.h - the two clocks, and text for the first. Tests replace the wall clock, nothing else. */
#ifndef PLAYBUS_PROTO_BASE_CLOCK_H
#define PLAYBUS_PROTO_BASE_CLOCK_H

#include <stdint.h>

#include "proto/base/error.h"
#include "proto/base/own.h"

#define CLOCK_TEXT_SIZE 32                    /* "2025-01-09T14:30:00.123Z" and its NUL */
#define CLOCK_MIN_MS INT64_C(-62135596800000) /* year 1 begins */
#define CLOCK_MAX_MS INT64_C(253402300799999) /* year 9999 ends; a TIME lies between them */

int64_t clock_wall_ms(void);                  /* milliseconds UTC; may jump */
int64_t clock_monotonic_ms(void);             /* for deadlines and rates; never falls */
void clock_set_wall(int64_t (*source)(void)); /* tests only; NULL restores */

/* ISO 8601 UTC, milliseconds shown only when there are any. */
void clock_to_text(int64_t wall_ms, char out[static CLOCK_TEXT_SIZE]);
/* Accepts YYYY-MM-DD, and with THH:MM[:SS[.fraction]] and Z or an offset. */
enum err clock_from_text(const char *text, int64_t *out_wall_ms) NODISCARD;

/* Wall time as of the start of this process, and from there on only forward, at the pace of the
 * monotonic clock: for what must rise and for how long something takes, however the clock is set.
 */
int64_t clock_steady_ms(void);

#endif

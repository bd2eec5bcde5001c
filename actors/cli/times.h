/* SPDX-License-Identifier: MIT
 * times.h - times as a person reads and types them: in the zone of the terminal, or in UTC with
 * --utc. The gateway knows UTC alone. */
#ifndef PLAYBUS_ACTORS_CLI_TIMES_H
#define PLAYBUS_ACTORS_CLI_TIMES_H

#include <stdbool.h>

#include "proto/base/clock.h"

#define TIME_SIZE 64
#define TIME_SECONDS_CELLS 19
/* What time_bound takes, for a person. */
#define TIME_FORMS \
    "a year, a month (2024-01), a day (2024-01-31), or a day and a time (2024-01-31T18:00)"

/* From here on the zone is UTC, for reading and for printing. */
void times_use_utc(void);

/* Of an ISO 8601 time: 2024-01-31 12:34, below a title that names the zone; "-" for "". */
const char *time_text(const char *iso, char out[static TIME_SIZE]);
/* The same to the second: 2024-01-31 12:34:56. */
const char *time_seconds(const char *iso, char out[static TIME_SIZE]);
/* On its own: 2024-01-31 12:34:56 CET. */
const char *time_with_zone(const char *iso, char out[static TIME_SIZE]);
/* "started CET/CEST": a title over such times, with what the zone is called over the year. */
const char *time_title(const char *what, char out[static TIME_SIZE]);

/* A bound of a span as ISO 8601 UTC: `text` is a year, a month or a day of the zone, whose first
 * moment is meant, or with `end` the first one after it; or a day with a time of that day; or a
 * time with its own zone. False if it is none of these. */
bool time_bound(const char *text, bool end, char out[static CLOCK_TEXT_SIZE]);

#endif

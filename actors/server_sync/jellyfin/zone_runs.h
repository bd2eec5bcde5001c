/* SPDX-License-Identifier: MIT
 * zone_runs.h - how far a server's clock was ahead of UTC at what time on that clock, as it was
 * said when rows of that time were read first.
 *
 * The plugin keeps times of a clock without its zone, and the server makes UTC of all of them by
 * the zone that it has now. When that is changed each row would begin at another time, and be
 * another row. What a time was read as once is what it stays. Rows of the hours by which a clock
 * was set back are taken for ones that were read before. */
#ifndef PLAYBUS_ACTORS_SERVER_SYNC_JELLYFIN_ZONE_RUNS_H
#define PLAYBUS_ACTORS_SERVER_SYNC_JELLYFIN_ZONE_RUNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/wire/codec.h"

enum { ZONE_RUNS_MAX = 512, ZONE_RUNS_TEXT_MAX = 32768 };

/* By time; none overlaps another. */
struct zone_runs {
    struct zone_run {
        int64_t from, until; /* seconds on that clock, as if it were UTC */
        int64_t ahead_s;
    } runs[ZONE_RUNS_MAX];
    size_t count;
};

/* UTC of a time on the clock, which the server says to be `utc_s` now; keeps that if it is new. */
int64_t zone_runs_utc(struct zone_runs *z, int64_t local_s, int64_t utc_s);

/* What was written is read; anything else is nothing. */
void zone_runs_read(struct zone_runs *z, struct bytes text);
/* The size; 0 of nothing. */
size_t zone_runs_write(const struct zone_runs *z, char out[static ZONE_RUNS_TEXT_MAX]);

#endif

/* SPDX-License-Identifier: MIT
 * sync_schedule.h - when a server is looked at next, and from when on it is read. No clock and no
 * chance of its own: both are handed in. */
#ifndef PLAYBUS_ACTORS_SERVER_SYNC_SYNC_SCHEDULE_H
#define PLAYBUS_ACTORS_SERVER_SYNC_SYNC_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/base/error.h"
#include "proto/schema/schema.h"

enum sync_outcome {
    SYNC_WELL,   /* all that is new was taken */
    SYNC_ABSENT, /* the server is starting or in maintenance, or asks to be left alone: no error */
    SYNC_FAILED, /* it may heal by itself */
    SYNC_FATAL   /* it does not, before a person acts */
};

/* What the end of a try with this code means. */
enum sync_outcome sync_outcome_of(enum err code);

/* Minutes until the next look. `failures`: in a row, this one included. */
double sync_wait_minutes(enum sync_outcome outcome, int64_t interval_minutes, unsigned failures);
/* The same with up to a tenth less or more; `chance` is from 0 to below 1. */
double sync_spread(double minutes, double chance);

/* From when on it is read, in ms of the server's clock, or the whole of it: *out_whole. What the
 * history told; a day of a schedule lasts day_ms. */
int64_t sync_since(const struct server_sync_standing *standing, int64_t now, int64_t day_ms,
                   bool *out_whole);
/* A sync that ended at missed_at (0: none) could not read all, and all was not read since. */
bool sync_owes(const struct server_sync_standing *standing, int64_t missed_at);

#endif

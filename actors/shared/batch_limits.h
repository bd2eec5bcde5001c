/* SPDX-License-Identifier: MIT
 * batch_limits.h - how much a batch may hold: the same for who packs it and who stores it, and as
 * batch_commit in proto/schema/history.def has it. */
#ifndef PLAYBUS_ACTORS_SHARED_BATCH_LIMITS_H
#define PLAYBUS_ACTORS_SHARED_BATCH_LIMITS_H

enum {
    BATCH_ROWS_MAX = 2000, /* nor more items or facets */
    BATCH_NOTES_MAX = 20000
};

#endif

/* SPDX-License-Identifier: MIT
 * recent.h - the rows just before a row, and whether it tells again of what one of them told. */
#ifndef PLAYBUS_ACTORS_TAUTULLI_RECENT_H
#define PLAYBUS_ACTORS_TAUTULLI_RECENT_H

#include <stdint.h>

#include "proto/schema/schema.h"

#define RECENT_ROWS 64 /* how far back is looked */

/* The last rows in id order. A row that cannot be placed takes its place in it, too: what is found
 * depends on the 64 ids before a row alone, and not on where reading began. */
struct recent {
    uint64_t who_what[RECENT_ROWS]; /* user and item; 0: not to be compared */
    struct recent_row {
        uint64_t machine; /* 0: unknown */
        int64_t start_s;
        int64_t stop_s; /* 0: unknown */
    } rows[RECENT_ROWS];
    unsigned next;
};

enum repeat {
    REPEAT_NONE = 0,
    REPEAT_STUCK = 1, /* same user, item and start as a row before, another stop */
    REPEAT_TWICE = 2, /* same user and item (and machine, where both are known), begun 1 to 30 s
                         apart, and both went on at the same time */
};

void recent_clear(struct recent *r);
/* A row that cannot be placed in time or belongs to nobody. */
void recent_skip(struct recent *r);
/* One of the rows before, as it was told elsewhere. */
void recent_put(struct recent *r, uint64_t who_what, const struct recent_row *row);
/* A mask of `enum repeat`; then remembers the row. Of the play its user, rating key, machine, start
 * and stop are looked at. */
unsigned recent_take(struct recent *r, const struct play *play);

#endif

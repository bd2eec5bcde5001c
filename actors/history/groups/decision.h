/* SPDX-License-Identifier: MIT
 * decision.h - rows of one neighbourhood as sets that are one play each. */
#ifndef PLAYBUS_ACTORS_HISTORY_GROUPS_DECISION_H
#define PLAYBUS_ACTORS_HISTORY_GROUPS_DECISION_H

#include "actors/history/groups/neighbours.h"

/* A set of rows that are one play. */
struct set {
    size_t first, count; /* in `order` */
    int64_t play_id;     /* 0: a new one */
    bool lost;           /* rows of this play are in other sets now */
    bool changed;
};

struct decision {
    struct neighbourhood near;
    size_t *order; /* indexes of rows, by set and rank */
    struct set *sets;
    size_t sets_count;
    int64_t *dropped; /* plays that go on in no set */
    size_t dropped_count;
};

static inline struct neighbour *decision_row(const struct decision *d, size_t at)
{
    return d->near.rows[at].owner;
}

/* Matches the rows; links of the core as matched, of the others as stored. Each row's `set` is then
 * its place in `sets`. A play goes on in one set at most, lower numbers first. */
void decision_make(struct decision *d);
void decision_release(struct decision *d);

#endif

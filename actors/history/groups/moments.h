/* SPDX-License-Identifier: MIT
 * moments.h - when persons have rows that an interval could be joined to. */
#ifndef PLAYBUS_ACTORS_HISTORY_GROUPS_MOMENTS_H
#define PLAYBUS_ACTORS_HISTORY_GROUPS_MOMENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* More than matching ever adds to an interval, on either side. */
#define MOMENTS_NEAR_MS (INT64_C(31) * 60 * 1000)

struct moment {
    uint64_t person;
    int64_t at; /* ms */
};

struct moments {
    struct moment *items; /* owned; once sorted by person and time */
    size_t count, capacity;
};

void moments_release(struct moments *m);
void moments_add(struct moments *m, uint64_t person, int64_t at);
void moments_sort(struct moments *m);
/* Is one of the person's within reach of an interval? `m` is sorted. */
bool moments_near(const struct moments *m, uint64_t person, int64_t from, int64_t to);

#endif

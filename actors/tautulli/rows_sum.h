/* SPDX-License-Identifier: MIT
 * rows_sum.h - a checksum over the rows of a range, by which a worker on another machine sees that
 * the file it has found there holds the same rows. It guards against another file, not against a
 * liar. */
#ifndef PLAYBUS_ACTORS_TAUTULLI_ROWS_SUM_H
#define PLAYBUS_ACTORS_TAUTULLI_ROWS_SUM_H

#include "actors/tautulli/source.h"

struct rows_sum {
    uint64_t rows;
    uint64_t sum; /* XXH3 over (id, started, stopped) in order of id, as stored; below 2^53 */
};

/* In one read transaction. DATABASE_DAMAGED, DATABASE_BUSY, TIMEOUT. */
enum err rows_sum(struct source *s, int64_t first_id, int64_t last_id,
                  struct rows_sum *out) NODISCARD;

#endif

/* SPDX-License-Identifier: MIT
 * plan.h - which rows a job has to handle, and where its batches end. Ids are only ever compared
 * and walked: they may be negative, sparse and huge. Each call is one short read transaction. */
#ifndef PLAYBUS_ACTORS_TAUTULLI_PLAN_H
#define PLAYBUS_ACTORS_TAUTULLI_PLAN_H

#include "actors/tautulli/source.h"

struct plan {
    int64_t first_id, last_id; /* inclusive; 0 and -1 when there is no row */
    uint64_t total;            /* rows between them */
    bool partly;               /* pages are damaged: only those that can be reached were counted */
};

/* It stays with the job, also where a mended file then gave all of them. */
#define PLAN_PARTLY_WARNING                                                                      \
    "Pages of this database were damaged when its rows were counted: how many it had could not " \
    "be known, only how many could be reached"

/* On a live file, trailing rows younger than 60 s without metadata are left for the next import.
 * last_id stays below INT64_MAX, so that the checkpoint behind it exists.
 * Where pages are damaged the plan counts by a sound index, else what is reached from either end.
 * DATABASE_DAMAGED, DATABASE_BUSY, TIMEOUT. */
enum err plan_make(struct source *s, int64_t now_ms, struct plan *out) NODISCARD;

/* The next batch: at most max_rows rows with from_id <= id <= last_id. *out_last_id is its last id;
 * it is last_id itself when no row is left behind it (*out_rows may then be 0). A batch ends before
 * damaged pages; the next call is then DATABASE_DAMAGED: no row at or behind its from_id is
 * reached. */
enum err plan_slice(struct source *s, int64_t from_id, int64_t last_id, uint64_t max_rows,
                    int64_t *out_last_id, uint64_t *out_rows) NODISCARD;

#endif

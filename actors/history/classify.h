/* SPDX-License-Identifier: MIT
 * classify.h - what becomes of each row of a batch. */
#ifndef PLAYBUS_ACTORS_HISTORY_CLASSIFY_H
#define PLAYBUS_ACTORS_HISTORY_CLASSIFY_H

#include "actors/history/families.h"
#include "actors/history/fold.h"
#include "actors/history/jobs.h"
#include "actors/history/outcome.h"

/* By position in the batch. */
struct verdicts {
    enum outcome outcome[BATCH_ROWS_MAX];
    int64_t row_no[BATCH_ROWS_MAX];   /* our number of the row; of no meaning in a dry run */
    uint32_t version[BATCH_ROWS_MAX]; /* of its versions, from 1 */
    bool anew[BATCH_ROWS_MAX];        /* known, but something of it is kept that was not */
    bool forgotten[BATCH_ROWS_MAX];   /* kept away: the rest says nothing of it */
    /* rows that are known already, by what they completed and what they say otherwise */
    uint64_t completed[CHANGE_COUNT], changed[CHANGE_COUNT], changed_rows;
};

/* Stores the new rows of store->batch under job->source_no, as number first_no + position, and
 * judges each row: one whose key is known under any of the members is a duplicate, which may
 * complete its play. A dry run stores only the keys. */
enum err classify_store(struct store *s, const struct job *job, const struct members *members,
                        int64_t first_no, struct verdicts *out) NODISCARD;
/* Before it: which rows are of accounts that are kept away. Costs nothing while there are none. */
enum err classify_forgotten(struct store *s, const char *server_id, struct verdicts *out) NODISCARD;

#endif

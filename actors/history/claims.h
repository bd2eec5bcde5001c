/* SPDX-License-Identifier: MIT
 * claims.h - which jobs saw which rows, from their run-lists. A row stays while a job claims it,
 * and so does each version of it. Rows are looked at a window of their numbers at a time, so memory
 * grows neither with the rows nor with the jobs. */
#ifndef PLAYBUS_ACTORS_HISTORY_CLAIMS_H
#define PLAYBUS_ACTORS_HISTORY_CLAIMS_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/base/error.h"

/* That a job saw a row, as this version. */
struct claim {
    int64_t row_no;
    uint64_t order; /* of its transaction among those of all jobs, then of the row in it */
    int64_t job_no;
    uint32_t version;
    double watched_percent; /* the threshold that went with it */
};

/* Where the setting that a batch of an older version was stored with is not known. */
static const double usual_watched_percent = 85;

struct claims;

/* Claims of one job, `job_no`, beside those of all others; `db` outlives it. */
enum err claims_open(sqlite3 *db, int64_t job_no, struct claims **out) NODISCARD;
void claims_close(struct claims **claims);

/* How many rows the job claims, and the highest of them below `below`; 0: none. */
enum err claims_count(struct claims *c, int64_t below, uint64_t *out_rows,
                      int64_t *out_highest) NODISCARD;

/* Goes on reading the claims of the rows next below `below`, until the monotonic clock says
 * `until_ms`; *out_ready if all are known. Asked for another `below`, it begins anew. */
enum err claims_read(struct claims *c, int64_t below, int64_t until_ms, bool *out_ready) NODISCARD;
/* Of the window that was read: the highest row below `below` that the job claims; 0: none is left
 * in it. */
int64_t claims_highest(const struct claims *c, int64_t below);
/* The lowest row of the window. */
int64_t claims_from(const struct claims *c);
/* The first job but this one that claims the row; false if none does. */
bool claims_other(const struct claims *c, int64_t row_no, struct claim *out);
/* Did the other jobs see the row before that one? Unknown of rows beyond the window. */
bool claims_precede(const struct claims *c, int64_t row_no, int64_t other_no);
/* Has the row ever been seen with other content? */
bool claims_versioned(const struct claims *c, int64_t row_no);
/* Of a row that has: the first claim of each of its versions by the other jobs, in order. */
const struct claim *claims_of(const struct claims *c, int64_t row_no, size_t *out_count);

/* The next row below `below` that the job of the claims saw; *out_no 0: there is none, or, with
 * *out_wait, the time is over. `window` is kept from call to call, at first 0. */
enum err claims_next_row(struct claims *claims, int64_t *window, int64_t below, int64_t until_ms,
                         bool *out_wait, int64_t *out_no) NODISCARD;

#endif

/* SPDX-License-Identifier: MIT
 * undo_run.h - what an undo keeps between two steps. Given up, it is read again. */
#ifndef PLAYBUS_ACTORS_HISTORY_UNDO_RUN_H
#define PLAYBUS_ACTORS_HISTORY_UNDO_RUN_H

#include "actors/history/claims.h"
#include "actors/history/undo_rows.h"
#include "actors/history/undo_split.h"

struct undo_run {
    int64_t undo_no; /* the job that undoes */
    int64_t job_no;  /* the one that is undone */
    int64_t window;  /* what claims are read for: rows below; 0: to be looked for */
    struct claims *claims;
    struct undo_rows *rows;
    struct undo_split *split; /* while it counts; else NULL */
};

/* `s` NULL: for the figures beforehand, which write nothing. */
enum err undo_run_open(sqlite3 *db, struct versions *versions, struct store *s, int64_t job_no,
                       struct undo_run **out) NODISCARD;
/* Rows below *below until the time is over or none is left; they are added to the counts. */
enum err undo_run_rows(struct undo_run *run, int64_t until_ms, int64_t *below,
                       uint64_t counts[static UNDONE_COUNT], bool *out_done) NODISCARD;
void undo_run_close(struct undo_run **run);

#endif

/* SPDX-License-Identifier: MIT
 * undo_run.h - what an undo keeps between two steps. Given up, it is read again. */
#ifndef PLAYBUS_ACTORS_HISTORY_UNDO_RUN_H
#define PLAYBUS_ACTORS_HISTORY_UNDO_RUN_H

#include "actors/history/claims.h"
#include "actors/history/undo_rows.h"

struct undo_run {
    int64_t undo_no; /* the job that undoes */
    int64_t job_no;  /* the one that is undone */
    int64_t window;  /* what claims are read for: rows below; 0: to be looked for */
    struct claims *claims;
    struct undo_rows *rows;
};

/* `s` NULL: for the figures beforehand, which write nothing. */
enum err undo_run_open(sqlite3 *db, struct versions *versions, struct store *s, int64_t job_no,
                       struct undo_run **out) NODISCARD;
void undo_run_close(struct undo_run **run);

#endif

/* SPDX-License-Identifier: MIT
 * undo_run.c - opened with the first step, or for the figures beforehand. */
#include "actors/history/undo_run.h"

void undo_run_close(struct undo_run **run)
{
    struct undo_run *r = *run;
    if (r == NULL) {
        return;
    }
    undo_rows_close(&r->rows);
    claims_close(&r->claims);
    void *memory = r;
    free_bytes(&memory);
    *run = NULL;
}

enum err undo_run_open(sqlite3 *db, struct versions *versions, struct store *s, int64_t job_no,
                       struct undo_run **out)
{
    OWNED(undo_run_close) struct undo_run *run = must_alloc(sizeof *run);
    run->job_no = job_no;
    enum err e = claims_open(db, job_no, &run->claims);
    if (e == OK) {
        e = undo_rows_open(db, versions, s, job_no, &run->rows);
    }
    if (e == OK) {
        *out = TAKE(run);
    }
    return e;
}

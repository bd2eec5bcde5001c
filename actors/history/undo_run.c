/* SPDX-License-Identifier: MIT
 * undo_run.c - opened with the first step, or for the figures beforehand. */
#include "actors/history/undo_run.h"

#include "proto/base/clock.h"

void undo_run_close(struct undo_run **run)
{
    struct undo_run *r = *run;
    if (r == NULL) {
        return;
    }
    undo_split_close(&r->split);
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

enum err undo_run_rows(struct undo_run *run, int64_t until_ms, int64_t *below,
                       uint64_t counts[static UNDONE_COUNT], bool *out_done)
{
    bool wait = false;
    int64_t no = 0;
    enum err e = claims_next_row(run->claims, &run->window, *below, until_ms, &wait, &no);
    while (e == OK && no != 0) {
        enum undone what = UNDONE_KEPT;
        e = undo_row(run->rows, run->claims, no, &what);
        counts[what]++;
        *below = no;
        bool over = clock_monotonic_ms() >= until_ms || undo_rows_full(run->rows);
        no = 0;
        if (e == OK && !over) {
            e = claims_next_row(run->claims, &run->window, *below, until_ms, &wait, &no);
        }
        wait = wait || over;
    }
    *out_done = e == OK && !wait;
    return e;
}

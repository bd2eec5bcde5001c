/* SPDX-License-Identifier: MIT
 * own_step.c - what the history's own jobs use; apart from the table that names them. */
#include "actors/history/own_jobs.h"

enum err own_step_count(struct own_step *step, const char *name, uint64_t n)
{
    return n == 0 ? OK
                  : counts_add(step->h->counts, step->h->store, step->job->no, DIMENSION_OWN, name,
                               OUTCOME_DUPLICATE, n);
}

enum err own_jobs_settle(struct history *h, enum operation operation, int64_t but_no)
{
    OWNED(stmt_finalize) sqlite3_stmt *settle = NULL;
    enum err e = db_prepare_with(h->store->db,
                                 "UPDATE jobs SET resumable = 0 WHERE operation = ?1 AND no <> ?2"
                                 " AND resumable",
                                 operation, &settle);
    if (e == OK) {
        stmt_number(settle, 2, but_no);
        e = stmt_run(settle);
    }
    struct active_job *shown = active_job_find(h, operation, NULL);
    if (e == OK && shown != NULL && shown->job.no != but_no) {
        shown->job.resumable = false;
    }
    return e;
}

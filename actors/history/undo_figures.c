/* SPDX-License-Identifier: MIT
 * undo_figures.c - first the rows of the job, then the plays that would come apart. */
#include "actors/history/undo_figures.h"

#include <string.h>

#include "actors/history/undo_run.h"
#include "proto/base/clock.h"

enum { COUNT_MS = 2000 };

struct undo_figures {
    int64_t job_no, seq, undo_no; /* what it is of, and of which moment */
    struct versions *versions;    /* owned */
    struct undo_run *run;         /* owned */
    uint64_t rows;                /* that are to be looked at */
    uint64_t counts[UNDONE_COUNT];
    int64_t below;
    bool rows_done, done;
};

void undo_figures_close(struct undo_figures **figures)
{
    struct undo_figures *f = *figures;
    if (f == NULL) {
        return;
    }
    undo_run_close(&f->run);
    versions_close(&f->versions);
    void *memory = f;
    free_bytes(&memory);
    *figures = NULL;
}

static enum err open_figures(struct reader *r, const struct undo_ask *ask, int64_t seq,
                             struct undo_figures **out)
{
    OWNED(undo_figures_close) struct undo_figures *f = must_alloc(sizeof *f);
    int64_t highest = 0;
    *f = (struct undo_figures){
        .job_no = ask->job->no, .seq = seq, .undo_no = ask->undo_no, .below = ask->below};
    enum err e = versions_open(r->db, &f->versions);
    e = e == OK ? undo_run_open(r->db, f->versions, NULL, f->job_no, &f->run) : e;
    e = e == OK ? claims_count(f->run->claims, ask->below, &f->rows, &highest) : e;
    if (e == OK && ask->split) {
        e = undo_split_open(r->db, f->versions, f->job_no, &f->run->split);
    }
    if (e == OK) {
        *out = TAKE(f);
    }
    return e;
}

static enum err count(struct undo_figures *f, const struct people *people, int64_t until_ms)
{
    enum err e = OK;
    while (e == OK && !f->rows_done && clock_monotonic_ms() < until_ms) {
        e = undo_run_rows(f->run, until_ms, &f->below, f->counts, &f->rows_done);
    }
    while (e == OK && f->rows_done && !f->done && clock_monotonic_ms() < until_ms) {
        f->done = f->run->split == NULL;
        e = f->done ? OK : undo_split_step(f->run->split, people, until_ms, &f->done);
    }
    return e;
}

/* What a half-done undo has counted so far. */
static enum err add_counted(struct reader *r, int64_t undo_no, struct undo_previewed *out)
{
    OWNED(stmt_finalize) sqlite3_stmt *list = NULL;
    uint64_t *const to[] = {&out->removed, &out->kept, &out->restored, &out->split};
    static const char *const keys[] = {"removed", "kept", "restored", "split"};
    enum err e =
        db_prepare_with(r->db, "SELECT key, n FROM job_counts WHERE job_no = ?1 AND dimension = ?2",
                        undo_no, &list);
    stmt_number(list, 2, DIMENSION_OWN);
    bool row = e == OK;
    while (e == OK && row) {
        e = stmt_row(list, &row);
        for (size_t i = 0; e == OK && row && i < COUNT_OF(keys); i++) {
            *to[i] += strcmp(row_text(list, 0), keys[i]) == 0 ? (uint64_t)row_number(list, 1) : 0;
        }
    }
    return e;
}

static void tell(const struct undo_figures *f, struct undo_previewed *out)
{
    uint64_t looked_at = 0;
    for (size_t i = 0; i < UNDONE_COUNT; i++) {
        looked_at += f->counts[i];
    }
    out->removed = f->counts[UNDONE_REMOVED];
    out->kept = f->counts[UNDONE_KEPT];
    out->restored = f->counts[UNDONE_RESTORED];
    out->split = f->run->split != NULL ? undo_split_count(f->run->split) : 0;
    if (!f->done) {
        PUT(out, counting, true);
        PUT(out, looked_at, looked_at);
        PUT(out, rows, f->rows);
    }
}

enum err undo_figures_count(struct reader *r, const struct undo_ask *ask,
                            struct undo_figures **kept, struct undo_previewed *out)
{
    int64_t until_ms = clock_monotonic_ms() + COUNT_MS;
    int64_t seq = 0;
    enum err e = db_number(r->db, "SELECT max(seq) FROM jobs", 0, &seq);
    const struct undo_figures *f = *kept;
    if (f != NULL && (f->job_no != ask->job->no || f->undo_no != ask->undo_no || f->seq != seq)) {
        undo_figures_close(kept);
    }
    if (e == OK && *kept == NULL) {
        e = open_figures(r, ask, seq, kept);
    }
    e = e == OK ? count(*kept, r->people, until_ms) : e;
    if (e == OK) {
        tell(*kept, out);
        e = ask->undo_no != 0 ? add_counted(r, ask->undo_no, out) : OK;
    }
    if (e != OK || (*kept)->done) {
        undo_figures_close(kept);
    }
    return e;
}

/* SPDX-License-Identifier: MIT
 * claims.c - the run-lists of all jobs, decoded into a window: per row one bit for the job itself
 * and the first claim of the others; of the few rows that have versions all claims. Where these are
 * too many the window is halved. */
#include "actors/history/claims.h"

#include <stdlib.h>
#include <string.h>

#include "actors/history/runs.h"
#include "proto/base/clock.h"
#include "proto/store/sqlite.h"

enum {
    WINDOW_ROWS = 1 << 15,
    CLAIMS_MAX = 1 << 18,
    BATCHES_BETWEEN_CHECKS = 16,
    ORDER_ROWS_BITS = 20 /* rows of one transaction, within the order */
};

struct row_claims {
    uint64_t order; /* of the first claim by another job, plus 1; 0: there is none */
    int64_t job_no;
    float watched_percent;
    bool mine, versioned, rebased;
};

struct claims {
    sqlite3 *db;
    int64_t job_no;
    sqlite3_stmt *batches, *own_batches, *versioned, *rebased, *rebase; /* owned */
    struct row_claims *rows; /* owned; of the window; NULL before the first */
    int64_t from, below;     /* the window; empty: nothing was read */
    int64_t width;
    struct claim *list; /* owned; of rows that have versions */
    size_t count;
    /* how far reading is */
    int64_t at_job, at_first;
    bool ready;
};

/* A job that is half undone claims nothing any more of the rows it has come past. */
static const char all_batches[] =
    "SELECT b.job_no, b.first_id, b.runs, coalesce(b.order_no, 0), b.watched_percent,"
    " coalesce(u.below, 9223372036854775807)"
    " FROM job_batches b LEFT JOIN job_undos u ON u.job_no = b.job_no"
    " WHERE (b.job_no, b.first_id) > (?1, ?2) ORDER BY b.job_no, b.first_id";

enum err claims_open(sqlite3 *db, int64_t job_no, struct claims **out)
{
    OWNED(claims_close) struct claims *c = must_alloc(sizeof *c);
    c->db = db;
    c->job_no = job_no;
    c->width = WINDOW_ROWS;
    enum err e = db_prepare(db, all_batches, &c->batches);
    if (e == OK) {
        e = db_prepare(db, "SELECT runs FROM job_batches WHERE job_no = ?1", &c->own_batches);
    }
    if (e == OK) {
        e = db_prepare(
            db, "SELECT DISTINCT row_no FROM row_versions WHERE row_no >= ?1 AND row_no < ?2",
            &c->versioned);
    }
    if (e == OK) {
        e = db_prepare(db,
                       "SELECT DISTINCT row_no FROM row_rebases WHERE row_no >= ?1 AND row_no < ?2",
                       &c->rebased);
    }
    if (e == OK) {
        e = db_prepare(db,
                       "SELECT version FROM row_rebases WHERE row_no = ?1 AND before_no > ?2"
                       " ORDER BY before_no LIMIT 1",
                       &c->rebase);
    }
    if (e == OK) {
        *out = TAKE(c);
    }
    return e;
}

void claims_close(struct claims **claims)
{
    struct claims *c = *claims;
    if (c == NULL) {
        return;
    }
    stmt_finalize(&c->batches);
    stmt_finalize(&c->own_batches);
    stmt_finalize(&c->versioned);
    stmt_finalize(&c->rebased);
    stmt_finalize(&c->rebase);
    void *memory[] = {c->rows, c->list, c};
    for (size_t i = 0; i < COUNT_OF(memory); i++) {
        free_bytes(&memory[i]);
    }
    *claims = NULL;
}

enum err claims_count(struct claims *c, int64_t below, uint64_t *out_rows, int64_t *out_highest)
{
    OWNED(stmt_reset) sqlite3_stmt *list = c->own_batches;
    bool row = true;
    enum err e = OK;
    *out_rows = 0;
    *out_highest = 0;
    stmt_number(list, 1, c->job_no);
    while (e == OK && row) {
        size_t at = 0;
        int64_t end = 0;
        struct run run;
        e = stmt_row(list, &row);
        while (e == OK && row && runs_next(row_bytes(list, 0), &at, &end, &run)) {
            int64_t last = end - 1 < below - 1 ? end - 1 : below - 1;
            *out_rows += run.length;
            *out_highest = run.first_no < below && last > *out_highest ? last : *out_highest;
        }
    }
    return e;
}

/* ---- reading a window ---- */

/* Rows of the window that have versions, or whose first one is another than it was. */
static enum err mark_rows(struct claims *c, sqlite3_stmt *list)
{
    OWNED(stmt_reset) sqlite3_stmt *find = list;
    stmt_number(find, 1, c->from);
    stmt_number(find, 2, c->below);
    bool row = true;
    enum err e = OK;
    while (e == OK && row) {
        e = stmt_row(find, &row);
        if (e == OK && row) {
            struct row_claims *of = &c->rows[row_number(find, 0) - c->from];
            of->versioned = of->versioned || list == c->versioned;
            of->rebased = of->rebased || list == c->rebased;
        }
    }
    return e;
}

static enum err begin_window(struct claims *c, int64_t below)
{
    if (c->rows == NULL) {
        c->rows = must_alloc(WINDOW_ROWS * sizeof *c->rows);
        c->list = must_alloc(CLAIMS_MAX * sizeof *c->list);
    }
    c->below = below;
    c->from = below > c->width ? below - c->width : 1;
    c->count = 0;
    c->at_job = c->at_first = INT64_MIN;
    c->ready = false;
    memset(c->rows, 0, WINDOW_ROWS * sizeof *c->rows);
    enum err e = mark_rows(c, c->versioned);
    return e == OK ? mark_rows(c, c->rebased) : e;
}

static int compare(const void *a, const void *b)
{
    const struct claim *x = a;
    const struct claim *y = b;
    if (x->row_no != y->row_no) {
        return x->row_no < y->row_no ? -1 : 1;
    }
    return x->order != y->order ? (x->order < y->order ? -1 : 1)
                                : (x->version > y->version) - (x->version < y->version);
}

/* Of each version of a row its first claim; few rows have more than two versions. */
static void keep_first_claims(struct claims *c)
{
    qsort(c->list, c->count, sizeof *c->list, compare);
    size_t kept = 0;
    for (size_t i = 0; i < c->count; i++) {
        size_t k = kept;
        while (k > 0 && c->list[k - 1].row_no == c->list[i].row_no &&
               c->list[k - 1].version != c->list[i].version) {
            k--;
        }
        if (k == 0 || c->list[k - 1].row_no != c->list[i].row_no) {
            c->list[kept++] = c->list[i];
        }
    }
    c->count = kept;
}

/* What a transaction called the first version may be another one by now. */
static uint32_t version_of(struct claims *c, const struct row_claims *row,
                           const struct claim *claim)
{
    if (!row->rebased || claim->version != 1) {
        return claim->version;
    }
    OWNED(stmt_reset) sqlite3_stmt *find = c->rebase;
    bool found = false;
    stmt_number(find, 1, claim->row_no);
    stmt_number(find, 2, (int64_t)(claim->order >> ORDER_ROWS_BITS));
    return stmt_row(find, &found) == OK && found ? (uint32_t)row_number(find, 0) : 1;
}

/* False: there is no room, the window has to be smaller. */
static bool take_claim(struct claims *c, const struct claim *claim)
{
    struct row_claims *row = &c->rows[claim->row_no - c->from];
    if (claim->job_no == c->job_no) {
        row->mine = true;
        return true;
    }
    if (row->order == 0 || claim->order + 1 < row->order) {
        row->order = claim->order + 1;
        row->job_no = claim->job_no;
        row->watched_percent = (float)claim->watched_percent;
    }
    if (row->versioned) {
        if (c->count == CLAIMS_MAX) {
            keep_first_claims(c);
        }
        if (c->count == CLAIMS_MAX) {
            return false;
        }
        c->list[c->count] = *claim;
        c->list[c->count++].version = version_of(c, row, claim);
    }
    return true;
}

static bool take_batch(struct claims *c, sqlite3_stmt *batch)
{
    struct claim claim = {.job_no = row_number(batch, 0),
                          .order = (uint64_t)row_number(batch, 3) << ORDER_ROWS_BITS,
                          .watched_percent = row_is_null(batch, 4)
                                                 ? usual_watched_percent
                                                 : sqlite3_column_double(batch, 4)};
    if (row_number(batch, 3) == 0) { /* of an older version: in the order of the jobs */
        claim.order = (uint64_t)claim.job_no;
    }
    int64_t below = row_number(batch, 5) < c->below ? row_number(batch, 5) : c->below;
    size_t at = 0;
    int64_t end = 0;
    struct run run;
    bool fits = true;
    while (fits && runs_next(row_bytes(batch, 2), &at, &end, &run)) {
        int64_t first = run.first_no > c->from ? run.first_no : c->from;
        int64_t last = end < below ? end : below;
        claim.version = (uint32_t)run.version;
        for (int64_t no = first; fits && no < last; no++) {
            claim.row_no = no;
            fits = take_claim(c, &claim);
            claim.order += row_number(batch, 3) != 0;
        }
    }
    return fits;
}

enum err claims_read(struct claims *c, int64_t below, int64_t until_ms, bool *out_ready)
{
    enum err e = c->below != below ? begin_window(c, below) : OK;
    OWNED(stmt_reset) sqlite3_stmt *list = c->batches;
    bool row = !c->ready;
    stmt_number(list, 1, c->at_job);
    stmt_number(list, 2, c->at_first);
    for (unsigned n = 1; e == OK && row; n++) {
        e = stmt_row(list, &row);
        if (e == OK && row && !take_batch(c, list)) {
            c->width /= 2;
            c->below = 0; /* anew, smaller */
            *out_ready = false;
            return OK;
        }
        if (e == OK && row) {
            c->at_job = row_number(list, 0);
            c->at_first = row_number(list, 1);
        }
        if (row && n % BATCHES_BETWEEN_CHECKS == 0 && clock_monotonic_ms() >= until_ms) {
            *out_ready = false;
            return e;
        }
    }
    if (e == OK && !c->ready) {
        keep_first_claims(c);
        c->ready = true;
    }
    *out_ready = c->ready;
    return e;
}

/* ---- what was read ---- */

int64_t claims_from(const struct claims *c)
{
    return c->from;
}

int64_t claims_highest(const struct claims *c, int64_t below)
{
    int64_t no = (below < c->below ? below : c->below) - 1;
    while (no >= c->from && !c->rows[no - c->from].mine) {
        no--;
    }
    return no >= c->from ? no : 0;
}

bool claims_other(const struct claims *c, int64_t row_no, struct claim *out)
{
    const struct row_claims *row = &c->rows[row_no - c->from];
    *out = (struct claim){.row_no = row_no,
                          .order = row->order,
                          .job_no = row->job_no,
                          .watched_percent = row->watched_percent};
    return row->order != 0;
}

bool claims_precede(const struct claims *c, int64_t row_no, int64_t other_no)
{
    return other_no >= c->from && other_no < c->below &&
           c->rows[row_no - c->from].order < c->rows[other_no - c->from].order;
}

bool claims_versioned(const struct claims *c, int64_t row_no)
{
    return c->rows[row_no - c->from].versioned;
}

const struct claim *claims_of(const struct claims *c, int64_t row_no, size_t *out_count)
{
    size_t low = 0;
    size_t high = c->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (c->list[middle].row_no < row_no) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    size_t end = low;
    while (end < c->count && c->list[end].row_no == row_no) {
        end++;
    }
    *out_count = end - low;
    return &c->list[low];
}

enum err claims_next_row(struct claims *claims, int64_t *window, int64_t below, int64_t until_ms,
                         bool *out_wait, int64_t *out_no)
{
    enum err e = OK;
    *out_no = 0;
    *out_wait = false;
    while (e == OK && *out_no == 0 && !*out_wait) {
        uint64_t rows = 0;
        int64_t highest = 0;
        bool ready = false;
        if (*window == 0) {
            e = claims_count(claims, below, &rows, &highest);
            if (e != OK || highest == 0) {
                return e;
            }
            *window = highest + 1;
        }
        e = claims_read(claims, *window, until_ms, &ready);
        *out_wait = !ready && clock_monotonic_ms() >= until_ms;
        if (e == OK && ready) {
            *out_no = claims_highest(claims, below);
            *window = *out_no != 0 ? *window : 0;
            below = *out_no != 0 ? below : claims_from(claims);
        }
    }
    return e;
}

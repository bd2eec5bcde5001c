/* SPDX-License-Identifier: MIT
 * classify.c - new, duplicate or updated.
 *
 * A fresh import stores a batch with one statement and is done: as many plays as rows. Where the
 * source already has plays in the batch's range, rows whose key is known are set aside first. Rows
 * that the one statement then left out are duplicates by content: the same play twice in the
 * source, kept by their key alone. */
#include "actors/history/classify.h"

#include <string.h>

#include "actors/history/versions.h"

struct known_rows {
    bool known[BATCH_ROWS_MAX];
    bool changed[BATCH_ROWS_MAX];    /* known, and says something else than its first version */
    int64_t twin_of[BATCH_ROWS_MAX]; /* unknown, and a play of another member says the same; or 0 */
};

static enum err range_known(struct store *s, int64_t source_no, bool *out)
{
    OWNED(stmt_reset) sqlite3_stmt *find = s->stmts[STMT_RANGE_KNOWN];
    stmt_number(find, 1, source_no);
    stmt_number(find, 2, s->batch->batch->first_id);
    stmt_number(find, 3, s->batch->batch->last_id);
    bool row = false;
    enum err e = stmt_row(find, &row);
    *out = e == OK && row && row_number(find, 0) != 0;
    return e;
}

/* Files of several members may repeat a play under another id, in any range. */
static enum err look_closer(struct store *s, const struct members *members, bool *out)
{
    *out = members->count > 1;
    return members->count == 1 ? range_known(s, members->no[0], out) : OK;
}

static enum err find_known(struct store *s, int64_t source_no, bool twins, struct known_rows *k,
                           struct verdicts *out)
{
    OWNED(stmt_reset) sqlite3_stmt *find = s->stmts[twins ? STMT_BATCH_TWINS : STMT_BATCH_KNOWN];
    stmt_number(find, 1, source_no);
    bool row = true;
    enum err e = OK;
    while (e == OK && row) {
        e = stmt_row(find, &row);
        if (e != OK || !row) {
            return e;
        }
        size_t at = (size_t)row_number(find, 0);
        if (k->known[at]) {
            continue;
        }
        bool has_play = !row_is_null(find, 1);
        k->known[at] = has_play || !row_is_null(find, 3);
        k->changed[at] = has_play && row_number(find, 2) != 0;
        k->twin_of[at] = k->twin_of[at] == 0 && twins ? row_number(find, 4) : k->twin_of[at];
        out->row_no[at] = row_number(find, has_play ? 1 : 3);
        out->outcome[at] = OUTCOME_DUPLICATE;
    }
    return e;
}

static enum err note_twin(struct store *s, const struct job *job, size_t at, int64_t play_id,
                          int64_t row_no)
{
    if (job->dry_run) {
        return OK;
    }
    sqlite3_stmt *put = s->stmts[STMT_SOURCE_ROW_INSERT];
    stmt_number(put, 1, row_no);
    stmt_number(put, 2, play_id);
    stmt_number(put, 3, job->source_no);
    stmt_number(put, 4, s->batch->native_id[at]);
    stmt_number(put, 5, s->batch->started_at[at]);
    stmt_number(put, 6, job->no);
    stmt_number(put, 7, OUTCOME_DUPLICATE);
    return stmt_run(put);
}

/* Sets aside rows whose key is known; those whose content changed may complete their play. */
static enum err set_known_aside(struct store *s, const struct job *job,
                                const struct members *members, int64_t first_no,
                                struct verdicts *out)
{
    struct known_rows k = {0};
    enum err e = OK;
    for (size_t i = 0; e == OK && i < members->count; i++) {
        e = find_known(s, members->no[i], members->count > 1, &k, out);
    }
    if (e == OK && memchr(k.changed, true, s->batch->count) != NULL) {
        e = versions_take(s, job, k.changed, out);
    }
    for (size_t i = 0; e == OK && i < s->batch->count; i++) {
        if (!k.known[i] && k.twin_of[i] != 0) {
            k.known[i] = true;
            out->outcome[i] = OUTCOME_DUPLICATE;
            out->row_no[i] = first_no + (int64_t)i;
            e = note_twin(s, job, i, k.twin_of[i], out->row_no[i]);
        }
    }
    memcpy(s->batch->skip, k.known, sizeof k.known);
    return e;
}

static enum err store_rows(struct store *s, const struct job *job, int64_t first_no,
                           size_t *out_stored)
{
    sqlite3_stmt *put = s->stmts[job->dry_run ? STMT_BATCH_DRY : STMT_BATCH_STORE];
    stmt_number(put, 1, job->dry_run ? job->no : job->source_no);
    stmt_number(put, 2, job->dry_run ? job->source_no : job->no);
    if (!job->dry_run) {
        stmt_number(put, 3, first_no);
    }
    enum err e = stmt_run(put);
    if (e == OK) {
        *out_stored = (size_t)sqlite3_changes(s->db);
    }
    return e;
}

/* The row was left out: a stored play has the same start and content. */
static enum err note_left_out(struct store *s, const struct job *job, size_t at, int64_t row_no)
{
    OWNED(stmt_reset) sqlite3_stmt *find = s->stmts[STMT_PLAY_BY_CONTENT];
    stmt_number(find, 1, s->batch->started_at[at]);
    stmt_number(find, 2, s->batch->content_hash[at]);
    stmt_number(find, 3, job->source_no);
    bool row = false;
    enum err e = stmt_row(find, &row);
    return e == OK && row ? note_twin(s, job, at, row_number(find, 0), row_no) : e;
}

/* Which of the rows not set aside were stored, by reading back what was. */
static enum err mark_left_out(struct store *s, const struct job *job, int64_t first_no,
                              struct verdicts *out)
{
    OWNED(stmt_reset)
    sqlite3_stmt *find = s->stmts[job->dry_run ? STMT_BATCH_DRY_STORED : STMT_BATCH_STORED];
    stmt_number(find, 1, job->dry_run ? job->no : first_no);
    if (job->dry_run) {
        stmt_number(find, 2, s->batch->batch->first_id);
        stmt_number(find, 3, s->batch->batch->last_id);
    }
    bool row = false;
    enum err e = stmt_row(find, &row);
    for (size_t i = 0; e == OK && i < s->batch->count; i++) {
        if (s->batch->skip[i]) {
            continue;
        }
        int64_t expected = job->dry_run ? s->batch->native_id[i] : first_no + (int64_t)i;
        bool stored = row && row_number(find, 0) == expected;
        out->outcome[i] = stored ? OUTCOME_NEW : OUTCOME_DUPLICATE;
        e = stored ? stmt_row(find, &row) : OK;
        if (e == OK && !stored && !job->dry_run) {
            e = note_left_out(s, job, i, first_no + (int64_t)i);
        }
    }
    return e;
}

enum err classify_store(struct store *s, const struct job *job, const struct members *members,
                        int64_t first_no, struct verdicts *out)
{
    bool known = false;
    size_t stored = 0;
    for (size_t i = 0; i < BATCH_ROWS_MAX; i++) {
        out->version[i] = 1;
    }
    enum err e = look_closer(s, members, &known);
    if (e == OK && known) {
        e = set_known_aside(s, job, members, first_no, out);
    }
    bool all_known = known && memchr(s->batch->skip, false, s->batch->count) == NULL;
    if (e == OK && !all_known) {
        e = store_rows(s, job, first_no, &stored);
    }
    if (e != OK) {
        return e;
    }
    size_t tried = 0;
    for (size_t i = 0; i < s->batch->count; i++) {
        if (!s->batch->skip[i]) {
            tried++;
            out->outcome[i] = OUTCOME_NEW;
            out->row_no[i] = first_no + (int64_t)i;
        }
    }
    return stored == tried ? OK : mark_left_out(s, job, first_no, out);
}

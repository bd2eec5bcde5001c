/* SPDX-License-Identifier: MIT
 * classify.c - new, duplicate or updated.
 *
 * A fresh import stores a batch with one statement and is done: as many plays as rows. Where the
 * source already has plays in the batch's range, rows whose key is known are set aside first. Rows
 * that the one statement then left out are duplicates by content: the same play twice in the
 * source. */
#include "actors/history/classify.h"

#include <string.h>

#include "actors/history/completion.h"

static enum err range_known(struct store *s, const struct job *job, bool *out)
{
    OWNED(stmt_reset) sqlite3_stmt *find = s->stmts[STMT_RANGE_KNOWN];
    *out = false;
    if (job->source_no == 0) {
        return OK;
    }
    stmt_number(find, 1, job->source_no);
    stmt_number(find, 2, s->batch->batch->first_id);
    stmt_number(find, 3, s->batch->batch->last_id);
    bool row = false;
    enum err e = stmt_row(find, &row);
    *out = e == OK && row && row_number(find, 0) != 0;
    return e;
}

/* Sets aside rows whose key is known; those whose content changed may complete the stored play. */
static enum err set_known_aside(struct store *s, const struct job *job, enum outcome *outcomes)
{
    OWNED(stmt_reset) sqlite3_stmt *find = s->stmts[STMT_BATCH_KNOWN];
    bool changed[BATCH_ROWS_MAX] = {false};
    bool known[BATCH_ROWS_MAX] = {false};
    size_t changed_count = 0;
    stmt_number(find, 1, job->source_no);
    bool row = true;
    enum err e = OK;
    while (e == OK && row) {
        e = stmt_row(find, &row);
        if (e != OK || !row) {
            break;
        }
        size_t at = (size_t)row_number(find, 0);
        known[at] = !row_is_null(find, 1) || !row_is_null(find, 3);
        changed[at] = !row_is_null(find, 1) && row_number(find, 1) != row_number(find, 2);
        changed_count += changed[at];
        outcomes[at] = known[at] ? OUTCOME_DUPLICATE : OUTCOME_NEW;
    }
    if (e == OK && changed_count > 0) {
        sqlite3_reset(find);
        for (size_t i = 0; i < s->batch->count; i++) {
            s->batch->skip[i] = !changed[i];
        }
        e = completion_run(s, job, outcomes);
    }
    memcpy(s->batch->skip, known, sizeof known);
    return e;
}

static bool all_set_aside(const struct store *s)
{
    return memchr(s->batch->skip, 0, s->batch->count) == NULL;
}

static enum err store_rows(struct store *s, const struct job *job, int64_t *out_before,
                           size_t *out_stored)
{
    sqlite3_stmt *put = s->stmts[job->dry_run ? STMT_BATCH_DRY : STMT_BATCH_STORE];
    int64_t before = 0;
    enum err e = OK;
    if (!job->dry_run) {
        e = db_number(s->db, "SELECT max(id) FROM plays", 0, &before);
    }
    if (e != OK) {
        return e;
    }
    stmt_number(put, 1, job->dry_run ? job->no : job->source_no);
    stmt_number(put, 2, job->dry_run ? job->source_no : job->no);
    e = stmt_run(put);
    if (e == OK) {
        *out_before = before;
        *out_stored = (size_t)sqlite3_changes(s->db);
    }
    return e;
}

/* A row that was left out is a duplicate of a stored play with the same start and content. */
static enum err note_twin(struct store *s, const struct job *job, size_t at)
{
    OWNED(stmt_reset) sqlite3_stmt *find = s->stmts[STMT_PLAY_BY_CONTENT];
    stmt_number(find, 1, s->batch->started_at[at]);
    stmt_number(find, 2, s->batch->content_hash[at]);
    stmt_number(find, 3, job->source_no);
    bool row = false;
    enum err e = stmt_row(find, &row);
    if (e != OK || !row) {
        return e;
    }
    sqlite3_stmt *put = s->stmts[STMT_SOURCE_ROW_INSERT];
    stmt_number(put, 1, row_number(find, 0));
    stmt_number(put, 2, job->source_no);
    stmt_number(put, 3, s->batch->native_id[at]);
    stmt_number(put, 4, s->batch->started_at[at]);
    stmt_number(put, 5, job->no);
    stmt_number(put, 6, OUTCOME_DUPLICATE);
    return stmt_run(put);
}

/* Which of the rows not set aside were stored, by reading back what was. */
static enum err mark_left_out(struct store *s, const struct job *job, int64_t before,
                              enum outcome *outcomes)
{
    sqlite3_stmt *find = s->stmts[job->dry_run ? STMT_BATCH_DRY_STORED : STMT_BATCH_STORED];
    stmt_number(find, 1, job->dry_run ? job->no : before);
    if (job->dry_run) {
        stmt_number(find, 2, s->batch->batch->first_id);
        stmt_number(find, 3, s->batch->batch->last_id);
    }
    OWNED(stmt_reset) sqlite3_stmt *reading = find;
    bool row = false;
    enum err e = stmt_row(reading, &row);
    for (size_t i = 0; e == OK && i < s->batch->count; i++) {
        if (s->batch->skip[i]) {
            continue;
        }
        bool stored = row && row_number(reading, 0) == s->batch->native_id[i];
        outcomes[i] = stored ? OUTCOME_NEW : OUTCOME_DUPLICATE;
        if (stored) {
            e = stmt_row(reading, &row);
        } else if (!job->dry_run) {
            e = note_twin(s, job, i);
        }
    }
    return e;
}

enum err classify_store(struct store *s, const struct job *job, enum outcome *outcomes)
{
    bool known = false;
    int64_t before = 0;
    size_t stored = 0;
    enum err e = range_known(s, job, &known);
    if (e == OK && known) {
        e = set_known_aside(s, job, outcomes);
    }
    if (e == OK && !(known && all_set_aside(s))) {
        e = store_rows(s, job, &before, &stored);
    }
    if (e != OK) {
        return e;
    }
    size_t tried = 0;
    for (size_t i = 0; i < s->batch->count; i++) {
        tried += !s->batch->skip[i];
        if (!s->batch->skip[i]) {
            outcomes[i] = OUTCOME_NEW;
        }
    }
    return stored == tried ? OK : mark_left_out(s, job, before, outcomes);
}

/* SPDX-License-Identifier: MIT
 * completion.c - filling what was unknown, never changing what was known. What is filled is kept as
 * (play, job, column, old, new), so that a job can be undone. */
#include "actors/history/completion.h"

#include <string.h>

/* The first three decide whether a play is completed; the others go with them. */
static const char *const filled[] = {"stopped_at", "duration_ms",      "user",    "played_s",
                                     "paused_s",   "percent_complete", "watched", "time_quality"};
enum { DECIDING = 3, AT_STOPPED = 0, AT_PERCENT = 5, AT_WATCHED = 6, AT_QUALITY = 7 };

/* Row position, play, then of each column the stored and the new value. CROSS JOIN: the batch is
 * the outer loop, since it can only be read from its first row to its last. */
static enum err prepare_pairs(struct store *s, const struct job *job, sqlite3_stmt **out)
{
    sqlite3_str *text = sqlite3_str_new(NULL);
    sqlite3_str_appendall(text, "SELECT b.rowid, p.id");
    for (size_t i = 0; i < COUNT_OF(filled); i++) {
        sqlite3_str_appendf(text, ", p.%s, b.%s", filled[i], filled[i]);
    }
    sqlite3_str_appendall(text, " FROM batch b CROSS JOIN plays p ON p.source_id = ?1"
                                " AND p.native_id = b.native_id AND p.started_at = b.started_at");
    OWNED(db_free) char *sql = sqlite3_str_finish(text);
    enum err e = db_prepare(s->db, sql, out);
    if (e == OK) {
        stmt_number(*out, 1, job->source_no);
    }
    return e;
}

static bool fills(sqlite3_stmt *pair, size_t column)
{
    int at = 2 + 2 * (int)column;
    if (column == AT_WATCHED || column == AT_QUALITY) { /* never null: they follow another */
        return fills(pair, column == AT_WATCHED ? AT_PERCENT : AT_STOPPED) &&
               row_number(pair, at) != row_number(pair, at + 1);
    }
    return row_is_null(pair, at) && !row_is_null(pair, at + 1);
}

static enum err fill_column(struct store *s, const struct job *job, sqlite3_stmt *pair,
                            size_t column)
{
    int at = 2 + 2 * (int)column;
    OWNED(db_free)
    char *sql = sqlite3_mprintf("UPDATE plays SET %s = ?1 WHERE id = ?2", filled[column]);
    OWNED(stmt_finalize) sqlite3_stmt *update = NULL;
    enum err e = db_prepare(s->db, sql, &update);
    if (e != OK) {
        return e;
    }
    sqlite3_bind_value(update, 1, sqlite3_column_value(pair, at + 1));
    stmt_number(update, 2, row_number(pair, 1));
    e = stmt_run(update);
    if (e != OK) {
        return e;
    }
    sqlite3_stmt *change = s->stmts[STMT_CHANGE_INSERT];
    stmt_number(change, 1, row_number(pair, 1));
    stmt_number(change, 2, job->no);
    stmt_text(change, 3, filled[column]);
    sqlite3_bind_value(change, 4, sqlite3_column_value(pair, at));
    sqlite3_bind_value(change, 5, sqlite3_column_value(pair, at + 1));
    return stmt_run(change);
}

static enum err complete_play(struct store *s, const struct job *job, sqlite3_stmt *pair,
                              enum outcome *out)
{
    bool lacking = false;
    for (size_t i = 0; i < DECIDING; i++) {
        lacking = lacking || fills(pair, i);
    }
    enum err e = OK;
    for (size_t i = 0; e == OK && lacking && !job->dry_run && i < COUNT_OF(filled); i++) {
        if (fills(pair, i)) {
            e = fill_column(s, job, pair, i);
        }
    }
    if (e == OK && lacking) {
        *out = OUTCOME_UPDATED;
    }
    return e;
}

enum err completion_run(struct store *s, const struct job *job, enum outcome *outcomes)
{
    OWNED(stmt_finalize) sqlite3_stmt *pair = NULL;
    enum err e = prepare_pairs(s, job, &pair);
    bool row = true;
    while (e == OK && row) {
        e = stmt_row(pair, &row);
        if (e == OK && row) {
            e = complete_play(s, job, pair, &outcomes[row_number(pair, 0)]);
        }
    }
    return e;
}

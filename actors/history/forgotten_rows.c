/* SPDX-License-Identifier: MIT
 * forgotten_rows.c - a look at the user of each row, and only while anybody is kept away at all. */
#include "actors/history/forgotten_rows.h"

#include <string.h>

enum err forgotten_server(struct store *s, const struct job *job, struct arena *arena,
                          const char **out)
{
    OWNED(stmt_finalize) sqlite3_stmt *find = NULL;
    enum err e = db_prepare_with(s->db,
                                 "SELECT coalesce((SELECT server_id FROM sources WHERE no = ?1),"
                                 " (SELECT server_id FROM dry_servers WHERE job_no = ?2))",
                                 job->source_no, &find);
    bool row = false;
    stmt_number(find, 2, job->no);
    e = e == OK ? stmt_row(find, &row) : e;
    *out = e == OK && row ? arena_keep(arena, row_text(find, 0)) : NULL;
    return e;
}

/* Without a server only what is of plex.tv is known. */
static bool is_forgotten(const struct people *p, const char *server_id, const char *user_id)
{
    return people_forgot(p, server_id != NULL ? server_id : "", user_id);
}

enum err forgotten_rows_mark(struct store *s, const char *server_id, bool *out_forgotten)
{
    OWNED(stmt_finalize) sqlite3_stmt *rows = NULL;
    enum err e = db_prepare(s->db, "SELECT rowid, user_id FROM batch", &rows);
    bool row = e == OK;
    while (e == OK && row) {
        e = stmt_row(rows, &row);
        if (e == OK && row) {
            out_forgotten[row_number(rows, 0)] =
                is_forgotten(s->people, server_id, row_text(rows, 1));
        }
    }
    return e;
}

/* "session_history.user_id" ends with "user_id". */
static bool is_column(const char *column, const char *name)
{
    const char *dot = strrchr(column, '.');
    return strcmp(dot != NULL ? dot + 1 : column, name) == 0;
}

static bool is_one_of(const char *text, const char *const *names)
{
    for (; names != NULL && *names != NULL; names++) {
        if (strcmp(text, *names) == 0) {
            return true;
        }
    }
    return false;
}

bool forgotten_raw(const struct people *p, const char *server_id, const char *const *names,
                   const struct raw_cell *raw, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *text = raw[i].text;
        if (text == NULL) {
            continue;
        }
        if ((is_column(raw[i].column, "user_id") || is_column(raw[i].column, "accountID")) &&
            is_forgotten(p, server_id, text)) {
            return true;
        }
        if (is_column(raw[i].column, "user") && is_one_of(text, names)) {
            return true;
        }
    }
    return false;
}

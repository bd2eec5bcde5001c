/* SPDX-License-Identifier: MIT
 * forgotten_rows.c - a look at the user of each row, and only while anybody is kept away at all. */
#include "actors/history/forgotten_rows.h"

#include <string.h>

#include "actors/history/note_contents.h"

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

bool forgotten_raw(const struct people *p, const char *server_id, const struct raw_cell *raw,
                   size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *text = raw[i].text;
        bool is_id = is_column(raw[i].column, "user_id") || is_column(raw[i].column, "accountID");
        bool is_name = is_column(raw[i].column, "user");
        if (text != NULL &&
            ((is_id && is_forgotten(p, server_id, text)) ||
             (is_name && server_id != NULL && people_forgot_name(p, server_id, text)))) {
            return true;
        }
    }
    return false;
}

enum err forgotten_content(sqlite3 *db, const struct people *p, int64_t content,
                           struct bytes packed, bool *out)
{
    OWNED(arena_destroy) struct arena *arena = arena_new();
    OWNED(stmt_finalize) sqlite3_stmt *servers = NULL;
    struct note_view note;
    enum err e = note_content_read(packed, arena, &note);
    e = e == OK ? db_prepare_with(db,
                                  "SELECT DISTINCT coalesce(s.server_id, d.server_id, j.server_id)"
                                  " FROM notes n JOIN jobs j ON j.no = n.job_no"
                                  " LEFT JOIN sources s ON s.no = j.source_no"
                                  " LEFT JOIN dry_servers d ON d.job_no = j.no"
                                  " WHERE n.content = ?1",
                                  content, &servers)
                : e;
    bool row = e == OK;
    *out = false;
    while (e == OK && row && !*out) {
        e = stmt_row(servers, &row);
        *out = e == OK && row && forgotten_raw(p, row_text(servers, 0), note.raw, note.raw_count);
    }
    return e;
}

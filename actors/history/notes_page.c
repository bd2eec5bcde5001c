/* SPDX-License-Identifier: MIT
 * notes_page.c - rejected and repaired rows of a job, each with the raw row as the source holds it.
 */
#include <string.h>

#include "actors/history/columns.h"
#include "actors/history/cursor.h"
#include "actors/history/note_contents.h"
#include "actors/history/query.h"
#include "actors/shared/search.h"
#include "proto/base/clock.h"
#include "proto/wire/codec.h"

enum { READ_MS = 1000 };

/* Of no job in particular: the import that was last active, which a resume makes of an older one.
 */
static enum err find_job(struct reader *r, const char *job_id, int64_t *out_no)
{
    OWNED(job_release) struct job job = {0};
    enum err e = job_id != NULL ? query_find_job(r, job_id, &job)
                                : job_find(r->db, NULL, operation_tautulli_import, &job,
                                           "WHERE operation = ?2 ORDER BY seq DESC LIMIT 1");
    *out_no = job.no;
    return e;
}

static bool holds(const struct note_view *note, const char *key)
{
    if (search_holds(note->message, strlen(note->message), key)) {
        return true;
    }
    for (size_t i = 0; i < note->raw_count; i++) {
        const char *text = note->raw[i].text;
        if (text != NULL && search_holds(text, strlen(text), key)) {
            return true;
        }
    }
    return false;
}

/* Fills `out` from the row; true if the note is one of those asked for. */
static enum err read_note(struct reader *r, sqlite3_stmt *row, const char *key,
                          struct note_view *out, bool *out_wanted)
{
    struct bytes raw = row_bytes(row, 2);
    enum err e = note_content_read(raw, r->arena, out);
    *out_wanted = e == OK && (key == NULL || holds(out, key));
    return e;
}

static enum err prepare_page(struct reader *r, const struct notes_list *ask, int64_t job_no,
                             const int64_t *after, sqlite3_stmt **out)
{
    enum err e = db_prepare(r->db,
                            "SELECT n.record_id, n.id, c.raw FROM notes n"
                            " JOIN note_contents c ON c.id = n.content"
                            " WHERE n.job_no = ?1 AND n.repair = ?2"
                            " AND (n.record_id, n.id) > (?3, ?4) AND (?5 IS NULL OR n.code = ?5)"
                            " ORDER BY n.record_id, n.id",
                            out);
    if (e == OK) {
        stmt_number(*out, 1, job_no);
        stmt_number(*out, 2, ask->has_repairs && ask->repairs ? 1 : 0);
        stmt_number(*out, 3, after[0]);
        stmt_number(*out, 4, after[1]);
        stmt_text(*out, 5, ask->code);
    }
    return e;
}

enum err query_notes(struct reader *r, const struct notes_list *ask, struct notes_listed *out)
{
    size_t limit = ask->has_limit ? (size_t)ask->limit : PAGE_ROWS;
    int64_t at[2] = {INT64_MIN, -1};
    int64_t job_no = 0;
    if (ask->cursor != NULL && cursor_read(ask->cursor, at, 2) != OK) {
        r->field = "cursor";
        return ERR_BAD_FIELD;
    }
    enum err e = find_job(r, ask->job_id, &job_no);
    if (e != OK) {
        return e == ERR_JOB_NOT_FOUND && ask->job_id == NULL ? OK : e;
    }
    OWNED(free_text) char *key = ask->q != NULL ? search_key(ask->q) : NULL;
    OWNED(stmt_finalize) sqlite3_stmt *find = NULL;
    e = prepare_page(r, ask, job_no, at, &find);
    out->items = arena_alloc(r->arena, limit * sizeof *out->items);
    int64_t until = clock_monotonic_ms() + READ_MS;
    size_t bytes = 0;
    bool row = true;
    while (e == OK && out->items_count < limit && bytes < PAGE_BYTES &&
           clock_monotonic_ms() < until) {
        e = stmt_row(find, &row);
        if (e != OK || !row) {
            return e;
        }
        bool wanted = false;
        e = read_note(r, find, key, &out->items[out->items_count], &wanted);
        at[0] = row_number(find, 0);
        at[1] = row_number(find, 1);
        bytes += row_bytes(find, 2).size;
        out->items_count += wanted;
    }
    out->next = cursor_text(r->arena, at, 2);
    return e;
}

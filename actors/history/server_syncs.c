/* SPDX-License-Identifier: MIT
 * server_syncs.c - one row a server, written by its jobs. */
#include "actors/history/server_syncs.h"

#include <string.h>

#include "actors/history/batch_table.h"
#include "proto/schema/operations.h"

bool job_is_silent(const struct job *job)
{
    return job->scheduled && job_processed(job) == 0 && job->status != status_cancelled;
}

bool job_leaves_no_trace(const struct job *job)
{
    return job_is_silent(job) && job->status != status_running;
}

bool job_passes_over_known(const struct job *job)
{
    return operations[job->operation].per_server;
}

static bool keeps_standing(const struct job *job)
{
    return operations[job->operation].per_server && !job->dry_run;
}

static bool lifts_marks(const struct job *job)
{
    return operations[job->operation].of_server && !job->dry_run && !job->scheduled;
}

/* Of the rows of the batch. */
static enum err lift_marks(struct store *s, const struct job *job)
{
    OWNED(stmt_finalize) sqlite3_stmt *lift = NULL;
    if (!lifts_marks(job)) {
        return OK;
    }
    enum err e = db_prepare_with(s->db,
                                 "DELETE FROM undone_rows WHERE source_no = ?1"
                                 " AND EXISTS (SELECT 1 FROM undone_rows WHERE source_no = ?1)"
                                 " AND (native_id, started_at) IN"
                                 " (SELECT native_id, started_at FROM batch)",
                                 job->source_no, &lift);
    return e == OK ? stmt_run(lift) : e;
}

/* Of all that the source has. */
static enum err lift_all_marks(struct store *s, const struct job *job)
{
    OWNED(stmt_finalize) sqlite3_stmt *lift = NULL;
    if (!lifts_marks(job) || !job->whole) {
        return OK;
    }
    enum err e = db_prepare_with(s->db, "DELETE FROM undone_rows WHERE source_no = ?1",
                                 job->source_no, &lift);
    return e == OK ? stmt_run(lift) : e;
}

enum err server_syncs_stored(struct store *s, const struct job *job)
{
    OWNED(stmt_finalize) sqlite3_stmt *put = NULL;
    const struct batch_table *t = s->batch;
    int64_t newest = 0;
    for (size_t i = 0; i < t->count; i++) {
        newest = t->started_at[i] > newest ? t->started_at[i] : newest;
    }
    enum err e = lift_marks(s, job);
    if (e != OK || !keeps_standing(job) || newest == 0) {
        return e;
    }
    e = db_prepare(s->db,
                   "INSERT INTO server_syncs (server_id, newest) VALUES (?1, ?2)"
                   " ON CONFLICT DO UPDATE SET newest = max(coalesce(newest, 0), ?2)",
                   &put);
    if (e == OK) {
        stmt_text(put, 1, job->server_id);
        stmt_number(put, 2, newest);
        e = stmt_run(put);
    }
    return e;
}

/* A row from the future must not keep later runs from what comes before it: the clock of the plan
 * counts where it is earlier. */
enum err server_syncs_completed(struct store *s, const struct job *job)
{
    OWNED(stmt_finalize) sqlite3_stmt *put = NULL;
    if (!keeps_standing(job)) {
        return OK;
    }
    enum err e = db_prepare(
        s->db,
        "INSERT INTO server_syncs (server_id, source_no, complete_to, checked_at, whole_at, cursor)"
        " VALUES (?1, ?2, 0, ?3, ?4, ?5) ON CONFLICT DO UPDATE SET source_no = ?2,"
        " complete_to = min(coalesce(newest, 0), ?3), checked_at = ?3,"
        " whole_at = coalesce(?4, whole_at), cursor = ?5",
        &put);
    if (e == OK) {
        stmt_text(put, 1, job->server_id);
        stmt_number(put, 2, job->source_no);
        stmt_number(put, 3, job->planned_at);
        if (job->whole) {
            stmt_number(put, 4, job->planned_at);
        } else {
            (void)sqlite3_bind_null(put, 4);
        }
        stmt_bytes(put, 5, job->cursor);
        e = stmt_run(put);
    }
    return e == OK ? lift_all_marks(s, job) : e;
}

enum err server_syncs_erase(struct store *s, int64_t job_no)
{
    static const char *const statements[] = {
        "DELETE FROM job_batches WHERE job_no = ?1", "DELETE FROM job_counts WHERE job_no = ?1",
        "DELETE FROM job_samples WHERE job_no = ?1", "DELETE FROM job_sources WHERE job_no = ?1",
        "DELETE FROM job_keys WHERE job_no = ?1",    "DELETE FROM job_warnings WHERE job_no = ?1",
        "DELETE FROM notes WHERE job_no = ?1",       "DELETE FROM jobs WHERE no = ?1",
    };
    enum err e = OK;
    for (size_t i = 0; e == OK && i < COUNT_OF(statements); i++) {
        OWNED(stmt_finalize) sqlite3_stmt *gone = NULL;
        e = db_prepare_with(s->db, statements[i], job_no, &gone);
        e = e == OK ? stmt_run(gone) : e;
    }
    return e;
}

enum err server_syncs_standing(sqlite3 *db, const char *server_id, struct arena *arena,
                               struct server_sync_standing *out)
{
    OWNED(stmt_finalize) sqlite3_stmt *find = NULL;
    bool row = false;
    enum err e = db_prepare(db,
                            "SELECT complete_to, checked_at, whole_at, newest, cursor, EXISTS"
                            " (SELECT 1 FROM undone_rows u WHERE u.source_no = s.source_no)"
                            " FROM server_syncs s WHERE server_id = ?1",
                            &find);
    if (e == OK) {
        stmt_text(find, 1, server_id);
        e = stmt_row(find, &row);
    }
    *out = (struct server_sync_standing){0};
    if (e != OK || !row) {
        return e;
    }
    if (!row_is_null(find, 1)) {
        PUT(out, complete_to, row_number(find, 0));
        PUT(out, checked_at, row_number(find, 1));
    }
    if (!row_is_null(find, 2)) {
        PUT(out, whole_at, row_number(find, 2));
    }
    if (!row_is_null(find, 3)) {
        PUT(out, newest_play_at, row_number(find, 3));
    }
    struct bytes cursor = row_bytes(find, 4);
    if (cursor.size > 0) {
        out->cursor = (struct bytes){arena_text(arena, cursor.data, cursor.size), cursor.size};
    }
    PUT(out, undone_rows, row_number(find, 5) != 0);
    return OK;
}

/* ---- rows that were undone ---- */

enum err undone_rows_skip(struct store *s, const struct job *job, struct verdicts *v,
                          uint64_t *out_count)
{
    OWNED(stmt_finalize) sqlite3_stmt *find = NULL;
    bool row = true;
    *out_count = 0;
    if (!job->scheduled) {
        return OK;
    }
    enum err e = db_prepare_with(s->db,
                                 "SELECT b.rowid FROM batch b WHERE EXISTS (SELECT 1 FROM"
                                 " undone_rows u WHERE u.source_no = ?1"
                                 " AND u.native_id = b.native_id"
                                 " AND u.started_at = b.started_at)",
                                 job->source_no, &find);
    while (e == OK && row) {
        e = stmt_row(find, &row);
        size_t at = e == OK && row ? (size_t)row_number(find, 0) : 0;
        if (e == OK && row && !v->forgotten[at]) {
            v->forgotten[at] = true;
            v->outcome[at] = OUTCOME_DUPLICATE;
            v->row_no[at] = 0;
            ++*out_count;
        }
    }
    memcpy(s->batch->skip, v->forgotten, sizeof v->forgotten);
    return e;
}

/* SPDX-License-Identifier: MIT
 * jobs_page.c - the list of jobs and one job with its receipt: every source row of it accounted
 * for. */
#include <inttypes.h>
#include <string.h>

#include "actors/history/active_jobs.h"
#include "actors/history/columns.h"
#include "actors/history/cursor.h"
#include "actors/history/note_contents.h"
#include "actors/history/outcome.h"
#include "actors/history/own_jobs.h"
#include "actors/history/progress.h"
#include "actors/history/query.h"
#include "proto/base/clock.h"
#include "proto/schema/operations.h"

enum { LINES_MAX = 10000, REASONS_MAX = 100, WARNINGS_MAX = 16, JOB_SAMPLES_MAX = 600 };
enum { SHORT_ID = 8 };

static const struct progress *shown_record(const struct reader *r, const char *job_id)
{
    for (size_t i = 0; i < r->shown.count; i++) {
        if (strcmp(r->shown.records[i].job_id, job_id) == 0) {
            return &r->shown.records[i];
        }
    }
    return NULL;
}

/* The row's texts move into the arena: the record outlives the row. */
static void move_texts(struct reader *r, struct job *job, struct job *out)
{
    char **texts[] = {&job->job_id,   &job->title,      &job->server_id,
                      &job->asked_by, &job->error_code, &job->error_text};
    char **moved[] = {&out->job_id,   &out->title,      &out->server_id,
                      &out->asked_by, &out->error_code, &out->error_text};
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        const char *text = *texts[i];
        *moved[i] = arena_keep(r->arena, text);
    }
    out->params = out->cursor = (struct bytes){0};
}

static enum err fill_errors(struct reader *r, int64_t job_no, struct progress *out)
{
    OWNED(stmt_finalize) sqlite3_stmt *find = NULL;
    enum err e = db_prepare(r->db,
                            "SELECT n.at, c.raw FROM notes n"
                            " JOIN note_contents c ON c.id = n.content WHERE n.job_no = ?1"
                            " AND n.repair = 0 ORDER BY n.record_id DESC, n.id DESC LIMIT 20",
                            &find);
    if (e != OK) {
        return e;
    }
    stmt_number(find, 1, job_no);
    out->errors = arena_alloc(r->arena, ERRORS_SHOWN * sizeof *out->errors);
    bool row = true;
    while (e == OK && row && out->errors_count < ERRORS_SHOWN) {
        struct note_view note;
        e = stmt_row(find, &row);
        if (e == OK && row && note_content_read(row_bytes(find, 1), r->arena, &note) == OK) {
            struct sync_error *error = &out->errors[out->errors_count++];
            error->timestamp = row_number(find, 0);
            PUT(error, record_id, note.record_id);
            error->message = note.message;
            error->recoverable = true;
        }
    }
    return e;
}

/* Other ids that begin alike are the neighbours in the index of ids. */
static enum err job_id_short(struct reader *r, const char *job_id, const char **out)
{
    OWNED(stmt_finalize) sqlite3_stmt *find = NULL;
    enum err e = db_prepare(r->db,
                            "SELECT max(job_id) FROM jobs WHERE job_id < ?1 UNION ALL"
                            " SELECT min(job_id) FROM jobs WHERE job_id > ?1",
                            &find);
    if (e != OK) {
        return e;
    }
    stmt_text(find, 1, job_id);
    size_t size = SHORT_ID;
    bool row = true;
    while (e == OK && row) {
        e = stmt_row(find, &row);
        const char *other = e == OK && row ? row_text(find, 0) : NULL;
        size_t same = 0;
        while (other != NULL && other[same] != '\0' && other[same] == job_id[same]) {
            same++;
        }
        size = same + 1 > size ? same + 1 : size;
    }
    *out = arena_text(r->arena, job_id, strnlen(job_id, size));
    return e;
}

static enum err fill_undone(struct reader *r, int64_t job_no, struct job_view *out)
{
    OWNED(stmt_finalize) sqlite3_stmt *find = NULL;
    bool row = false;
    enum err e = db_prepare_with(r->db,
                                 "SELECT u.ended_at, j.job_id FROM job_undos u"
                                 " JOIN jobs j ON j.no = u.undo_no WHERE u.job_no = ?1"
                                 " AND u.undo_no <> u.job_no", /* but see take_back.h */
                                 job_no, &find);
    e = e == OK ? stmt_row(find, &row) : e;
    if (e == OK && row) {
        out->undone_by = arena_keep(r->arena, row_text(find, 1));
        out->has_undone_at = !row_is_null(find, 0);
        out->undone_at = row_number(find, 0);
    }
    return e;
}

/* Of what is begun for one server of the registry, which plays do not name. */
static enum err fill_identity(struct reader *r, const struct job *job, struct job_view *out)
{
    OWNED(stmt_finalize) sqlite3_stmt *find = NULL;
    bool row = false;
    if (!operations[job->operation].per_server) {
        return OK;
    }
    enum err e = db_prepare_with(r->db, "SELECT server_id FROM sources WHERE no = ?1",
                                 job->source_no, &find);
    e = e == OK ? stmt_row(find, &row) : e;
    if (e == OK && row) {
        out->identity = arena_keep(r->arena, row_text(find, 0));
    }
    return e;
}

static enum err fill_view(struct reader *r, struct job *row, struct job_view *out)
{
    const struct progress *shown = shown_record(r, row->job_id);
    struct active_job *still = arena_alloc(r->arena, sizeof *still);
    still->job = *row;
    move_texts(r, row, &still->job);
    const struct job *job = &still->job;
    enum status now = shown != NULL ? shown->status : job->status; /* told before it is written */
    bool by_path = operations[job->operation].titled_by_path;
    *out = (struct job_view){.job_id = job->job_id,
                             .operation = job->operation,
                             .db_path = by_path ? job->title : NULL,
                             .title = by_path ? NULL : job->title,
                             .server_id = job->server_id,
                             .dry_run = job->dry_run,
                             .asked_by = job->asked_by,
                             .resumable = job->resumable &&
                                          (now == status_error || now == status_cancelled)};
    enum err e = job_id_short(r, job->job_id, &out->short_id);
    e = e == OK ? fill_undone(r, job->no, out) : e;
    e = e == OK ? fill_identity(r, job, out) : e;
    if (shown != NULL || e != OK) {
        out->progress = shown != NULL ? *shown : (struct progress){0};
        return e;
    }
    still->counted_to = clock_steady_ms(); /* made a moment ago, if it runs */
    progress_fill(still, still->counted_to, r->arena, &out->progress);
    return fill_errors(r, job->no, &out->progress);
}

static enum err prepare_jobs(struct reader *r, const struct jobs_list *ask, int64_t before,
                             int64_t limit, sqlite3_stmt **out)
{
    OWNED(db_free)
    char *sql =
        job_sql_select("WHERE no < ?1 AND (?2 IS NULL OR operation = ?2)"
                       " AND (?3 IS NULL OR coalesce(server_id,"
                       " (SELECT server_id FROM sources WHERE sources.no = source_no)) = ?3)"
                       " ORDER BY no DESC LIMIT ?4");
    enum err e = db_prepare(r->db, sql, out);
    if (e != OK) {
        return e;
    }
    stmt_number(*out, 1, before);
    if (ask->has_operation) {
        stmt_number(*out, 2, ask->operation);
    }
    stmt_text(*out, 3, ask->server_id);
    stmt_number(*out, 4, limit);
    return OK;
}

enum err query_jobs(struct reader *r, const struct jobs_list *ask, struct jobs_listed *out)
{
    int64_t last = INT64_MAX;
    int64_t limit = ask->has_limit ? ask->limit : PAGE_ROWS;
    if (ask->cursor != NULL && cursor_read(ask->cursor, &last, 1) != OK) {
        r->field = "cursor";
        return ERR_BAD_FIELD;
    }
    OWNED(stmt_finalize) sqlite3_stmt *find = NULL;
    enum err e = prepare_jobs(r, ask, last, limit, &find);
    out->items = arena_alloc(r->arena, (size_t)limit * sizeof *out->items);
    bool row = true;
    while (e == OK && row) {
        e = stmt_row(find, &row);
        if (e == OK && row) {
            OWNED(job_release) struct job job;
            job_read(find, &job);
            last = job.no;
            e = fill_view(r, &job, &out->items[out->items_count++]);
        }
    }
    if (e == OK && out->items_count == (size_t)limit) {
        out->next = cursor_text(r->arena, &last, 1);
    }
    return e;
}

/* ---- one job ---- */

static void add_reason(struct receipt *receipt, const char *key, uint64_t n)
{
    if (n > 0 && receipt->by_reason_count < REASONS_MAX) {
        receipt->by_reason[receipt->by_reason_count++] = (struct reason_count){.key = key, .n = n};
    }
}

static enum err fill_reasons(struct reader *r, const struct job *job, enum dimension dimension,
                             struct reason_count *lines, size_t *count)
{
    OWNED(stmt_finalize) sqlite3_stmt *find = NULL;
    enum err e =
        db_prepare(r->db,
                   "SELECT key, sum(n) FROM job_counts WHERE job_no = ?1 AND dimension = ?2"
                   " GROUP BY key ORDER BY 2 DESC, 1",
                   &find);
    if (e != OK) {
        return e;
    }
    stmt_number(find, 1, job->no);
    stmt_number(find, 2, dimension);
    bool row = true;
    while (e == OK && row && *count < REASONS_MAX) {
        e = stmt_row(find, &row);
        if (e == OK && row) {
            const char *key = column_text(find, 0, r->arena);
            lines[*count].key = key != NULL ? key : "";
            lines[(*count)++].n = (uint64_t)row_number(find, 1);
        }
    }
    return e;
}

static enum err fill_lines(struct reader *r, const struct job *job, enum dimension dimension,
                           struct receipt_line **out, size_t *out_count)
{
    OWNED(stmt_finalize) sqlite3_stmt *find = NULL;
    enum err e = db_prepare(r->db,
                            "SELECT key, sum(n * (outcome = ?3)), sum(n * (outcome = ?4)),"
                            " sum(n * (outcome = ?5)), sum(n * (outcome = ?6)) FROM job_counts"
                            " WHERE job_no = ?1 AND dimension = ?2 GROUP BY key"
                            " ORDER BY CASE ?2 WHEN ?7 THEN 0 ELSE -sum(n) END, key LIMIT 10000",
                            &find);
    if (e != OK) {
        return e;
    }
    const int64_t bound[] = {job->no,        dimension,     OUTCOME_NEW,    OUTCOME_DUPLICATE,
                             OUTCOME_MERGED, OUTCOME_ERROR, DIMENSION_MONTH};
    for (int i = 0; i < (int)COUNT_OF(bound); i++) {
        stmt_number(find, i + 1, bound[i]);
    }
    struct receipt_line *lines = arena_alloc(r->arena, LINES_MAX * sizeof *lines);
    size_t count = 0;
    bool row = true;
    while (e == OK && row && count < LINES_MAX) {
        e = stmt_row(find, &row);
        if (e == OK && row) {
            struct receipt_line *line = &lines[count++];
            line->key = column_text(find, 0, r->arena);
            line->imported = (uint64_t)row_number(find, 1);
            line->duplicate = (uint64_t)row_number(find, 2);
            line->merged = (uint64_t)row_number(find, 3);
            line->error = (uint64_t)row_number(find, 4);
        }
    }
    *out = lines;
    *out_count = count;
    return e;
}

static uint64_t count_of(const struct reason_count *lines, size_t count, const char *key)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(lines[i].key, key) == 0) {
            return lines[i].n;
        }
    }
    return 0;
}

/* Known rows by what they completed and what they say otherwise; how many of the latter is a reason
 * of its own. */
static enum err fill_changes(struct reader *r, const struct job *job, struct receipt *out)
{
    out->completed = arena_alloc(r->arena, REASONS_MAX * sizeof *out->completed);
    out->changed = arena_alloc(r->arena, REASONS_MAX * sizeof *out->changed);
    enum err e = fill_reasons(r, job, DIMENSION_COMPLETED, out->completed, &out->completed_count);
    if (e == OK) {
        e = fill_reasons(r, job, DIMENSION_CHANGED, out->changed, &out->changed_count);
    }
    add_reason(out, "changed", count_of(out->changed, out->changed_count, CHANGED_ANY));
    size_t kept = 0;
    for (size_t i = 0; i < out->changed_count; i++) {
        if (strcmp(out->changed[i].key, CHANGED_ANY) != 0) {
            out->changed[kept++] = out->changed[i];
        }
    }
    out->changed_count = kept;
    return e;
}

static enum err fill_warnings(struct reader *r, const struct job *job, struct receipt *out)
{
    OWNED(stmt_finalize) sqlite3_stmt *find = NULL;
    enum err e = db_prepare(
        r->db, "SELECT text FROM job_warnings WHERE job_no = ?1 ORDER BY n LIMIT 16", &find);
    if (e != OK) {
        return e;
    }
    stmt_number(find, 1, job->no);
    out->warnings = arena_alloc(r->arena, WARNINGS_MAX * sizeof *out->warnings);
    bool row = true;
    while (e == OK && row && out->warnings_count < WARNINGS_MAX) {
        e = stmt_row(find, &row);
        const char *text = e == OK && row ? column_text(find, 0, r->arena) : NULL;
        if (text != NULL) {
            out->warnings[out->warnings_count++] = text;
        }
    }
    return e;
}

static void warn_empty(const struct job *job, struct receipt *out)
{
    const char *words = operations[job->operation].no_rows;
    bool empty = job->planned && job->total == 0 && job->vanished == 0;
    if (empty && words != NULL && out->warnings_count < WARNINGS_MAX) {
        out->warnings[out->warnings_count++] = words;
    }
}

static enum err count_kept(struct reader *r, const struct job *job, bool repair, uint64_t *out)
{
    OWNED(stmt_finalize) sqlite3_stmt *count = NULL;
    bool row = false;
    enum err e = db_prepare_with(
        r->db, "SELECT count(*) FROM notes WHERE job_no = ?1 AND repair = ?2", job->no, &count);
    if (e == OK) {
        stmt_number(count, 2, repair);
        e = stmt_row(count, &row);
    }
    if (e == OK) {
        *out = (uint64_t)row_number(count, 0);
    }
    return e;
}

/* Rows beyond the limit of notes, of which only the count is left. */
static enum err warn_not_kept(struct reader *r, const struct job *job, struct receipt *out)
{
    uint64_t counted[] = {job->errors, 0};
    for (size_t i = 0; i < out->repairs_count; i++) {
        counted[1] += out->repairs[i].n;
    }
    enum err e = OK;
    for (size_t repair = 0; e == OK && repair < COUNT_OF(counted); repair++) {
        uint64_t kept = 0;
        e = count_kept(r, job, repair == 1, &kept);
        if (e == OK && kept < counted[repair] && out->warnings_count < WARNINGS_MAX) {
            out->warnings[out->warnings_count++] = arena_format(
                r->arena,
                "%" PRIu64 " %s rows are counted, the raw rows of which are not kept: together "
                "with those of other jobs they are more than history.notes_max allows",
                counted[repair] - kept, repair == 1 ? "repaired" : "rejected");
        }
    }
    return e;
}

static enum err fill_receipt(struct reader *r, const struct job *job, struct receipt *out)
{
    out->by_reason = arena_alloc(r->arena, REASONS_MAX * sizeof *out->by_reason);
    out->repairs = arena_alloc(r->arena, REASONS_MAX * sizeof *out->repairs);
    enum err e = fill_reasons(r, job, DIMENSION_OWN, out->by_reason, &out->by_reason_count);
    if (own_operation(job->operation) == NULL) {
        add_reason(out, "new", job->imported);
        add_reason(out, "duplicate", job->duplicate);
        add_reason(out, "updated", job->updated);
    }
    if (job->planned) {
        uint64_t reached = job_processed(job);
        PUT(out, not_reached, job->total > reached ? job->total - reached : 0);
    }
    e = e == OK ? fill_changes(r, job, out) : e;
    if (e == OK) {
        e = fill_warnings(r, job, out);
        warn_empty(job, out);
    }
    if (e != OK) {
        return e;
    }
    add_reason(out, "merged", job->merged);
    add_reason(out, "vanished", job->vanished);
    e = fill_reasons(r, job, DIMENSION_ERROR, out->by_reason, &out->by_reason_count);
    if (e == OK) {
        e = fill_reasons(r, job, DIMENSION_REPAIR, out->repairs, &out->repairs_count);
    }
    if (e == OK) {
        e = warn_not_kept(r, job, out);
    }
    if (e == OK) {
        e = fill_lines(r, job, DIMENSION_USER, &out->by_user, &out->by_user_count);
    }
    if (e == OK) {
        e = fill_lines(r, job, DIMENSION_MONTH, &out->by_month, &out->by_month_count);
    }
    if (e == OK) {
        e = fill_lines(r, job, DIMENSION_LIBRARY, &out->by_library, &out->by_library_count);
    }
    return e;
}

static enum err fill_samples(struct reader *r, int64_t job_no, struct job_got *out)
{
    OWNED(stmt_finalize) sqlite3_stmt *find = NULL;
    enum err e = db_prepare(r->db,
                            "SELECT t_ms, processed, rate FROM job_samples WHERE job_no = ?1"
                            " ORDER BY n LIMIT 600",
                            &find);
    if (e != OK) {
        return e;
    }
    stmt_number(find, 1, job_no);
    out->samples = arena_alloc(r->arena, JOB_SAMPLES_MAX * sizeof *out->samples);
    bool row = true;
    while (e == OK && row && out->samples_count < JOB_SAMPLES_MAX) {
        e = stmt_row(find, &row);
        if (e == OK && row) {
            struct job_sample *sample = &out->samples[out->samples_count++];
            sample->t = (double)row_number(find, 0) / 1000;
            sample->processed = (uint64_t)row_number(find, 1);
            sample->rate = sqlite3_column_double(find, 2);
        }
    }
    return e;
}

enum err query_job(struct reader *r, const struct job_get *ask, struct job_got *out)
{
    OWNED(job_release) struct job job = {0};
    enum err e = query_find_job(r, ask->job_id, &job);
    if (e == OK) {
        e = fill_view(r, &job, &out->job);
    }
    if (e == OK) {
        e = fill_receipt(r, &job, &out->receipt);
    }
    return e == OK ? fill_samples(r, job.no, out) : e;
}

/* SPDX-License-Identifier: MIT
 * jobs.c - struct job to and from its row, by walking one table of columns. */
#include "actors/history/jobs.h"
#include "actors/history/job_audit.h"
#include "actors/history/native.h"

#include <stdarg.h>
#include <stddef.h>
#include <string.h>

enum kind {
    KIND_TEXT,
    KIND_WORD /* int64 or uint64 */,
    KIND_ENUM,
    KIND_FLAG,
    KIND_LAST,
    KIND_BYTES
};

static const struct column {
    const char *name;
    enum kind kind;
    size_t offset;
} columns[] = {
    {"no", KIND_WORD, offsetof(struct job, no)},
    {"job_id", KIND_TEXT, offsetof(struct job, job_id)},
    {"start_id", KIND_TEXT, offsetof(struct job, start_id)},
    {"operation", KIND_ENUM, offsetof(struct job, operation)},
    {"status", KIND_ENUM, offsetof(struct job, status)},
    {"title", KIND_TEXT, offsetof(struct job, title)},
    {"server_id", KIND_TEXT, offsetof(struct job, server_id)},
    {"asked_by", KIND_TEXT, offsetof(struct job, asked_by)},
    {"dry_run", KIND_FLAG, offsetof(struct job, dry_run)},
    {"resumable", KIND_FLAG, offsetof(struct job, resumable)},
    {"attempt", KIND_WORD, offsetof(struct job, attempt)},
    {"source_no", KIND_WORD, offsetof(struct job, source_no)},
    {"planned", KIND_FLAG, offsetof(struct job, planned)},
    {"first_id", KIND_WORD, offsetof(struct job, first_id)},
    {"last_id", KIND_WORD, offsetof(struct job, last_id)},
    {"next_id", KIND_WORD, offsetof(struct job, next_id)},
    {"total", KIND_WORD, offsetof(struct job, total)},
    {"planned_at", KIND_WORD, offsetof(struct job, planned_at)},
    {"imported", KIND_WORD, offsetof(struct job, imported)},
    {"duplicate", KIND_WORD, offsetof(struct job, duplicate)},
    {"updated", KIND_WORD, offsetof(struct job, updated)},
    {"merged", KIND_WORD, offsetof(struct job, merged)},
    {"errors", KIND_WORD, offsetof(struct job, errors)},
    {"vanished", KIND_WORD, offsetof(struct job, vanished)},
    {"started_at", KIND_WORD, offsetof(struct job, started_at)},
    {"attempt_at", KIND_WORD, offsetof(struct job, attempt_at)},
    {"earlier_ms", KIND_WORD, offsetof(struct job, earlier_ms)},
    {"elapsed_ms", KIND_WORD, offsetof(struct job, elapsed_ms)},
    {"ended_at", KIND_WORD, offsetof(struct job, ended_at)},
    {"error_code", KIND_TEXT, offsetof(struct job, error_code)},
    {"error_text", KIND_TEXT, offsetof(struct job, error_text)},
    {"seq", KIND_WORD, offsetof(struct job, seq)},
    {"notes", KIND_WORD, offsetof(struct job, notes)},
    {"samples", KIND_WORD, offsetof(struct job, samples)},
    {"sample_step_ms", KIND_WORD, offsetof(struct job, sample_step_ms)},
    {"has_last", KIND_FLAG, offsetof(struct job, has_last)},
    {"last_native", KIND_LAST, offsetof(struct job, last_native)},
    {"last_started", KIND_WORD, offsetof(struct job, last_started)},
    {"params", KIND_BYTES, offsetof(struct job, params)},
    {"cursor", KIND_BYTES, offsetof(struct job, cursor)},
    {"runner", KIND_WORD, offsetof(struct job, runner)},
    {"scheduled", KIND_FLAG, offsetof(struct job, scheduled)},
    {"whole", KIND_FLAG, offsetof(struct job, whole)},
};

void job_release(struct job *job)
{
    for (size_t i = 0; i < COUNT_OF(columns); i++) {
        if (columns[i].kind == KIND_TEXT) {
            free_text((char **)((char *)job + columns[i].offset));
        }
        if (columns[i].kind == KIND_BYTES) {
            job_set_bytes((struct bytes *)(void *)((char *)job + columns[i].offset),
                          (struct bytes){0});
        }
    }
}

void job_set_text(char **field, const char *text)
{
    char *copy = text != NULL ? must_strdup(text) : NULL;
    free_text(field);
    *field = copy;
}

void job_set_bytes(struct bytes *field, struct bytes bytes)
{
    void *copy = NULL;
    void *before = (void *)field->data;
    if (bytes.data != NULL) {
        copy = must_alloc(bytes.size + 1);
        memcpy(copy, bytes.data, bytes.size);
    }
    free_bytes(&before);
    *field = (struct bytes){copy, bytes.size};
}

static char *sql_select(const char *rest, va_list arguments)
{
    sqlite3_str *sql = sqlite3_str_new(NULL);
    for (size_t i = 0; i < COUNT_OF(columns); i++) {
        sqlite3_str_appendf(sql, "%s %s", i == 0 ? "SELECT" : ",", columns[i].name);
    }
    sqlite3_str_appendall(sql, " FROM jobs ");
    sqlite3_str_vappendf(sql, rest, arguments);
    return sqlite3_str_finish(sql);
}

char *job_sql_select(const char *rest, ...)
{
    va_list arguments;
    va_start(arguments, rest);
    char *sql = sql_select(rest, arguments);
    va_end(arguments);
    return sql;
}

char *job_sql_insert(void)
{
    sqlite3_str *sql = sqlite3_str_new(NULL);
    sqlite3_str_appendall(sql, "INSERT INTO jobs VALUES");
    for (size_t i = 0; i < COUNT_OF(columns); i++) {
        sqlite3_str_appendf(sql, "%s?", i == 0 ? "(" : ", ");
    }
    sqlite3_str_appendall(sql, ")");
    return sqlite3_str_finish(sql);
}

char *job_sql_update(void)
{
    sqlite3_str *sql = sqlite3_str_new(NULL);
    sqlite3_str_appendall(sql, "UPDATE jobs SET");
    for (size_t i = 1; i < COUNT_OF(columns); i++) {
        sqlite3_str_appendf(sql, "%s %s=?%d", i == 1 ? "" : ",", columns[i].name, (int)i + 1);
    }
    sqlite3_str_appendall(sql, " WHERE no=?1");
    return sqlite3_str_finish(sql);
}

static void read_last(sqlite3_stmt *row, int at, struct job *out)
{
    OWNED(arena_destroy) struct arena *arena = arena_new();
    struct native_id id = native_read(row, at, arena);
    native_keep(&out->last_native, &id);
}

void job_read(sqlite3_stmt *row, struct job *out)
{
    *out = (struct job){0};
    for (int i = 0; i < (int)COUNT_OF(columns); i++) {
        void *at = (char *)out + columns[i].offset;
        int64_t number = row_number(row, i);
        int small = (int)number;
        bool flag = number != 0;
        switch (columns[i].kind) {
        case KIND_TEXT:
            job_set_text(at, row_text(row, i));
            break;
        case KIND_WORD:
            memcpy(at, &number, sizeof number);
            break;
        case KIND_ENUM:
            memcpy(at, &small, sizeof small);
            break;
        case KIND_FLAG:
            memcpy(at, &flag, sizeof flag);
            break;
        case KIND_LAST:
            read_last(row, i, out);
            break;
        case KIND_BYTES:
            job_set_bytes(at, row_is_null(row, i) ? (struct bytes){0} : row_bytes(row, i));
            break;
        }
    }
}

static void bind_bytes(sqlite3_stmt *stmt, int at, const struct bytes *bytes)
{
    if (bytes->data != NULL) {
        stmt_bytes(stmt, at, *bytes);
    } else {
        (void)sqlite3_bind_null(stmt, at);
    }
}

/* Parameter i + 1 is column i. */
static void bind_job(sqlite3_stmt *stmt, const struct job *job)
{
    struct native_id last;
    for (int i = 0; i < (int)COUNT_OF(columns); i++) {
        const void *at = (const char *)job + columns[i].offset;
        switch (columns[i].kind) {
        case KIND_TEXT:
            stmt_text(stmt, i + 1, *(char *const *)at);
            break;
        case KIND_WORD:
            stmt_number(stmt, i + 1, *(const int64_t *)at);
            break;
        case KIND_ENUM:
            stmt_number(stmt, i + 1, *(const int *)at);
            break;
        case KIND_FLAG:
            stmt_number(stmt, i + 1, *(const bool *)at ? 1 : 0);
            break;
        case KIND_LAST:
            last = native_kept(&job->last_native);
            native_bind(stmt, i + 1, &last);
            break;
        case KIND_BYTES:
            bind_bytes(stmt, i + 1, at);
            break;
        }
    }
}

enum err job_insert(struct store *s, struct job *job)
{
    bind_job(s->stmts[STMT_JOB_INSERT], job);
    sqlite3_bind_null(s->stmts[STMT_JOB_INSERT], 1); /* the table chooses the number */
    enum err e = stmt_run(s->stmts[STMT_JOB_INSERT]);
    if (e == OK) {
        job->no = sqlite3_last_insert_rowid(s->db);
    }
    return e;
}

enum err job_update(struct store *s, const struct job *job)
{
    bind_job(s->stmts[STMT_JOB_UPDATE], job);
    enum err e = stmt_run(s->stmts[STMT_JOB_UPDATE]);
    return e == OK && job->status != status_running ? job_audit_end(s, job) : e;
}

enum err job_find(sqlite3 *db, const char *text, int64_t number, struct job *out, const char *rest,
                  ...)
{
    va_list arguments;
    va_start(arguments, rest);
    OWNED(db_free) char *sql = sql_select(rest, arguments);
    va_end(arguments);
    OWNED(stmt_finalize) sqlite3_stmt *find = NULL;
    enum err e = db_prepare(db, sql, &find);
    if (e != OK) {
        return e;
    }
    stmt_text(find, 1, text);
    stmt_number(find, 2, number);
    bool row = false;
    e = stmt_row(find, &row);
    if (e == OK && !row) {
        e = ERR_JOB_NOT_FOUND;
    }
    if (e == OK) {
        job_read(find, out);
    }
    return e;
}

const struct state_table job_moves = {
    .name = "job",
    .states = {[status_idle] = "idle",
               [status_running] = "running",
               [status_completed] = "completed",
               [status_error] = "error",
               [status_cancelled] = "cancelled"},
    .next = {[status_idle] = STATE_BIT(status_running),
             [status_running] = STATE_BIT(status_completed) | STATE_BIT(status_error) |
                                STATE_BIT(status_cancelled),
             [status_error] = STATE_BIT(status_running),
             [status_cancelled] = STATE_BIT(status_running)},
};

bool job_move(struct job *job, enum status to)
{
    bool may = state_may(&job_moves, job->status, to);
    if (may) {
        job->status = to;
    }
    return may;
}

uint64_t job_processed(const struct job *job)
{
    return job->imported + job->duplicate + job->merged + job->errors;
}

void job_raise_seq(struct job *job, int64_t now)
{
    job->seq = job->seq + 1 > (uint64_t)now ? job->seq + 1 : (uint64_t)now;
}

/* SPDX-License-Identifier: MIT
 * live.c - the newest jobs in memory, loaded when history opens and replaced when a newer job
 * comes. */
#include "actors/history/live.h"

#include <string.h>

#include "actors/history/note_contents.h"
#include "actors/history/wal.h"
#include "proto/base/clock.h"
#include "proto/base/log.h"
#include "proto/schema/operations.h"

enum {
    KEEP_EVERY_MS = 5000,
    /* What can have been told since the row was written: the next process goes on above that. */
    SEQ_SKIP = 100000,
    UNSEEN_MAX_MS = 2 * KEEP_EVERY_MS
};

bool is_of_subject(const struct job *job, enum operation operation, const char *server_id)
{
    char ours[SUBJECT_SIZE];
    char theirs[SUBJECT_SIZE];
    operation_subject(job->operation, job->server_id, ours);
    operation_subject(operation, server_id, theirs);
    return strcmp(ours, theirs) == 0;
}

struct live *live_find(const struct history *h, enum operation operation, const char *server_id)
{
    struct live *live = h->lives;
    while (live != NULL && !is_of_subject(&live->job, operation, server_id)) {
        live = live->next;
    }
    return live;
}

struct live *live_by_id(const struct history *h, const char *job_id)
{
    struct live *live = h->lives;
    while (live != NULL && strcmp(live->job.job_id, job_id) != 0) {
        live = live->next;
    }
    return live;
}

void live_clear_phase(struct live *live)
{
    live->has_phase = false;
    free_text(&live->waiting_for);
    free_text(&live->message);
}

void live_destroy(struct live **live)
{
    if (*live == NULL) {
        return;
    }
    job_release(&(*live)->job);
    live_clear_phase(*live);
    for (size_t i = 0; i < ERRORS_SHOWN; i++) {
        free_text(&(*live)->errors[i].message);
    }
    free_text(&(*live)->ended_with);
    void *memory = *live;
    free_bytes(&memory);
    *live = NULL;
}

void live_add_error(struct live *live, int64_t at, const struct native_id *record,
                    const char *message)
{
    struct shown_error *slot = &live->errors[live->errors_count++ % ERRORS_SHOWN];
    job_set_text(&slot->message, message);
    slot->at = at;
    native_keep(&slot->record, record);
}

/* The newest errors of a job from its notes, oldest of them first. */
static enum err load_errors(sqlite3 *db, struct live *live)
{
    OWNED(stmt_finalize) sqlite3_stmt *find = NULL;
    enum err e = db_prepare(db,
                            "SELECT n.at, c.raw FROM (SELECT * FROM notes"
                            " WHERE job_no = ?1 AND repair = 0 ORDER BY record_id DESC, id DESC"
                            " LIMIT 20) n JOIN note_contents c ON c.id = n.content"
                            " ORDER BY n.record_id, n.id",
                            &find);
    if (e != OK) {
        return e;
    }
    stmt_number(find, 1, live->job.no);
    OWNED(arena_destroy) struct arena *arena = arena_new();
    bool row = true;
    while (e == OK && row) {
        struct note_view note;
        e = stmt_row(find, &row);
        if (e == OK && row && note_content_read(row_bytes(find, 1), arena, &note) == OK) {
            live_add_error(live, row_number(find, 0), &note.record_id, note.message);
        }
    }
    return e;
}

static struct live *live_new(struct job *job, int64_t now)
{
    struct live *live = must_alloc(sizeof *live);
    live->job = *job;
    *job = (struct job){0};
    live->rate_processed = job_processed(&live->job);
    live->rate_at = live->counted_to = live->saved_at = now;
    live->sample_due = live->job.elapsed_ms;
    return live;
}

struct live *live_put(struct history *h, struct job *job, int64_t now)
{
    struct live **at = &h->lives;
    while (*at != NULL && !is_of_subject(&(*at)->job, job->operation, job->server_id)) {
        at = &(*at)->next;
    }
    struct live *older = *at;
    if (older != NULL) {
        *at = older->next;
        live_destroy(&older);
    }
    struct live *live = live_new(job, now);
    live->next = h->lives;
    h->lives = live;
    return live;
}

enum err live_load(struct history *h, struct job *job, int64_t now, struct live **out)
{
    struct live *live = live_new(job, now);
    enum err e = load_errors(h->store->db, live);
    if (e != OK) {
        live_destroy(&live);
        return e;
    }
    *out = live;
    return OK;
}

static enum err write_row(struct history *h, const struct job *job)
{
    enum err e = store_begin(h->store, false);
    return e == OK ? store_end(h->store, job_update(h->store, job)) : e;
}

void live_keep(struct history *h, struct live *live, int64_t now)
{
    if (live->job.status != status_running || now - live->saved_at < KEEP_EVERY_MS) {
        return;
    }
    live->saved_at = now;
    if (write_row(h, &live->job) != OK) {
        log_warn("a job's progress could not be kept correlation_id=%s, trying again later",
                 live->job.job_id);
    }
}

/* A process before this one left the job running. What it told after it last wrote the row is not
 * known: seq and elapsed go on above that, and so they do if this process ends at once too. The
 * wall clock says how much time passed meanwhile, if what it says can be. */
static void take_up(struct history *h, struct job *job)
{
    int64_t wall = clock_wall_ms();
    int64_t unseen = job->earlier_ms + (wall - job->attempt_at) - job->elapsed_ms;
    job->elapsed_ms += unseen >= 0 && unseen <= UNSEEN_MAX_MS ? unseen : UNSEEN_MAX_MS;
    job->earlier_ms = job->elapsed_ms;
    job->attempt_at = wall;
    job->seq += SEQ_SKIP;
    if (write_row(h, job) != OK) {
        log_warn("a job's progress could not be kept correlation_id=%s, going on", job->job_id);
    }
}

static enum err read_newest(struct history *h, sqlite3_stmt *find, int64_t now)
{
    struct job job;
    job_read(find, &job);
    return load_errors(h->store->db, live_put(h, &job, now));
}

static char *sql_per_server(void)
{
    sqlite3_str *list = sqlite3_str_new(NULL);
    const char *between = "";
    for (int i = 0; i < operation_COUNT; i++) {
        if (operations[i].per_server) {
            sqlite3_str_appendf(list, "%s%d", between, i);
            between = ", ";
        }
    }
    return sqlite3_str_finish(list);
}

/* The newest of a subject is the one that was told of last: a resumed job may be older than one
 * that ended before it was resumed. */
static enum err load_newest(struct history *h, int64_t now)
{
    OWNED(db_free) char *per_server = sql_per_server();
    OWNED(db_free)
    char *sql = job_sql_select("WHERE no IN (SELECT no FROM (SELECT no, max(seq) FROM jobs"
                               " GROUP BY operation, CASE WHEN operation IN (%s)"
                               " THEN server_id END)"
                               " UNION SELECT no FROM jobs WHERE status = %d)"
                               " ORDER BY status = %d, seq",
                               per_server, status_running, status_running);
    OWNED(stmt_finalize) sqlite3_stmt *find = NULL;
    enum err e = db_prepare(h->store->db, sql, &find);
    bool row = true;
    while (e == OK && row) {
        e = stmt_row(find, &row);
        if (e == OK && row) {
            e = read_newest(h, find, now);
        }
    }
    stmt_reset(&find);
    for (struct live *live = h->lives; e == OK && live != NULL; live = live->next) {
        if (live->job.status == status_running) {
            take_up(h, &live->job);
        }
    }
    return e;
}

enum err history_open(const char *path, int64_t now, struct history **out)
{
    OWNED(history_close) struct history *h = must_alloc(sizeof *h);
    h->counts = counts_new();
    h->sweep_due = h->trim_due = true;
    h->notes_max = INT64_MAX;
    enum err e = store_open(path, &h->store);
    if (e == OK) {
        e = load_newest(h, now);
    }
    if (e == OK) {
        *out = TAKE(h);
    }
    return e;
}

void history_close(struct history **history)
{
    struct history *h = *history;
    if (h == NULL) {
        return;
    }
    while (h->lives != NULL) {
        struct live *live = h->lives;
        h->lives = live->next;
        live_destroy(&live);
    }
    store_close(&h->store);
    wal_release(&h->wal);
    counts_destroy(&h->counts);
    runs_release(&h->runs);
    void *memory = h;
    free_bytes(&memory);
    *history = NULL;
}

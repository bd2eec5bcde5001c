/* SPDX-License-Identifier: MIT
 * active_jobs.c - the newest jobs in memory, loaded when history opens and replaced when a newer
 * job comes. */
#include "actors/history/active_jobs.h"

#include <string.h>

#include "actors/history/note_contents.h"
#include "actors/history/server_syncs.h"
#include "actors/history/undo_run.h"
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

struct active_job *active_job_find(const struct history *h, enum operation operation,
                                   const char *server_id)
{
    struct active_job *active = h->active_jobs;
    while (active != NULL && !is_of_subject(&active->job, operation, server_id)) {
        active = active->next;
    }
    return active;
}

struct active_job *active_job_by_id(const struct history *h, const char *job_id)
{
    struct active_job *active = h->active_jobs;
    while (active != NULL && strcmp(active->job.job_id, job_id) != 0) {
        active = active->next;
    }
    return active;
}

void active_job_clear_phase(struct active_job *active)
{
    active->has_phase = false;
    free_text(&active->waiting_for);
    free_text(&active->message);
}

void active_job_destroy(struct active_job **active)
{
    if (*active == NULL) {
        return;
    }
    job_release(&(*active)->job);
    active_job_clear_phase(*active);
    for (size_t i = 0; i < ERRORS_SHOWN; i++) {
        free_text(&(*active)->errors[i].message);
    }
    free_text(&(*active)->ended_with);
    void *memory = *active;
    free_bytes(&memory);
    *active = NULL;
}

void active_job_add_error(struct active_job *active, int64_t at, const struct native_id *record,
                          const char *message)
{
    struct shown_error *slot = &active->errors[active->errors_count++ % ERRORS_SHOWN];
    job_set_text(&slot->message, message);
    slot->at = at;
    native_keep(&slot->record, record);
}

/* The newest errors of a job from its notes, oldest of them first. */
static enum err load_errors(sqlite3 *db, struct active_job *active)
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
    stmt_number(find, 1, active->job.no);
    OWNED(arena_destroy) struct arena *arena = arena_new();
    bool row = true;
    while (e == OK && row) {
        struct note_view note;
        e = stmt_row(find, &row);
        if (e == OK && row && note_content_read(row_bytes(find, 1), arena, &note) == OK) {
            active_job_add_error(active, row_number(find, 0), &note.record_id, note.message);
        }
    }
    return e;
}

static struct active_job *active_job_new(struct job *job, int64_t now)
{
    struct active_job *active = must_alloc(sizeof *active);
    active->job = *job;
    *job = (struct job){0};
    active->rate_processed = job_processed(&active->job);
    active->rate_at = active->counted_to = active->saved_at = now;
    active->sample_due = active->job.elapsed_ms;
    turn_begin(active, now);
    return active;
}

struct active_job *active_job_put(struct history *h, struct job *job, int64_t now)
{
    struct active_job **at = &h->active_jobs;
    while (*at != NULL && !is_of_subject(&(*at)->job, job->operation, job->server_id)) {
        at = &(*at)->next;
    }
    struct active_job *older = *at;
    if (older != NULL) {
        *at = older->next;
        active_job_destroy(&older);
    }
    struct active_job *active = active_job_new(job, now);
    active->next = h->active_jobs;
    h->active_jobs = active;
    return active;
}

enum err active_job_load(struct history *h, struct job *job, int64_t now, struct active_job **out)
{
    struct active_job *active = active_job_new(job, now);
    enum err e = load_errors(h->store->db, active);
    if (e != OK) {
        active_job_destroy(&active);
        return e;
    }
    *out = active;
    return OK;
}

static enum err write_row(struct history *h, const struct job *job)
{
    enum err e = store_begin(h->store, false);
    return e == OK ? store_end(h->store, job_update(h->store, job)) : e;
}

void active_job_keep(struct history *h, struct active_job *active, int64_t now)
{
    if (active->job.status != status_running || now - active->saved_at < KEEP_EVERY_MS) {
        return;
    }
    active->saved_at = now;
    if (write_row(h, &active->job) != OK) {
        log_warn("a job's progress could not be kept correlation_id=%s, trying again later",
                 active->job.job_id);
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
    return load_errors(h->store->db, active_job_put(h, &job, now));
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
    for (struct active_job *active = h->active_jobs; e == OK && active != NULL;
         active = active->next) {
        if (active->job.status == status_running) {
            take_up(h, &active->job);
        }
    }
    return e;
}

/* The newest other job of the subject that there is a row of; none is no error. */
static enum err reload(struct history *h, const struct job *silent)
{
    OWNED(job_release) struct job job = {0};
    struct active_job *loaded = NULL;
    enum err e = job_find(h->store->db, silent->server_id, silent->operation, &job,
                          "WHERE operation = ?2 AND server_id IS ?1 AND no <> %lld"
                          " ORDER BY seq DESC LIMIT 1",
                          (long long)silent->no);
    e = e == OK ? active_job_load(h, &job, clock_steady_ms(), &loaded) : e;
    if (e == OK) {
        loaded->next = h->active_jobs;
        h->active_jobs = loaded;
    }
    return e == ERR_JOB_NOT_FOUND ? OK : e;
}

bool active_jobs_forget_silent(struct history *h)
{
    bool any = false;
    struct active_job **at = &h->active_jobs;
    while (*at != NULL) {
        OWNED(active_job_destroy) struct active_job *silent = NULL;
        if (!job_leaves_no_trace(&(*at)->job) || (*at)->unsaved) {
            at = &(*at)->next;
            continue;
        }
        silent = *at;
        *at = silent->next;
        any = true;
        if (reload(h, &silent->job) != OK) {
            log_warn("the sync before one without news could not be read, going on without it");
        }
    }
    return any;
}

enum err history_open(const char *path, int64_t now, struct history **out)
{
    OWNED(history_close) struct history *h = must_alloc(sizeof *h);
    h->counts = counts_new();
    h->sweep_due = h->trim_due = h->scrub_due = true;
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
    while (h->active_jobs != NULL) {
        struct active_job *active = h->active_jobs;
        h->active_jobs = active->next;
        active_job_destroy(&active);
    }
    undo_run_close(&h->undo);
    undo_run_close(&h->take_back.run);
    store_close(&h->store);
    wal_release(&h->wal);
    counts_destroy(&h->counts);
    runs_release(&h->runs);
    void *memory = h;
    free_bytes(&memory);
    *history = NULL;
}

uint64_t active_job_next_seq(const struct history *h, const struct job *job, int64_t now)
{
    const struct active_job *before = active_job_find(h, job->operation, job->server_id);
    struct job next = {.seq = before != NULL ? before->job.seq : 0};
    job_raise_seq(&next, now);
    return next.seq;
}

/* SPDX-License-Identifier: MIT
 * take_back.c - from the job's highest row down, with the cursor in job_undos; then its notes, or
 * what a dry run kept, by the thousand; then what it saw, with which the mark goes too. */
#include "actors/history/take_back.h"

#include <inttypes.h>

#include "actors/history/batches.h"
#include "actors/history/families.h"
#include "actors/history/job_audit.h"
#include "actors/history/progress.h"
#include "actors/history/undo_run.h"
#include "proto/base/clock.h"

enum { STEP_MS = 30 }; /* with its commit a step then stays below 50 ms */

static const char *const at_once[] = {
    "DELETE FROM job_counts WHERE job_no = ?1",
    "DELETE FROM job_keys WHERE job_no = ?1",
    "DELETE FROM job_warnings WHERE job_no = ?1",
};
static const char *const by_and_by[] = {
    "DELETE FROM notes WHERE id IN (SELECT id FROM notes WHERE job_no = ?1 LIMIT 2000)",
    "DELETE FROM dry_keys WHERE (job_no, native_id, started_at) IN"
    " (SELECT job_no, native_id, started_at FROM dry_keys WHERE job_no = ?1 LIMIT 5000)",
    "DELETE FROM dry_rows WHERE (job_no, started_at, position) IN"
    " (SELECT job_no, started_at, position FROM dry_rows WHERE job_no = ?1 LIMIT 5000)",
};
static const char *const at_the_end[] = {
    "DELETE FROM job_batches WHERE job_no = ?1",
    "DELETE FROM job_undos WHERE job_no = ?1",
};
/* Whoever comes with the hash of an item is believed to bring that item: of a liar's none stays
 * that nothing points to. */
static const char unused_items[] = "DELETE FROM items WHERE id NOT IN"
                                   " (SELECT item_id FROM plays WHERE item_id IS NOT NULL"
                                   " UNION SELECT item_id FROM play_sources"
                                   "  WHERE item_id IS NOT NULL"
                                   " UNION SELECT item_id FROM row_versions"
                                   "  WHERE item_id IS NOT NULL)";

static enum err run_for(sqlite3 *db, const char *sql, int64_t job_no)
{
    OWNED(stmt_finalize) sqlite3_stmt *run = NULL;
    enum err e = db_prepare_with(db, sql, job_no, &run);
    return e == OK ? stmt_run(run) : e;
}

static enum err run_all(sqlite3 *db, const char *const *list, size_t count, int64_t job_no)
{
    enum err e = OK;
    for (size_t i = 0; e == OK && i < count; i++) {
        e = run_for(db, list[i], job_no);
    }
    return e;
}

bool take_back_is_of(const struct history *h, const struct job *job)
{
    return h->take_back.job_no != 0 && h->take_back.job_no == job->no;
}

/* ---- the begin ---- */

/* As before its first plan, but that time has passed. */
static struct job set_back(const struct job *job)
{
    struct job anew = *job;
    anew.attempt++;
    anew.attempt_at = clock_wall_ms();
    anew.earlier_ms = anew.elapsed_ms;
    anew.planned = anew.has_last = false;
    anew.first_id = anew.last_id = anew.next_id = anew.planned_at = 0;
    anew.imported = anew.duplicate = anew.updated = anew.merged = 0;
    anew.total = anew.errors = anew.vanished = anew.notes = 0;
    anew.cursor = (struct bytes){0};
    return anew;
}

static enum err drop_doubt(sqlite3 *db, int64_t job_no, const char *worker)
{
    OWNED(stmt_finalize) sqlite3_stmt *drop = NULL;
    enum err e =
        db_prepare_with(db, "DELETE FROM doubts WHERE job_no = ?1 AND worker = ?2", job_no, &drop);
    if (e == OK) {
        stmt_text(drop, 2, worker);
        e = stmt_run(drop);
    }
    return e;
}

static enum err write_begin(struct history *h, const struct job *anew, const char *worker,
                            uint64_t stored)
{
    sqlite3 *db = h->store->db;
    enum err e = run_for(db,
                         "INSERT INTO job_undos (job_no, undo_no, below)"
                         " VALUES (?1, ?1, 9223372036854775807)",
                         anew->no);
    e = e == OK ? run_all(db, at_once, COUNT_OF(at_once), anew->no) : e;
    e = e == OK ? drop_doubt(db, anew->no, worker) : e;
    e = e == OK ? job_audit_taken_back(h->store, anew, worker, stored) : e;
    return e == OK ? job_update(h->store, anew) : e;
}

static void show(struct active_job *active)
{
    active_job_clear_phase(active);
    active->has_phase = true;
    active->phase = phase_waiting;
    job_set_text(&active->message, "Taking back what a worker elsewhere delivered wrongly; the "
                                   "import then begins anew by itself");
}

static void adopt(struct active_job *active, struct job *anew, int64_t now)
{
    job_set_bytes(&active->job.cursor, (struct bytes){0});
    active->job = *anew;
    active->saved_at = active->rate_at = now;
    active->rate_processed = 0;
    active->rate_sum = active->rate_weight = 0;
    for (size_t i = 0; i < ERRORS_SHOWN; i++) {
        free_text(&active->errors[i].message);
    }
    active->errors_count = 0;
    show(active);
}

enum err take_back_begin(struct history *h, struct active_job *active, const char *worker,
                         uint64_t stored, int64_t now)
{
    progress_elapsed_ms(active, now);
    struct job anew = set_back(&active->job);
    job_raise_seq(&anew, now);
    enum err e = store_begin(h->store, true);
    e = e == OK ? store_end(h->store, write_begin(h, &anew, worker, stored)) : e;
    if (e != OK) {
        return e;
    }
    log_warn("what the job stored is taken back, and it begins anew worker=%s rows=%" PRIu64
             " correlation_id=%s",
             worker, stored, anew.job_id);
    adopt(active, &anew, now);
    h->take_back = (struct take_back){.job_no = anew.no, .below = INT64_MAX};
    return OK;
}

enum err take_back_load(struct history *h)
{
    OWNED(stmt_finalize) sqlite3_stmt *find = NULL;
    bool row = false;
    enum err e = db_prepare(h->store->db,
                            "SELECT job_no, below FROM job_undos WHERE undo_no = job_no", &find);
    e = e == OK ? stmt_row(find, &row) : e;
    if (e == OK && row) {
        h->take_back =
            (struct take_back){.job_no = row_number(find, 0), .below = row_number(find, 1)};
    }
    for (struct active_job *active = h->active_jobs; active != NULL; active = active->next) {
        if (take_back_is_of(h, &active->job) && active->job.status == status_running) {
            show(active);
        }
    }
    return e;
}

/* ---- the steps ---- */

static enum err keep_below(sqlite3 *db, int64_t job_no, int64_t below)
{
    OWNED(stmt_finalize) sqlite3_stmt *put = NULL;
    enum err e =
        db_prepare_with(db, "UPDATE job_undos SET below = ?2 WHERE job_no = ?1", job_no, &put);
    if (e == OK) {
        stmt_number(put, 2, below);
        e = stmt_run(put);
    }
    return e;
}

static enum err step_rows(struct history *h, int64_t *below, bool *out_done)
{
    struct take_back *t = &h->take_back;
    struct store *s = h->store;
    uint64_t counts[UNDONE_COUNT] = {0};
    enum err e = t->run != NULL ? OK : undo_run_open(s->db, s->versions, s, t->job_no, &t->run);
    e = e == OK ? undo_run_rows(t->run, clock_monotonic_ms() + STEP_MS, below, counts, out_done)
                : e;
    e = e == OK ? undo_rows_flush(t->run->rows) : e;
    return e == OK ? keep_below(s->db, t->job_no, *below) : e;
}

static enum err step_rest(struct history *h, bool *out_done)
{
    enum err e = OK;
    *out_done = true;
    for (size_t i = 0; e == OK && *out_done && i < COUNT_OF(by_and_by); i++) {
        e = run_for(h->store->db, by_and_by[i], h->take_back.job_no);
        *out_done = sqlite3_changes(h->store->db) == 0;
    }
    return e;
}

static enum err end(struct history *h)
{
    enum err e = run_all(h->store->db, at_the_end, COUNT_OF(at_the_end), h->take_back.job_no);
    e = e == OK ? db_exec(h->store->db, unused_items) : e;
    store_forget_items(h->store);
    return e == OK ? families_count_doubled(h->store->db) : e;
}

static enum err step(struct history *h, int64_t *below, bool *out_done)
{
    enum err e = step_rows(h, below, out_done);
    e = e == OK && *out_done ? step_rest(h, out_done) : e;
    return e == OK && *out_done ? end(h) : e;
}

enum err take_back_step(struct history *h, bool *out_more)
{
    bool done = false;
    int64_t below = h->take_back.below;
    *out_more = false;
    enum err e = store_begin(h->store, false);
    e = e == OK ? store_end(h->store, step(h, &below, &done)) : e;
    if (e != OK || done) { /* what it kept may never have been committed */
        undo_run_close(&h->take_back.run);
    }
    if (e != OK) {
        return e;
    }
    h->take_back.below = below;
    h->take_back.job_no = done ? 0 : h->take_back.job_no;
    *out_more = !done;
    return OK;
}

/* ---- the loop ---- */

/* Its coordinator hears of a job that runs, and asks for it. */
static void begin_anew(struct actor *a, struct active_job *active)
{
    log_info("all that the job stored is taken back correlation_id=%s", active->job.job_id);
    if (active->job.status == status_running) {
        active_job_clear_phase(active);
        history_publish(a, active);
    }
}

static void step_later(struct actor *a, void *context)
{
    (void)context;
    struct history_actor *self = actor_self(a);
    struct history *h = self->h;
    struct active_job *active = h->active_jobs;
    bool more = false;
    self->take_back_due = false;
    while (active != NULL && !take_back_is_of(h, &active->job)) {
        active = active->next;
    }
    enum err e = take_back_step(h, &more);
    if (e != OK) {
        log_warn("a job could not be taken back, trying again code=%s", err_code(e));
    } else if (more) {
        take_back_go_on(a);
    } else if (active != NULL) {
        begin_anew(a, active);
    }
}

void take_back_go_on(struct actor *a)
{
    struct history_actor *self = actor_self(a);
    if (self->h->take_back.job_no != 0 && !self->take_back_due) {
        self->take_back_due = true;
        actor_after(a, 0, step_later, NULL);
    }
}

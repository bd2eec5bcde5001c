/* SPDX-License-Identifier: MIT
 * commit.c - the transaction that is also the checkpoint. Whatever stops it, the job's row and its
 * plays stay those of the transaction before. */
#include "actors/history/commit.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "actors/history/classify.h"
#include "actors/history/lifecycle.h"
#include "actors/history/progress.h"
#include "actors/history/work.h"
#include "proto/base/clock.h"
#include "proto/base/log.h"

enum { SAMPLES_PER_JOB = 600 };

static enum err count_facets(struct work *w, const struct batch_commit *b)
{
    enum err e = OK;
    struct history *h = w->h;
    for (size_t i = 0; i < b->facets_count; i++) {
        const struct facet *facet = &b->facets[i];
        for (int o = 0; e == OK && o < OUTCOME_COUNT; o++) {
            uint64_t n = w->facets[i][o];
            enum outcome as = o == OUTCOME_UPDATED ? OUTCOME_DUPLICATE : (enum outcome)o;
            if (n == 0) {
                continue;
            }
            e = counts_add(h->counts, h->store, w->job.no, DIMENSION_USER, facet->user, as, n);
            if (e == OK) {
                e = counts_add(h->counts, h->store, w->job.no, DIMENSION_MONTH, facet->month, as,
                               n);
            }
            if (e == OK) {
                e = counts_add(h->counts, h->store, w->job.no, DIMENSION_LIBRARY, facet->library,
                               as, n);
            }
        }
    }
    return e;
}

/* Each row is told of once: as a play or as a rejected one. */
static enum err check_listed_once(struct work *w)
{
    const struct batch_table *t = w->h->store->batch;
    size_t play = 0;
    for (size_t i = 0; i < w->rejected_count; i++) {
        while (play < t->count && t->position[play] < w->rejected[i]) {
            play++;
        }
        if ((play < t->count && t->position[play] == w->rejected[i]) ||
            (i > 0 && w->rejected[i - 1] == w->rejected[i])) {
            return work_refuse(w, "a row is told of twice");
        }
    }
    return OK;
}

static enum err count_kinds(struct work *w, enum dimension dimension, const uint64_t *kinds)
{
    enum err e = OK;
    for (int kind = 0; e == OK && kind < CHANGE_COUNT; kind++) {
        if (kinds[kind] > 0) {
            e = counts_add(w->h->counts, w->h->store, w->job.no, dimension, change_name(kind),
                           OUTCOME_DUPLICATE, kinds[kind]);
        }
    }
    return e;
}

/* What known rows completed, and what they say otherwise. */
static enum err count_changes(struct work *w)
{
    const struct verdicts *v = &w->verdicts;
    enum err e = count_kinds(w, DIMENSION_COMPLETED, v->completed);
    if (e == OK) {
        e = count_kinds(w, DIMENSION_CHANGED, v->changed);
    }
    return e == OK && v->changed_rows > 0
               ? counts_add(w->h->counts, w->h->store, w->job.no, DIMENSION_CHANGED, CHANGED_ANY,
                            OUTCOME_DUPLICATE, v->changed_rows)
               : e;
}

static void note_runs(struct work *w)
{
    const struct verdicts *v = &w->verdicts;
    for (size_t i = 0; !w->job.dry_run && i < w->h->store->batch->count; i++) {
        runs_add(&w->h->runs, v->row_no[i], v->version[i], v->outcome[i]);
    }
    w->next_no += (int64_t)w->h->store->batch->count;
}

static enum err count_rows(struct work *w, const struct batch_commit *b)
{
    const struct batch_table *t = w->h->store->batch;
    uint64_t n[OUTCOME_COUNT] = {0};
    for (size_t i = 0; i < t->count; i++) {
        enum outcome outcome = w->verdicts.outcome[i];
        n[outcome]++;
        w->facets[t->facet[i]][outcome]++;
    }
    uint64_t told = t->count + w->rejected_count;
    if (told > b->planned_rows) {
        return work_refuse(w, "it has more rows than were planned");
    }
    struct job *job = &w->job;
    uint64_t gone = b->planned_rows - told;
    job->imported += n[OUTCOME_NEW];
    job->duplicate += n[OUTCOME_DUPLICATE] + n[OUTCOME_UPDATED];
    job->updated += n[OUTCOME_UPDATED];
    job->errors += w->rejected_count;
    job->vanished += gone;
    job->total -= gone < job->total ? gone : job->total;
    return OK;
}

/* The newest stored row, which a resume checks the source by. */
static void remember_last(struct work *w)
{
    const struct batch_table *t = w->h->store->batch;
    if (t->count == 0) {
        return;
    }
    w->job.has_last = true;
    struct native_id id = batch_table_id(t, t->count - 1);
    native_keep(&w->job.last_native, &id);
    w->job.last_started = t->started_at[t->count - 1];
}

/* ---- one batch, one transaction ---- */

static enum err commit_one(struct work *w, const struct batch_commit *b)
{
    struct store *s = w->h->store;
    if (b->first_id != w->job.next_id) {
        return work_refuse(w, "it does not begin where the job is");
    }
    if (b->play_count > BATCH_ROWS_MAX || b->item_count > ITEMS_MAX ||
        b->facets_count > FACETS_MAX || b->last_id < b->first_id || b->last_id > w->job.last_id) {
        return work_refuse(w, "its counts or its range are wrong");
    }
    w->rejected_count = 0;
    memset(w->facets, 0, b->facets_count * sizeof w->facets[0]);
    enum err e = work_items(w, b);
    if (e != OK) {
        return e;
    }
    batch_table_show(s->batch, b, w->items);
    memset(w->verdicts.completed, 0, sizeof w->verdicts.completed);
    memset(w->verdicts.changed, 0, sizeof w->verdicts.changed);
    w->verdicts.changed_rows = 0;
    e = classify_store(s, &w->job, &w->members, w->next_no, &w->verdicts);
    if (e != OK) {
        return s->batch->flaw[0] != '\0' ? work_refuse(w, s->batch->flaw) : e;
    }
    e = work_notes(w, b);
    if (e == OK) {
        e = count_rows(w, b);
    }
    if (e == OK) {
        e = check_listed_once(w);
    }
    if (e == OK) {
        e = count_facets(w, b);
    }
    if (e == OK) {
        e = count_changes(w);
    }
    if (e == OK) {
        note_runs(w);
        remember_last(w);
        w->job.next_id = b->last_id < INT64_MAX ? b->last_id + 1 : INT64_MAX;
        w->job.cursor = b->cursor.data != NULL ? b->cursor : w->job.cursor; /* see adopt() */
    }
    return e;
}

static enum err store_runs(struct work *w, int64_t first_id, int64_t last_id)
{
    if (w->job.dry_run) {
        return OK;
    }
    sqlite3_stmt *put = w->h->store->stmts[STMT_RUNS_INSERT];
    stmt_number(put, 1, w->job.no);
    stmt_number(put, 2, first_id);
    stmt_number(put, 3, last_id);
    stmt_bytes(put, 4, runs_finish(&w->h->runs));
    return stmt_run(put);
}

/* At most 600 points a job: when they are full every second goes and the step doubles. */
static enum err store_sample(struct work *w)
{
    struct store *s = w->h->store;
    enum err e = OK;
    if (w->job.elapsed_ms < w->live->sample_due && w->job.status == status_running) {
        return OK;
    }
    if (w->job.samples >= SAMPLES_PER_JOB) {
        stmt_number(s->stmts[STMT_SAMPLES_THIN], 1, w->job.no);
        stmt_number(s->stmts[STMT_SAMPLES_RENUMBER], 1, w->job.no);
        e = stmt_run(s->stmts[STMT_SAMPLES_THIN]);
        if (e == OK) {
            e = stmt_run(s->stmts[STMT_SAMPLES_RENUMBER]);
        }
        w->job.samples = (w->job.samples + 1) / 2;
        w->job.sample_step_ms *= 2;
    }
    sqlite3_stmt *put = s->stmts[STMT_SAMPLE_INSERT];
    stmt_number(put, 1, w->job.no);
    stmt_number(put, 2, w->job.samples++);
    stmt_number(put, 3, w->job.elapsed_ms);
    stmt_number(put, 4, (int64_t)job_processed(&w->job));
    sqlite3_bind_double(put, 5, progress_rate(w->live));
    return e == OK ? stmt_run(put) : e;
}

/* Numbers of rows are never given twice, whatever is removed later. */
static enum err keep_next_no(struct work *w)
{
    OWNED(stmt_reset) sqlite3_stmt *put = w->h->store->stmts[STMT_NEXT_NO_SET];
    stmt_number(put, 1, w->next_no);
    return w->job.dry_run ? OK : stmt_run(put);
}

/* What a preview would say is another thing once a run has stored. */
static enum err end_previews(struct work *w)
{
    const struct job *before = &w->live->job;
    bool stored = w->job.imported != before->imported || w->job.updated != before->updated;
    if (!stored || w->job.dry_run || w->live->previews_ended) {
        return OK;
    }
    w->h->sweep_due = true;
    return db_exec(w->h->store->db, "UPDATE jobs SET resumable = 0 WHERE dry_run AND resumable");
}

static enum err close_group(struct work *w, const struct batch_commit *first)
{
    struct job *job = &w->job;
    struct store *s = w->h->store;
    int64_t last_id = job->next_id - (job->next_id < INT64_MAX ? 1 : 0);
    uint64_t stored = job->imported - w->live->job.imported;
    job_raise_seq(job, w->now);
    enum err e = store_runs(w, first->first_id, last_id);
    if (e == OK) {
        e = counts_flush(w->h->counts, s, job->no);
    }
    if (e == OK && stored > 0 && !job->dry_run) {
        stmt_number(s->stmts[STMT_SOURCE_PLAYS_ADD], 1, job->source_no);
        stmt_number(s->stmts[STMT_SOURCE_PLAYS_ADD], 2, (int64_t)stored);
        e = stmt_run(s->stmts[STMT_SOURCE_PLAYS_ADD]);
    }
    if (e == OK) {
        e = keep_next_no(w);
    }
    if (e == OK) {
        e = end_previews(w);
    }
    if (e == OK) {
        e = store_sample(w);
    }
    if (e == OK) {
        e = job_update(s, job);
    }
    bool forget = job->dry_run && job->status == status_completed;
    return e == OK && forget ? lifecycle_forget(w->h) : e;
}

static enum err run_group(struct work *w, const struct batch_commit *const *batches, size_t count,
                          struct commit_flaw *out_flaw)
{
    struct store *s = w->h->store;
    enum err e = members_load(s->db, w->job.no, &w->members);
    if (e == OK) {
        e = db_number(s->db, "SELECT next FROM row_numbers", 1, &w->next_no);
    }
    if (e == OK) {
        e = members_versioned(s->db, &w->members, &s->versioned);
    }
    counts_reset(w->h->counts);
    runs_start(&w->h->runs);
    for (size_t i = 0; e == OK && i < count; i++) {
        out_flaw->batch = i;
        e = commit_one(w, batches[i]);
    }
    if (e == OK && batches[count - 1]->last) {
        lifecycle_complete(&w->job, w->now);
    }
    return e == OK ? close_group(w, batches[0]) : e;
}

static void take_errors(struct live *live, const struct batch_commit *b, int64_t now)
{
    for (size_t i = 0; i < b->notes_count; i++) {
        if (!b->notes[i].repair) {
            struct native_id id = row_note_id(&b->notes[i]);
            live_add_error(live, now, &id, b->notes[i].message);
        }
    }
}

/* The committed state becomes the shown one. */
static void adopt(struct live *live, struct work *w, const struct batch_commit *const *batches,
                  size_t count)
{
    struct bytes cursor = w->job.cursor;
    live->previews_ended = w->job.imported + w->job.updated > 0;
    w->job.cursor = live->job.cursor;
    live->job = w->job;
    if (cursor.data != live->job.cursor.data) { /* it lies in a batch */
        job_set_bytes(&live->job.cursor, cursor);
    }
    live->saved_at = w->now;
    if (live->job.elapsed_ms >= live->sample_due) {
        live->sample_due = live->job.elapsed_ms + live->job.sample_step_ms;
    }
    for (size_t i = 0; i < count; i++) {
        take_errors(live, batches[i], w->at);
    }
    live_clear_phase(live);
    progress_look(live, w->now);
    if (live->job.status == status_completed) {
        log_info("job completed correlation_id=%s imported=%" PRIu64 " errors=%" PRIu64,
                 live->job.job_id, live->job.imported, live->job.errors);
    }
}

enum err commit_batches(struct history *h, struct live *live,
                        const struct batch_commit *const *batches, size_t count, int64_t now,
                        struct commit_flaw *out_flaw)
{
    OWNED(free_bytes) void *memory = must_alloc(sizeof(struct work));
    struct work *w = memory;
    progress_elapsed_ms(live, now);
    w->h = h;
    w->live = live;
    w->job = live->job;
    w->now = now;
    w->at = clock_wall_ms();
    w->flaw = out_flaw->text;
    bool last = batches[count - 1]->last;
    enum err e = store_begin(h->store, last);
    if (e == OK) {
        e = store_end(h->store, run_group(w, batches, count, out_flaw));
    }
    if (e == OK) {
        adopt(live, w, batches, count);
    }
    return e;
}

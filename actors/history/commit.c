/* SPDX-License-Identifier: MIT
 * commit.c - the transaction that is also the checkpoint. Whatever stops it, the job's row and its
 * plays stay those of the transaction before. */
#include "actors/history/commit.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "actors/history/classify.h"
#include "actors/history/commit_context.h"
#include "actors/history/copied.h"
#include "actors/history/doubts.h"
#include "actors/history/forgotten_rows.h"
#include "actors/history/groups/groups.h"
#include "actors/history/lifecycle.h"
#include "actors/history/progress.h"
#include "actors/history/samples.h"
#include "actors/history/server_syncs.h"
#include "proto/base/clock.h"
#include "proto/base/log.h"

static enum err count_facets(struct commit_context *c, const struct batch_commit *b)
{
    enum err e = OK;
    struct history *h = c->h;
    for (size_t i = 0; i < b->facets_count; i++) {
        const struct facet *facet = &b->facets[i];
        for (int o = 0; e == OK && o < OUTCOME_COUNT; o++) {
            uint64_t n = c->facets[i][o];
            enum outcome as = o == OUTCOME_UPDATED ? OUTCOME_DUPLICATE : (enum outcome)o;
            if (n == 0) {
                continue;
            }
            e = counts_add(h->counts, h->store, c->job.no, DIMENSION_USER, facet->user, as, n);
            if (e == OK) {
                e = counts_add(h->counts, h->store, c->job.no, DIMENSION_MONTH, facet->month, as,
                               n);
            }
            if (e == OK) {
                e = counts_add(h->counts, h->store, c->job.no, DIMENSION_LIBRARY, facet->library,
                               as, n);
            }
        }
    }
    return e;
}

/* Each row is told of once: as a play or as a rejected one. */
static enum err check_listed_once(struct commit_context *c)
{
    const struct batch_table *t = c->h->store->batch;
    size_t play = 0;
    for (size_t i = 0; i < c->rejected_count; i++) {
        while (play < t->count && t->position[play] < c->rejected[i]) {
            play++;
        }
        if ((play < t->count && t->position[play] == c->rejected[i]) ||
            (i > 0 && c->rejected[i - 1] == c->rejected[i])) {
            return commit_refuse(c, "a row is told of twice");
        }
    }
    return OK;
}

static enum err count_kinds(struct commit_context *c, enum dimension dimension,
                            const uint64_t *kinds)
{
    enum err e = OK;
    for (int kind = 0; e == OK && kind < CHANGE_COUNT; kind++) {
        if (kinds[kind] > 0) {
            e = counts_add(c->h->counts, c->h->store, c->job.no, dimension, change_name(kind),
                           OUTCOME_DUPLICATE, kinds[kind]);
        }
    }
    return e;
}

/* What known rows completed, and what they say otherwise. */
static enum err count_changes(struct commit_context *c)
{
    const struct verdicts *v = &c->verdicts;
    enum err e = count_kinds(c, DIMENSION_COMPLETED, v->completed);
    if (e == OK) {
        e = count_kinds(c, DIMENSION_CHANGED, v->changed);
    }
    return e == OK && v->changed_rows > 0
               ? counts_add(c->h->counts, c->h->store, c->job.no, DIMENSION_CHANGED, CHANGED_ANY,
                            OUTCOME_DUPLICATE, v->changed_rows)
               : e;
}

/* Its server told of it before, and tells the same. */
static bool is_passed_over(const struct commit_context *c, size_t at)
{
    return job_passes_over_known(&c->job) && c->verdicts.outcome[at] == OUTCOME_DUPLICATE &&
           !c->verdicts.anew[at];
}

static void note_runs(struct commit_context *c)
{
    const struct verdicts *v = &c->verdicts;
    for (size_t i = 0; !c->job.dry_run && i < c->h->store->batch->count; i++) {
        if (v->forgotten[i] || is_passed_over(c, i)) {
            continue;
        }
        runs_add(&c->h->runs, v->row_no[i], v->version[i], v->outcome[i]);
    }
}

/* What is behind it is counted, and read, once more. */
static bool is_begin_of_lease(const struct batch_commit *b)
{
    return b->has_lease && b->last_id < b->lease.last_id;
}

static enum err count_rows(struct commit_context *c, const struct batch_commit *b)
{
    const struct batch_table *t = c->h->store->batch;
    uint64_t n[OUTCOME_COUNT] = {0};
    uint64_t forgotten = c->forgotten_notes;
    uint64_t known = c->known_notes;
    for (size_t i = 0; i < t->count; i++) {
        if (c->verdicts.forgotten[i]) {
            forgotten++;
            continue;
        }
        if (is_passed_over(c, i)) {
            known++;
            continue;
        }
        enum outcome outcome = c->verdicts.outcome[i];
        n[outcome]++;
        c->facets[t->facet[i]][outcome]++;
    }
    uint64_t told = t->count + c->rejected_count;
    if (told > b->planned_rows) {
        return commit_refuse(c, "it has more rows than were planned");
    }
    if (is_begin_of_lease(b) && told < b->planned_rows) {
        return commit_refuse(c, "of what is left of its lease nobody knows yet what is gone");
    }
    struct job *job = &c->job;
    uint64_t gone = b->planned_rows - told;
    job->imported += n[OUTCOME_NEW];
    job->duplicate += n[OUTCOME_DUPLICATE] + n[OUTCOME_UPDATED];
    job->updated += n[OUTCOME_UPDATED];
    job->merged += n[OUTCOME_MERGED];
    job->errors += c->rejected_count - c->forgotten_notes - c->known_notes;
    job->vanished += gone;
    uint64_t less = gone + forgotten + known + (b->has_unwanted_rows ? b->unwanted_rows : 0);
    job->total -= less < job->total ? less : job->total;
    forgotten -= c->undone_rows + c->copied_rows;
    return forgotten == 0 ? OK
                          : counts_add(c->h->counts, c->h->store, job->no, DIMENSION_OWN,
                                       "forgotten", OUTCOME_DUPLICATE, forgotten);
}

/* The newest stored row, which a resume checks the source by. */
static void remember_last(struct commit_context *c)
{
    const struct batch_table *t = c->h->store->batch;
    if (t->count == 0) {
        return;
    }
    c->job.has_last = true;
    struct native_id id = batch_table_id(t, t->count - 1);
    native_keep(&c->job.last_native, &id);
    c->job.last_started = t->started_at[t->count - 1];
}

/* ---- one batch, one transaction ---- */

/* Rows that are not stored whatever is known: of whom was forgotten, undone, or no plays. */
static enum err keep_away(struct commit_context *c)
{
    struct store *s = c->h->store;
    enum err e = classify_forgotten(s, c->server_id, &c->verdicts);
    e = e == OK ? undone_rows_skip(s, &c->job, &c->verdicts, &c->undone_rows) : e;
    return e == OK ? copied_rows_skip(s, &c->job, &c->verdicts, &c->copied_rows) : e;
}

static enum err commit_one(struct commit_context *c, const struct batch_commit *b)
{
    struct store *s = c->h->store;
    if (b->first_id != c->job.next_id) {
        return commit_refuse(c, "it does not begin where the job is");
    }
    if (b->play_count > BATCH_ROWS_MAX || b->item_count > BATCH_ROWS_MAX ||
        b->facets_count > BATCH_ROWS_MAX || b->last_id < b->first_id ||
        b->last_id > c->job.last_id) {
        return commit_refuse(c, "its counts or its range are wrong");
    }
    c->rejected_count = 0;
    c->forgotten_notes = 0;
    c->known_notes = 0;
    memset(c->facets, 0, b->facets_count * sizeof c->facets[0]);
    enum err e = commit_items(c, b);
    if (e != OK) {
        return e;
    }
    batch_table_show(s->batch, b, c->items);
    memset(c->verdicts.completed, 0, sizeof c->verdicts.completed);
    memset(c->verdicts.changed, 0, sizeof c->verdicts.changed);
    c->verdicts.changed_rows = 0;
    e = keep_away(c);
    if (e == OK) {
        e = classify_store(s, &c->job, &c->members, c->next_no, &c->verdicts);
    }
    if (e != OK) {
        return s->batch->flaw[0] != '\0' ? commit_refuse(c, s->batch->flaw) : e;
    }
    c->next_no += (int64_t)s->batch->count;
    e = groups_take_batch(s, &c->job, c->next_no - (int64_t)s->batch->count, &c->verdicts,
                          &c->next_no);
    if (e == OK) {
        e = commit_notes(c, b);
    }
    if (e == OK) {
        e = count_rows(c, b);
    }
    if (e == OK) {
        e = check_listed_once(c);
    }
    if (e == OK) {
        e = count_facets(c, b);
    }
    if (e == OK) {
        e = count_changes(c);
    }
    if (e == OK) {
        e = doubts_count(c, b);
    }
    if (e == OK) {
        e = server_syncs_stored(s, &c->job);
    }
    if (e == OK) {
        note_runs(c);
        remember_last(c);
        c->job.next_id = b->last_id < INT64_MAX ? b->last_id + 1 : INT64_MAX;
        c->job.cursor = b->cursor.data != NULL ? b->cursor : c->job.cursor; /* see adopt() */
    }
    return e;
}

/* Numbers of rows rise with every transaction, so they order them. */
static enum err store_runs(struct commit_context *c, const struct batch_commit *first,
                           int64_t last_id)
{
    if (c->job.dry_run) {
        return OK;
    }
    sqlite3_stmt *put = c->h->store->stmts[STMT_RUNS_INSERT];
    stmt_number(put, 1, c->job.no);
    stmt_number(put, 2, first->first_id);
    stmt_number(put, 3, last_id);
    stmt_bytes(put, 4, runs_finish(&c->h->runs));
    stmt_number(put, 5, c->next_no);
    (void)sqlite3_bind_double(put, 6, first->watched_percent);
    return stmt_run(put);
}

/* Numbers of rows are never given twice, whatever is removed later. */
static enum err keep_next_no(struct commit_context *c)
{
    OWNED(stmt_reset) sqlite3_stmt *put = c->h->store->stmts[STMT_NEXT_NO_SET];
    stmt_number(put, 1, c->next_no);
    return c->job.dry_run ? OK : stmt_run(put);
}

/* What a preview would say is another thing once a run has stored. */
static enum err end_previews(struct commit_context *c)
{
    const struct job *before = &c->active->job;
    bool stored = c->job.imported != before->imported || c->job.updated != before->updated ||
                  c->job.merged != before->merged;
    if (!stored || c->job.dry_run || c->active->previews_ended) {
        return OK;
    }
    c->h->sweep_due = true;
    return db_exec(c->h->store->db, "UPDATE jobs SET resumable = 0 WHERE dry_run AND resumable");
}

static enum err close_group(struct commit_context *c, const struct batch_commit *first)
{
    struct job *job = &c->job;
    struct store *s = c->h->store;
    int64_t last_id = job->next_id - (job->next_id < INT64_MAX ? 1 : 0);
    const struct job *before = &c->active->job;
    uint64_t stored = job->imported + job->merged - before->imported - before->merged;
    job_raise_seq(job, c->now);
    enum err e = store_runs(c, first, last_id);
    if (e == OK) {
        e = counts_flush(c->h->counts, s, job->no);
    }
    if (e == OK && stored > 0 && !job->dry_run) {
        stmt_number(s->stmts[STMT_SOURCE_PLAYS_ADD], 1, job->source_no);
        stmt_number(s->stmts[STMT_SOURCE_PLAYS_ADD], 2, (int64_t)stored);
        e = stmt_run(s->stmts[STMT_SOURCE_PLAYS_ADD]);
    }
    if (e == OK) {
        e = keep_next_no(c);
    }
    if (e == OK) {
        e = end_previews(c);
    }
    if (e == OK) {
        e = sample_store(s, c->active, job);
    }
    if (e == OK) {
        e = job_update(s, job);
    }
    bool forget = job->dry_run && job->status == status_completed;
    return e == OK && forget ? lifecycle_forget(c->h) : e;
}

static enum err run_group(struct commit_context *c, const struct batch_commit *const *batches,
                          size_t count, struct commit_flaw *out_flaw)
{
    struct store *s = c->h->store;
    enum err e = members_load(s->db, c->job.no, &c->members);
    if (e == OK) {
        e = db_number(s->db, "SELECT next FROM row_numbers", 1, &c->next_no);
    }
    if (e == OK) {
        e = members_versioned(s->db, &c->members, &s->versioned);
    }
    if (e == OK && people_forgot_any(s->people)) {
        e = forgotten_server(s, &c->job, c->arena, &c->server_id);
    }
    counts_reset(c->h->counts);
    runs_start(&c->h->runs);
    for (size_t i = 0; e == OK && i < count; i++) {
        out_flaw->batch = i;
        e = commit_one(c, batches[i]);
    }
    if (e == OK && batches[count - 1]->last) {
        lifecycle_complete(&c->job, c->now);
        e = server_syncs_completed(s, &c->job);
    }
    if (e == OK && job_leaves_no_trace(&c->job)) {
        return server_syncs_erase(s, c->job.no);
    }
    return e == OK ? close_group(c, batches[0]) : e;
}

static void take_errors(struct active_job *active, const struct commit_context *c,
                        const struct batch_commit *b, int64_t now)
{
    for (size_t i = 0; active->job.errors > 0 && i < b->notes_count; i++) {
        if (!b->notes[i].repair && !note_is_forgotten(c, &b->notes[i])) {
            struct native_id id = row_note_id(&b->notes[i]);
            active_job_add_error(active, now, &id, b->notes[i].message);
        }
    }
}

/* The committed state becomes the shown one. */
static void adopt(struct active_job *active, struct commit_context *c,
                  const struct batch_commit *const *batches, size_t count)
{
    struct bytes cursor = c->job.cursor;
    active->previews_ended = c->job.imported + c->job.updated + c->job.merged > 0;
    c->job.cursor = active->job.cursor;
    active->job = c->job;
    if (cursor.data != active->job.cursor.data) { /* it lies in a batch */
        job_set_bytes(&active->job.cursor, cursor);
    }
    active->saved_at = c->now;
    sample_stored(active);
    for (size_t i = 0; i < count; i++) {
        take_errors(active, c, batches[i], c->at);
    }
    active_job_clear_phase(active);
    progress_update_rate(active, c->now);
    if (active->job.status == status_completed) {
        log_info("job completed correlation_id=%s imported=%" PRIu64 " errors=%" PRIu64,
                 active->job.job_id, active->job.imported, active->job.errors);
    }
}

enum err commit_batches(struct history *h, struct active_job *active,
                        const struct batch_commit *const *batches, size_t count, int64_t now,
                        struct commit_flaw *out_flaw)
{
    OWNED(free_bytes) void *memory = must_alloc(sizeof(struct commit_context));
    struct commit_context *c = memory;
    OWNED(arena_destroy) struct arena *arena = arena_new();
    c->arena = arena;
    progress_elapsed_ms(active, now);
    c->h = h;
    c->active = active;
    c->job = active->job;
    c->now = now;
    c->at = clock_wall_ms();
    c->flaw = out_flaw->text;
    bool last = batches[count - 1]->last;
    enum err e = store_begin(h->store, last);
    if (e == OK) {
        e = store_end(h->store, run_group(c, batches, count, out_flaw));
    }
    if (e == OK) {
        adopt(active, c, batches, count);
    }
    return e;
}

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
#include "proto/base/log.h"

enum { SAMPLES_PER_JOB = 600 };

enum err work_refuse(struct work *w, const char *what)
{
    snprintf(w->flaw, FLAW_SIZE, "%s", what);
    return ERR_BATCH_REFUSED;
}

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

/* Plays and rejected rows in one rising order, each id once. */
static enum err note_runs(struct work *w)
{
    const struct batch_table *t = w->h->store->batch;
    size_t play = 0;
    size_t rejected = 0;
    while (play < t->count || rejected < w->rejected_count) {
        bool from_plays = rejected == w->rejected_count ||
                          (play < t->count && t->native_id[play] < w->rejected[rejected]);
        bool twice = (play < t->count && rejected < w->rejected_count &&
                      t->native_id[play] == w->rejected[rejected]) ||
                     (rejected > 0 && rejected < w->rejected_count &&
                      w->rejected[rejected - 1] == w->rejected[rejected]);
        if (twice) {
            return work_refuse(w, "a row is told of twice");
        }
        if (from_plays) {
            runs_add(&w->h->runs, t->native_id[play], w->outcomes[play]);
            play++;
        } else {
            runs_add(&w->h->runs, w->rejected[rejected], OUTCOME_ERROR);
            rejected++;
        }
    }
    return OK;
}

static enum err count_rows(struct work *w, const struct batch_commit *b)
{
    const struct batch_table *t = w->h->store->batch;
    uint64_t n[OUTCOME_COUNT] = {0};
    for (size_t i = 0; i < t->count; i++) {
        n[w->outcomes[i]]++;
        w->facets[t->facet[i]][w->outcomes[i]]++;
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

static char *cell_text(const struct cell *cell)
{
    if (cell->type != CELL_STR) {
        return NULL;
    }
    char *text = must_alloc((size_t)cell->size + 1);
    memcpy(text, cell->bytes, cell->size);
    return text;
}

/* The newest stored row, which a resume checks the source by. */
static void remember_last(struct work *w)
{
    const struct batch_table *t = w->h->store->batch;
    if (t->count == 0) {
        return;
    }
    free_text(&w->job.last_user);
    free_text(&w->job.last_item);
    w->job.has_last = true;
    w->job.last_native = t->native_id[t->count - 1];
    w->job.last_started = t->started_at[t->count - 1];
    w->job.last_user = cell_text(&t->last_user);
    w->job.last_item = cell_text(&t->last_item);
}

/* ---- one batch, one transaction ---- */

static enum err commit_one(struct work *w, const struct batch_commit *b)
{
    struct store *s = w->h->store;
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
    batch_table_show(s->batch, b, w->job.dry_run ? NULL : w->item_ids);
    e = classify_store(s, &w->job, w->outcomes);
    if (e != OK) {
        return s->batch->flaw[0] != '\0' ? work_refuse(w, s->batch->flaw) : e;
    }
    e = work_notes(w, b);
    if (e == OK) {
        e = count_rows(w, b);
    }
    if (e == OK) {
        e = note_runs(w);
    }
    if (e == OK) {
        e = count_facets(w, b);
    }
    if (e == OK) {
        remember_last(w);
        w->job.next_id = b->last_id < INT64_MAX ? b->last_id + 1 : INT64_MAX;
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
    enum err e = OK;
    counts_reset(w->h->counts);
    runs_start(&w->h->runs, batches[0]->first_id);
    for (size_t i = 0; e == OK && i < count; i++) {
        out_flaw->batch = i;
        e = commit_one(w, batches[i]);
    }
    if (e == OK && batches[count - 1]->last_id >= w->job.last_id) {
        lifecycle_complete(&w->job, w->now);
    }
    return e == OK ? close_group(w, batches[0]) : e;
}

static void take_errors(struct live *live, const struct batch_commit *b, int64_t now)
{
    for (size_t i = 0; i < b->notes_count; i++) {
        if (!b->notes[i].repair) {
            live_add_error(live, now, b->notes[i].record_id, b->notes[i].message);
        }
    }
}

/* The committed state becomes the shown one. */
static void adopt(struct live *live, struct work *w, const struct batch_commit *const *batches,
                  size_t count)
{
    free_text(&live->job.last_user);
    free_text(&live->job.last_item);
    live->job = w->job;
    if (live->job.elapsed_ms >= live->sample_due) {
        live->sample_due = live->job.elapsed_ms + live->job.sample_step_ms;
    }
    for (size_t i = 0; i < count; i++) {
        take_errors(live, batches[i], w->now);
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
    w->flaw = out_flaw->text;
    w->job.last_user = live->job.last_user != NULL ? must_strdup(live->job.last_user) : NULL;
    w->job.last_item = live->job.last_item != NULL ? must_strdup(live->job.last_item) : NULL;
    bool last = batches[count - 1]->last_id >= live->job.last_id;
    enum err e = store_begin(h->store, last);
    if (e == OK) {
        e = store_end(h->store, run_group(w, batches, count, out_flaw));
    }
    if (e != OK) {
        free_text(&w->job.last_user);
        free_text(&w->job.last_item);
        return e;
    }
    adopt(live, w, batches, count);
    return OK;
}

/* SPDX-License-Identifier: MIT
 * batches.c - batches from the bus into transactions: early ones wait in a reorder buffer, those
 * that are due share a transaction with the ones that follow, old ones are acknowledged. */
#include "actors/history/batches.h"

#include <inttypes.h>

#include "actors/history/commit.h"
#include "actors/history/lifecycle.h"
#include "actors/history/progress.h"
#include "proto/base/clock.h"
#include "proto/schema/operations.h"

enum {
    GROUP_WAIT_MS = 1,   /* those that came while the last transaction ran share the next */
    PUBLISH_GAP_MS = 250 /* at commits; changes of status are told at once */
};

struct history *history_of(struct actor *a)
{
    return ((struct history_actor *)actor_self(a))->h;
}

void history_publish(struct actor *a, struct live *live)
{
    OWNED(arena_destroy) struct arena *arena = arena_new();
    struct sync_progress event = {0};
    int64_t now = clock_steady_ms();
    progress_fill(live, now, arena, &event.progress);
    if (live->job.planned) {
        PUT(&event, next_id, live->job.next_id);
    }
    live->published_at = now;
    char subject[SUBJECT_SIZE];
    operation_subject(live->job.operation, live->job.server_id, subject);
    publish_sync_progress(a, &event, subject, event.progress.seq);
}

static void answer_batch(struct actor *a, struct waiting *w, int64_t next_id)
{
    struct batch_committed done = {.next_id = next_id};
    struct msg *m = w->token;
    (void)reply_batch_committed(a, m, &done);
}

static void refuse_batch(struct actor *a, struct waiting *w, enum err code, const char *text)
{
    struct refusal why = {.code = err_code(code), .text = text};
    struct msg *m = w->token;
    (void)actor_refuse(a, m, code, text != NULL ? &why : NULL);
}

void batches_refuse(struct actor *a, struct live *live, enum err code)
{
    struct waiting w;
    while (reorder_buffer_take_any(&live->reorder_buffer, &w)) {
        refuse_batch(a, &w, code, NULL);
    }
}

/* Who sent it hears how far the job is. */
static enum err refuse_straddling(struct actor *a, struct live *live, const struct msg *m)
{
    OWNED(arena_destroy) struct arena *arena = arena_new();
    struct refusal why = {.code = err_code(ERR_BATCH_STRADDLES), .has_stats = true};
    progress_fill(live, clock_steady_ms(), arena, &why.stats);
    return actor_refuse(a, m, ERR_BATCH_STRADDLES, &why);
}

static void answer_committed(struct actor *a, struct live *live)
{
    struct waiting w;
    bool over = live->job.status == status_completed;
    while (over ? reorder_buffer_take_any(&live->reorder_buffer, &w)
                : reorder_buffer_take_before(&live->reorder_buffer, live->job.next_id, &w)) {
        if (over || w.batch->last_id < live->job.next_id) {
            answer_batch(a, &w, live->job.next_id);
        } else {
            (void)refuse_straddling(a, live, w.token);
        }
    }
}

/* What stopped a commit, told to those who wait. */
static void commit_failed(struct actor *a, struct live *live, enum err e, struct waiting *group,
                          size_t count, const struct commit_flaw *flaw)
{
    if (e == ERR_BATCH_REFUSED && flaw->batch < count) {
        struct waiting *bad = &group[flaw->batch];
        log_warn("batch refused correlation_id=%s first_id=%" PRId64 " reason=%s, the job goes on",
                 live->job.job_id, bad->batch->first_id, flaw->text);
        (void)reorder_buffer_take(&live->reorder_buffer, bad->token);
        refuse_batch(a, bad, e, flaw->text);
        return;
    }
    if (e == ERR_DISK_FULL) {
        lifecycle_disk_full(history_of(a), live, clock_steady_ms());
        history_publish(a, live);
    }
    batches_refuse(a, live, e);
}

/* One transaction; true if there may be more to do. */
static bool commit_group(struct actor *a, struct live *live)
{
    struct waiting group[GROUP_BATCHES];
    const struct batch_commit *batches[GROUP_BATCHES];
    uint64_t rows = 0;
    size_t count = reorder_buffer_group(&live->reorder_buffer, live->job.next_id, group, &rows);
    if (count == 0 || live->job.status != status_running) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        batches[i] = group[i].batch;
    }
    struct commit_flaw flaw = {0};
    int64_t now = clock_steady_ms();
    enum err e = commit_batches(history_of(a), live, batches, count, now, &flaw);
    if (e != OK) {
        commit_failed(a, live, e, group, count, &flaw);
        return e == ERR_BATCH_REFUSED;
    }
    answer_committed(a, live);
    if (live->job.status != status_running || now - live->published_at >= PUBLISH_GAP_MS) {
        history_publish(a, live);
    }
    return true;
}

static void commit_waiting(struct actor *a, void *context);

/* Other messages get their turn between two transactions. */
static void commit_later(struct actor *a, int64_t ms)
{
    struct history_actor *self = actor_self(a);
    if (!self->commit_due) {
        self->commit_due = true;
        actor_after(a, ms, commit_waiting, NULL);
    }
}

static void commit_waiting(struct actor *a, void *context)
{
    (void)context;
    struct history_actor *self = actor_self(a);
    bool more = false;
    self->commit_due = false;
    for (struct live *live = self->h->lives; live != NULL; live = live->next) {
        more = commit_group(a, live) || more;
    }
    if (more) {
        commit_later(a, 0);
    }
}

/* A copy whose asker has given up gives way: copies would else fill the reorder buffer with batches
 * that nobody can be told of. One whose asker still waits stays, and is answered; who has read the
 * same rows meanwhile, under a lease that was given out again, asks once more. */
static bool buffer_batch(struct live *live, struct msg *kept)
{
    const struct batch_commit *b = msg_batch_commit(kept);
    struct msg *copy = reorder_buffer_copy_of(&live->reorder_buffer, b);
    if (copy != NULL && clock_monotonic_ms() < msg_deadline_ms(copy)) {
        return false;
    }
    if (copy != NULL) {
        (void)reorder_buffer_take(&live->reorder_buffer, copy);
        msg_destroy(&copy);
    }
    return reorder_buffer_add(&live->reorder_buffer, live->job.next_id, b, kept);
}

enum err batches_take(struct actor *a, const struct msg *m)
{
    struct history_actor *self = actor_self(a);
    const struct batch_commit *b = msg_batch_commit(m);
    struct live *live = live_by_id(self->h, b->job_id);
    bool known = false;
    enum err place = live != NULL ? lifecycle_place(live, b, &known) : OK;
    if (known) {
        struct batch_committed done = {.next_id = live->job.next_id};
        return reply_batch_committed(a, m, &done);
    }
    enum err e = lifecycle_current(self->h, b->job_id, b->attempt, &live);
    if (e != OK || place != OK) {
        return e == OK && place == ERR_BATCH_STRADDLES ? refuse_straddling(a, live, m)
               : e == OK                               ? place
                                                       : e;
    }
    struct msg *kept = msg_keep(m);
    if (!buffer_batch(live, kept)) {
        return actor_refuse(a, kept, ERR_BUSY, NULL);
    }
    struct waiting group[GROUP_BATCHES];
    uint64_t rows = 0;
    (void)reorder_buffer_group(&live->reorder_buffer, live->job.next_id, group, &rows);
    bool enough = rows >= GROUP_ROWS || b->last;
    if (!enough) {
        commit_later(a, GROUP_WAIT_MS);
    } else if (commit_group(a, live)) {
        commit_later(a, 0);
    }
    return OK;
}

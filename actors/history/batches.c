/* SPDX-License-Identifier: MIT
 * batches.c - batches from the bus into transactions: early ones wait in a reorder buffer, those
 * that are due share a transaction with the ones that follow, old ones are acknowledged. */
#include "actors/history/batches.h"

#include <inttypes.h>
#include <string.h>

#include "actors/history/commit.h"
#include "actors/history/job_audit.h"
#include "actors/history/lifecycle.h"
#include "actors/history/progress.h"
#include "actors/history/server_syncs.h"
#include "proto/base/clock.h"
#include "proto/schema/operations.h"

enum {
    GROUP_WAIT_MS = 1,  /* those that came while the last transaction ran share the next */
    PAUSE_LOOK_MS = 10, /* who gives way to another job looks so often whether that has ended */
    NOT_LEASED_GAP_MS = 60000,
    PUBLISH_GAP_MS = 250 /* at commits; changes of status are told at once */
};

struct history *history_of(struct actor *a)
{
    return ((struct history_actor *)actor_self(a))->h;
}

void history_publish(struct actor *a, struct active_job *active)
{
    OWNED(arena_destroy) struct arena *arena = arena_new();
    struct sync_progress event = {0};
    if (job_is_silent(&active->job)) {
        return;
    }
    int64_t now = clock_steady_ms();
    progress_fill(active, now, arena, &event.progress);
    if (active->job.planned) {
        PUT(&event, next_id, active->job.next_id);
    }
    active->published_at = now;
    char subject[SUBJECT_SIZE];
    operation_subject(active->job.operation, active->job.server_id, subject);
    publish_sync_progress(a, &event, subject, event.progress.seq);
}

static void answer_before(struct actor *a, struct waiting *w, int64_t next_id)
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

void batches_refuse(struct actor *a, struct active_job *active, enum err code)
{
    struct waiting w;
    while (reorder_buffer_take_any(&active->reorder_buffer, &w)) {
        refuse_batch(a, &w, code, NULL);
    }
}

/* Who sent it hears how far the job is. */
static enum err refuse_straddling(struct actor *a, struct active_job *active, const struct msg *m)
{
    OWNED(arena_destroy) struct arena *arena = arena_new();
    struct refusal why = {.code = err_code(ERR_BATCH_STRADDLES), .has_stats = true};
    progress_fill(active, clock_steady_ms(), arena, &why.stats);
    return actor_refuse(a, m, ERR_BATCH_STRADDLES, &why);
}

/* Its coordinator believes no worker on another machine, and gives out no more until it hears. */
static void publish_committed(struct actor *a, const struct active_job *active,
                              const struct batch_commit *const *batches, size_t count)
{
    const struct job *job = &active->job;
    bool far = false;
    for (size_t i = 0; i < count; i++) {
        far = far || lease_is_sampled(batches[i]);
    }
    if (far) {
        struct rows_committed event = {.job_id = job->job_id};
        PUT(&event, attempt, job->attempt);
        PUT(&event, next_id, job->next_id);
        char subject[SUBJECT_SIZE];
        operation_subject(job->operation, job->server_id, subject);
        publish_rows_committed(a, &event, subject, job->seq);
    }
}

/* Those that one transaction committed. */
static void answer_group(struct actor *a, struct active_job *active, const struct waiting *group,
                         size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct batch_committed done = {.next_id = active->job.next_id};
        struct msg *m = group[i].token;
        PUT(&done, rows, group[i].batch->planned_rows);
        (void)reorder_buffer_take(&active->reorder_buffer, m);
        (void)reply_batch_committed(a, m, &done);
    }
}

static void answer_committed(struct actor *a, struct active_job *active)
{
    struct waiting w;
    bool over = active->job.status == status_completed;
    while (over ? reorder_buffer_take_any(&active->reorder_buffer, &w)
                : reorder_buffer_take_before(&active->reorder_buffer, active->job.next_id, &w)) {
        if (over || w.batch->last_id < active->job.next_id) {
            answer_before(a, &w, active->job.next_id);
        } else {
            (void)refuse_straddling(a, active, w.token);
        }
    }
}

/* Told before it is refused, as that ends the message. */
static void hold_against(struct actor *a, struct active_job *active, const struct msg *m,
                         const char *why)
{
    struct history_actor *self = actor_self(a);
    const char *worker = msg_sender(m);
    if (far_keys_note(&self->far_keys, msg_batch_commit(m), worker, why)) {
        log_warn("a worker elsewhere delivers what cannot be stored, it is revoked worker=%s"
                 " correlation_id=%s",
                 worker, active->job.job_id);
        (void)far_keys_refuse(a, &active->reorder_buffer, worker, ERR_BATCH_NOT_LEASED);
        far_keys_tell(&self->far_keys, a);
    }
}

/* What stopped a commit, told to those who wait. */
static void commit_failed(struct actor *a, struct active_job *active, enum err e,
                          struct waiting *group, size_t count, const struct commit_flaw *flaw)
{
    if (e == ERR_BATCH_REFUSED && flaw->batch < count) {
        struct waiting *bad = &group[flaw->batch];
        log_line(log_seldom(&active->refused, LEVEL_WARN),
                 "batch refused correlation_id=%s first_id=%" PRId64 " reason=%s, the job goes on",
                 active->job.job_id, bad->batch->first_id, flaw->text);
        (void)reorder_buffer_take(&active->reorder_buffer, bad->token);
        hold_against(a, active, bad->token, flaw->text);
        refuse_batch(a, bad, e, flaw->text);
        return;
    }
    if (e == ERR_DISK_FULL) {
        lifecycle_disk_full(history_of(a), active, clock_steady_ms());
        history_publish(a, active);
    }
    batches_refuse(a, active, e);
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

static void pause_over(struct actor *a, void *context)
{
    (void)context;
    struct history_actor *self = actor_self(a);
    self->pause_due = false;
    commit_later(a, 0);
}

static bool gives_way(struct actor *a, struct active_job *active)
{
    struct history_actor *self = actor_self(a);
    bool waits = self->h->take_back.job_no != 0 || turn_waits(self->h, active, clock_steady_ms());
    if (waits && !self->pause_due) {
        self->pause_due = true;
        actor_after(a, PAUSE_LOOK_MS, pause_over, NULL);
    }
    return waits;
}

static bool ends(const struct batch_commit *b)
{
    return b->has_last && b->last;
}

/* One transaction; true if there may be more to do. */
static bool commit_group(struct actor *a, struct active_job *active)
{
    struct waiting group[GROUP_BATCHES];
    const struct batch_commit *batches[GROUP_BATCHES];
    uint64_t rows = 0;
    const struct history_actor *self = actor_self(a);
    size_t count = reorder_buffer_group(&active->reorder_buffer, active->job.next_id, group, &rows);
    if (count > 0 && ends(group[count - 1].batch) &&
        doubts_hold(&self->doubts, active->job.job_id)) {
        count--; /* it waits until that is settled */
    }
    if (count == 0 || active->job.status != status_running || gives_way(a, active)) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        batches[i] = group[i].batch;
    }
    struct commit_flaw flaw = {0};
    int64_t now = clock_steady_ms();
    enum err e = commit_batches(history_of(a), active, batches, count, now, &flaw);
    turn_taken(active, now, clock_steady_ms());
    if (e != OK) {
        commit_failed(a, active, e, group, count, &flaw);
        return e == ERR_BATCH_REFUSED;
    }
    publish_committed(a, active, batches, count);
    answer_group(a, active, group, count);
    answer_committed(a, active);
    if (active->job.status != status_running || now - active->published_at >= PUBLISH_GAP_MS) {
        history_publish(a, active);
    }
    return true;
}

static void commit_waiting(struct actor *a, void *context)
{
    (void)context;
    struct history_actor *self = actor_self(a);
    bool more = false;
    self->commit_due = false;
    for (struct active_job *active = self->h->active_jobs; active != NULL; active = active->next) {
        more = commit_group(a, active) || more;
    }
    if (more) {
        commit_later(a, 0);
    }
}

void batches_go_on(struct actor *a)
{
    commit_later(a, 0);
}

/* A copy whose asker still waits stays, and is answered; who has read the same rows meanwhile,
 * under a lease that was given out again, asks once more. */
static bool is_awaited(const struct active_job *active, const struct batch_commit *b)
{
    const struct msg *copy = reorder_buffer_copy_of(&active->reorder_buffer, b);
    return copy != NULL && clock_monotonic_ms() < msg_deadline_ms(copy);
}

/* A copy whose asker has given up gives way: copies would else fill the reorder buffer with batches
 * that nobody can be told of. */
static bool buffer_batch(struct active_job *active, struct msg *kept)
{
    const struct batch_commit *b = msg_batch_commit(kept);
    struct msg *copy = reorder_buffer_copy_of(&active->reorder_buffer, b);
    if (copy != NULL) {
        (void)reorder_buffer_take(&active->reorder_buffer, copy);
        msg_destroy(&copy);
    }
    return reorder_buffer_add(&active->reorder_buffer, active->job.next_id, b, kept);
}

/* ---- who may deliver ---- */

void batches_keep_key(struct active_job *active, struct bytes key)
{
    if (key.data != NULL && key.size == LEASE_KEY_SIZE) {
        memcpy(active->lease_key, key.data, LEASE_KEY_SIZE);
        active->has_lease_key = true;
    }
}

/* NULL, or what is wrong with it: a batch comes from the coordinator itself, or under its lease. */
static const char *flaw_of_sender(const struct active_job *active, const struct msg *m)
{
    const struct operation_desc *operation = &operations[active->job.operation];
    const char *sender = msg_sender(m);
    if (operation->leased) {
        return lease_mac_flaw(active->lease_key, msg_batch_commit(m), sender);
    }
    size_t size = strlen(operation->coordinator);
    bool from_it = strncmp(sender, operation->coordinator, size) == 0 && sender[size] == '#';
    return from_it ? NULL : "it does not come from the coordinator";
}

/* One entry and one line a minute and job say that it happens, however often it does. */
static enum err refuse_not_leased(struct actor *a, struct active_job *active, const struct msg *m,
                                  const char *flaw)
{
    const struct refusal why = {.code = err_code(ERR_BATCH_NOT_LEASED), .text = flaw};
    int64_t now = clock_steady_ms();
    bool due =
        active->not_leased_told_at == 0 || now - active->not_leased_told_at >= NOT_LEASED_GAP_MS;
    log_line(due ? LEVEL_WARN : LEVEL_DEBUG,
             "batch refused, its sender holds no lease of it sender=%s first_id=%" PRId64
             " reason=%s correlation_id=%s",
             msg_sender(m), msg_batch_commit(m)->first_id, flaw, active->job.job_id);
    if (due && job_audit_not_leased(history_of(a)->store, &active->job, msg_sender(m)) == OK) {
        active->not_leased_told_at = now;
    }
    return actor_refuse(a, m, ERR_BATCH_NOT_LEASED, &why);
}

enum err batches_take(struct actor *a, const struct msg *m)
{
    struct history_actor *self = actor_self(a);
    const struct batch_commit *b = msg_batch_commit(m);
    struct active_job *active = active_job_by_id(self->h, b->job_id);
    bool known = false;
    enum err place = active != NULL ? lifecycle_place(active, b, &known) : OK;
    if (known) {
        struct batch_committed done = {.next_id = active->job.next_id};
        return reply_batch_committed(a, m, &done);
    }
    enum err e = lifecycle_current(self->h, b->job_id, b->attempt, &active);
    if (e != OK || place != OK) {
        return e == OK && place == ERR_BATCH_STRADDLES ? refuse_straddling(a, active, m)
               : e == OK                               ? place
                                                       : e;
    }
    if (operations[active->job.operation].leased && !active->has_lease_key) {
        return ERR_BUSY; /* since this process was started its coordinator has not told it */
    }
    const char *flaw = flaw_of_sender(active, m);
    flaw = flaw == NULL ? far_keys_flaw(&self->far_keys, b, msg_sender(m)) : flaw;
    if (flaw != NULL) {
        return refuse_not_leased(a, active, m, flaw);
    }
    if (is_awaited(active, b)) {
        return ERR_BUSY;
    }
    e = doubts_check(&self->doubts, a, active, m);
    if (e != OK) {
        if (e == ERR_BATCH_REFUSED) {
            hold_against(a, active, m, "its items or its sample are not those of its lease");
        }
        return e;
    }
    turn_heard(active, clock_steady_ms());
    struct msg *kept = msg_keep(m);
    if (!buffer_batch(active, kept)) {
        return actor_refuse(a, kept, ERR_BUSY, NULL);
    }
    struct waiting group[GROUP_BATCHES];
    uint64_t rows = 0;
    (void)reorder_buffer_group(&active->reorder_buffer, active->job.next_id, group, &rows);
    bool enough = rows >= GROUP_ROWS || b->last;
    if (!enough) {
        commit_later(a, GROUP_WAIT_MS);
    } else if (commit_group(a, active)) {
        commit_later(a, 0);
    }
    return OK;
}

/* What it sent before it was revoked may come after this. */
enum err batches_worker_gone(struct actor *a, const struct msg *m)
{
    struct history_actor *self = actor_self(a);
    const char *worker = msg_worker_gone(m)->worker;
    size_t refused = 0;
    far_keys_gone(&self->far_keys, worker);
    for (struct active_job *active = self->h->active_jobs; active != NULL; active = active->next) {
        refused += far_keys_refuse(a, &active->reorder_buffer, worker, ERR_BATCH_NOT_LEASED);
    }
    if (refused > 0) {
        log_info("batches of a worker that is let in no more are refused worker=%s batches=%zu",
                 worker, refused);
    }
    return OK;
}

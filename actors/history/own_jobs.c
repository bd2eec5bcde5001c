/* SPDX-License-Identifier: MIT
 * own_jobs.c - the table of what the history does itself, and the loop that does it. Whatever ends
 * the process, the next one goes on behind the last committed step. */
#include "actors/history/own_jobs.h"

#include <inttypes.h>
#include <string.h>

#include "actors/history/batches.h"
#include "actors/history/forget.h"
#include "actors/history/lifecycle.h"
#include "actors/history/people_change.h"
#include "actors/history/progress.h"
#include "actors/history/samples.h"
#include "actors/history/undo.h"
#include "proto/base/clock.h"
#include "proto/base/log.h"
#include "proto/schema/operations.h"

enum {
    STEP_MS = 30, /* with its commit a step then stays below 50 ms */
    PUBLISH_GAP_MS = 250
};

static const struct own_operation *const own[operation_COUNT] = {
    [operation_undo] = &undo_operation,
    [operation_regroup] = &people_operation,
    [operation_forget] = &forget_operation,
};

const struct own_operation *own_operation(enum operation operation)
{
    return own[operation];
}

bool own_job_is_missing(enum operation operation)
{
    return operation_is_own(&operations[operation]) && own[operation] == NULL;
}

static void release(struct history *h, const struct own_operation *o)
{
    if (o != NULL && o->release != NULL) {
        o->release(h);
    }
}

/* ---- one transaction ---- */

static enum err write_step(struct own_step *step, const struct active_job *active, int64_t now)
{
    struct store *s = step->h->store;
    job_raise_seq(step->job, now);
    step->job->cursor = (struct bytes){step->cursor->data, step->cursor->size};
    enum err e = counts_flush(step->h->counts, s, step->job->no);
    if (e == OK) {
        e = sample_store(s, active, step->job);
    }
    return e == OK ? job_update(s, step->job) : e;
}

static enum err run_step(struct own_step *step, const struct active_job *active, int64_t now)
{
    counts_reset(step->h->counts);
    step->until_ms = clock_monotonic_ms() + STEP_MS;
    enum err e = own[step->job->operation]->step(step);
    return e == OK ? write_step(step, active, now) : e;
}

/* Durable, as every end of a job. */
static enum err run_end(struct own_step *step, const struct active_job *active, int64_t now)
{
    const struct own_operation *o = own[step->job->operation];
    counts_reset(step->h->counts);
    enum err e = o->finish != NULL ? o->finish(step->h, step->job) : OK;
    if (e == OK) {
        lifecycle_complete(step->job, now);
        e = write_step(step, active, now);
    }
    return e;
}

/* The committed state becomes the shown one. */
static void adopt(struct active_job *active, struct job *job, int64_t now)
{
    struct bytes cursor = job->cursor; /* lies in the step's buffer */
    job->cursor = active->job.cursor;
    active->job = *job;
    job_set_bytes(&active->job.cursor, cursor);
    active->saved_at = now;
    sample_stored(active);
    progress_update_rate(active, now);
}

static enum err transaction(struct own_step *step, struct active_job *active, int64_t now, bool end)
{
    enum err e = store_begin(step->h->store, end);
    if (e == OK) {
        e = store_end(step->h->store,
                      end ? run_end(step, active, now) : run_step(step, active, now));
    }
    if (end) { /* it may have changed who is who, or failed to */
        enum err read = store_read_people(step->h->store);
        e = e == OK ? read : e;
    }
    if (e == OK) {
        adopt(active, step->job, now);
    }
    return e;
}

enum err own_job_step(struct history *h, struct active_job *active, int64_t now, bool *out_more)
{
    OWNED(buffer_release) struct buffer cursor = {0};
    progress_elapsed_ms(active, now);
    struct job job = active->job;
    struct own_step step = {.h = h, .job = &job, .cursor = &cursor};
    buffer_append(&cursor, job.cursor.data, job.cursor.size);
    enum err e = transaction(&step, active, now, false);
    if (e == OK && step.done) {
        job = active->job;
        e = transaction(&step, active, now, true);
    }
    if (e != OK) { /* what it kept may never have been committed */
        release(h, own[active->job.operation]);
    }
    *out_more = e == OK && !step.done;
    if (e == OK && step.done) {
        log_info("job completed correlation_id=%s rows=%" PRIu64, active->job.job_id,
                 job_processed(&active->job));
    }
    return e;
}

/* ---- the loop ---- */

static void end_in_error(struct history *h, struct active_job *active, enum err e, int64_t now)
{
    if (e == ERR_DISK_FULL) {
        lifecycle_disk_full(h, active, now);
        return;
    }
    const char *text = err_about_text()[0] != '\0' ? err_about_text() : err_sentence(e);
    struct job_fail fail = {.job_id = active->job.job_id,
                            .attempt = active->job.attempt,
                            .code = err_code(e),
                            .text = text};
    struct active_job *ended = NULL;
    if (lifecycle_fail(h, &fail, now, &ended) != OK) {
        log_warn("a job's end could not be written correlation_id=%s, trying again",
                 active->job.job_id);
    }
}

static struct active_job *running(const struct history *h)
{
    struct active_job *active = h->active_jobs;
    while (active != NULL &&
           (active->job.status != status_running || own[active->job.operation] == NULL)) {
        active = active->next;
    }
    return active;
}

static void step_later(struct actor *a, void *context)
{
    (void)context;
    struct history_actor *self = actor_self(a);
    struct active_job *active = running(self->h);
    self->own_due = false;
    if (active == NULL) {
        return;
    }
    bool more = false;
    int64_t now = clock_steady_ms();
    enum err e = own_job_step(self->h, active, now, &more);
    if (e != OK) {
        end_in_error(self->h, active, e, now);
    }
    if (active->job.status != status_running || now - active->published_at >= PUBLISH_GAP_MS) {
        history_publish(a, active);
    }
    if (more) {
        own_jobs_go_on(a);
    }
}

void own_jobs_go_on(struct actor *a)
{
    struct history_actor *self = actor_self(a);
    bool runs = running(self->h) != NULL;
    if (runs && !self->own_due) {
        self->own_due = true;
        actor_after(a, 0, step_later, NULL);
    }
    for (int i = 0; !runs && i < operation_COUNT; i++) {
        release(self->h, own[i]);
    }
}

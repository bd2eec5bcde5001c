/* SPDX-License-Identifier: MIT
 * history.c - the only writer and reader of the history: jobs, batches and questions.
 *
 * A command may come twice: a job's id names one job, a batch below next_id is acknowledged and
 * changes nothing, and stop, fail and clear find nothing left to do. What an answer promises has
 * been committed before it is sent. */
#include <inttypes.h>
#include <string.h>

#include "actors/history/commit.h"
#include "actors/history/lifecycle.h"
#include "actors/history/progress.h"
#include "actors/history/questions.h"
#include "actors/history/sources.h"
#include "proto/base/clock.h"
#include "proto/bus/actor.h"

enum {
    GROUP_WAIT_MS = 1,    /* those that came while the last transaction ran share the next */
    PUBLISH_GAP_MS = 250, /* at commits; changes of status are told at once */
    TICK_MS = 1000,
    INSTANCE_SIZE = 130
};

struct history_actor {
    struct history *h;                                 /* owned */
    sqlite3 *reader_db;                                /* owned; used by the reading thread alone */
    bool commit_due;                                   /* a timer will commit what waits */
    char coordinators[operation_COUNT][INSTANCE_SIZE]; /* instance that is up; empty: away */
};

static struct history *history_of(struct actor *a)
{
    return ((struct history_actor *)actor_self(a))->h;
}

static void publish(struct actor *a, struct live *live)
{
    OWNED(arena_destroy) struct arena *arena = arena_new();
    struct sync_progress event = {0};
    int64_t now = clock_wall_ms();
    progress_fill(live, now, arena, &event.progress);
    if (live->job.planned) {
        PUT(&event, next_id, live->job.next_id);
    }
    live->published_at = now;
    publish_sync_progress(a, &event, live_subject(live, arena), event.progress.seq);
}

/* ---- batches ---- */

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

static void refuse_waiting(struct actor *a, struct live *live, enum err code)
{
    struct waiting w;
    while (window_take_any(&live->window, &w)) {
        refuse_batch(a, &w, code, NULL);
    }
}

static void answer_committed(struct actor *a, struct live *live)
{
    struct waiting w;
    bool over = live->job.status == status_completed;
    while (over ? window_take_any(&live->window, &w)
                : window_take_before(&live->window, live->job.next_id, &w)) {
        answer_batch(a, &w, live->job.next_id);
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
        (void)window_take(&live->window, bad->token);
        refuse_batch(a, bad, e, flaw->text);
        return;
    }
    if (e == ERR_DISK_FULL) {
        lifecycle_disk_full(history_of(a), live, clock_wall_ms());
        publish(a, live);
    }
    refuse_waiting(a, live, e);
}

/* One transaction; true if there may be more to do. */
static bool commit_group(struct actor *a, struct live *live)
{
    struct waiting group[GROUP_BATCHES];
    const struct batch_commit *batches[GROUP_BATCHES];
    uint64_t rows = 0;
    size_t count = window_group(&live->window, live->job.next_id, group, &rows);
    if (count == 0 || live->job.status != status_running) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        batches[i] = group[i].batch;
    }
    struct commit_flaw flaw = {0};
    int64_t now = clock_wall_ms();
    enum err e = commit_batches(history_of(a), live, batches, count, now, &flaw);
    if (e != OK) {
        commit_failed(a, live, e, group, count, &flaw);
        return e == ERR_BATCH_REFUSED;
    }
    answer_committed(a, live);
    if (live->job.status != status_running || now - live->published_at >= PUBLISH_GAP_MS) {
        publish(a, live);
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

static enum err on_batch(struct actor *a, const struct msg *m)
{
    struct history_actor *self = actor_self(a);
    const struct batch_commit *b = msg_batch_commit(m);
    struct live *live = live_by_id(self->h, b->job_id);
    if (live != NULL && b->attempt == live->job.attempt && live->job.planned &&
        (b->first_id < live->job.next_id || live->job.status == status_completed)) {
        struct batch_committed done = {.next_id = live->job.next_id};
        return reply_batch_committed(a, m, &done);
    }
    enum err e = lifecycle_current(self->h, b->job_id, b->attempt, &live);
    if (e != OK) {
        return e;
    }
    if (!live->job.planned || b->last_id < b->first_id) {
        return ERR_BATCH_REFUSED;
    }
    struct msg *kept = msg_keep(m);
    if (!window_add(&live->window, live->job.next_id, msg_batch_commit(kept), kept)) {
        return actor_refuse(a, kept, ERR_BUSY, NULL);
    }
    struct waiting group[GROUP_BATCHES];
    uint64_t rows = 0;
    (void)window_group(&live->window, live->job.next_id, group, &rows);
    bool enough = rows >= GROUP_ROWS || b->last_id >= live->job.last_id;
    if (!enough) {
        commit_later(a, GROUP_WAIT_MS);
    } else if (commit_group(a, live)) {
        commit_later(a, 0);
    }
    return OK;
}

/* ---- jobs ---- */

static void note_coordinators(struct history_actor *self)
{
    for (struct live *live = self->h->lives; live != NULL; live = live->next) {
        live->coordinator_away = self->coordinators[live->job.operation][0] == '\0';
    }
}

static enum err on_job_create(struct actor *a, const struct msg *m)
{
    struct history_actor *self = actor_self(a);
    OWNED(arena_destroy) struct arena *arena = arena_new();
    struct job_created done;
    struct refusal why;
    const struct job_create *ask = msg_job_create(m);
    enum err e = lifecycle_create(self->h, ask, clock_wall_ms(), arena, &done, &why);
    if (e == ERR_IMPORT_RUNNING || e == ERR_SYNC_RUNNING) {
        return actor_refuse(a, m, e, &why);
    }
    if (e != OK) {
        return e;
    }
    note_coordinators(self);
    struct live *live = live_by_id(self->h, done.task.job_id);
    if (live != NULL && !done.known) {
        publish(a, live);
    }
    return reply_job_created(a, m, &done);
}

/* A job whose next state cannot be written ends in error, on disk as soon as that is possible. */
static void end_if_full(struct actor *a, enum err e, const char *job_id)
{
    struct live *live = live_by_id(history_of(a), job_id);
    if (e == ERR_DISK_FULL && live != NULL && live->job.status == status_running) {
        lifecycle_disk_full(history_of(a), live, clock_wall_ms());
        refuse_waiting(a, live, e);
        publish(a, live);
    }
}

static enum err on_job_plan(struct actor *a, const struct msg *m)
{
    struct job_planned done = {0};
    const struct job_plan *ask = msg_job_plan(m);
    enum err e = lifecycle_plan(history_of(a), ask, clock_wall_ms(), &done);
    if (e != OK) {
        end_if_full(a, e, ask->job_id);
        return e;
    }
    publish(a, live_by_id(history_of(a), ask->job_id));
    return reply_job_planned(a, m, &done);
}

static enum err answer_state(struct actor *a, const struct msg *m, struct live *live)
{
    OWNED(arena_destroy) struct arena *arena = arena_new();
    struct job_state done = {0};
    if (live != NULL) {
        publish(a, live);
        progress_fill(live, clock_wall_ms(), arena, &done.stats);
    }
    return reply_job_state(a, m, &done);
}

static enum err on_job_phase(struct actor *a, const struct msg *m)
{
    struct live *live = NULL;
    enum err e = lifecycle_phase(history_of(a), msg_job_phase(m), &live);
    return e == OK ? answer_state(a, m, live) : e;
}

static enum err on_job_fail(struct actor *a, const struct msg *m)
{
    struct live *live = NULL;
    enum err e = lifecycle_fail(history_of(a), msg_job_fail(m), clock_wall_ms(), &live);
    if (e != OK) {
        end_if_full(a, e, msg_job_fail(m)->job_id);
        return e;
    }
    refuse_waiting(a, live, ERR_NOT_RUNNING);
    return answer_state(a, m, live);
}

static enum err on_job_stop(struct actor *a, const struct msg *m)
{
    const struct job_stop *ask = msg_job_stop(m);
    struct live *live = live_find(history_of(a), ask->operation, ask->server_id);
    enum err e = lifecycle_stop(history_of(a), ask, clock_wall_ms(), &live);
    if (e != OK) {
        end_if_full(a, e, live != NULL ? live->job.job_id : "");
        return e;
    }
    refuse_waiting(a, live, ERR_NOT_RUNNING);
    return answer_state(a, m, live);
}

static enum err on_job_clear(struct actor *a, const struct msg *m)
{
    OWNED(arena_destroy) struct arena *arena = arena_new();
    const struct job_clear *ask = msg_job_clear(m);
    struct live *live = live_find(history_of(a), ask->operation, NULL);
    if (live != NULL && live->job.status == status_running) {
        struct refusal why;
        enum err running = lifecycle_refusal(live, clock_wall_ms(), arena, &why);
        return actor_refuse(a, m, running, &why);
    }
    enum err e = lifecycle_clear(history_of(a), ask->operation);
    if (e != OK) {
        return e;
    }
    if (live != NULL) {
        return answer_state(a, m, live);
    }
    struct job_state done = {.stats = {.operation = ask->operation, .status = status_idle}};
    return reply_job_state(a, m, &done);
}

static enum err on_jobs_unfinished(struct actor *a, const struct msg *m)
{
    OWNED(arena_destroy) struct arena *arena = arena_new();
    struct jobs_unfinished_found done = {0};
    size_t count = 0;
    for (struct live *live = history_of(a)->lives; live != NULL; live = live->next) {
        count++;
    }
    done.tasks = arena_alloc(arena, (count + 1) * sizeof *done.tasks);
    for (struct live *live = history_of(a)->lives; live != NULL; live = live->next) {
        if (live->job.operation == msg_jobs_unfinished(m)->operation &&
            live->job.status == status_running) {
            lifecycle_task(&live->job, &done.tasks[done.tasks_count++]);
        }
    }
    return reply_jobs_unfinished_found(a, m, &done);
}

/* ---- questions ---- */

static enum err on_question(struct actor *a, const struct msg *m)
{
    struct history_actor *self = actor_self(a);
    return questions_ask(a, m, self->h, self->reader_db);
}

static enum err on_status_get(struct actor *a, const struct msg *m)
{
    OWNED(arena_destroy) struct arena *arena = arena_new();
    const struct status_get *ask = msg_status_get(m);
    struct status_got done = {0};
    size_t count = 0;
    for (struct live *live = history_of(a)->lives; live != NULL; live = live->next) {
        count++;
    }
    done.operations = arena_alloc(arena, (count + 1) * sizeof *done.operations);
    for (struct live *live = history_of(a)->lives; live != NULL; live = live->next) {
        if (!ask->has_operation || ask->operation == live->job.operation) {
            progress_fill(live, clock_wall_ms(), arena, &done.operations[done.operations_count++]);
        }
    }
    return reply_status_got(a, m, &done);
}

static enum err on_import_status(struct actor *a, const struct msg *m)
{
    OWNED(arena_destroy) struct arena *arena = arena_new();
    struct import_status done = {
        .stats = {.operation = operation_tautulli_import, .status = status_idle}};
    struct live *live = live_find(history_of(a), operation_tautulli_import, NULL);
    if (live != NULL) {
        progress_fill(live, clock_wall_ms(), arena, &done.stats);
    }
    enum err e = lifecycle_outlook(history_of(a), operation_tautulli_import, arena, &done);
    return e == OK ? reply_import_status(a, m, &done) : e;
}

static enum err on_source_match(struct actor *a, const struct msg *m)
{
    OWNED(arena_destroy) struct arena *arena = arena_new();
    const struct source_match *ask = msg_source_match(m);
    struct source_matched done = {0};
    sqlite3 *db = history_of(a)->store->db;
    enum err e = source_describe(db, ask->samples, ask->samples_count, arena, &done);
    return e == OK ? reply_source_matched(a, m, &done) : e;
}

/* ---- time and others ---- */

static enum err on_actor_changed(struct actor *a, const struct msg *m)
{
    struct history_actor *self = actor_self(a);
    const struct actor_changed *changed = msg_actor_changed(m);
    bool up = changed->condition == actor_condition_up;
    bool news = false;
    for (int i = 0; i < operation_COUNT; i++) {
        char *known = self->coordinators[i];
        bool same = strcmp(known, changed->instance) == 0;
        /* An older instance that goes after its successor came changes nothing. */
        if (strcmp(changed->actor, operation_coordinator(i)) == 0 && same != up) {
            snprintf(known, INSTANCE_SIZE, "%s", up ? changed->instance : "");
            news = true;
        }
    }
    if (!news) {
        return OK;
    }
    note_coordinators(self);
    for (struct live *live = self->h->lives; live != NULL; live = live->next) {
        if (live->job.status == status_running) {
            publish(a, live);
        }
    }
    return OK;
}

static void tick(struct actor *a, void *context)
{
    (void)context;
    lifecycle_sweep(history_of(a));
    for (struct live *live = history_of(a)->lives; live != NULL; live = live->next) {
        if (live->unsaved) {
            lifecycle_save(history_of(a), live);
        }
        if (live->job.status == status_running) {
            progress_look(live, clock_wall_ms());
            publish(a, live);
        }
    }
}

static enum err start(struct actor *a)
{
    struct history_actor *self = actor_self(a);
    enum err e = history_open(STORE_FILE, &self->h);
    if (e == OK) {
        e = db_open_reader(STORE_FILE, &self->reader_db);
    }
    if (e != OK) {
        return e;
    }
    note_coordinators(self);
    for (struct live *live = self->h->lives; live != NULL; live = live->next) {
        publish(a, live);
    }
    actor_every(a, TICK_MS, tick, NULL);
    return OK;
}

static void stop(struct actor *a)
{
    struct history_actor *self = actor_self(a);
    for (struct live *live = self->h != NULL ? self->h->lives : NULL; live; live = live->next) {
        refuse_waiting(a, live, ERR_ACTOR_AWAY);
    }
    db_close(&self->reader_db);
    history_close(&self->h);
}

static const struct actor_spec history_spec = {
    .name = "history",
    .summary = "keeps the playback history: the only writer and reader of history.db",
    .self_size = sizeof(struct history_actor),
    .start = start,
    .stop = stop,
    .on =
        {
            [MSG_job_create] = on_job_create,
            [MSG_job_plan] = on_job_plan,
            [MSG_job_phase] = on_job_phase,
            [MSG_job_fail] = on_job_fail,
            [MSG_job_stop] = on_job_stop,
            [MSG_job_clear] = on_job_clear,
            [MSG_jobs_unfinished] = on_jobs_unfinished,
            [MSG_batch_commit] = on_batch,
            [MSG_status_get] = on_status_get,
            [MSG_import_status_get] = on_import_status,
            [MSG_source_match] = on_source_match,
            [MSG_jobs_list] = on_question,
            [MSG_job_get] = on_question,
            [MSG_notes_list] = on_question,
            [MSG_history_list] = on_question,
            [MSG_history_summary] = on_question,
            [MSG_actor_changed] = on_actor_changed,
        },
};

int main(int argc, char **argv)
{
    return actor_main(argc, argv, &history_spec);
}

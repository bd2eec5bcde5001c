/* SPDX-License-Identifier: MIT
 * history.c - the only writer and reader of the history: jobs, batches and questions.
 *
 * A command may come twice: a job's id names one job, a batch below next_id is acknowledged and
 * changes nothing, and stop, fail and clear find nothing left to do. What an answer promises has
 * been committed before it is sent. */
#include <stdio.h>
#include <string.h>

#include "actors/history/batches.h"
#include "actors/history/lifecycle.h"
#include "actors/history/note_contents.h"
#include "actors/history/progress.h"
#include "actors/history/questions.h"
#include "actors/history/sources.h"
#include "actors/history/wal.h"
#include "actors/shared/search.h"
#include "proto/base/clock.h"
#include "proto/schema/operations.h"
#include "proto/store/outbox_relay.h"

enum { TICK_MS = 1000 };

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
    struct refusal why = {0};
    const struct job_create *ask = msg_job_create(m);
    enum err e = lifecycle_create(self->h, ask, clock_steady_ms(), arena, &done, &why);
    if (e != OK) {
        return why.code != NULL ? actor_refuse(a, m, e, &why) : e;
    }
    note_coordinators(self);
    struct live *live = live_by_id(self->h, done.task.job_id);
    if (live != NULL && !done.known) {
        history_publish(a, live);
    }
    return reply_job_created(a, m, &done);
}

/* A job whose next state cannot be written ends in error, on disk as soon as that is possible. */
static void end_if_full(struct actor *a, enum err e, const char *job_id)
{
    struct live *live = live_by_id(history_of(a), job_id);
    if (e == ERR_DISK_FULL && live != NULL && live->job.status == status_running) {
        lifecycle_disk_full(history_of(a), live, clock_steady_ms());
        batches_refuse(a, live, e);
        history_publish(a, live);
    }
}

static enum err on_job_plan(struct actor *a, const struct msg *m)
{
    OWNED(arena_destroy) struct arena *arena = arena_new();
    struct job_planned done = {0};
    const struct job_plan *ask = msg_job_plan(m);
    enum err e = lifecycle_plan(history_of(a), ask, clock_steady_ms(), arena, &done);
    if (e != OK) {
        end_if_full(a, e, ask->job_id);
        return e;
    }
    history_publish(a, live_by_id(history_of(a), ask->job_id));
    return reply_job_planned(a, m, &done);
}

static enum err answer_state(struct actor *a, const struct msg *m, struct live *live)
{
    OWNED(arena_destroy) struct arena *arena = arena_new();
    struct job_state done = {0};
    if (live != NULL) {
        history_publish(a, live);
        progress_fill(live, clock_steady_ms(), arena, &done.stats);
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
    enum err e = lifecycle_fail(history_of(a), msg_job_fail(m), clock_steady_ms(), &live);
    if (e != OK) {
        end_if_full(a, e, msg_job_fail(m)->job_id);
        return e;
    }
    batches_refuse(a, live, ERR_NOT_RUNNING);
    return answer_state(a, m, live);
}

static enum err on_job_stop(struct actor *a, const struct msg *m)
{
    const struct job_stop *ask = msg_job_stop(m);
    struct live *live = live_find(history_of(a), ask->operation, ask->server_id);
    enum err e = lifecycle_stop(history_of(a), ask, clock_steady_ms(), &live);
    if (e != OK) {
        end_if_full(a, e, live != NULL ? live->job.job_id : "");
        return e;
    }
    batches_refuse(a, live, ERR_NOT_RUNNING);
    return answer_state(a, m, live);
}

static enum err on_job_clear(struct actor *a, const struct msg *m)
{
    OWNED(arena_destroy) struct arena *arena = arena_new();
    const struct job_clear *ask = msg_job_clear(m);
    struct live *live = live_find(history_of(a), ask->operation, NULL);
    if (live != NULL && live->job.status == status_running) {
        struct refusal why;
        enum err running = lifecycle_refusal(live, clock_steady_ms(), arena, &why);
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
    const struct jobs_unfinished *ask = msg_jobs_unfinished(m);
    enum err e = OK;
    for (struct live *live = history_of(a)->lives; e == OK && live != NULL; live = live->next) {
        if (live->job.operation != ask->operation || live->job.status != status_running) {
            continue;
        }
        if (ask->has_adopt && ask->adopt) {
            e = lifecycle_adopt(history_of(a), live);
            batches_refuse(a, live, ERR_STALE_ATTEMPT);
        }
        if (e == OK) {
            e = lifecycle_task(history_of(a), &live->job, arena, &done.tasks[done.tasks_count++]);
        }
    }
    return e == OK ? reply_jobs_unfinished_found(a, m, &done) : e;
}

/* ---- questions ---- */

static enum err on_question(struct actor *a, const struct msg *m)
{
    struct history_actor *self = actor_self(a);
    return questions_ask(a, m, self->h, self->reader_dbs);
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
            progress_fill(live, clock_steady_ms(), arena,
                          &done.operations[done.operations_count++]);
        }
    }
    return reply_status_got(a, m, &done);
}

static enum err on_import_status(struct actor *a, const struct msg *m)
{
    OWNED(arena_destroy) struct arena *arena = arena_new();
    const struct import_status_get *ask = msg_import_status_get(m);
    enum operation operation = ask->has_operation ? ask->operation : operation_tautulli_import;
    struct import_status done = {.stats = {.operation = operation, .status = status_idle}};
    struct live *live = live_find(history_of(a), operation, NULL);
    if (live != NULL) {
        progress_fill(live, clock_steady_ms(), arena, &done.stats);
    }
    enum err e = lifecycle_outlook(history_of(a), operation, arena, &done);
    return e == OK ? reply_import_status(a, m, &done) : e;
}

/* ---- what a coordinator asks about its source; all short ---- */

static enum err on_source_samples(struct actor *a, const struct msg *m)
{
    OWNED(arena_destroy) struct arena *arena = arena_new();
    struct source_samples done = {0};
    enum source_kind kind = operations[msg_source_samples_get(m)->operation].source;
    enum err e = source_samples_take(history_of(a)->store->db, kind, arena, &done);
    return e == OK ? reply_source_samples(a, m, &done) : e;
}

static enum err on_source_match(struct actor *a, const struct msg *m)
{
    OWNED(arena_destroy) struct arena *arena = arena_new();
    const struct source_match *ask = msg_source_match(m);
    const struct file_rows file = {.samples = ask->samples,
                                   .samples_count = ask->samples_count,
                                   .found = ask->found,
                                   .found_count = ask->found_count};
    sqlite3 *db = history_of(a)->store->db;
    struct members members;
    struct source_matched done = {0};
    enum err e =
        family_match(db, ask->has_kind ? ask->kind : source_kind_tautulli, &file, &members);
    if (e == OK) {
        e = family_doubled(db, &members, &done.doubled);
    }
    if (e != OK) {
        return e;
    }
    done.members = arena_alloc(arena, (members.count + 1) * sizeof *done.members);
    for (size_t i = 0; i < members.count; i++) {
        done.members[done.members_count++].source_no = members.no[i];
    }
    return reply_source_matched(a, m, &done);
}

static enum err on_source_known(struct actor *a, const struct msg *m)
{
    struct source_known done = {0};
    enum err e = source_rows_known(history_of(a)->store->db, msg_source_known_get(m), &done.n);
    return e == OK ? reply_source_known(a, m, &done) : e;
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
        if (strcmp(changed->actor, operations[i].coordinator) == 0 && same != up) {
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
            history_publish(a, live);
        }
    }
    return OK;
}

static void tick(struct actor *a, void *context)
{
    (void)context;
    lifecycle_sweep(history_of(a));
    notes_trim(history_of(a));
    wal_look(history_of(a));
    for (struct live *live = history_of(a)->lives; live != NULL; live = live->next) {
        if (live->unsaved) {
            lifecycle_save(history_of(a), live);
        }
        if (live->job.status == status_running) {
            int64_t now = clock_steady_ms();
            progress_look(live, now);
            history_publish(a, live);
            live_keep(history_of(a), live, now);
        }
    }
}

static enum err start(struct actor *a)
{
    struct history_actor *self = actor_self(a);
    enum err e = history_open(STORE_FILE, clock_steady_ms(), &self->h);
    if (e == OK) {
        self->relay = outbox_relay_new(a, self->h->store->db, RELAY_IN_LOOP);
        self->h->notes_max = config_number(actor_config(a), SETTING_history_notes_max);
    }
    for (size_t i = 0; e == OK && i < READING_LANES; i++) {
        e = db_open_reader(STORE_FILE, &self->reader_dbs[i]);
        e = e == OK ? search_functions(self->reader_dbs[i]) : e;
    }
    if (e != OK) {
        return e;
    }
    note_coordinators(self);
    for (struct live *live = self->h->lives; live != NULL; live = live->next) {
        history_publish(a, live);
    }
    actor_every(a, TICK_MS, tick, NULL);
    return OK;
}

static void stop(struct actor *a)
{
    struct history_actor *self = actor_self(a);
    for (struct live *live = self->h != NULL ? self->h->lives : NULL; live; live = live->next) {
        batches_refuse(a, live, ERR_ACTOR_AWAY);
    }
    outbox_relay_destroy(&self->relay);
    for (size_t i = 0; i < READING_LANES; i++) {
        db_close(&self->reader_dbs[i]);
    }
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
            [MSG_batch_commit] = batches_take,
            [MSG_status_get] = on_status_get,
            [MSG_import_status_get] = on_import_status,
            [MSG_source_samples_get] = on_source_samples,
            [MSG_source_match] = on_source_match,
            [MSG_source_known_get] = on_source_known,
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

/* SPDX-License-Identifier: MIT
 * history.c - the only writer and reader of the history: jobs, batches and queries.
 *
 * A command may come twice: a job's id names one job, a batch below next_id is acknowledged and
 * changes nothing, and stop, fail and clear find nothing left to do. What an answer promises has
 * been committed before it is sent. */
#include <stdio.h>
#include <string.h>

#include "actors/history/batches.h"
#include "actors/history/forget.h"
#include "actors/history/groups/regroup.h"
#include "actors/history/index_follow.h"
#include "actors/history/lifecycle.h"
#include "actors/history/note_contents.h"
#include "actors/history/own_jobs.h"
#include "actors/history/play_filter.h"
#include "actors/history/progress.h"
#include "actors/history/queries.h"
#include "actors/history/server_syncs.h"
#include "actors/history/sources.h"
#include "actors/history/take_back.h"
#include "actors/history/undo.h"
#include "actors/history/wal.h"
#include "proto/base/clock.h"
#include "proto/base/ids.h"
#include "proto/schema/operations.h"
#include "proto/store/outbox_relay.h"

enum { TICK_MS = 1000 };

/* ---- jobs ---- */

static void note_coordinators(struct history_actor *self)
{
    for (struct active_job *active = self->h->active_jobs; active != NULL; active = active->next) {
        active->coordinator_away = own_operation(active->job.operation) == NULL &&
                                   self->coordinators[active->job.operation][0] == '\0';
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
    struct active_job *active = active_job_by_id(self->h, done.task.job_id);
    if (active != NULL && !done.known) {
        history_publish(a, active);
        own_jobs_go_on(a);
    }
    return reply_job_created(a, m, &done);
}

static enum err on_person_unforget(struct actor *a, const struct msg *m)
{
    const struct person_unforget *ask = msg_person_unforget(m);
    struct person_unforgotten done = {.id = ask->id};
    enum err e = forget_lift(history_of(a), ask->id);
    return e == OK ? reply_person_unforgotten(a, m, &done) : e;
}

/* A job whose next state cannot be written ends in error, on disk as soon as that is possible. */
static void end_if_full(struct actor *a, enum err e, const char *job_id)
{
    struct active_job *active = active_job_by_id(history_of(a), job_id);
    if (e == ERR_DISK_FULL && active != NULL && active->job.status == status_running) {
        lifecycle_disk_full(history_of(a), active, clock_steady_ms());
        batches_refuse(a, active, e);
        history_publish(a, active);
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
    struct active_job *active = active_job_by_id(history_of(a), ask->job_id);
    batches_keep_key(active, ask->lease_key);
    history_publish(a, active);
    return reply_job_planned(a, m, &done);
}

static enum err answer_state(struct actor *a, const struct msg *m, struct active_job *active)
{
    OWNED(arena_destroy) struct arena *arena = arena_new();
    struct job_state done = {0};
    if (active != NULL) {
        history_publish(a, active);
        progress_fill(active, clock_steady_ms(), arena, &done.stats);
    }
    return reply_job_state(a, m, &done);
}

static enum err on_job_phase(struct actor *a, const struct msg *m)
{
    struct active_job *active = NULL;
    enum err e = lifecycle_phase(history_of(a), msg_job_phase(m), &active);
    return e == OK ? answer_state(a, m, active) : e;
}

static enum err on_job_fail(struct actor *a, const struct msg *m)
{
    struct active_job *active = NULL;
    enum err e = lifecycle_fail(history_of(a), msg_job_fail(m), clock_steady_ms(), &active);
    if (e != OK) {
        end_if_full(a, e, msg_job_fail(m)->job_id);
        return e;
    }
    batches_refuse(a, active, ERR_NOT_RUNNING);
    return answer_state(a, m, active);
}

static enum err on_job_stop(struct actor *a, const struct msg *m)
{
    const struct job_stop *ask = msg_job_stop(m);
    struct active_job *active = active_job_find(history_of(a), ask->operation, ask->server_id);
    enum err e = OK;
    if (ask->job_id != NULL) {
        OWNED(arena_destroy) struct arena *arena = arena_new();
        struct refusal why = {0};
        e = undo_concerns(history_of(a), active, ask->job_id, arena, &why);
        if (e != OK) {
            return actor_refuse(a, m, e, &why);
        }
    }
    e = lifecycle_stop(history_of(a), ask, clock_steady_ms(), &active);
    if (e != OK) {
        end_if_full(a, e, active != NULL ? active->job.job_id : "");
        return e;
    }
    batches_refuse(a, active, ERR_NOT_RUNNING);
    return answer_state(a, m, active);
}

static enum err on_job_clear(struct actor *a, const struct msg *m)
{
    OWNED(arena_destroy) struct arena *arena = arena_new();
    const struct job_clear *ask = msg_job_clear(m);
    struct active_job *active = active_job_find(history_of(a), ask->operation, NULL);
    if (active != NULL && active->job.status == status_running) {
        struct refusal why;
        enum err running = lifecycle_refusal(active, clock_steady_ms(), arena, &why);
        return actor_refuse(a, m, running, &why);
    }
    enum err e = lifecycle_clear(history_of(a), ask->operation);
    if (e != OK) {
        return e;
    }
    if (active != NULL) {
        return answer_state(a, m, active);
    }
    struct job_state done = {.stats = {.operation = ask->operation, .status = status_idle}};
    return reply_job_state(a, m, &done);
}

static enum err on_jobs_unfinished(struct actor *a, const struct msg *m)
{
    OWNED(arena_destroy) struct arena *arena = arena_new();
    struct jobs_unfinished_found done = {0};
    size_t count = 0;
    for (struct active_job *active = history_of(a)->active_jobs; active != NULL;
         active = active->next) {
        count++;
    }
    done.tasks = arena_alloc(arena, (count + 1) * sizeof *done.tasks);
    const struct jobs_unfinished *ask = msg_jobs_unfinished(m);
    enum err e = OK;
    for (struct active_job *active = history_of(a)->active_jobs; e == OK && active != NULL;
         active = active->next) {
        bool asked = ask->server_id != NULL
                         ? is_of_subject(&active->job, ask->operation, ask->server_id)
                         : active->job.operation == ask->operation;
        if (!asked || active->job.status != status_running ||
            take_back_is_of(history_of(a), &active->job)) {
            continue;
        }
        bool adopt = ask->has_adopt && ask->adopt;
        batches_keep_key(active, ask->lease_key);
        e = adopt ? lifecycle_adopt(history_of(a), active) : OK;
        if (e == OK && adopt) { /* what waits is of the coordinator before */
            batches_refuse(a, active, ERR_STALE_ATTEMPT);
        }
        if (e == OK) {
            e = lifecycle_task(history_of(a), &active->job, arena, &done.tasks[done.tasks_count++]);
        }
    }
    return e == OK ? reply_jobs_unfinished_found(a, m, &done) : e;
}

/* ---- queries ---- */

static enum err on_query(struct actor *a, const struct msg *m)
{
    struct history_actor *self = actor_self(a);
    return queries_run(a, m, self->h, self->reader_dbs, &self->undo_figures, &self->found_titles);
}

static enum err on_status_get(struct actor *a, const struct msg *m)
{
    OWNED(arena_destroy) struct arena *arena = arena_new();
    const struct status_get *ask = msg_status_get(m);
    struct status_got done = {0};
    size_t count = 0;
    for (struct active_job *active = history_of(a)->active_jobs; active != NULL;
         active = active->next) {
        count++;
    }
    done.operations = arena_alloc(arena, (count + 1) * sizeof *done.operations);
    for (struct active_job *active = history_of(a)->active_jobs; active != NULL;
         active = active->next) {
        bool asked = !ask->has_operation || ask->operation == active->job.operation;
        if (asked && !job_is_silent(&active->job)) {
            progress_fill(active, clock_steady_ms(), arena,
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
    struct active_job *active = active_job_find(history_of(a), operation, NULL);
    if (active != NULL) {
        progress_fill(active, clock_steady_ms(), arena, &done.stats);
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

static enum err on_sync_standing(struct actor *a, const struct msg *m)
{
    OWNED(arena_destroy) struct arena *arena = arena_new();
    struct server_sync_standing done;
    enum err e = server_syncs_standing(history_of(a)->store->db,
                                       msg_server_sync_standing_get(m)->server_id, arena, &done);
    return e == OK ? reply_server_sync_standing(a, m, &done) : e;
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
    for (struct active_job *active = self->h->active_jobs; active != NULL; active = active->next) {
        if (active->job.status == status_running) {
            history_publish(a, active);
        }
    }
    return OK;
}

/* Plays that have to be decided anew are, as soon as nothing runs; by hand if somebody stopped it.
 */
static void regroup_if_due(struct actor *a)
{
    struct history *h = history_of(a);
    const struct active_job *before = active_job_find(h, operation_regroup, NULL);
    bool due = before == NULL || before->job.status != status_cancelled;
    for (const struct active_job *active = h->active_jobs; active != NULL; active = active->next) {
        due = due && active->job.status != status_running;
    }
    if (!due || regroup_is_due(h->store, &due) != OK || !due) {
        return;
    }
    OWNED(arena_destroy) struct arena *arena = arena_new();
    char job_id[ID_SIZE];
    id_new(job_id);
    const struct job_create ask = {.job_id = job_id, .operation = operation_regroup};
    struct job_created done;
    struct refusal why = {0};
    if (lifecycle_create(h, &ask, clock_steady_ms(), arena, &done, &why) == OK) {
        own_jobs_go_on(a);
    }
}

static void publish_all(struct actor *a)
{
    for (struct active_job *active = history_of(a)->active_jobs; active != NULL;
         active = active->next) {
        history_publish(a, active);
    }
}

static void settle_doubts(struct actor *a)
{
    struct history_actor *self = actor_self(a);
    struct active_job *spoilt = NULL;
    struct doubt *doubt = doubts_spoilt(&self->doubts, &spoilt);
    if (doubt != NULL &&
        take_back_begin(self->h, spoilt, doubt->worker, doubt->stored, clock_steady_ms()) == OK) {
        *doubt = (struct doubt){0};
        batches_refuse(a, spoilt, ERR_STALE_ATTEMPT);
        history_publish(a, spoilt);
        take_back_go_on(a);
    }
    doubts_tick(&self->doubts, a);
    far_keys_tell(&self->far_keys, a);
    batches_go_on(a);
}

static void tick(struct actor *a, void *context)
{
    (void)context;
    if (active_jobs_forget_silent(history_of(a))) {
        publish_all(a);
    }
    regroup_if_due(a);
    lifecycle_sweep(history_of(a));
    notes_trim(history_of(a));
    wal_check(history_of(a));
    forget_scrub(history_of(a));
    own_jobs_go_on(a);
    take_back_go_on(a);
    index_follow(a);
    settle_doubts(a);
    for (struct active_job *active = history_of(a)->active_jobs; active != NULL;
         active = active->next) {
        if (active->unsaved) {
            lifecycle_save(history_of(a), active);
        }
        if (active->job.status == status_running) {
            int64_t now = clock_steady_ms();
            progress_update_rate(active, now);
            history_publish(a, active);
            active_job_keep(history_of(a), active, now);
        }
    }
}

static enum err open_store(struct actor *a)
{
    struct history_actor *self = actor_self(a);
    enum err e = history_open(STORE_FILE, clock_steady_ms(), &self->h);
    e = e == OK ? take_back_load(self->h) : e;
    e = e == OK ? doubts_load(&self->doubts, self->h) : e;
    for (size_t i = 0; e == OK && i < READING_LANES; i++) {
        e = db_open_reader(STORE_FILE, &self->reader_dbs[i]);
        e = e == OK ? filter_functions(self->reader_dbs[i]) : e;
    }
    return e;
}

static enum err start(struct actor *a)
{
    struct history_actor *self = actor_self(a);
    self->relay = outbox_relay_new(a, self->h->store->db, RELAY_IN_LOOP);
    self->h->notes_max = config_number(actor_config(a), SETTING_history_notes_max);
    note_coordinators(self);
    publish_all(a);
    actor_every(a, TICK_MS, tick, NULL);
    own_jobs_go_on(a);
    index_follow(a);
    return OK;
}

static void stop(struct actor *a)
{
    struct history_actor *self = actor_self(a);
    for (struct active_job *active = self->h != NULL ? self->h->active_jobs : NULL; active;
         active = active->next) {
        batches_refuse(a, active, ERR_ACTOR_AWAY);
    }
    outbox_relay_destroy(&self->relay);
    undo_figures_close(&self->undo_figures);
    found_titles_release(&self->found_titles);
    for (size_t i = 0; i < READING_LANES; i++) {
        db_close(&self->reader_dbs[i]);
    }
    history_close(&self->h);
}

static const struct actor_spec history_spec = {
    .name = "history",
    .summary = "keeps the playback history: the only writer and reader of history.db",
    .self_size = sizeof(struct history_actor),
    .open = open_store,
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
            [MSG_worker_gone] = batches_worker_gone,
            [MSG_status_get] = on_status_get,
            [MSG_import_status_get] = on_import_status,
            [MSG_source_samples_get] = on_source_samples,
            [MSG_source_match] = on_source_match,
            [MSG_source_known_get] = on_source_known,
            [MSG_server_sync_standing_get] = on_sync_standing,
            [MSG_jobs_list] = on_query,
            [MSG_job_get] = on_query,
            [MSG_notes_list] = on_query,
            [MSG_history_list] = on_query,
            [MSG_play_get] = on_query,
            [MSG_history_summary] = on_query,
            [MSG_people_list] = on_query,
            [MSG_person_figures] = on_query,
            [MSG_person_unforget] = on_person_unforget,
            [MSG_undo_preview] = on_query,
            [MSG_actor_changed] = on_actor_changed,
        },
};

int main(int argc, char **argv)
{
    return actor_main(argc, argv, &history_spec);
}

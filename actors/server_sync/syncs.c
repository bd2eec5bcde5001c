/* SPDX-License-Identifier: MIT
 * syncs.c - one sync for each server of the registry, from its adding to its removal.
 *
 * The registry is looked at whenever servers.db has changed, so no way of changing it has to tell
 * us. What a removed server left running is ended, and its memory freed once nothing comes back to
 * it. A start may come twice: the history knows the job's id. */
#include "actors/server_sync/syncs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actors/server_sync/sync_schedule.h"
#include "actors/server_sync/watch/watch.h"
#include "proto/base/config.h"

enum { TICK_MS = 250, STANDING_MS = 2000 };

struct syncs {
    struct actor *actor;
    struct http_client *client;
    struct servers *servers;
    int64_t minute_ms;    /* of schedules */
    int64_t seen_changes; /* of servers.db */
    LIST_HEAD(, sync) all;
};

/* ---- the servers ---- */

static struct sync *find(const struct syncs *s, const char *id)
{
    struct sync *sync = NULL;
    LIST_FOREACH (sync, &s->all, link) {
        if (!sync->gone && strcmp(sync->id, id) == 0) {
            return sync;
        }
    }
    return NULL;
}

static struct sync *add(struct syncs *s, const struct server_view *server)
{
    if (sync_readers[server->kind] == NULL || strlen(server->id) >= SYNC_SERVER_SIZE) {
        return NULL;
    }
    struct sync *sync = must_alloc(sizeof *sync);
    sync->client = s->client;
    sync->servers = s->servers;
    sync->minute_ms = s->minute_ms;
    sync->kind = server->kind;
    (void)snprintf(sync->id, sizeof sync->id, "%s", server->id);
    LIST_INSERT_HEAD(&s->all, sync, link);
    sync_open(sync, s->actor);
    sync->watch = watch_open(s->actor, sync);
    return sync;
}

static void destroy(struct sync *sync)
{
    LIST_REMOVE(sync, link);
    sync_close(sync);
    watch_close(&sync->watch);
    free(sync);
}

static bool is_listed(const struct servers_listed *listed, const struct sync *sync)
{
    for (size_t i = 0; i < listed->items_count; i++) {
        if (strcmp(listed->items[i].id, sync->id) == 0) {
            return true;
        }
    }
    return false;
}

static void look_at_registry(struct syncs *s)
{
    OWNED(arena_destroy) struct arena *arena = arena_new();
    struct servers_listed listed = {0};
    struct sync *sync = NULL;
    int64_t changes = servers_changes(s->servers);
    if (changes == s->seen_changes || servers_list(s->servers, arena, &listed) != OK) {
        return;
    }
    s->seen_changes = changes;
    LIST_FOREACH (sync, &s->all, link) {
        sync->gone = sync->gone || !is_listed(&listed, sync);
    }
    for (size_t i = 0; i < listed.items_count; i++) {
        const struct server_view *server = &listed.items[i];
        sync = find(s, server->id);
        sync = sync != NULL ? sync : add(s, server);
        if (sync != NULL) {
            sync_settings(sync, server);
        }
    }
}

/* A server that is gone is cleared away as soon as nothing of it is under way. */
static void tick_each(struct syncs *s)
{
    struct sync *sync = LIST_FIRST(&s->all);
    while (sync != NULL) {
        struct sync *next = LIST_NEXT(sync, link);
        if (sync->gone) {
            job_runner_fail(&sync->runner, ERR_SERVER_NOT_FOUND, NULL);
        }
        if (sync->gone && sync_is_at_rest(sync)) {
            destroy(sync);
        } else {
            sync_tick(sync);
        }
        sync = next;
    }
}

static void on_tick(struct actor *a, void *context)
{
    (void)a;
    struct syncs *s = context;
    look_at_registry(s);
    tick_each(s);
}

/* ---- starting ---- */

/* A person's start, until the history has said how far the sync is. */
struct start {
    struct syncs *syncs;
    struct msg *msg; /* kept */
};

static enum err begin(struct syncs *s, struct msg *m, const struct server_sync_standing *standing)
{
    OWNED(arena_destroy) struct arena *arena = arena_new();
    OWNED(buffer_release) struct buffer params = {0};
    const struct server_sync_start *start = msg_server_sync_start(m);
    struct sync *sync = find(s, start->id);
    struct server_view server;
    struct job_create create;
    struct server_sync_standing from = *standing;
    enum err e = servers_get(s->servers, start->id, arena, &server);
    e = e == OK && sync == NULL ? ERR_SERVER_NOT_FOUND : e;
    if (e == OK) {
        bool undone = from.has_undone_rows && from.undone_rows;
        from.has_whole_at = from.has_whole_at && !undone && !sync_owes(&from, sync->missed_at);
    }
    e = e == OK ? sync_fill_create(sync, &server, &from, &params, &create) : e;
    if (e != OK) {
        return e;
    }
    sync->stopped = false; /* whatever was not wanted before */
    create.job_id = start->job_id;
    create.asked_by = start->asked_by;
    return job_runner_start_kept(&sync->runner, m, &create);
}

static void on_standing(struct actor *a, const struct answer *answer, void *context)
{
    struct start *start = context;
    struct msg *m = start->msg;
    enum err e = answer->code;
    e = e == OK ? begin(start->syncs, m, msg_server_sync_standing(answer->reply)) : e;
    if (e != OK) {
        (void)actor_refuse(a, m, e, NULL);
    }
    free(start);
}

enum err syncs_start(struct syncs *s, const struct msg *m)
{
    OWNED(arena_destroy) struct arena *arena = arena_new();
    const struct server_sync_start *asked = msg_server_sync_start(m);
    struct server_view server;
    look_at_registry(s);
    enum err e = servers_get(s->servers, asked->id, arena, &server);
    e = e == OK && find(s, asked->id) == NULL ? ERR_SERVER_NOT_SYNCED : e;
    e = e == OK && !server.enabled ? ERR_SERVER_DISABLED : e;
    e = e == OK && !server.has_token ? ERR_SERVER_TOKEN_MISSING : e;
    if (e != OK) {
        return e;
    }
    const struct server_sync_standing_get get = {.server_id = server.id};
    struct start *start = must_alloc(sizeof *start);
    *start = (struct start){.syncs = s, .msg = msg_keep(m)};
    ask_server_sync_standing_get(s->actor, HISTORY, &get, asked->job_id, STANDING_MS, on_standing,
                                 start);
    return OK;
}

enum err syncs_stop(struct syncs *s, const struct msg *m)
{
    const struct server_sync_stop *asked = msg_server_sync_stop(m);
    const struct job_state done = {.stats = {.operation = operation_server_sync,
                                             .status = status_idle,
                                             .server_id = asked->id}};
    struct sync *sync = find(s, asked->id);
    if (sync == NULL) {
        return ERR_SERVER_NOT_FOUND;
    }
    return sync_stop_looking(sync) ? reply_job_state(s->actor, m, &done) : ERR_NOT_RUNNING;
}

void syncs_view(struct syncs *s, struct server_view *server)
{
    look_at_registry(s);
    const struct sync *sync = find(s, server->id);
    server->has_sync = server->has_sync && sync != NULL;
    if (sync != NULL) {
        sync_view(sync, &server->sync);
    }
}

/* ---- events ---- */

void syncs_on_progress(struct syncs *s, const struct sync_progress *e)
{
    struct sync *sync = NULL;
    LIST_FOREACH (sync, &s->all, link) {
        job_runner_on_progress(&sync->runner, e);
    }
}

static void on_failed(struct actor *a, const struct answer *answer, void *context)
{
    (void)a;
    (void)answer; /* else with the next start of either of us */
    (void)context;
}

/* What runs of a server that was removed while this process was away would run for ever. */
static void on_unfinished(struct actor *a, const struct answer *answer, void *context)
{
    struct syncs *s = context;
    if (answer->code != OK) {
        return;
    }
    const struct jobs_unfinished_found *found = msg_jobs_unfinished_found(answer->reply);
    look_at_registry(s);
    for (size_t i = 0; i < found->tasks_count; i++) {
        const struct job_task *task = &found->tasks[i];
        const struct job_fail fail = {.job_id = task->job_id,
                                      .attempt = task->attempt,
                                      .code = err_code(ERR_SERVER_NOT_FOUND)};
        if (task->server_id == NULL || find(s, task->server_id) == NULL) {
            ask_job_fail(a, HISTORY, &fail, task->job_id, STANDING_MS, on_failed, s);
        }
    }
}

void syncs_history_is_up(struct syncs *s)
{
    const struct jobs_unfinished all = {.operation = operation_server_sync};
    struct sync *sync = NULL;
    ask_jobs_unfinished(s->actor, HISTORY, &all, "", STANDING_MS, on_unfinished, s);
    LIST_FOREACH (sync, &s->all, link) {
        job_runner_history_is_up(&sync->runner);
        sync_learn(sync); /* another history.db may be there */
    }
}

/* ---- opening ---- */

struct syncs *syncs_open(struct actor *a, struct http_client *client, struct servers *servers)
{
    struct syncs *s = must_alloc(sizeof *s);
    *s = (struct syncs){.actor = a,
                        .client = client,
                        .servers = servers,
                        .minute_ms = config_number(actor_config(a), SETTING_sync_minute),
                        .seen_changes = -1};
    LIST_INIT(&s->all);
    look_at_registry(s);
    (void)actor_every(a, TICK_MS, on_tick, s);
    return s;
}

void syncs_close(struct syncs **syncs)
{
    struct syncs *s = *syncs;
    if (s == NULL) {
        return;
    }
    struct sync *sync = LIST_FIRST(&s->all);
    while (sync != NULL) {
        struct sync *next = LIST_NEXT(sync, link);
        destroy(sync);
        sync = next;
    }
    free(s);
    *syncs = NULL;
}

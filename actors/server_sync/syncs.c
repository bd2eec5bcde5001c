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

#include "actors/server_sync/jellyfin/jellyfin_watch.h"
#include "proto/wire/codec.h"

enum { TICK_MS = 500, PACE_WAIT_MAX_MS = 8000 };

struct syncs {
    struct actor *actor;
    struct http_client *client;
    struct servers *servers;
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

static void add(struct syncs *s, const struct server_view *server)
{
    const struct job_driver *reader = sync_readers[server->kind];
    if (reader == NULL || strlen(server->id) >= SYNC_SERVER_SIZE) {
        return;
    }
    struct sync *sync = must_alloc(sizeof *sync);
    sync->client = s->client;
    sync->servers = s->servers;
    sync->kind = server->kind;
    sync->pace.wait_max_ms = PACE_WAIT_MAX_MS;
    (void)snprintf(sync->id, sizeof sync->id, "%s", server->id);
    LIST_INSERT_HEAD(&s->all, sync, link);
    job_runner_open_for(&sync->runner, s->actor, reader, sync->id);
    sync->watch = jellyfin_watch_open(s->actor, sync);
}

static void destroy(struct sync *sync)
{
    LIST_REMOVE(sync, link);
    job_runner_close(&sync->runner);
    jellyfin_watch_close(&sync->watch);
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
        if (find(s, listed.items[i].id) == NULL) {
            add(s, &listed.items[i]);
        }
    }
}

static void clear_away(struct syncs *s)
{
    struct sync *sync = LIST_FIRST(&s->all);
    while (sync != NULL) {
        struct sync *next = LIST_NEXT(sync, link);
        if (sync->gone) {
            job_runner_fail(&sync->runner, ERR_SERVER_NOT_FOUND, NULL);
        }
        if (sync->gone && job_runner_is_at_rest(&sync->runner)) {
            destroy(sync);
        }
        sync = next;
    }
}

static void on_tick(struct actor *a, void *context)
{
    (void)a;
    struct syncs *s = context;
    look_at_registry(s);
    clear_away(s);
}

/* ---- starting ---- */

static enum err fill(const struct server_view *server, struct buffer *params)
{
    const struct server_sync_params body = {.server_id = server->id, .identity = server->identity};
    return record_pack(desc_server_sync_params(), &body, params, NULL);
}

enum err syncs_start(struct syncs *s, const struct msg *m)
{
    OWNED(arena_destroy) struct arena *arena = arena_new();
    OWNED(buffer_release) struct buffer params = {0};
    const struct server_sync_start *start = msg_server_sync_start(m);
    struct server_view server;
    look_at_registry(s);
    struct sync *sync = find(s, start->id);
    enum err e = servers_get(s->servers, start->id, arena, &server);
    e = e == OK && sync == NULL ? ERR_ONLY_PLEX : e;
    e = e == OK && !server.enabled ? ERR_SERVER_DISABLED : e;
    e = e == OK && !server.has_token ? ERR_SERVER_TOKEN_MISSING : e;
    e = e == OK ? fill(&server, &params) : e;
    if (e != OK) {
        return e;
    }
    const struct job_create create = {.job_id = start->job_id,
                                      .operation = operation_server_sync,
                                      .server_id = sync->id,
                                      .title = server.name,
                                      .asked_by = start->asked_by,
                                      .params = {params.data, params.size}};
    return job_runner_start(&sync->runner, m, &create);
}

/* ---- events ---- */

void syncs_on_progress(struct syncs *s, const struct sync_progress *e)
{
    struct sync *sync = NULL;
    LIST_FOREACH (sync, &s->all, link) {
        job_runner_on_progress(&sync->runner, e);
    }
}

void syncs_history_is_up(struct syncs *s)
{
    struct sync *sync = NULL;
    LIST_FOREACH (sync, &s->all, link) {
        job_runner_history_is_up(&sync->runner);
    }
}

/* ---- opening ---- */

struct syncs *syncs_open(struct actor *a, struct http_client *client, struct servers *servers)
{
    struct syncs *s = must_alloc(sizeof *s);
    *s = (struct syncs){.actor = a, .client = client, .servers = servers, .seen_changes = -1};
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

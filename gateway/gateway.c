/* SPDX-License-Identifier: MIT
 * gateway.c - playbus-gateway: REST, WebSocket and metrics on one port, a client of the bus.
 *
 * Three threads, wired here and nowhere else. The actor loop (this one) asks actors and keeps the
 * snapshot; the HTTP thread (rest/server.c) sends it requests over an inproc socket
 * (rest/handoff.c); the WebSocket thread (ws/feed.c) gets sockets through a bounded queue. What
 * both show is in the snapshot cache. Of jobs the gateway keeps nothing: killed and started again
 * it asks the history. Its own are the accounts (access/). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "gateway/access/accounts.h"
#include "gateway/listen.h"
#include "gateway/rest/handlers.h"
#include "gateway/rest/metrics.h"
#include "gateway/rest/openapi.h"
#include "gateway/rest/server.h"
#include "gateway/rest/turns.h"
#include "gateway/rest/upload.h"
#include "gateway/snapshot.h"
#include "gateway/ws/feed.h"
#include "proto/base/clock.h"
#include "proto/bus/actor.h"
#include "proto/bus/process.h"
#include "proto/wire/json.h"

#define DESCRIPTORS_MAX 8192
#define SWEEP_MS 250
#define TICK_MS 500
#define FILL_MS 1000
#define ACCOUNTS_MS 60000
#define UPLOADS_MS (10 * 60 * 1000)

struct gateway {
    struct listen_place place;
    struct access *access;
    struct snapshot_cache *cache;
    struct snapshot *snapshot;
    struct metrics *metrics;
    struct feed *feed;
    struct handoff *handoff;
    struct audit_recorder *recorder;
    struct turns *turns;
    struct assets *assets;
    struct shared_text *openapi;
    struct services services;
    struct server *server;
    bool asking; /* a status.get is under way */
};

/* ---- the snapshot ---- */

static void upload_imported(struct actor *a, const struct answer *answer, void *context)
{
    (void)context;
    const char *path = answer->code == OK ? msg_job_got(answer->reply)->job.db_path : NULL;
    if (path != NULL) {
        uploads_remove(config_data_dir(actor_config(a)), path);
    }
}

/* An uploaded database has served its purpose once it is imported. */
static void drop_upload(struct actor *a, const struct progress *record)
{
    if (operations[record->operation].titled_by_path && record->job_id != NULL &&
        record->status == status_completed && !record->dry_run) {
        struct job_get get = {.job_id = record->job_id};
        ask_job_get(a, "history", &get, record->job_id, 4000, upload_imported, NULL);
    }
}

static enum err on_progress(struct actor *a, const struct msg *m)
{
    struct gateway *self = actor_self(a);
    const struct progress *record = &msg_sync_progress(m)->progress;
    if (snapshot_put(self->snapshot, record, clock_monotonic_ms())) {
        feed_wake(self->feed);
        drop_upload(a, record);
    }
    return OK;
}

static void filled(struct actor *a, const struct answer *answer, void *context)
{
    (void)context;
    struct gateway *self = actor_self(a);
    self->asking = false;
    if (answer->code == OK &&
        snapshot_fill(self->snapshot, msg_status_got(answer->reply), clock_monotonic_ms())) {
        feed_wake(self->feed);
    }
}

static void fill(struct actor *a, void *context)
{
    (void)context;
    struct gateway *self = actor_self(a);
    if (!self->asking && snapshot_needs_filling(self->snapshot)) {
        struct status_get get = {0};
        self->asking = true;
        ask_status_get(a, "history", &get, "", 4000, filled, NULL);
    }
}

/* ---- the clock ---- */

static void tick(struct actor *a, void *context)
{
    (void)context;
    struct gateway *self = actor_self(a);
    if (snapshot_tick(self->snapshot, clock_monotonic_ms())) {
        feed_wake(self->feed);
    }
}

static void sweep(struct actor *a, void *context)
{
    (void)context;
    server_sweep(((struct gateway *)actor_self(a))->server);
}

static void sweep_uploads(struct actor *a, void *context)
{
    (void)context;
    if (!snapshot_running(((struct gateway *)actor_self(a))->snapshot)) {
        uploads_sweep(clock_steady_ms());
    }
}

static void tidy_work(void *access)
{
    if (accounts_tidy(access, clock_wall_ms()) != OK) {
        log_warn("when sessions were last used could not be written, trying again in a minute");
    }
}

static void tidied(struct actor *a, void *access)
{
    (void)a;
    (void)access;
}

static void tidy_accounts(struct actor *a, void *context)
{
    (void)context;
    struct gateway *self = actor_self(a);
    if (actor_offload(a, ACCOUNTS_LANE, tidy_work, tidied, self->access) != OK) {
        log_debug("the accounts lane is full, tidying it in a minute");
    }
}

static void set_timers(struct actor *a)
{
    actor_every(a, ACCOUNTS_MS, tidy_accounts, NULL);
    actor_every(a, SWEEP_MS, sweep, NULL);
    actor_every(a, TICK_MS, tick, NULL);
    actor_every(a, FILL_MS, fill, NULL);
    actor_every(a, UPLOADS_MS, sweep_uploads, NULL);
    fill(a, NULL);
}

/* ---- start and stop ---- */

/* A socket per client: libwebsockets sizes its tables by this limit. */
static void raise_descriptors(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max < DESCRIPTORS_MAX ? limit.rlim_max : DESCRIPTORS_MAX;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static enum err open_server(struct actor *a, const struct listen_place *place)
{
    struct gateway *self = actor_self(a);
    const struct config *config = actor_config(a);
    const char *public_url = config_text(config, SETTING_gateway_public_url);
    self->services = (struct services){.bus = a,
                                       .config = config,
                                       .access = self->access,
                                       .cache = self->cache,
                                       .snapshot = self->snapshot,
                                       .feed = self->feed,
                                       .metrics = self->metrics,
                                       .turns = self->turns,
                                       .openapi = self->openapi,
                                       .plain_lan = place->plain_lan};
    struct server_parts parts = {.listener = place->socket,
                                 .assets = self->assets,
                                 .services = &self->services,
                                 .handlers = handlers,
                                 .handoff = self->handoff,
                                 .recorder = self->recorder};
    if (origins_init(&parts.origins, place->port, public_url, place->plain_lan) != OK) {
        log_error("gateway.public_url=%s is not an address as in https://playbus.example",
                  public_url);
        return ERR_BAD_SETTING;
    }
    const char *lan = config_text(config, SETTING_gateway_lan_hosts);
    if (origins_add_lan(&parts.origins, place->plain_lan ? lan : "") != OK) {
        log_error("gateway.lan_hosts=%s is not a list of at most %d names as in nas.local:80", lan,
                  LAN_HOSTS_MAX);
        return ERR_BAD_SETTING;
    }
    const char *proxies = config_text(config, SETTING_gateway_proxies);
    if (proxies_init(&parts.proxies, proxies) != OK) {
        log_error("gateway.trusted_proxies=%s is not a list of addresses or networks as in "
                  "127.0.0.1 10.0.0.0/8",
                  proxies);
        return ERR_BAD_SETTING;
    }
    return server_open(&parts, &self->server);
}

static void stop(struct actor *a)
{
    struct gateway *self = actor_self(a);
    listen_withdraw();
    if (self->recorder != NULL) {
        audit_recorder_close(self->recorder);
    }
    if (self->turns != NULL) {
        turns_close(self->turns);
    }
    if (self->handoff != NULL) {
        handoff_close(self->handoff);
    }
    server_close(&self->server);
    assets_close(&self->assets);
    feed_close(&self->feed);
    turns_destroy(&self->turns);
    handoff_destroy(&self->handoff);
    shared_text_drop(&self->openapi);
    metrics_destroy(&self->metrics);
    snapshot_destroy(&self->snapshot);
    snapshot_cache_destroy(&self->cache);
    audit_recorder_destroy(&self->recorder);
    access_close(&self->access);
}

static enum err open_files(struct actor *a)
{
    struct gateway *self = actor_self(a);
    enum err e = listen_open(actor_config(a), &self->place);
    if (e != OK) {
        return e;
    }
    process_forbid_cores();
    json_wipe_freed(); /* bodies that were read may hold a password */
    raise_descriptors();
    e = access_open(actor_config(a), &self->access);
    e = e == OK ? assets_open(actor_config(a), &self->assets) : e;
    if (e != OK) {
        stop(a);
    }
    return e;
}

static enum err start(struct actor *a)
{
    struct gateway *self = actor_self(a);
    uploads_remove_halves();
    self->cache = snapshot_cache_new();
    self->snapshot = snapshot_new(self->cache);
    self->metrics = metrics_new();
    self->openapi = openapi_text();
    self->turns = turns_new(a);
    self->recorder = audit_recorder_new(a, self->access);
    self->handoff = handoff_new(a, self->recorder);
    enum err e = feed_open(self->cache, self->access, &self->feed);
    e = e == OK ? open_server(a, &self->place) : e;
    e = e == OK ? listen_publish() : e;
    if (e != OK) {
        stop(a);
        return e;
    }
    set_timers(a);
    log_info("listening address=%s", self->place.address);
    return OK;
}

static const struct actor_spec gateway = {
    .name = "gateway",
    .summary = "REST, WebSocket and metrics on one port",
    .self_size = sizeof(struct gateway),
    .open = open_files,
    .start = start,
    .stop = stop,
    .on = {[MSG_sync_progress] = on_progress},
};

int main(int argc, char **argv)
{
    return actor_main(argc, argv, &gateway);
}

/* SPDX-License-Identifier: MIT
 * system.c - what an operator asks: is it alive, is it ready, what runs where, and the figures. */
#include <libwebsockets.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "gateway/rest/ask.h"
#include "gateway/rest/disk.h"
#include "gateway/rest/handlers.h"
#include "gateway/rest/metrics.h"
#include "gateway/rest/respond.h"
#include "gateway/rest/soundness.h"
#include "gateway/rest/upload.h"
#include "gateway/snapshot.h"
#include "gateway/ws/feed.h"
#include "proto/bus/process.h"
#include "proto/schema/actors.h"

#define READY_MS 2000

void show_live(struct request *r)
{
    struct health health = {.status = "live"};
    respond_record(r, desc_health(), &health);
}

/* ---- ready ---- */

static bool is_up(const struct actors_got *got, const char *name)
{
    for (size_t i = 0; i < got->actors_count; i++) {
        if (strcmp(got->actors[i].name, name) == 0 && got->actors[i].state == actor_condition_up) {
            return true;
        }
    }
    return false;
}

/* Where this machine has no import workers those of others come and go. */
static bool is_needed(const struct request *r, enum actor_id actor)
{
    return actor_table[actor].needed &&
           (actor != ACTOR_import_worker ||
            config_number(r->services->config, SETTING_import_workers) >= 0);
}

static void actors_known(struct actor *a, const struct answer *answer, void *context)
{
    (void)a;
    struct request *r = context;
    if (respond_refusal(r, answer)) {
        return;
    }
    for (size_t i = 0; i < ACTOR_COUNT; i++) {
        const struct actor_desc *actor = &actor_table[i];
        if (is_needed(r, (enum actor_id)i) && !is_up(msg_actors_got(answer->reply), actor->name)) {
            respond_away(r, actor->name);
            return;
        }
    }
    struct health health = {.status = "ready"};
    respond_record(r, desc_health(), &health);
}

static void ask_actors(struct request *r, int64_t timeout_ms, answer_fn *done)
{
    struct actors_get get = {};
    ask_actors_get(r->services->bus, "broker", &get, r->correlation_id, timeout_ms, done, r);
}

void show_ready(struct request *r)
{
    enum err code = OK;
    OWNED(arena_destroy) struct arena *arena = arena_new();
    struct refusal why = {0};
    if (soundness_first_flaw(arena, &code, &why)) {
        respond_unready(r, code, &why);
        return;
    }
    if (!snapshot_filled(r->services->snapshot)) {
        respond_away(r, "history");
        return;
    }
    ask_actors(r, READY_MS, actors_known);
}

/* ---- system ---- */

static void fill_disk(struct system_standing *status)
{
    struct statvfs room;
    if (statvfs(".", &room) == 0) {
        status->has_disk = true;
        status->disk.free_bytes = (uint64_t)room.f_bavail * room.f_frsize;
        status->disk.total_bytes = (uint64_t)room.f_blocks * room.f_frsize;
    }
}

/* What Playbus keeps, with what SQLite keeps beside it (-wal, -shm). */
static void fill_stores(struct system_standing *status, struct store_size stores[3])
{
    static const char *const names[] = {"history", "audit", "uploads"};
    const uint64_t sizes[] = {disk_bytes(".", "history.db"),
                              disk_bytes(".", "audit.db") + disk_bytes("audit", ""),
                              disk_bytes(UPLOADS_DIR, "") + disk_bytes("staging", "")};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        stores[i] = (struct store_size){.name = names[i]};
        PUT(&stores[i], bytes, sizes[i]);
    }
    status->stores = stores;
    status->stores_count = COUNT_OF(names);
}

static const char *text_or_none(const char *text)
{
    return text != NULL && text[0] != '\0' ? text : NULL;
}

static void fill_settings(struct system_standing *status, const struct config *config,
                          const char **dirs, size_t room)
{
    size_t count = config_list_count(config, SETTING_import_dirs);
    for (size_t i = 0; i < count && i < room; i++) {
        dirs[i] = config_list_item(config, SETTING_import_dirs, i);
    }
    status->settings = (struct system_settings){
        .data_dir = config_data_dir(config),
        .listen = config_text(config, SETTING_gateway_listen),
        .public_url = text_or_none(config_text(config, SETTING_gateway_public_url)),
        .db_path = text_or_none(config_text(config, SETTING_import_db_path)),
        .allowed_dirs = dirs,
        .allowed_dirs_count = count < room ? count : room};
    status->has_settings = true;
}

static void system_known(struct actor *a, const struct answer *answer, void *context)
{
    (void)a;
    struct request *r = context;
    if (respond_refusal(r, answer)) {
        return;
    }
    const struct actors_got *got = msg_actors_got(answer->reply);
    char zeromq[32];
    int major = 0, minor = 0, patch = 0;
    zmq_version(&major, &minor, &patch);
    snprintf(zeromq, sizeof zeromq, "%d.%d.%d", major, minor, patch);
    const char *built = lws_get_library_version(); /* its version, a dash, who built it */
    char websockets[32];
    snprintf(websockets, sizeof websockets, "%.*s", (int)strcspn(built, "-"), built);
    struct library_version libraries[] = {{"libzmq", zeromq},
                                          {"libmicrohttpd", MHD_get_version()},
                                          {"libwebsockets", websockets},
                                          {"jansson", jansson_version_str()}};
    const char *dirs[64];
    struct store_size stores[3];
    OWNED(arena_destroy) struct arena *arena = arena_new();
    struct system_standing status = {.version = playbus_version(),
                                     .libraries = libraries,
                                     .libraries_count = COUNT_OF(libraries),
                                     .actors = got->actors,
                                     .actors_count = got->actors_count};
    status.problems_count = soundness_problems(arena, &status.problems);
    status.has_check = soundness_check(arena, &status.check);
    PUT(&status, confined, actor_is_confined(r->services->bus));
    fill_disk(&status);
    fill_stores(&status, stores);
    fill_settings(&status, r->services->config, dirs, COUNT_OF(dirs));
    respond_record(r, desc_system_standing(), &status);
}

void show_system(struct request *r)
{
    ask_actors(r, ASK_MS, system_known);
}

/* ---- metrics ---- */

struct job_column {
    enum job_figure figure;
    struct buffer *out;
};

static void write_job(const char *subject, const struct progress *record, void *context)
{
    const struct job_column *column = context;
    metrics_write_job(column->figure, subject, record, column->out);
}

static void write_jobs(const struct snapshot *snapshot, struct buffer *out)
{
    for (int figure = 0; figure < JOB_FIGURES; figure++) {
        struct job_column column = {(enum job_figure)figure, out};
        metrics_write_job_head(column.figure, out);
        snapshot_each(snapshot, write_job, &column);
    }
}

/* Figures of this process come even with the broker away: that is when they are looked at. */
static void metrics_known(struct actor *a, const struct answer *answer, void *context)
{
    (void)a;
    struct request *r = context;
    const struct services *with = r->services;
    struct feed_figures feed = feed_figures(with->feed);
    struct buffer text = {0};
    metrics_write_requests(with->metrics, &text);
    metrics_write_figure("playbus_websocket_clients", "gauge", "Connected WebSocket clients",
                         (double)feed.clients, &text);
    metrics_write_figure("playbus_websocket_accepted_total", "counter",
                         "WebSocket clients that ever connected", (double)feed.accepted, &text);
    metrics_write_figure("playbus_websocket_pushes_total", "counter", "Messages sent to them",
                         (double)feed.pushed, &text);
    metrics_write_figure("process_resident_memory_bytes", "gauge", "Of the gateway",
                         (double)process_memory_bytes(), &text);
    metrics_write_figure("playbus_broker_up", "gauge", "1 if the broker answered",
                         answer->code == OK ? 1 : 0, &text);
    if (answer->code == OK) {
        metrics_write_actors(msg_actors_got(answer->reply), &text);
    }
    write_jobs(with->snapshot, &text);
    respond_text(r, "text/plain; version=0.0.4; charset=utf-8", &text);
}

void show_metrics(struct request *r)
{
    ask_actors(r, READY_MS, metrics_known);
}

/* ---- the document ---- */

void show_openapi(struct request *r)
{
    respond_shared(r, "application/json", r->services->openapi);
}

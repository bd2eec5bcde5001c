/* SPDX-License-Identifier: MIT
 * coordinator.c - the import as a driver of the job runner, which says why the commands and events
 * here may come twice, late or never. */
#include "actors/tautulli/coordinator.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "actors/tautulli/path.h"
#include "actors/tautulli/registered.h"
#include "proto/base/clock.h"
#include "proto/wire/codec.h"

#define TICK_MS 500
#define LIST_MS 3000
#define SOURCE_WAIT_MS 60000

static void init_job(struct runner_job *job)
{
    struct import_job *j = import_job_of(job);
    const struct coordinator *c = actor_self(job->runner->actor);
    j->config = actor_config(c->actor);
    j->lease_key = c->lease_key;
    j->staging = c->staging;
    j->staging.cancelled = &job->cancelled;
    import_job_init(job);
    j->fetch.client = c->client;
    j->fetch.staging = &j->staging;
    j->fetch.config = j->config;
}

static struct bytes lease_key(const struct job_runner *r)
{
    const struct coordinator *c = actor_self(r->actor);
    return (struct bytes){(const char *)c->lease_key, LEASE_KEY_SIZE};
}

static const struct job_driver import_driver = {
    .name = "import",
    .operation = operation_tautulli_import,
    .job_size = sizeof(struct import_job),
    .source_wait_ms = SOURCE_WAIT_MS,
    .probe = import_job_probe,
    .open = import_job_open,
    .check = import_job_check,
    .plan = import_job_plan,
    .close = import_job_close,
    .init = init_job,
    .release = import_job_release,
    .is_away = import_job_is_away,
    .interrupt = import_job_interrupt,
    .fill_create = import_job_fill_create,
    .ready_to_open = import_job_ready_to_open,
    .ready_to_plan = import_job_ready_to_plan,
    .fill_plan = import_job_fill_plan,
    .lease_key = lease_key,
    .deliver = coordinator_deliver,
    .begin_at = import_job_begin_at,
    .recall = coordinator_recall,
    .lowest = coordinator_lowest,
    .committed = coordinator_committed,
    .all_done = coordinator_all_done,
};

/* ---- messages ---- */

/* `tautulli` NULL: it is a file. */
static enum err begin(struct coordinator *c, struct msg *kept, const struct server_view *tautulli)
{
    const struct import_start *asked = msg_import_start(kept);
    bool by_address = tautulli != NULL;
    const struct import_params params = {.db_path = by_address ? NULL : asked->db_path,
                                         .tautulli_id = by_address ? tautulli->id : NULL};
    OWNED(buffer_release) struct buffer packed = {0};
    enum err e = record_pack(desc_import_params(), &params, &packed, NULL);
    if (e != OK) {
        return e;
    }
    struct job_create create = {.job_id = asked->job_id,
                                .operation = operation_tautulli_import,
                                .title = by_address
                                             ? tautulli->address
                                             : path_asked(actor_config(c->actor), asked->db_path),
                                .params = {packed.data, packed.size},
                                .server_id = by_address ? NULL : asked->server_id,
                                .asked_by = asked->asked_by};
    PUT(&create, resume, asked->has_resume && asked->resume);
    if (asked->has_dry_run) {
        PUT(&create, dry_run, asked->dry_run);
    }
    return job_runner_start_kept(&c->runner, kept, &create);
}

static void on_servers(struct actor *a, const struct answer *answer, void *context)
{
    struct coordinator *c = actor_self(a);
    struct msg *m = context;
    const struct import_start *asked = msg_import_start(m);
    const struct refusal *said = answer->why;
    struct refusal why = {0};
    const struct server_view *tautulli = NULL;
    enum err e = answer->code;
    if (e == OK) {
        e = registered_choose(msg_servers_listed(answer->reply), asked->db_path, asked->server_id,
                              &tautulli, &why);
        said = &why;
    }
    if (e == OK) {
        e = begin(c, m, tautulli);
        said = NULL;
    }
    if (e != OK) {
        (void)actor_refuse(a, m, e, said);
    }
}

enum err coordinator_on_start(struct actor *a, const struct msg *m)
{
    struct coordinator *c = actor_self(a);
    const struct import_start *asked = msg_import_start(m);
    struct msg *kept = msg_keep(m);
    if (!registered_is_meant(asked->db_path, asked->server_id)) {
        enum err e = begin(c, kept, NULL);
        return e == OK ? OK : actor_refuse(a, kept, e, NULL);
    }
    const struct server_list list = {};
    ask_server_list(a, "server-sync", &list, msg_correlation_id(m), LIST_MS, on_servers, kept);
    return OK;
}

enum err coordinator_on_progress(struct actor *a, const struct msg *m)
{
    struct coordinator *c = actor_self(a);
    job_runner_on_progress(&c->runner, msg_sync_progress(m));
    return OK;
}

enum err coordinator_on_committed(struct actor *a, const struct msg *m)
{
    struct coordinator *c = actor_self(a);
    job_runner_on_committed(&c->runner, msg_rows_committed(m));
    return OK;
}

/* Its key is let in no more, whoever revoked it: others read what it held. A lease.take that it
 * sent before may come after this. */
enum err coordinator_on_worker_gone(struct actor *a, const struct msg *m)
{
    struct coordinator *c = actor_self(a);
    coordinator_key_gone(c, msg_worker_gone(m)->worker);
    return OK;
}

enum err coordinator_on_changed(struct actor *a, const struct msg *m)
{
    struct coordinator *c = actor_self(a);
    const struct actor_changed *e = msg_actor_changed(m);
    bool up = e->condition == actor_condition_up;
    if (strcmp(e->actor, HISTORY) == 0 && up) {
        job_runner_history_is_up(&c->runner);
    } else if (strcmp(e->actor, "import-worker") == 0 && up) {
        coordinator_worker_seen(c, e->instance);
    } else if (strcmp(e->actor, "import-worker") == 0) {
        coordinator_worker_gone(c, e->instance);
    }
    return OK;
}

/* ---- life ---- */

static void on_tick(struct actor *a, void *context)
{
    (void)a;
    struct coordinator *c = context;
    c->ticks_without_worker = c->workers.count > 0 ? 0 : c->ticks_without_worker + 1;
    coordinator_lease_tick(c);
    coordinator_judge_tick(c);
    coordinator_rate_tick(c, TICK_MS);
    coordinator_idle_tick(c);
}

static enum err open_staging(struct coordinator *c)
{
    const struct config *config = actor_config(c->actor);
    OWNED(free_text) char *dir = NULL;
    if (asprintf(&dir, "%s/staging", config_data_dir(config)) < 0) {
        return ERR_SYSTEM;
    }
    if (mkdir(dir, 0700) != 0 && errno != EEXIST) {
        log_error("cannot make the staging folder path=%s reason=%s", dir, strerror(errno));
        return ERR_SYSTEM;
    }
    c->staging_dir = TAKE(dir);
    c->staging.dir = c->staging_dir;
    c->staging.quota_bytes =
        (uint64_t)config_number(config, SETTING_staging_quota_mib) * 1024 * 1024;
    staging_sweep(c->staging_dir);
    return OK;
}

enum err coordinator_open(struct coordinator *c, struct actor *a)
{
    c->actor = a;
    /* Numbers of leases rise over restarts: an old worker's lease.done never meets a new lease. */
    lease_book_init(&c->book, (uint64_t)clock_wall_ms() * 1000);
    lease_key_make(c->lease_key);
    c->client = http_client_open(a);
    enum err e = c->client != NULL ? open_staging(c) : ERR_SYSTEM;
    if (e != OK) {
        http_client_close(&c->client);
        return e;
    }
    http_client_forbid_listener(c->client, actor_config(a));
    (void)actor_every(a, TICK_MS, on_tick, c);
    job_runner_open(&c->runner, a, &import_driver);
    return OK;
}

void coordinator_close(struct coordinator *c)
{
    job_runner_close(&c->runner);
    http_client_close(&c->client);
    coordinator_ask_close(c);
    rows_asks_close(c);
    for (size_t i = 0; i < c->take_count; i++) {
        msg_destroy(&c->takes[i].msg);
    }
    msg_destroy(&c->doubted);
    free_text(&c->staging_dir);
}

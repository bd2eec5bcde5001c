/* SPDX-License-Identifier: MIT
 * plex.c - playbus-plex: syncs what Plex servers themselves remember of their plays.
 *
 * It keeps nothing on disk, and of a server no more than it needs while a job runs. A start may
 * come twice: the history knows the job's id. Which server is meant is looked up in the registry
 * first; what opens it is asked for when the job is made. */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "actors/shared/plex/plex_job.h"
#include "proto/bus/process.h"
#include "proto/wire/codec.h"

#define SERVER_SYNC "server-sync"

enum { LIST_MS = 3000, CREDENTIALS_MS = 4000, DAYS_BACK = 30, PACE_WAIT_MAX_MS = 8000 };

struct plex {
    struct job_runner runner;
    struct http_client *client; /* owned */
    struct http_pace pace;      /* one job at a time, so one server */
};

/* ---- the job ---- */

static enum err read_params(struct plex_job *j)
{
    const struct bytes params = j->job.task.params;
    return record_unpack(desc_plex_params(), params.data, params.size, j->job.arena, &j->params,
                         NULL);
}

static void on_credentials(struct runner_job *job, const struct answer *answer)
{
    bool said = answer->why != NULL && answer->why->text != NULL;
    plex_credentials_came(plex_job_of(job), answer->code, said ? answer->why->text : NULL,
                          answer->code == OK ? msg_server_credentials(answer->reply) : NULL);
}

static void ask_credentials(struct plex_job *j)
{
    const struct server_credentials_get get = {.id = j->params.server_id};
    ask_server_credentials_get(j->job.runner->actor, SERVER_SYNC, &get, j->job.task.job_id,
                               CREDENTIALS_MS, job_ticket_answered,
                               job_ticket_new(&j->job, on_credentials));
}

static const struct plex_use historical = {.read_params = read_params,
                                           .ask_credentials = ask_credentials};

static void init_job(struct runner_job *job)
{
    struct plex *self = actor_self(job->runner->actor);
    plex_job_init(job, &historical, self->client, &self->pace);
}

static const struct job_driver plex_driver = {
    .name = "plex sync",
    .operation = operation_plex_historical,
    .init = init_job,
    .fill_plan = plex_fill_plan,
    .job_size = sizeof(struct plex_job),
    .release = plex_release,
    PLEX_READER,
};

/* ---- starting ---- */

static bool is_digits(const char *text)
{
    size_t size = strlen(text);
    return size > 0 && size <= 18 && strspn(text, "0123456789") == size;
}

static enum err check(const struct plex_start *start, struct refusal *out_why)
{
    for (size_t i = 0; i < start->library_ids_count; i++) {
        if (!is_digits(start->library_ids[i])) {
            *out_why = (struct refusal){.code = err_code(ERR_BAD_FIELD),
                                        .field = "library_ids",
                                        .text = "The ids of Plex libraries are numbers"};
            return ERR_BAD_FIELD;
        }
    }
    return OK;
}

static bool is_asked_for(const struct plex_start *start, const struct server_view *server)
{
    bool named = start->server_id != NULL && start->server_id[0] != '\0';
    return server->kind == server_kind_plex &&
           (named ? strcmp(server->id, start->server_id) == 0 : server->enabled);
}

/* The server that is meant: the one that was named, else the only one that is enabled. */
static enum err choose(const struct plex_start *start, const struct servers_listed *servers,
                       const struct server_view **out, struct refusal *out_why)
{
    size_t found = 0;
    for (size_t i = 0; i < servers->items_count; i++) {
        if (is_asked_for(start, &servers->items[i])) {
            *out = &servers->items[i];
            found++;
        }
    }
    *out_why = (struct refusal){.code = err_code(ERR_NO_PLEX_SERVER)};
    if (found > 1) {
        out_why->text = "There are several Plex servers";
        out_why->remedy = "Say which one is to be synced";
        out_why->field = "server_id";
    } else if (found == 0 && start->server_id != NULL && start->server_id[0] != '\0') {
        out_why->text = "There is no such Plex server";
        out_why->remedy = err_remedy(ERR_SERVER_NOT_FOUND);
        out_why->field = "server_id";
    } else if (found == 1 && !(*out)->enabled) {
        out_why->text = "The server is disabled";
        out_why->remedy = "Enable it first";
    } else if (found == 1 && !(*out)->has_token) {
        out_why->text = err_sentence(ERR_SERVER_TOKEN_MISSING);
        out_why->remedy = err_remedy(ERR_SERVER_TOKEN_MISSING);
    } else if (found == 1) {
        return OK;
    }
    return ERR_NO_PLEX_SERVER;
}

/* A resume goes by what its job began with, so what it is of is told by the server alone. */
static enum err begin(struct plex *self, struct msg *m, const struct server_view *server)
{
    const struct plex_start *start = msg_plex_start(m);
    const struct plex_params params = {.server_id = server->id,
                                       .identity = server->identity,
                                       .days_back =
                                           start->has_days_back ? start->days_back : DAYS_BACK,
                                       .library_ids = start->library_ids,
                                       .library_ids_count = start->library_ids_count};
    OWNED(buffer_release) struct buffer packed = {0};
    enum err e = record_pack(desc_plex_params(), &params, &packed, NULL);
    if (e != OK) {
        return e;
    }
    bool resume = start->has_resume && start->resume;
    struct job_create create = {.job_id = start->job_id,
                                .operation = operation_plex_historical,
                                .server_id = server->id,
                                .title = resume && server->identity != NULL ? NULL : server->name,
                                .params = {packed.data, packed.size},
                                .asked_by = start->asked_by};
    PUT(&create, resume, resume);
    return job_runner_start_kept(&self->runner, m, &create);
}

static void on_servers(struct actor *a, const struct answer *answer, void *context)
{
    struct plex *self = actor_self(a);
    struct msg *m = context;
    struct refusal why = {0};
    const struct server_view *server = NULL;
    enum err e = answer->code;
    const struct refusal *said = answer->why;
    if (e == OK) {
        e = choose(msg_plex_start(m), msg_servers_listed(answer->reply), &server, &why);
        said = &why;
    }
    if (e == OK) {
        e = begin(self, m, server);
        said = NULL;
    }
    if (e != OK) {
        (void)actor_refuse(a, m, e, said);
    }
}

static enum err on_start(struct actor *a, const struct msg *m)
{
    struct refusal why = {0};
    const struct server_list list = {};
    enum err e = check(msg_plex_start(m), &why);
    if (e != OK) {
        return actor_refuse(a, m, e, &why);
    }
    ask_server_list(a, SERVER_SYNC, &list, msg_correlation_id(m), LIST_MS, on_servers, msg_keep(m));
    return OK;
}

/* ---- events ---- */

static enum err on_progress(struct actor *a, const struct msg *m)
{
    struct plex *self = actor_self(a);
    job_runner_on_progress(&self->runner, msg_sync_progress(m));
    return OK;
}

static enum err on_changed(struct actor *a, const struct msg *m)
{
    struct plex *self = actor_self(a);
    const struct actor_changed *e = msg_actor_changed(m);
    if (strcmp(e->actor, HISTORY) == 0 && e->condition == actor_condition_up) {
        job_runner_history_is_up(&self->runner);
    }
    return OK;
}

/* ---- start and stop ---- */

static enum err open_secrets(struct actor *a)
{
    (void)a;
    process_forbid_cores(); /* it holds a token while a job runs */
    return sodium_init() < 0 ? ERR_SYSTEM : OK;
}

static enum err start(struct actor *a)
{
    struct plex *self = actor_self(a);
    self->client = http_client_open(a);
    if (self->client == NULL) {
        return ERR_SYSTEM;
    }
    self->pace.wait_max_ms = PACE_WAIT_MAX_MS;
    http_client_forbid_listener(self->client, actor_config(a));
    job_runner_open(&self->runner, a, &plex_driver);
    return OK;
}

static void stop(struct actor *a)
{
    struct plex *self = actor_self(a);
    job_runner_close(&self->runner);
    http_client_close(&self->client);
}

static const struct actor_spec plex_spec = {
    .name = "plex",
    .summary = "syncs what Plex servers themselves remember of their plays",
    .self_size = sizeof(struct plex),
    .open = open_secrets,
    .start = start,
    .stop = stop,
    .on = {[MSG_plex_start] = on_start,
           [MSG_sync_progress] = on_progress,
           [MSG_actor_changed] = on_changed},
};

int main(int argc, char **argv)
{
    return actor_main(argc, argv, &plex_spec);
}

/* SPDX-License-Identifier: MIT
 * sync_plex.c - reads a Plex server: its history from the moment on that the params name, by the
 * reader that the historical sync has too. */
#include <string.h>

#include "actors/server_sync/credentials.h"
#include "actors/server_sync/sync.h"
#include "actors/shared/plex/plex_job.h"
#include "proto/wire/codec.h"

static enum err read_params(struct plex_job *j)
{
    struct server_sync_params params;
    const struct bytes packed = j->job.task.params;
    enum err e = record_unpack(desc_server_sync_params(), packed.data, packed.size, j->job.arena,
                               &params, NULL);
    if (e == OK) {
        j->params =
            (struct plex_params){.server_id = params.server_id, .identity = params.identity};
        j->since_given = true;
        j->since_s = params.has_since ? params.since / 1000 : 0;
    }
    return e;
}

static void ask_credentials(struct plex_job *j)
{
    OWNED(arena_destroy) struct arena *arena = arena_new();
    OWNED(secret_destroy) struct secret *token = NULL;
    struct server_credentials given;
    const struct sync *sync = sync_of(j->job.runner);
    enum err e = credentials_read(sync->servers, sync->id, arena, &token, &given);
    plex_credentials_came(j, e, NULL, e == OK ? &given : NULL);
}

static const struct plex_use continuous = {.read_params = read_params,
                                           .ask_credentials = ask_credentials};

static void init_job(struct runner_job *job)
{
    struct sync *sync = sync_of(job->runner);
    plex_job_init(job, &continuous, sync->client, &sync->pace);
}

static void fill_plan(struct runner_job *job, struct job_plan *out)
{
    plex_fill_plan(job, out);
    PUT(out, kind, source_kind_plex);
}

const struct job_driver sync_reader_plex = {
    .name = "server sync",
    .operation = operation_server_sync,
    .init = init_job,
    .fill_plan = fill_plan,
    PLEX_READER,
};

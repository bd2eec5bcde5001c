/* SPDX-License-Identifier: MIT
 * sync_jellyfin.c - reads a Jellyfin or an Emby server, which differ in their questions alone. */
#include "actors/server_sync/jellyfin/jellyfin_job.h"
#include "actors/shared/server_answer.h"
#include "proto/wire/json.h"

#define WAIT_MS 60000 /* for a server that is away */

static void init_job(struct runner_job *job)
{
    struct jellyfin_job *j = jellyfin_job_of(job);
    media_server_init(&j->server, job->runner->actor, sync_of(job->runner), j);
    j->known = json_object();
    j->asked = json_object();
    j->watched_arena = arena_new();
    j->batch = batch_new();
    told_row_init(&j->row);
}

static void release_job(struct runner_job *job)
{
    struct jellyfin_job *j = jellyfin_job_of(job);
    if (j->given_last && job->next >= j->given) {
        jellyfin_stored(j);
    }
    media_server_release(&j->server);
    items_release(&j->items);
    traces_release(&j->traces);
    playing_release(&j->playing);
    told_release(&j->told);
    arena_destroy(&j->watched_arena);
    json_release(&j->known);
    json_release(&j->asked);
    batch_destroy(&j->batch);
    row_release(&j->row);
    buffer_release(&j->scratch);
}

/* The server is opened when the job is made: a start is answered at once. */
static void probe(struct runner_job *job)
{
    job->code = OK;
}

const struct job_driver sync_reader_jellyfin = {
    .name = "server sync",
    .operation = operation_server_sync,
    .job_size = sizeof(struct jellyfin_job),
    .source_wait_ms = WAIT_MS,
    .probe = probe,
    .open = jellyfin_open,
    .plan = jellyfin_plan,
    .init = init_job,
    .release = release_job,
    .is_away = server_may_heal,
    .wait_ms = server_wait_ms,
    .ready_to_open = jellyfin_ready_to_open,
    .ready_to_plan = jellyfin_ready_to_plan,
    .fill_plan = jellyfin_fill_plan,
    .next_batch = jellyfin_next_batch,
};

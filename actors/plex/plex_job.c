/* SPDX-License-Identifier: MIT
 * plex_job.c - a sync of a Plex server's history: its memory, and what the job runner calls. */
#include "actors/plex/plex_job.h"

#include <string.h>

#include "proto/wire/json.h"

#define SERVER_WAIT_MS 60000

static void init_job(struct runner_job *job)
{
    struct plex_job *j = plex_job_of(job);
    j->names_arena = arena_new();
    j->items = json_object();
    j->asked = json_object();
    j->items_at_once = PLEX_ITEMS_MAX;
    j->batch = batch_new();
    plex_row_init(&j->row);
}

static void release_job(struct runner_job *job)
{
    struct plex_job *j = plex_job_of(job);
    plex_call_drop(j);
    plex_server_release(&j->server);
    reading_release(&j->reading);
    json_release(&j->items);
    json_release(&j->asked);
    batch_destroy(&j->batch);
    row_release(&j->row);
    buffer_release(&j->scratch);
    buffer_release(&j->given.cursor);
    buffer_release(&j->committed.cursor);
    arena_destroy(&j->names_arena);
}

/* The server is opened when the job is made: a start is answered at once. */
static void probe(struct runner_job *job)
{
    job->code = OK;
}

/* What a resume is found by: the same server, whatever it is called and wherever it is. */
static void fill_create(struct runner_job *job, struct job_create *out)
{
    struct plex_job *j = plex_job_of(job);
    if (record_unpack(desc_plex_params(), job->task.params.data, job->task.params.size, job->arena,
                      &j->params, NULL) == OK &&
        j->params.identity != NULL) {
        j->sample = (struct row_key){
            .native_id = {.text = {j->params.identity, strlen(j->params.identity)}},
            .has_native_id = true,
            .has_started_at = true};
        out->samples = &j->sample;
        out->samples_count = 1;
    }
}

const struct job_driver plex_driver = {
    .name = "plex sync",
    .operation = operation_plex_historical,
    .job_size = sizeof(struct plex_job),
    .source_wait_ms = SERVER_WAIT_MS,
    .probe = probe,
    .open = plex_open,
    .plan = plex_plan,
    .init = init_job,
    .release = release_job,
    .is_away = plex_may_heal,
    .wait_ms = plex_wait_ms,
    .ready_to_open = plex_ready_to_open,
    .fill_create = fill_create,
    .ready_to_plan = plex_ready_to_plan,
    .fill_plan = plex_fill_plan,
    .next_batch = plex_next_batch,
};

/* SPDX-License-Identifier: MIT
 * plex_job.c - a sync of a Plex server's history: its memory, and how it is made. */
#include "actors/shared/plex/plex_job.h"

#include <string.h>

#include "proto/wire/json.h"

void plex_job_init(struct runner_job *job, const struct plex_use *use, struct http_client *client,
                   struct http_pace *pace)
{
    struct plex_job *j = plex_job_of(job);
    j->use = use;
    j->client = client;
    j->pace = pace;
    j->names_arena = arena_new();
    j->items = json_object();
    j->asked = json_object();
    j->items_at_once = PLEX_ITEMS_MAX;
    j->batch = batch_new();
    plex_row_init(&j->row);
}

void plex_release(struct runner_job *job)
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

void plex_probe(struct runner_job *job)
{
    job->code = OK;
}

void plex_fill_create(struct runner_job *job, struct job_create *out)
{
    struct plex_job *j = plex_job_of(job);
    if (j->use->read_params(j) == OK && j->params.identity != NULL) {
        j->sample = (struct row_key){
            .native_id = {.text = {j->params.identity, strlen(j->params.identity)}},
            .has_native_id = true,
            .has_started_at = true};
        out->samples = &j->sample;
        out->samples_count = 1;
    }
}

/* SPDX-License-Identifier: MIT
 * sync_plex.c - reads a Plex server: its history from the moment on that the params name, by the
 * reader that the historical sync has too, and then what was seen to be played there, which has no
 * other record if it was left early. */
#include <stdlib.h>
#include <string.h>

#include "actors/server_sync/credentials.h"
#include "actors/server_sync/sync.h"
#include "actors/server_sync/watched_plays.h"
#include "actors/shared/plex/plex_job.h"
#include "proto/wire/codec.h"
#include "proto/wire/json.h"

struct sync_plex_job {
    struct plex_job plex; /* first */
    struct arena *arena;  /* owned; of what follows, but for its JSON */
    struct watched_plays watched;
    struct plex_seen *seen; /* owned: their JSON */
    size_t seen_count;
};

static struct sync_plex_job *job_of(struct plex_job *j)
{
    return (struct sync_plex_job *)j; /* its first member */
}

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

/* ---- what was seen ---- */

static struct watched_server watched_server(const struct plex_job *j)
{
    const struct sync *sync = sync_of(j->job.runner);
    return (struct watched_server){sync->servers, sync->id, j->identity};
}

static void let_go(struct sync_plex_job *own)
{
    for (size_t i = 0; i < own->seen_count; i++) {
        json_release(&own->seen[i].about);
    }
    own->seen_count = 0;
    own->watched = (struct watched_plays){0};
    arena_reset(own->arena);
}

static void fill_seen(const struct watched_play *play, struct arena *arena, struct plex_seen *out)
{
    char id[WATCHED_ID_SIZE];
    watched_play_id(play, id);
    out->about = json_loads(play->about != NULL ? play->about : "{}", 0, NULL);
    out->session = (struct plex_session){.native_id = arena_keep(arena, id),
                                         .account = strtoll(play->user, NULL, 10),
                                         .player = play->player,
                                         .product = play->product,
                                         .product_version = play->product_version,
                                         .platform = play->platform,
                                         .machine_id = play->machine_id,
                                         .address = play->address,
                                         .decision = play->method,
                                         .started_at = play->started_at,
                                         .stopped_at = play->stopped_at,
                                         .has_stop = play->has_stopped_at,
                                         .position_ms = play->position_ms,
                                         .paused_s = play->paused_ms / 1000,
                                         .watched_percent = PLEX_WATCHED_PERCENT};
}

static void take_seen(struct plex_job *j)
{
    struct sync_plex_job *own = job_of(j);
    const struct watched_server server = watched_server(j);
    let_go(own);
    if (watched_plays_ended(&server, own->arena, &own->watched) != OK) {
        own->watched = (struct watched_plays){0}; /* logged; they wait for the next sync */
    }
    own->seen = arena_alloc(own->arena, (own->watched.count + 1) * sizeof *own->seen);
    for (size_t i = 0; i < own->watched.count; i++) {
        struct plex_seen *seen = &own->seen[own->seen_count];
        fill_seen(&own->watched.items[i], own->arena, seen);
        own->seen_count += seen->about != NULL;
    }
    j->seen = own->seen;
    j->seen_count = own->seen_count;
}

/* The history has them. */
static void take_away(struct plex_job *j)
{
    const struct watched_server server = watched_server(j);
    const struct watched_plays *watched = &job_of(j)->watched;
    bool committed = j->given_last && j->job.next >= j->given.position;
    if (committed && watched->last_no > 0 &&
        watched_plays_stored(&server, watched->last_no) != OK) {
        log_warn("plays that are stored could not be taken away server_id=%s, going on", server.id);
    }
}

/* ---- the driver ---- */

static const struct plex_use continuous = {
    .read_params = read_params, .ask_credentials = ask_credentials, .take_seen = take_seen};

static void init_job(struct runner_job *job)
{
    struct sync *sync = sync_of(job->runner);
    plex_job_init(job, &continuous, sync->client, &sync->pace);
    job_of(plex_job_of(job))->arena = arena_new();
}

static void release_job(struct runner_job *job)
{
    struct sync_plex_job *own = job_of(plex_job_of(job));
    take_away(&own->plex);
    let_go(own);
    plex_release(job);
    arena_destroy(&own->arena);
}

/* A job of no row is over at once, so what was seen counts as planned; but one row may stand for a
 * server that could not be asked how many it has, and does so on. */
static void fill_plan(struct runner_job *job, struct job_plan *out)
{
    struct plex_job *j = plex_job_of(job);
    plex_fill_plan(job, out);
    PUT(out, kind, source_kind_plex);
    take_seen(j);
    out->total += out->total == 1 ? 0 : j->seen_count;
}

const struct job_driver sync_reader_plex = {
    .name = "server sync",
    .operation = operation_server_sync,
    .job_size = sizeof(struct sync_plex_job),
    .init = init_job,
    .release = release_job,
    .fill_plan = fill_plan,
    PLEX_READER,
};

/* SPDX-License-Identifier: MIT
 * jellyfin_open.c - a job's server is there when the registry has given what opens it, and it has
 * said, before any token was sent, that it is the one that is meant. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actors/server_sync/jellyfin/jellyfin_job.h"
#include "proto/wire/codec.h"

void jellyfin_stage_end(struct jellyfin_job *j, struct stage *stage, enum err code,
                        const char *text)
{
    stage->state = STAGE_DONE;
    stage->code = code;
    (void)snprintf(stage->text, sizeof stage->text, "%s", text != NULL ? text : "");
    job_runner_go_on(j->job.runner);
}

/* What the server of this job has to be: as its plan has it, or as a test of it said; NULL: any. */
static const char *identity_wanted(const struct jellyfin_job *j)
{
    const struct job_task *task = &j->job.task;
    bool planned = task->kept_count > 0 && task->kept[0].native_id.text.data != NULL;
    return planned ? task->kept[0].native_id.text.data : j->server.identity;
}

static void read_version(struct jellyfin_job *j, const char *version)
{
    j->dialect =
        (struct dialect){.source = j->server.sync->kind == server_kind_emby ? source_kind_emby
                                                                            : source_kind_jellyfin};
    j->dialect.major = version != NULL ? (unsigned)strtoul(version, NULL, 10) : 0;
}

static void on_identity(void *owner, const struct media_answer *answer)
{
    struct jellyfin_job *j = owner;
    struct server_facts facts = {0};
    enum err e = media_server_check(&j->server, answer, identity_wanted(j), &facts);
    if (e == OK) {
        j->server.identity = facts.identity;
        j->server.name = facts.server_name;
        read_version(j, facts.version);
    }
    jellyfin_stage_end(j, &j->opening, e, answer->text);
}

static enum err read_params(struct jellyfin_job *j)
{
    struct server_sync_params params;
    const struct bytes packed = j->job.task.params;
    enum err e = record_unpack(desc_server_sync_params(), packed.data, packed.size, j->server.arena,
                               &params, NULL);
    if (e == OK) {
        j->since = params.has_since ? params.since : 0;
        zone_runs_read(&j->zone, params.cursor);
        j->server.identity = params.identity != NULL ? params.identity : j->server.identity;
    }
    return e;
}

bool jellyfin_ready_to_open(struct runner_job *job)
{
    struct jellyfin_job *j = jellyfin_job_of(job);
    if (j->opening.state != STAGE_NONE) {
        return j->opening.state == STAGE_DONE;
    }
    media_call_drop(&j->server);
    j->reading_begun = false;
    j->planning = (struct stage){.state = STAGE_NONE};
    enum err e = media_server_read(&j->server);
    e = e == OK ? read_params(j) : e;
    if (e != OK) {
        j->opening = (struct stage){.state = STAGE_DONE, .code = e};
        return true;
    }
    j->opening = (struct stage){.state = STAGE_UNDER_WAY};
    media_ask_who(&j->server, on_identity);
    return false;
}

void jellyfin_open(struct runner_job *job)
{
    struct jellyfin_job *j = jellyfin_job_of(job);
    job->code = j->opening.code;
    job->why.text =
        j->opening.text[0] != '\0' ? arena_keep(job->work_arena, j->opening.text) : NULL;
    job->open = job->code == OK;
    j->opening.state = STAGE_NONE;
}

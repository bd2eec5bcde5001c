/* SPDX-License-Identifier: MIT
 * jellyfin_open.c - a job's server is there when the registry has given what opens it, and it has
 * said, before any token was sent, that it is the one that is meant. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actors/server_sync/credentials.h"
#include "actors/server_sync/jellyfin/jellyfin_job.h"
#include "actors/server_sync/vendor.h"
#include "proto/base/text.h"
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
    return planned ? task->kept[0].native_id.text.data : j->identity;
}

static void read_version(struct jellyfin_job *j, const char *version)
{
    j->dialect = (struct dialect){
        .source = j->sync->kind == server_kind_emby ? source_kind_emby : source_kind_jellyfin};
    char *minor = NULL;
    j->dialect.major = version != NULL ? (unsigned)strtoul(version, &minor, 10) : 0;
    j->dialect.minor = minor != NULL && *minor == '.' ? (unsigned)strtoul(minor + 1, NULL, 10) : 0;
}

static void on_identity(struct jellyfin_job *j, const struct jellyfin_answer *answer)
{
    const struct vendor_step *step = &vendors[j->sync->kind]->steps[ASK_WHO_IT_IS][0];
    struct server_facts facts = {0};
    const char *wanted = identity_wanted(j);
    enum err e = answer->code;
    if (e == ERR_SERVER_TOKEN_REFUSED || e == ERR_SERVER_NOT_ADMIN) {
        e = ERR_SERVER_PATH_MISSING; /* it was sent none: of any other path a token is wanted */
    }
    e = e == OK ? step->read(answer->body, j->arena, &facts) : e;
    if (e == OK && facts.kind != j->sync->kind) {
        e = ERR_SERVER_WRONG_KIND;
    } else if (e == OK && (!text_is_clean(facts.identity, strlen(facts.identity)) ||
                           strpbrk(facts.identity, "/\\") != NULL)) {
        e = ERR_NOT_A_MEDIA_SERVER;
    } else if (e == OK && wanted != NULL && strcmp(facts.identity, wanted) != 0) {
        e = ERR_SERVER_ANOTHER;
    } else if (e == OK) {
        j->identity = facts.identity;
        j->server_name = facts.server_name;
        read_version(j, facts.version);
    }
    jellyfin_stage_end(j, &j->opening, e, answer->text);
}

static enum err take_credentials(struct jellyfin_job *j)
{
    OWNED(arena_destroy) struct arena *arena = arena_new();
    struct server_credentials given;
    struct server_sync_params params;
    const struct bytes packed = j->job.task.params;
    secret_destroy(&j->token);
    arena_reset(j->arena);
    enum err e =
        record_unpack(desc_server_sync_params(), packed.data, packed.size, arena, &params, NULL);
    e = e == OK ? credentials_read(j->sync->servers, j->sync->id, arena, &j->token, &given) : e;
    if (e != OK) {
        return e;
    }
    j->since = params.has_since ? params.since : 0;
    j->address = arena_keep(j->arena, given.address);
    j->certificate = arena_keep(j->arena, given.certificate_sha256);
    j->client_id = arena_keep(j->arena, given.client_id);
    j->identity = arena_keep(j->arena, params.identity != NULL ? params.identity : given.identity);
    j->server_name = arena_keep(j->arena, given.server_name);
    return OK;
}

bool jellyfin_ready_to_open(struct runner_job *job)
{
    struct jellyfin_job *j = jellyfin_job_of(job);
    if (j->opening.state != STAGE_NONE) {
        return j->opening.state == STAGE_DONE;
    }
    jellyfin_call_drop(j);
    j->reading_begun = false;
    j->planning = (struct stage){.state = STAGE_NONE};
    enum err e = take_credentials(j);
    if (e != OK) {
        j->opening = (struct stage){.state = STAGE_DONE, .code = e};
        return true;
    }
    j->opening = (struct stage){.state = STAGE_UNDER_WAY};
    jellyfin_ask(j, vendors[j->sync->kind]->steps[ASK_WHO_IT_IS][0].path, NULL, false, on_identity);
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

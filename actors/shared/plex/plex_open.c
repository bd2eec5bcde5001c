/* SPDX-License-Identifier: MIT
 * plex_open.c - a job's server is there when the registry has given what opens it, and it has said,
 * before any token was sent, that it is the one that is meant. */
#include <string.h>

#include "actors/shared/plex/plex_job.h"
#include "actors/shared/plex/plex_json.h"
#include "proto/base/text.h"

void stage_end(struct plex_job *j, struct stage *stage, enum err code, const char *text)
{
    stage->state = STAGE_DONE;
    stage->code = code;
    (void)snprintf(stage->text, sizeof(stage->text), "%s", text != NULL ? text : "");
    job_runner_go_on(j->job.runner);
}

/* What the server of this job has to be: as its plan has it, as it was asked for, or as a test of
 * it said; NULL: any. */
static const char *identity_wanted(const struct plex_job *j)
{
    const struct job_task *task = &j->job.task;
    if (task->kept_count > 0 && task->kept[0].native_id.text.data != NULL) {
        return task->kept[0].native_id.text.data;
    }
    return j->params.identity != NULL ? j->params.identity : j->server.identity;
}

static void on_identity(struct plex_job *j, enum err code, const char *text,
                        const json_t *container)
{
    const char *identity = plex_text(container, "machineIdentifier");
    const char *wanted = identity_wanted(j);
    if (code == ERR_SERVER_TOKEN_REFUSED || code == ERR_SERVER_TOKEN_TOO_LOW) {
        code = ERR_SERVER_PATH_MISSING; /* it was sent none: of any other path a token is wanted */
    } else if (code == OK && (identity == NULL || strlen(identity) > 255 ||
                              !text_is_clean(identity, strlen(identity)))) {
        code = ERR_NOT_A_MEDIA_SERVER;
    } else if (code == OK && wanted != NULL && strcmp(identity, wanted) != 0) {
        code = ERR_SERVER_ANOTHER;
    } else if (code == OK) {
        j->identity = arena_keep(j->names_arena, identity);
    }
    stage_end(j, &j->opening, code, text);
}

void plex_credentials_came(struct plex_job *j, enum err code, const char *text,
                           const struct server_credentials *given)
{
    if (code != OK) {
        stage_end(j, &j->opening, code, text);
        return;
    }
    plex_server_take(&j->server, given);
    j->server_name = arena_keep(j->names_arena, j->server.name);
    plex_ask(j, "/identity", false, on_identity);
}

bool plex_ready_to_open(struct runner_job *job)
{
    struct plex_job *j = plex_job_of(job);
    if (j->opening.state != STAGE_NONE) {
        return j->opening.state == STAGE_DONE;
    }
    enum err e = j->use->read_params(j);
    if (e != OK) {
        j->opening = (struct stage){.state = STAGE_DONE, .code = e};
        return true;
    }
    j->opening = (struct stage){.state = STAGE_UNDER_WAY};
    j->planning = (struct stage){.state = STAGE_NONE};
    plex_call_drop(j);
    j->reading_begun = false;
    arena_reset(j->names_arena);
    j->names = (struct names){0};
    j->use->ask_credentials(j);
    return false;
}

void plex_open(struct runner_job *job)
{
    struct plex_job *j = plex_job_of(job);
    job->code = j->opening.code;
    job->why.text =
        j->opening.text[0] != '\0' ? arena_keep(job->work_arena, j->opening.text) : NULL;
    job->open = job->code == OK;
    j->opening.state = STAGE_NONE;
}

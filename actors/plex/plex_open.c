/* SPDX-License-Identifier: MIT
 * plex_open.c - a job's server is there when the registry has given what opens it, and it has said,
 * before any token was sent, that it is the one that is meant. */
#include <string.h>

#include "actors/plex/plex_job.h"
#include "actors/plex/plex_json.h"
#include "proto/base/text.h"

enum { CREDENTIALS_MS = 4000 };

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

static void on_credentials(struct runner_job *job, const struct answer *answer)
{
    struct plex_job *j = plex_job_of(job);
    if (answer->code != OK) {
        bool said = answer->why != NULL && answer->why->text != NULL;
        stage_end(j, &j->opening, answer->code, said ? answer->why->text : NULL);
        return;
    }
    plex_server_take(&j->server, msg_server_credentials(answer->reply));
    j->server_name = arena_keep(j->names_arena, j->server.name);
    plex_ask(j, "/identity", false, on_identity);
}

bool plex_ready_to_open(struct runner_job *job)
{
    struct plex_job *j = plex_job_of(job);
    if (j->opening.state != STAGE_NONE) {
        return j->opening.state == STAGE_DONE;
    }
    enum err e = record_unpack(desc_plex_params(), job->task.params.data, job->task.params.size,
                               job->arena, &j->params, NULL);
    if (e != OK) {
        j->opening = (struct stage){.state = STAGE_DONE, .code = e};
        return true;
    }
    const struct server_credentials_get get = {.id = j->params.server_id};
    j->opening = (struct stage){.state = STAGE_UNDER_WAY};
    j->planning = (struct stage){.state = STAGE_NONE};
    plex_call_drop(j);
    j->reading_begun = false;
    arena_reset(j->names_arena);
    j->names = (struct names){0};
    ask_server_credentials_get(job->runner->actor, SERVER_SYNC, &get, job->task.job_id,
                               CREDENTIALS_MS, job_ticket_answered,
                               job_ticket_new(job, on_credentials));
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

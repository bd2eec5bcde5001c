/* SPDX-License-Identifier: MIT
 * jellyfin_plan.c - what a sync goes by: the users, the libraries, what is being played, and
 * whether the plugin can be asked. A job that goes on learns it anew. How many rows there are
 * nobody knows before. */
#include <string.h>

#include "actors/server_sync/jellyfin/jellyfin_job.h"
#include "actors/server_sync/told_folders.h"
#include "actors/shared/server_answer.h"
#include "proto/base/log.h"
#include "proto/base/text.h"
#include "proto/wire/json.h"

/* The whole of it is not known: somewhere below this. */
#define LAST_POSITION (INT64_C(1) << 52)

static void fail(struct jellyfin_job *j, const struct media_answer *answer, enum err code)
{
    if (server_may_heal(code) && job_runner_waited_too_long(&j->job, &j->unread_since_ms, code)) {
        job_runner_fail(j->job.runner, code, answer->text[0] != '\0' ? answer->text : NULL);
        return;
    }
    jellyfin_stage_end(j, &j->planning, code, answer->text);
}

/* ---- questions ---- */

static void on_columns(void *owner, const struct media_answer *answer)
{
    struct jellyfin_job *j = owner;
    if (answer->code != OK && !report_is_answer(answer->status)) {
        fail(j, answer, answer->code);
        return;
    }
    report_take(&j->report, answer->status, answer->body, &j->told);
    jellyfin_stage_end(j, &j->planning, OK, NULL);
}

static void ask_plugin(struct jellyfin_job *j)
{
    char question[REPORT_QUESTION_SIZE];
    report_begin(&j->report, &j->dialect, j->since, j->now, &j->playing, &j->traces);
    j->report.zone = &j->zone;
    report_question(&j->report, question);
    media_ask(&j->server, REPORT_PATH, question, on_columns);
}

static void on_sessions(void *owner, const struct media_answer *answer)
{
    struct jellyfin_job *j = owner;
    enum err e = answer->code == OK ? playing_take(&j->playing, answer->body) : answer->code;
    if (e != OK) {
        fail(j, answer, e);
        return;
    }
    j->now = answer->at_ms;
    ask_plugin(j);
}

/* The list that it is, or that lies in an object; NULL: it is none. */
static const json_t *list_of(const struct media_answer *answer)
{
    const json_t *list = answer->code == OK ? answer->body : NULL;
    list = json_is_object(list) ? json_object_get(list, "Items") : list;
    return json_is_array(list) ? list : NULL;
}

/* Whatever keeps them away: plays are told with the libraries that they had, or none. So an outage
 * says nothing new of a play. */
static void on_folders(void *owner, const struct media_answer *answer)
{
    struct jellyfin_job *j = owner;
    struct servers *servers = j->server.sync->servers;
    const char *id = j->server.sync->id;
    const json_t *told = list_of(answer);
    OWNED(json_release)
    json_t *before = told == NULL ? told_folders_read(servers, id, j->server.identity) : NULL;
    folders_take(&j->folders, told != NULL ? told : before, j->server.identity, j->server.arena);
    if (told == NULL) {
        log_warn("a server did not tell its libraries, going on with those it told before"
                 " server_id=%s libraries=%zu",
                 id, j->folders.library_count);
    } else if (told_folders_keep(servers, id, j->server.identity, told) != OK) {
        log_warn("what libraries a server has could not be kept server_id=%s, going on", id);
    }
    media_ask(&j->server, "/Sessions", NULL, on_sessions);
}

static const char *name_of(struct jellyfin_job *j, const char *text)
{
    size_t size = text != NULL ? strlen(text) : 0;
    return size > 0 && size <= 1024 && text_is_clean(text, size) ? arena_keep(j->server.arena, text)
                                                                 : NULL;
}

static void take_user(struct jellyfin_job *j, const json_t *user)
{
    char id[TOLD_ID_SIZE];
    const json_t *policy = json_object_get(user, "Policy");
    if (!told_id(told_text(user, "Id"), id)) {
        return;
    }
    j->users[j->user_count++] =
        (struct person){.user_id = arena_keep(j->server.arena, id),
                        .name = name_of(j, told_text(user, "Name")),
                        .has_is_admin = json_is_object(policy),
                        .is_admin = json_is_true(json_object_get(policy, "IsAdministrator"))};
}

/* Jellyfin gives a list, Emby one in an object. */
static void on_users(void *owner, const struct media_answer *answer)
{
    struct jellyfin_job *j = owner;
    const json_t *list = list_of(answer);
    enum err e = answer->code != OK ? answer->code : list == NULL ? ERR_SERVER_FAILED : OK;
    if (e != OK) {
        fail(j, answer, e);
        return;
    }
    size_t count = json_array_size(list);
    count = count < JELLYFIN_USERS_MAX ? count : JELLYFIN_USERS_MAX;
    j->users = arena_alloc(j->server.arena, (count + 1) * sizeof *j->users);
    j->user_count = 0;
    for (size_t i = 0; i < count; i++) {
        take_user(j, json_array_get(list, i));
    }
    media_ask(&j->server,
              j->dialect.source == source_kind_emby ? "/Library/VirtualFolders/Query"
                                                    : "/Library/VirtualFolders",
              NULL, on_folders);
}

/* ---- the driver's functions ---- */

bool jellyfin_ready_to_plan(struct runner_job *job)
{
    struct jellyfin_job *j = jellyfin_job_of(job);
    if (j->planning.state != STAGE_NONE) {
        return j->planning.state == STAGE_DONE;
    }
    j->planning = (struct stage){.state = STAGE_UNDER_WAY};
    j->reading_begun = false;
    media_ask(&j->server, j->dialect.source == source_kind_emby ? "/Users/Query" : "/Users", NULL,
              on_users);
    return false;
}

void jellyfin_plan(struct runner_job *job)
{
    struct jellyfin_job *j = jellyfin_job_of(job);
    job->code = j->planning.code;
    job->why.text =
        j->planning.text[0] != '\0' ? arena_keep(job->work_arena, j->planning.text) : NULL;
    j->planning.state = STAGE_NONE;
}

/* A server is known by what it says it is, so that stands for the rows it could be known by. */
void jellyfin_fill_plan(struct runner_job *job, struct job_plan *out)
{
    static const char *const no_plugin[] = {
        "The plugin Playback Reporting of the server fails, so plays come from the activity log"
        " and the played items alone: update the plugin"};
    struct jellyfin_job *j = jellyfin_job_of(job);
    j->sample =
        (struct row_key){.native_id = {.text = {j->server.identity, strlen(j->server.identity)}},
                         .has_native_id = true,
                         .has_started_at = true};
    *out = (struct job_plan){.first_id = 1,
                             .last_id = LAST_POSITION,
                             .total = 1,
                             .planned_at = j->now,
                             .server_id = j->server.identity,
                             .own_server_id = j->server.identity,
                             .server_name = j->server.name,
                             .samples = &j->sample,
                             .samples_count = 1,
                             .libraries = j->folders.libraries,
                             .libraries_count = j->folders.library_count,
                             .people = j->users,
                             .people_count = j->user_count};
    PUT(out, kind, j->dialect.source);
    j->server.sync->lacks = j->report.state == REPORT_BROKEN ? ERR_SERVER_PLUGIN_FAILS : OK;
    if (j->report.state == REPORT_BROKEN) {
        out->warnings = (const char **)(uintptr_t)no_plugin;
        out->warnings_count = COUNT_OF(no_plugin);
    }
}

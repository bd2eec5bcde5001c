/* SPDX-License-Identifier: MIT
 * plex_plan.c - what a sync has to handle: who and what there is by name, and how many rows.
 *
 * Each library, then all of them, is asked for its first row, which comes with their number. A row
 * that is too old says that the server ignores from when on it was asked: the first one that is
 * wanted is then looked for by halving. A job that goes on learns the names anew and counts
 * nothing. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "actors/shared/plex/plex_job.h"
#include "actors/shared/plex/plex_json.h"
#include "proto/base/clock.h"

/* The whole of it is not known: somewhere below this. */
#define LAST_POSITION (INT64_C(1) << 52)
#define DAY_S 86400

int64_t plex_since(const struct plex_job *j)
{
    const struct job_task *task = &j->job.task;
    if (j->since_given) {
        return j->since_s;
    }
    int64_t at_ms = task->planned ? task->planned_at : j->planned_at;
    return at_ms / 1000 - j->params.days_back * DAY_S;
}

/* ---- counting ---- */

static void count_pass(struct plex_job *j);

/* NULL behind the last one: then all are counted together. */
static const char *library_counted(const struct plex_job *j)
{
    return j->pass < j->params.library_ids_count ? j->params.library_ids[j->pass] : NULL;
}

static void fail(struct plex_job *j, enum err code, const char *text)
{
    struct job_runner *r = j->job.runner;
    if (server_may_heal(code) && job_runner_waited_too_long(&j->job, &j->unread_since_ms, code)) {
        job_runner_fail(r, code, text[0] != '\0' ? text : NULL);
        return;
    }
    stage_end(j, &j->planning, code, text);
}

/* Where the libraries have no fewer rows than all together the server does not filter by library,
 * or nothing is left out: all are read once, and the libraries chosen here. */
static void end_counting(struct plex_job *j, uint64_t whole)
{
    j->whole = whole <= j->total || j->params.library_ids_count == 0;
    j->total = j->whole ? whole : j->total;
    j->unread_since_ms = 0;
    stage_end(j, &j->planning, OK, NULL);
}

static void end_pass(struct plex_job *j, uint64_t rows, uint64_t start)
{
    bool last = library_counted(j) == NULL;
    j->starts[j->pass++] = start;
    if (last) {
        end_counting(j, rows);
    } else {
        j->total += rows;
        count_pass(j);
    }
}

static void ask_row(struct plex_job *j, uint64_t at, plex_answered *done)
{
    char path[READING_QUESTION_SIZE];
    const char *library = library_counted(j);
    (void)snprintf(path, sizeof(path),
                   "/status/sessions/history/all?sort=viewedAt:asc&viewedAt%%3E=%" PRId64
                   "%s%.20s&X-Plex-Container-Start=%" PRIu64 "&X-Plex-Container-Size=1",
                   j->since_s, library != NULL ? "&librarySectionID=" : "",
                   library != NULL ? library : "", at);
    plex_ask(j, path, true, done);
}

/* Is the first row of an answer older than was asked for? */
static bool is_too_old(const struct plex_job *j, const json_t *rows)
{
    int64_t time = 0;
    return plex_number(json_array_get(rows, 0), "viewedAt", &time) && time > 0 && time < j->since_s;
}

static void look_between(struct plex_job *j);

static void on_middle(struct plex_job *j, enum err code, const char *text, const json_t *container)
{
    const json_t *rows = NULL;
    code = code == OK ? plex_list(container, "Metadata", &rows) : code;
    if (code != OK) {
        fail(j, code, text);
        return;
    }
    uint64_t middle = j->low + (j->high - j->low) / 2;
    if (is_too_old(j, rows)) {
        j->low = middle + 1;
    } else {
        j->high = middle;
    }
    look_between(j);
}

static void look_between(struct plex_job *j)
{
    if (j->low < j->high) {
        ask_row(j, j->low + (j->high - j->low) / 2, on_middle);
    } else {
        end_pass(j, j->pass_total - j->low, j->low);
    }
}

static void on_first(struct plex_job *j, enum err code, const char *text, const json_t *container)
{
    const json_t *rows = NULL;
    int64_t total = -1;
    code = code == OK ? plex_list(container, "Metadata", &rows) : code;
    if (code == ERR_SERVER_FLOODS) { /* all rows come, however few are asked for */
        end_pass(j, 1, READ_BY_TIME);
        return;
    }
    if (code != OK) {
        fail(j, code, text);
        return;
    }
    bool paged = plex_number(container, "totalSize", &total) && total >= 0;
    j->pass_total = paged ? (uint64_t)total : json_array_size(rows);
    if (paged && is_too_old(j, rows)) {
        log_warn("the server ignores from when on it is asked, reading it by offset "
                 "correlation_id=%s",
                 j->job.task.job_id);
        j->low = 1;
        j->high = j->pass_total;
        look_between(j);
    } else {
        end_pass(j, j->pass_total, READ_BY_TIME);
    }
}

static void count_pass(struct plex_job *j)
{
    ask_row(j, 0, on_first);
}

/* ---- names ---- */

static void on_libraries(struct plex_job *j, enum err code, const char *text,
                         const json_t *container)
{
    code =
        code == OK ? names_take_libraries(&j->names, container, j->identity, j->names_arena) : code;
    if (code != OK) {
        fail(j, code, text);
    } else if (j->job.task.planned) {
        stage_end(j, &j->planning, OK, NULL);
    } else {
        count_pass(j);
    }
}

static void on_devices(struct plex_job *j, enum err code, const char *text, const json_t *container)
{
    code = code == OK ? names_take_devices(&j->names, container, j->names_arena) : code;
    if (code == OK) {
        plex_ask(j, "/library/sections", true, on_libraries);
    } else {
        fail(j, code, text);
    }
}

/* Who is not the owner sees no account, or not the owner's: and of the history its own rows alone.
 */
static void on_accounts(struct plex_job *j, enum err code, const char *text,
                        const json_t *container)
{
    code = code == OK ? names_take_accounts(&j->names, container, j->names_arena) : code;
    if (code == OK && names_account(&j->names, 1) == NULL) {
        code = ERR_SERVER_TOKEN_TOO_LOW;
    }
    if (code == OK) {
        plex_ask(j, "/devices", true, on_devices);
    } else {
        fail(j, code, text);
    }
}

/* ---- the driver's functions ---- */

bool plex_ready_to_plan(struct runner_job *job)
{
    struct plex_job *j = plex_job_of(job);
    if (j->planning.state != STAGE_NONE) {
        return j->planning.state == STAGE_DONE;
    }
    j->planning = (struct stage){.state = STAGE_UNDER_WAY};
    j->planned_at = clock_wall_ms();
    j->since_s = plex_since(j);
    j->total = 0;
    j->pass = 0;
    plex_ask(j, "/accounts", true, on_accounts);
    return false;
}

void plex_plan(struct runner_job *job)
{
    struct plex_job *j = plex_job_of(job);
    job->code = j->planning.code;
    job->why.text =
        j->planning.text[0] != '\0' ? arena_keep(job->work_arena, j->planning.text) : NULL;
    j->planning.state = STAGE_NONE;
}

/* A server is known by what it says it is, so that stands for the rows it could be known by. */
void plex_fill_plan(struct runner_job *job, struct job_plan *out)
{
    struct plex_job *j = plex_job_of(job);
    j->sample = (struct row_key){.native_id = {.text = {j->identity, strlen(j->identity)}},
                                 .has_native_id = true,
                                 .has_started_at = true};
    *out = (struct job_plan){.first_id = 1,
                             .last_id = LAST_POSITION,
                             .total = j->total,
                             .planned_at = j->planned_at,
                             .server_id = j->identity,
                             .own_server_id = j->identity,
                             .server_name = j->server_name,
                             .samples = &j->sample,
                             .samples_count = 1,
                             .people = j->names.people,
                             .people_count = j->names.people_count,
                             .libraries = j->names.libraries,
                             .libraries_count = j->names.library_count};
}

/* SPDX-License-Identifier: MIT
 * audit.c - the audit log as the running service has it: acts in words, the entries as a
 * file, a new key, sealed old entries. Checking it needs no service: audit_check.c. */
#include <stdio.h>
#include <string.h>

#include "actors/cli/asking.h"
#include "actors/cli/audit_words.h"
#include "actors/cli/jobs.h"
#include "actors/cli/say.h"
#include "actors/cli/table.h"
#include "actors/cli/times.h"

static void add_filters(char path[static CLIENT_PATH_SIZE], const struct options *o)
{
    path_add(path, "from", o->from);
    path_add(path, "to", o->to);
    path_add(path, "actor", o->actor);
    path_add(path, "action", o->action);
    path_add(path, audit_outcome_is_result(o->outcome) ? "result" : "outcome", o->outcome);
    path_add(path, "q", o->text);
}

/* A job is named by as much of its id as `playbus jobs` prints; the log knows whole ones, also of
 * jobs that are not kept any more. */
static int add_job(struct service *s, char path[static CLIENT_PATH_SIZE], const char *job)
{
    char asked[CLIENT_PATH_SIZE];
    struct reply reply = {0};
    int status = EXIT_COMPLETED;
    if (job == NULL) {
        return EXIT_COMPLETED;
    }
    bool plain = job[0] != '\0' && job[strspn(job, "0123456789abcdef")] == '\0';
    (void)snprintf(asked, sizeof asked, "/sync/jobs/%.64s", job);
    enum err e = plain ? client_call(s->client, "GET", asked, NULL, &reply) : ERR_JOB_NOT_FOUND;
    if (e == OK && strcmp(reply_code(&reply), "JOB_AMBIGUOUS") == 0) {
        status = reply_say_error(&reply);
    }
    bool found = e == OK && reply_is_good(&reply);
    path_add(path, "job_id", found ? job_id_of(job_record(reply.body)) : job);
    reply_release(&reply);
    return status;
}

static bool filters_are_known(const struct options *o)
{
    return audit_action_is_known(o->action) && audit_outcome_is_known(o->outcome);
}

enum { WHO_CELLS = 12, RESULT_CELLS = 11, ABOUT_CELLS = 10 };

static int time_cells(void)
{
    char title[TIME_SIZE];
    int titled = text_cells(time_title("when", title));
    return titled > TIME_SECONDS_CELLS ? titled : TIME_SECONDS_CELLS;
}

static void print_titles(void)
{
    char title[TIME_SIZE];
    cell_column(stdout, time_title("when", title), time_cells());
    (void)printf("%-*s %-*s %s\n", WHO_CELLS, "who", RESULT_CELLS, "outcome", "what");
}

/* What was done stands whole, and what it was done to is cut in the middle; where there is no room
 * for that, the two together are. */
static void print_what(const char *text, const char *target)
{
    int used = time_cells() + 1 + WHO_CELLS + 1 + RESULT_CELLS + 1;
    const char *slash = strrchr(target, '/');
    const char *about = strstr(text, target);
    if (about == NULL && slash != NULL) {
        about = strstr(text, slash + 1); /* an upload is called by its name */
    }
    about = about != NULL ? about : text;
    char did[128]; /* the words of an action */
    (void)snprintf(did, sizeof did, "%.*s", (int)(about - text), text);
    int width = terminal_width(stdout);
    if (width != 0 && used + text_cells(did) + ABOUT_CELLS > width) {
        about = text;
    } else if (did[0] != '\0') {
        cell_text(stdout, did, 0);
        used += text_cells(did);
    }
    cell_path(stdout, about, used);
}

/* Parameters are a JSON object as the log keeps it, a text. */
static bool was_dry_run(const json_t *act)
{
    bool dry = false;
    size_t i = 0;
    const json_t *entry = NULL;
    json_array_foreach(json_object_get(act, "entries"), i, entry)
    {
        json_t *params = json_loads(member_text(entry, "params"), 0, NULL);
        dry = dry || json_is_true(json_object_get(params, "dry_run"));
        json_decref(params);
    }
    return dry;
}

/* Time, who, what came of it, and what; the reason of a refusal follows what was refused. What it
 * is of, as the name of a file, stands at the end, so the middle is what a terminal has no room
 * for. */
static void print_act(const json_t *act)
{
    char result[64];
    char time[TIME_SIZE];
    const char *said = member_text(act, "result_text");
    size_t size = strcspn(said, ":;");
    const char *reason = said[size] == '\0' ? "" : said + size + 1;
    (void)snprintf(result, sizeof result, "%.*s", (int)size, said);
    cell_column(stdout, time_seconds(member_text(act, "at"), time), time_cells());
    cell_column(stdout, json_string_value(json_object_get(act, "actor")), WHO_CELLS);
    cell_column(stdout, result, RESULT_CELLS);
    char times[40] = "";
    if (member_number(act, "count") > 1) {
        (void)snprintf(times, sizeof times, " (%lld times)",
                       (long long)member_number(act, "count"));
    }
    json_t *what =
        json_sprintf("%s%s%s%s%s", was_dry_run(act) ? "Dry run: " : "", member_text(act, "text"),
                     reason[0] != '\0' ? ":" : "", reason, times);
    const char *text = json_string_value(what);
    print_what(text == NULL ? "-" : text, member_text(act, "target"));
    (void)fputc('\n', stdout);
    json_decref(what);
}

int command_audit_list(const struct options *o)
{
    char path[CLIENT_PATH_SIZE] = "/audit/acts";
    struct service s = SERVICE_NONE;
    if (!filters_are_known(o)) {
        return EXIT_USAGE;
    }
    int status = asking_open(o, &s);
    add_filters(path, o);
    status = status == EXIT_COMPLETED ? add_job(&s, path, o->job) : status;
    if (status == EXIT_COMPLETED) {
        const struct list_form form = {o->json, print_titles, print_act};
        status = asking_list(&s, path, &form, o->limit == 0 ? 20 : o->limit);
    }
    service_close(&s);
    return status;
}

int command_audit_export(const struct options *o)
{
    char path[CLIENT_PATH_SIZE] = "/audit/export";
    struct service s = SERVICE_NONE;
    if (!filters_are_known(o)) {
        return EXIT_USAGE;
    }
    int status = asking_open(o, &s);
    bool csv = o->format != NULL && strcmp(o->format, "csv") == 0;
    path_add(path, "format", csv ? "csv" : "jsonl"); /* JSON lines lose nothing */
    add_filters(path, o);
    status = status == EXIT_COMPLETED ? add_job(&s, path, o->job) : status;
    if (status == EXIT_COMPLETED) {
        status = asking_stream(&s, path, csv ? "text/csv" : "application/x-ndjson");
    }
    service_close(&s);
    return status;
}

int command_audit_rotate(const struct options *o)
{
    struct service s = SERVICE_NONE;
    int status = asking_open(o, &s);
    json_t *done =
        status == EXIT_COMPLETED ? asking_call(&s, "POST", "/audit/rotate", NULL, &status) : NULL;
    if (done != NULL) {
        say(stdout, "%s %s\n", member_text(done, "key_id"), member_text(done, "public_key"));
    }
    json_decref(done);
    service_close(&s);
    return status;
}

int command_audit_seal(const struct options *o)
{
    struct service s = SERVICE_NONE;
    char before[CLOCK_TEXT_SIZE];
    if (!time_bound(o->argument, false, before)) {
        say(stderr, "playbus: %s is no time: " TIME_FORMS "\n", o->argument);
        return EXIT_USAGE;
    }
    int status = asking_open(o, &s);
    json_t *body = json_pack("{s:s}", "before", before);
    json_t *done =
        status == EXIT_COMPLETED ? asking_call(&s, "POST", "/audit/seal", body, &status) : NULL;
    if (done != NULL) {
        say(stderr, "Entries %lld to %lld are sealed in this file of the data folder:\n",
            (long long)member_number(done, "first"), (long long)member_number(done, "last"));
        say(stdout, "%s\n", member_text(done, "file"));
    }
    json_decref(done);
    json_decref(body);
    service_close(&s);
    return status;
}

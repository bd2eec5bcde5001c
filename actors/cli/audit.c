/* SPDX-License-Identifier: MIT
 * audit.c - the audit log as the running service has it: acts in words, the entries as a
 * file, a new key, sealed old entries. Checking it needs no service: audit_check.c. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "actors/cli/asking.h"
#include "actors/cli/audit_words.h"
#include "actors/cli/say.h"
#include "actors/cli/table.h"

static void add_filters(char path[static CLIENT_PATH_SIZE], const struct options *o)
{
    path_add(path, "from", o->from);
    path_add(path, "to", o->to);
    path_add(path, "actor", o->actor);
    path_add(path, "action", o->action);
    path_add(path, audit_outcome_is_result(o->outcome) ? "result" : "outcome", o->outcome);
    path_add(path, "job_id", o->job);
    path_add(path, "q", o->text);
}

static bool filters_are_known(const struct options *o)
{
    return audit_action_is_known(o->action) && audit_outcome_is_known(o->outcome);
}

/* Cells of a terminal that are left for the last column; 0 where nobody reads it on one. */
static int cells_left(int used)
{
    struct winsize size;
    bool terminal = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > used + 10;
    return terminal ? size.ws_col - used : 0;
}

/* Time, who, what came of it, and what; the reason of a refusal follows what was refused. */
static void print_act(const json_t *act)
{
    enum { TIME_CELLS = 25, WHO_CELLS = 12, RESULT_CELLS = 11 };
    char result[64];
    const char *said = member_text(act, "result_text");
    size_t size = strcspn(said, ":;");
    const char *reason = said[size] == '\0' ? "" : said + size + 1;
    (void)snprintf(result, sizeof result, "%.*s", (int)size, said);
    print_time(member_text(act, "at"));
    cell_text(stdout, json_string_value(json_object_get(act, "actor")), WHO_CELLS);
    (void)fputc(' ', stdout);
    cell_text(stdout, result, RESULT_CELLS);
    (void)fputc(' ', stdout);
    json_t *what = member_number(act, "count") > 1
                       ? json_sprintf("%s%s%s (%lld times)", member_text(act, "text"),
                                      reason[0] != '\0' ? ":" : "", reason,
                                      (long long)member_number(act, "count"))
                       : json_sprintf("%s%s%s", member_text(act, "text"),
                                      reason[0] != '\0' ? ":" : "", reason);
    int width = cells_left(TIME_CELLS + WHO_CELLS + RESULT_CELLS + 2);
    const char *text = json_string_value(what);
    cell_text(stdout, text, text != NULL && text_cells(text) > width ? width : 0);
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
    if (status == EXIT_COMPLETED) {
        long limit = o->limit == NULL ? 20 : strtol(o->limit, NULL, 10);
        status = asking_pages(&s, path, o->json, limit, print_act);
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

static void print_sealed(const json_t *done)
{
    if (member_number(done, "first") == 0) {
        (void)fputs("There is nothing to seal.\n", stderr);
        return;
    }
    say(stderr, "Entries %lld to %lld are sealed in this file of the data folder:\n",
        (long long)member_number(done, "first"), (long long)member_number(done, "last"));
    say(stdout, "%s\n", member_text(done, "file"));
}

int command_audit_seal(const struct options *o)
{
    struct service s = SERVICE_NONE;
    int status = asking_open(o, &s);
    json_t *body = json_pack("{s:s}", "before", o->argument);
    json_t *done =
        status == EXIT_COMPLETED ? asking_call(&s, "POST", "/audit/seal", body, &status) : NULL;
    if (done != NULL) {
        print_sealed(done);
    }
    json_decref(done);
    json_decref(body);
    service_close(&s);
    return status;
}

/* SPDX-License-Identifier: MIT
 * audit.c - the audit log as the running service has it: list, export, change the key, seal old
 * entries. Checking it needs no service: audit_check.c. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actors/cli/asking.h"
#include "actors/cli/say.h"
#include "actors/cli/table.h"

static void add_filters(char path[static CLIENT_PATH_SIZE], const struct options *o)
{
    path_add(path, "from", o->from);
    path_add(path, "to", o->to);
    path_add(path, "actor", o->actor);
    path_add(path, "action", o->action);
    path_add(path, "outcome", o->outcome);
    path_add(path, "job_id", o->job);
    path_add(path, "q", o->text);
}

static void print_entry(const json_t *entry)
{
    int64_t count = member_number(entry, "count");
    say(stdout, "%8lld  ", (long long)member_number(entry, "n"));
    print_time(member_text(entry, "at"));
    cell_text(stdout, json_string_value(json_object_get(entry, "actor")), 16);
    (void)fputc(' ', stdout);
    cell_text(stdout, member_text(entry, "phase"), 10);
    cell_text(stdout, member_text(entry, "action"), 18);
    (void)fputc(' ', stdout);
    cell_text(stdout, member_text(entry, "outcome"), 18);
    (void)fputc(' ', stdout);
    if (count > 0) {
        say(stdout, "%lld times ", (long long)count);
    }
    cell_text(stdout, member_text(entry, "target"), 0);
    (void)fputc('\n', stdout);
}

int command_audit_list(const struct options *o)
{
    char path[CLIENT_PATH_SIZE] = "/audit/events";
    struct service s = SERVICE_NONE;
    int status = asking_open(o, &s);
    add_filters(path, o);
    if (status == EXIT_COMPLETED) {
        long limit = o->limit == NULL ? 20 : strtol(o->limit, NULL, 10);
        status = asking_pages(&s, path, o->json, limit, print_entry);
    }
    service_close(&s);
    return status;
}

int command_audit_export(const struct options *o)
{
    char path[CLIENT_PATH_SIZE] = "/audit/export";
    struct service s = SERVICE_NONE;
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

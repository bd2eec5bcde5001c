/* SPDX-License-Identifier: MIT
 * status.c - `playbus status`: which parts run, what was checked, where the newest jobs stand. It
 * only looks, and answers with any part of the service dead. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "actors/cli/actors.h"
#include "actors/cli/asking.h"
#include "actors/cli/check.h"
#include "actors/cli/cli.h"
#include "actors/cli/invocation.h"
#include "actors/cli/jobs.h"
#include "actors/cli/say.h"
#include "actors/cli/service.h"
#include "actors/cli/table.h"
#include "actors/cli/times.h"
#include "proto/base/log.h"

/* It answers within 10 s whatever hangs. */
#define STATUS_PATIENCE_MS 6000L
#define DOUBLED_PATIENCE_MS 2000L
#define SYSTEM_PATIENCE_MS 2000L
#define LIVE_PATIENCE_MS 1000L
#define STARTS_S 5

static void print_actor(const json_t *actor)
{
    const json_t *pid = json_object_get(actor, "pid");
    (void)fputs("  ", stdout);
    cell_text(stdout, member_text(actor, "name"), 20);
    cell_text(stdout, member_text(actor, "state"), 8);
    if (json_is_integer(pid)) {
        say(stdout, "%lld", (long long)json_integer_value(pid));
    }
    (void)fputc('\n', stdout);
    for (size_t i = 0; i < 2; i++) {
        const char *text = member_text(actor, i == 0 ? "problem" : "remedy");
        if (text[0] != '\0') {
            OWNED(free_text) char *sentence = NULL;
            (void)fputs("    ", stdout);
            cell_sentence(stdout, asprintf(&sentence, "%s.", text) < 0 ? text : sentence, 4);
            (void)fputc('\n', stdout);
        }
    }
}

/* Adds doubled_plays where there are some; who is asked has just answered. */
static void add_doubled(struct service *s, json_t *status)
{
    struct reply reply = {0};
    client_set_patience(s->client, DOUBLED_PATIENCE_MS);
    if (client_call(s->client, "GET", "/import/status", NULL, &reply) == OK) {
        json_t *doubled = json_object_get(reply.body, "doubled_plays");
        if (json_integer_value(doubled) > 0) {
            (void)json_object_set(status, "doubled_plays", doubled);
        }
    }
    reply_release(&reply);
}

/* The process was started a while ago, and has had the time to answer. */
static bool has_settled(const char *name)
{
    struct stat lock;
    char path[64];
    (void)snprintf(path, sizeof(path), "run/%.32s.lock", name);
    return stat(path, &lock) == 0 && lock.st_mtime + STARTS_S < time(NULL);
}

static bool is_silent(const json_t *known, int64_t pid)
{
    size_t i = 0;
    const json_t *row = NULL;
    json_array_foreach(known, i, row)
    {
        if (member_number(row, "pid") == pid && strcmp(member_text(row, "state"), "up") != 0) {
            return true;
        }
    }
    return false;
}

/* A process that is there, and that the broker does not hear, hangs; or the broker does, where the
 * gateway answers and it does not; or the gateway. */
static void mark_hung(struct service *s, const json_t *actors)
{
    size_t i = 0;
    json_t *row = NULL;
    struct reply live = {0};
    struct reply system = {0};
    client_set_patience(s->client, LIVE_PATIENCE_MS);
    bool gateway = client_call(s->client, "GET", "/health/live", NULL, &live) == OK;
    client_set_patience(s->client, SYSTEM_PATIENCE_MS);
    bool broker = !gateway || (client_call(s->client, "GET", "/system", NULL, &system) == OK &&
                               system.status != 503 && system.status != 504);
    const char *silent = !gateway ? "gateway" : !broker ? "broker" : "";
    json_array_foreach(actors, i, row)
    {
        int64_t pid = member_number(row, "pid");
        const char *name = member_text(row, "name");
        if (pid > 0 && ((strcmp(name, silent) == 0 && has_settled(name)) ||
                        is_silent(json_object_get(system.body, "actors"), pid))) {
            (void)json_object_set_new(row, "state", json_string("hung"));
        }
    }
    reply_release(&live);
    reply_release(&system);
}

/* {actors, jobs, address, check?, doubled_plays?}: whatever cannot be asked is empty, and said so.
 */
static json_t *status_of(struct service *s)
{
    struct reply reply = {0};
    json_t *answer = json_object();
    json_t *jobs = NULL;
    (void)json_object_set_new(answer, "actors", actors_list());
    json_t *check = check_result_read();
    if (check != NULL) {
        (void)json_object_set_new(answer, "check", check);
    }
    if (service_reconnect(s)) {
        (void)json_object_set_new(answer, "address", json_sprintf("http://%s", s->address));
        mark_hung(s, json_object_get(answer, "actors"));
        client_set_patience(s->client, STATUS_PATIENCE_MS);
        if (client_call(s->client, "GET", "/sync/jobs?limit=10", NULL, &reply) == OK) {
            jobs = json_incref(json_object_get(reply.body, "items"));
        }
        if (jobs == NULL && reply.body != NULL) {
            (void)json_object_set(answer, "error", json_object_get(reply.body, "error"));
        } else if (jobs == NULL) {
            (void)json_object_set_new(answer, "error", json_string("The gateway does not answer"));
        }
        reply_release(&reply);
        if (jobs != NULL) {
            add_doubled(s, answer);
        }
    } else {
        const char *why = data_folder_is_used_elsewhere() ? err_sentence(ERR_RUNNING_ELSEWHERE)
                                                          : "The gateway is not running";
        (void)json_object_set_new(answer, "error", json_string(why));
    }
    (void)json_object_set_new(answer, "jobs", jobs == NULL ? json_array() : jobs);
    return answer;
}

static void print_doubled(int64_t plays)
{
    char n[NUMBER_SIZE];
    bool one = plays == 1;
    if (plays > 0) {
        say(stdout,
            "%s %s stored twice: an earlier version of Playbus took a changed\n"
            "database for another. %s joined when plays are grouped anew.\n",
            number_text(plays, n), one ? "play is" : "plays are", one ? "It is" : "They are");
    }
}

/* What `playbus check` found, if it was ever run. */
static void print_check(const json_t *check)
{
    char at[TIME_SIZE];
    size_t i = 0;
    const json_t *row = NULL;
    if (check == NULL) {
        return;
    }
    bool whole = json_is_true(json_object_get(check, "whole"));
    say(stdout, "Checked at %s: %s\n", time_with_zone(member_text(check, "at"), at),
        whole ? "all is whole" : "not all is whole");
    json_array_foreach(json_object_get(check, "stores"), i, row)
    {
        if (!json_is_true(json_object_get(row, "whole"))) {
            (void)fputs("  ", stdout);
            cell_text(stdout, member_text(row, "file"), 13);
            cell_sentence(stdout, member_text(row, "error"), 15);
            (void)fputc('\n', stdout);
        }
    }
}

/* Not one of its parts is there, as after `playbus stop`: nothing is wrong with that. */
static bool is_stopped(const json_t *status)
{
    size_t i = 0;
    const json_t *row = NULL;
    json_array_foreach(json_object_get(status, "actors"), i, row)
    {
        if (json_is_integer(json_object_get(row, "pid"))) {
            return false;
        }
    }
    return member_text(status, "address")[0] == '\0';
}

static void print_stopped(const json_t *status, const char *folder)
{
    char up[INVOCATION_SIZE];
    char jobs[INVOCATION_SIZE];
    if (data_folder_is_used_elsewhere()) {
        say(stdout, "%s: %s.\n  %s.\n", err_sentence(ERR_RUNNING_ELSEWHERE), folder,
            err_remedy(ERR_RUNNING_ELSEWHERE));
        return;
    }
    (void)fputs("Playbus is not running in ", stdout);
    cell_path(stdout, folder, 27);
    invocation_text("up", folder, up);
    invocation_text("jobs", folder, jobs);
    say(stdout, ".\n  Start it with: %s\n  Past jobs:     %s\n",
        data_folder_is_system(folder) ? "sudo systemctl start playbus" : up, jobs);
    print_check(json_object_get(status, "check"));
}

static void print_status(const json_t *status, const char *folder)
{
    size_t i = 0;
    const json_t *row = NULL;
    const char *address = member_text(status, "address");
    const char *where = address[0] == '\0' ? "not reachable" : address;
    if (is_stopped(status)) {
        print_stopped(status, folder);
        return;
    }
    (void)fputs("Playbus in ", stdout);
    cell_path(stdout, folder, 11 + 2 + text_cells(where));
    say(stdout, ": %s\n", where);
    json_array_foreach(json_object_get(status, "actors"), i, row)
    {
        print_actor(row);
    }
    print_check(json_object_get(status, "check"));
    if (json_array_size(json_object_get(status, "jobs")) > 0) {
        jobs_print_titles();
    } else if (json_object_get(status, "error") != NULL) {
        say(stdout, "Jobs cannot be told: %s\n", member_text(status, "error"));
    } else {
        (void)fputs("There are no jobs yet.\n", stdout);
    }
    json_array_foreach(json_object_get(status, "jobs"), i, row)
    {
        jobs_print(row);
    }
    print_doubled(member_number(status, "doubled_plays"));
}

int command_status(const struct options *o)
{
    struct service s = SERVICE_NONE;
    log_open("playbus", LEVEL_WARN);
    enum err e = data_folder_enter(o->data, false, s.folder);
    if (e != OK) {
        return asking_no_history(e, o->data, "");
    }
    json_t *status = status_of(&s);
    if (o->json) {
        say_json(stdout, status, JSON_INDENT(2) | JSON_REAL_PRECISION(12));
    } else {
        print_status(status, s.folder);
    }
    bool reached = json_object_get(status, "error") == NULL;
    json_decref(status);
    service_close(&s);
    return reached ? EXIT_COMPLETED : EXIT_FAILED;
}

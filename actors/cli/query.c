/* SPDX-License-Identifier: MIT
 * query.c - status, jobs, errors, history and export: questions to the gateway, printed.
 *
 * All but status start the service for the time of the question if it is not running; status only
 * looks, and answers with any part of the service dead. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "actors/cli/actors.h"
#include "actors/cli/asking.h"
#include "actors/cli/check.h"
#include "actors/cli/cli.h"
#include "actors/cli/receipt.h"
#include "actors/cli/say.h"
#include "actors/cli/service.h"
#include "actors/cli/table.h"
#include "proto/base/log.h"

/* Status answers within 10 s whatever hangs. */
#define STATUS_PATIENCE_MS 6000L
#define DOUBLED_PATIENCE_MS 2000L
#define SYSTEM_PATIENCE_MS 2000L
#define LIVE_PATIENCE_MS 1000L
#define STARTS_S 5

static void print_json(const json_t *json)
{
    say_json(stdout, json, JSON_INDENT(2) | JSON_REAL_PRECISION(12));
}

/* ---- a service to ask ---- */

static int complain_of_folder(enum err e, const struct options *o, const char *entered)
{
    const char *folder = e == OK ? entered : o->data;
    if (e == ERR_ACCESS_DENIED || e == ERR_DATA_FOLDER_UNSAFE) {
        return folder_complain(e, o->data);
    }
    say(stderr,
        "playbus: there is no history in %s yet\n"
        "  Import one with: playbus import FILE\n",
        folder != NULL ? folder : "the default data folder");
    return EXIT_FAILED;
}

/* A data folder without a history has nothing to tell, and asking must not make one. */
static int open_for_questions(const struct options *o, struct service *s)
{
    log_open("playbus", LEVEL_WARN);
    service_watch_signals();
    enum err e = folder_enter(o->data, false, s->folder);
    if (e != OK || access("history.db", F_OK) != 0) {
        return complain_of_folder(e, o, s->folder);
    }
    e = service_find_or_start(s, NULL);
    return e == OK ? EXIT_COMPLETED : service_complain(s, e);
}

/* ---- status ---- */

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
            (void)fputs("    ", stdout);
            cell_text(stdout, text, 0);
            (void)fputs(".\n", stdout);
        }
    }
}

static void print_job(const json_t *job)
{
    const json_t *progress = job_progress(job);
    (void)fputs("  ", stdout);
    cell_text(stdout, job_id_of(job), 34);
    cell_text(stdout, member_text(progress, "status"), 10);
    say(stdout, "%6.1f%%", member_real(progress, "progress_percent"));
    cell_number(stdout, member_number(progress, "imported_records"), 12);
    cell_number(stdout, member_number(progress, "skipped_records"), 12);
    cell_number(stdout, member_number(progress, "error_count"), 10);
    (void)fputs("  ", stdout);
    print_time(member_text(progress, "start_time"));
    bool dry = json_is_true(json_object_get(progress, "dry_run"));
    (void)fputs(dry ? "dry run " : "", stdout);
    cell_text(stdout, member_text(job, "db_path"), 0);
    (void)fputc('\n', stdout);
}

static void print_job_titles(void)
{
    say(stdout, "  %-34s%-10s%7s%12s%12s%10s  %-20s\n", "job", "status", "done", "imported",
        "skipped", "rejected", "started");
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
        (void)json_object_set_new(answer, "error", json_string("The gateway is not running"));
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
            "database for another. %s counted; a later release joins %s.\n",
            number_text(plays, n), one ? "play is" : "plays are", one ? "It is" : "They are",
            one ? "it" : "them");
    }
}

/* What `playbus check` found, if it was ever run. */
static void print_check(const json_t *check)
{
    size_t i = 0;
    const json_t *row = NULL;
    if (check == NULL) {
        return;
    }
    bool whole = json_is_true(json_object_get(check, "whole"));
    say(stdout, "Checked at %.32s: %s\n", member_text(check, "at"),
        whole ? "all is whole" : "not all is whole");
    json_array_foreach(json_object_get(check, "stores"), i, row)
    {
        if (!json_is_true(json_object_get(row, "whole"))) {
            (void)fputs("  ", stdout);
            cell_text(stdout, member_text(row, "file"), 13);
            cell_text(stdout, member_text(row, "error"), 0);
            (void)fputc('\n', stdout);
        }
    }
}

static void print_status(const json_t *status, const char *folder)
{
    size_t i = 0;
    const json_t *row = NULL;
    const char *address = member_text(status, "address");
    say(stdout, "Playbus in %s: %s\n", folder, address[0] == '\0' ? "not reachable" : address);
    json_array_foreach(json_object_get(status, "actors"), i, row)
    {
        print_actor(row);
    }
    print_check(json_object_get(status, "check"));
    if (json_array_size(json_object_get(status, "jobs")) > 0) {
        print_job_titles();
    } else if (json_object_get(status, "error") != NULL) {
        say(stdout, "Jobs cannot be told: %s\n", member_text(status, "error"));
    }
    json_array_foreach(json_object_get(status, "jobs"), i, row)
    {
        print_job(row);
    }
    print_doubled(member_number(status, "doubled_plays"));
}

int command_status(const struct options *o)
{
    struct service s = SERVICE_NONE;
    log_open("playbus", LEVEL_WARN);
    enum err e = folder_enter(o->data, false, s.folder);
    if (e != OK) {
        return complain_of_folder(e, o, "");
    }
    json_t *status = status_of(&s);
    if (o->json) {
        print_json(status);
    } else {
        print_status(status, s.folder);
    }
    bool reached = json_object_get(status, "error") == NULL;
    json_decref(status);
    service_close(&s);
    return reached ? EXIT_COMPLETED : EXIT_FAILED;
}

/* ---- jobs, errors, history, export ---- */

int command_jobs(const struct options *o)
{
    struct service s = SERVICE_NONE;
    int status = open_for_questions(o, &s);
    if (status == EXIT_COMPLETED) {
        if (!o->json) {
            print_job_titles();
        }
        status = asking_pages(&s, "/sync/jobs", o->json, 0, print_job);
    }
    service_close(&s);
    return status;
}

static void print_rejected(const json_t *row)
{
    say(stdout, "%12lld  ", (long long)member_number(row, "record_id"));
    cell_text(stdout, member_text(row, "code"), 24);
    cell_text(stdout, member_text(row, "message"), 0);
    (void)fputc('\n', stdout);
}

int command_errors(const struct options *o)
{
    char path[CLIENT_PATH_SIZE] = "/import/errors";
    struct service s = SERVICE_NONE;
    int status = open_for_questions(o, &s);
    path_add(path, "job", o->argument);
    path_add(path, "repairs", o->repairs ? "1" : NULL);
    if (status == EXIT_COMPLETED) {
        status = o->csv ? asking_stream(&s, path, "text/csv")
                        : asking_pages(&s, path, o->json, 0, print_rejected);
    }
    service_close(&s);
    return status;
}

static void add_filters(char path[static CLIENT_PATH_SIZE], const struct options *o)
{
    path_add(path, "server", o->server);
    path_add(path, "user", o->user);
    path_add(path, "media_type", o->media_type);
    path_add(path, "from", o->from);
    path_add(path, "to", o->to);
    path_add(path, "q", o->text);
}

static void print_play(const json_t *play)
{
    print_time(member_text(play, "started_at"));
    cell_text(stdout, json_string_value(json_object_get(play, "user_display")), 18);
    (void)fputc(' ', stdout);
    cell_text(stdout, member_text(play, "media_type"), 9);
    cell_text(stdout, json_string_value(json_object_get(play, "display_title")), 0);
    (void)fputc('\n', stdout);
}

int command_history(const struct options *o)
{
    char path[CLIENT_PATH_SIZE] = "/history";
    struct service s = SERVICE_NONE;
    int status = open_for_questions(o, &s);
    add_filters(path, o);
    if (status == EXIT_COMPLETED) {
        long limit = o->limit == NULL ? 20 : strtol(o->limit, NULL, 10);
        status = asking_pages(&s, path, o->json, limit, print_play);
    }
    service_close(&s);
    return status;
}

int command_export(const struct options *o)
{
    char path[CLIENT_PATH_SIZE] = "/history/export";
    struct service s = SERVICE_NONE;
    int status = open_for_questions(o, &s);
    const char *format = o->format == NULL ? "csv" : o->format;
    bool csv = strcmp(format, "csv") == 0;
    path_add(path, "format", format);
    path_add(path, "detail", csv ? NULL : "full"); /* JSON lines lose nothing */
    add_filters(path, o);
    if (status == EXIT_COMPLETED) {
        status = asking_stream(&s, path, csv ? "text/csv" : "application/x-ndjson");
    }
    service_close(&s);
    return status;
}

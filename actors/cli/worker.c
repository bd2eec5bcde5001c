/* SPDX-License-Identifier: MIT
 * worker.c - `playbus worker` on the machine that is worked for: who is let in. An invitation is
 * printed once, on stdout and alone, so that it can be piped to the other machine. */
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "actors/cli/asking.h"
#include "actors/cli/say.h"
#include "actors/cli/table.h"
#include "actors/cli/times.h"
#include "proto/wire/json.h"

/* ---- list ---- */

static void print_titles(void)
{
    (void)printf("%-16s %-10s%-10s%-18s%12s%10s  %-12s  %s\n", "name", "id", "state", "machine",
                 "rows", "rows/s", "", "last seen");
}

/* Of an invitation when it ends. */
static const char *when_text(const json_t *worker, char time[static TIME_SIZE])
{
    bool invited = strcmp(member_text(worker, "state"), "invited") == 0;
    const char *at = member_text(worker, invited ? "until" : "last_seen");
    return at[0] != '\0' ? time_with_zone(at, time) : "not yet";
}

static const char *rows_text(const json_t *worker)
{
    const char *by = member_text(worker, "rows_by");
    return strcmp(by, "reads") == 0  ? "reads itself"
           : strcmp(by, "sent") == 0 ? "is sent rows"
                                     : "";
}

static const char *idle_text(const char *because)
{
    static const struct {
        const char *because, *text;
    } texts[] = {{"slower", "slower than the others, who waited for it"},
                 {"not_delivered", "it did not deliver what it was given"},
                 {"cannot_read", "it cannot read what it was given"},
                 {"differs", "what it delivered differs from the database"}};
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        if (strcmp(texts[i].because, because) == 0) {
            return texts[i].text;
        }
    }
    return because;
}

/* Of one that the import that runs gives nothing to read. */
static void print_idle(const json_t *worker)
{
    char time[TIME_SIZE];
    const char *because = member_text(worker, "idle_because");
    const char *until = member_text(worker, "idle_until");
    if (because[0] != '\0') {
        say(stdout, "    left idle %s%s: %s\n", until[0] != '\0' ? "until " : "in this import",
            until[0] != '\0' ? time_with_zone(until, time) : "", idle_text(because));
    }
}

static void print_worker(const json_t *worker)
{
    char time[TIME_SIZE];
    const char *problem = member_text(worker, "problem");
    bool invited = strcmp(member_text(worker, "state"), "invited") == 0;
    cell_column(stdout, member_text(worker, "name"), 16);
    cell_text(stdout, member_text(worker, "id"), 8);
    (void)fputs("  ", stdout);
    cell_text(stdout, member_text(worker, "state"), 10);
    cell_column(stdout, member_text(worker, "machine"), 17);
    cell_number(stdout, member_number(worker, "rows"), 12);
    (void)printf("%10.0f  %-12s  ", json_number_value(json_object_get(worker, "rows_per_s")),
                 rows_text(worker));
    say(stdout, "%s%s", invited ? "good until " : "", when_text(worker, time));
    (void)fputc('\n', stdout);
    if (problem[0] != '\0') {
        say(stdout, "    %s\n", problem);
    }
    print_idle(worker);
}

static json_t *list(struct service *s, int *out_status)
{
    return asking_call(s, "GET", "/workers", NULL, out_status);
}

int command_worker_list(const struct options *o)
{
    struct service s = SERVICE_NONE;
    const struct list_form form = {.json = o->json, .titles = print_titles, .row = print_worker};
    int status = asking_open(o, &s);
    json_t *workers = status == EXIT_COMPLETED ? list(&s, &status) : NULL;
    const json_t *items = json_object_get(workers, "items");
    size_t i = 0;
    const json_t *worker = NULL;
    json_array_foreach(items, i, worker)
    {
        asking_row(&form, worker, i == 0);
    }
    if (workers != NULL && json_array_size(items) == 0) {
        (void)fputs("There are no workers on other machines. playbus worker invite lets one in.\n",
                    stderr);
    }
    json_decref(workers);
    service_close(&s);
    return status;
}

/* ---- invite ---- */

static void put_text(json_t *body, const char *name, const char *text)
{
    if (text != NULL) {
        (void)json_object_set_new(body, name, json_string(text));
    }
}

int command_worker_invite(const struct options *o)
{
    struct service s = SERVICE_NONE;
    char time[TIME_SIZE];
    int status = asking_open(o, &s);
    OWNED(json_release) json_t *body = json_object();
    put_text(body, "name", o->name);
    put_text(body, "address", o->address);
    if (o->for_s > 0) {
        (void)json_object_set_new(body, "for_s", json_integer(o->for_s));
    }
    OWNED(json_release)
    json_t *told =
        status == EXIT_COMPLETED ? asking_call(&s, "POST", "/workers", body, &status) : NULL;
    if (told != NULL && o->json) {
        say_json(stdout, told, JSON_COMPACT);
    } else if (told != NULL) {
        say(stdout, "%s\n", member_text(told, "invitation"));
        say(stderr,
            "Good for one worker until %s: give this line to playbus worker join there.\n"
            "That machine will see names and addresses of viewers.\n",
            time_with_zone(member_text(told, "until"), time));
    }
    service_close(&s);
    return status;
}

/* ---- revoke ---- */

static bool is_called(const json_t *worker, const char *called)
{
    return strcasecmp(member_text(worker, "name"), called) == 0 ||
           (strlen(called) >= 6 && strncmp(member_text(worker, "id"), called, strlen(called)) == 0);
}

/* NULL, and said: there is none, or more than one. */
static const json_t *find(const json_t *workers, const char *called)
{
    size_t i = 0;
    size_t count = 0;
    const json_t *worker = NULL;
    const json_t *found = NULL;
    json_array_foreach(json_object_get(workers, "items"), i, worker)
    {
        if (is_called(worker, called)) {
            found = worker;
            count++;
        }
    }
    if (count != 1) {
        say(stderr, "playbus: there %s %s\n  playbus worker list tells names and ids.\n",
            count == 0 ? "is no worker" : "are several workers", called);
    }
    return count == 1 ? found : NULL;
}

static bool is_wanted(const struct options *o, const json_t *worker)
{
    char line[16] = "";
    if (o->yes) {
        return true;
    }
    if (isatty(STDIN_FILENO) != 1) {
        (void)fputs("playbus: nobody is there to be asked\n  Add --yes to revoke it.\n", stderr);
        return false;
    }
    say(stderr, "Let %s in no more? [y/N] ", member_text(worker, "name"));
    return fgets(line, sizeof(line), stdin) != NULL && (line[0] == 'y' || line[0] == 'Y');
}

int command_worker_revoke(const struct options *o)
{
    struct service s = SERVICE_NONE;
    char path[CLIENT_PATH_SIZE];
    int status = asking_open(o, &s);
    OWNED(json_release) json_t *workers = status == EXIT_COMPLETED ? list(&s, &status) : NULL;
    const json_t *worker = workers != NULL ? find(workers, o->argument) : NULL;
    if (workers != NULL && worker == NULL) {
        status = EXIT_FAILED;
    } else if (worker != NULL) {
        status = EXIT_STOPPED;
        (void)snprintf(path, sizeof(path), "/workers/%s", member_text(worker, "id"));
        OWNED(json_release)
        json_t *gone = is_wanted(o, worker) ? asking_call(&s, "DELETE", path, NULL, &status) : NULL;
        if (gone != NULL) {
            say(stderr, "%s is let in no more.\n", member_text(gone, "name"));
        }
    }
    service_close(&s);
    return status;
}

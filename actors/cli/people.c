/* SPDX-License-Identifier: MIT
 * people.c - `playbus people`: persons with their accounts; join them, take one apart, forget one,
 * and let a forgotten one come back.
 *
 * A person is named by its id as the list prints it, or by an account of it, SERVER/USER. What
 * cannot be taken back asks first, with the figures. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "actors/cli/asking.h"
#include "actors/cli/calls.h"
#include "actors/cli/cli.h"
#include "actors/cli/follow.h"
#include "actors/cli/interrupts.h"
#include "actors/cli/receipt.h"
#include "actors/cli/say.h"
#include "actors/cli/table.h"
#include "actors/cli/times.h"
#include "proto/wire/json.h"

#define POLL_MS 200
#define NAMED_MAX 100 /* persons in one command */

/* ---- list ---- */

static void print_person(const json_t *person)
{
    size_t i = 0;
    const json_t *account = NULL;
    cell_column(stdout, member_text(person, "id"), 24);
    cell_number(stdout, member_number(person, "plays"), 10);
    (void)fputs("  ", stdout);
    cell_last(stdout, member_text(person, "name"), 37);
    (void)fputc('\n', stdout);
    json_array_foreach(json_object_get(person, "accounts"), i, account)
    {
        bool admin = json_is_true(json_object_get(account, "is_admin"));
        say(stdout, "  %s/%s  %s%s\n", member_text(account, "server_id"),
            member_text(account, "user_id"), member_text(account, "name"),
            admin ? " (owner of the server)" : "");
    }
}

static void print_proposals(const json_t *people)
{
    size_t i = 0;
    const json_t *proposal = NULL;
    json_array_foreach(json_object_get(people, "proposals"), i, proposal)
    {
        size_t k = 0;
        const json_t *account = NULL;
        say(stdout, "%s one person? %s.\n  playbus people join ",
            json_is_true(json_object_get(proposal, "weaker")) ? "Perhaps" : "Surely",
            member_text(proposal, "because"));
        json_array_foreach(json_object_get(proposal, "accounts"), k, account)
        {
            say(stdout, "%s%s/%s", k > 0 ? "," : "", member_text(account, "server_id"),
                member_text(account, "user_id"));
        }
        (void)fputc('\n', stdout);
    }
}

static void print_clocks(const json_t *people)
{
    size_t i = 0;
    const json_t *skew = NULL;
    json_array_foreach(json_object_get(people, "skew"), i, skew)
    {
        if (json_is_true(json_object_get(skew, "alarm"))) {
            say(stderr, "The clocks of the server %s do not agree. %s.\n",
                member_text(skew, "server_id"), member_text(skew, "message"));
        }
    }
}

static void print_forgotten(const json_t *people)
{
    size_t i = 0;
    const json_t *one = NULL;
    json_array_foreach(json_object_get(people, "forgotten"), i, one)
    {
        char time[TIME_SIZE];
        say(stdout, "%s is forgotten since %s.\n  playbus people lift %s\n", member_text(one, "id"),
            time_with_zone(member_text(one, "since"), time), member_text(one, "id"));
    }
}

int command_people_list(const struct options *o)
{
    struct service s = SERVICE_NONE;
    int status = asking_open_history(o, &s);
    json_t *people =
        status == EXIT_COMPLETED ? asking_call(&s, "GET", "/people", NULL, &status) : NULL;
    size_t i = 0;
    const json_t *person = NULL;
    json_array_foreach(json_object_get(people, "items"), i, person)
    {
        if (o->json) {
            say_json(stdout, person, JSON_COMPACT);
        } else {
            print_person(person);
        }
    }
    if (people != NULL && !o->json) {
        const json_t *unmapped = json_object_get(people, "unmapped");
        print_proposals(people);
        print_forgotten(people);
        print_clocks(people);
        say(stderr, "%lld accounts, with %lld plays, are mapped to nobody.\n",
            (long long)member_number(unmapped, "accounts"),
            (long long)member_number(unmapped, "plays"));
    }
    json_decref(people);
    service_close(&s);
    return status;
}

/* ---- whom a text names ---- */

static bool names_account(const json_t *account, const char *text)
{
    const char *server = member_text(account, "server_id");
    size_t size = strlen(server);
    return strncmp(text, server, size) == 0 && text[size] == '/' &&
           strcmp(text + size + 1, member_text(account, "user_id")) == 0;
}

/* The person, and the account that was named: the first one where it is the person's own id. NULL,
 * and said, if there is none. */
static const json_t *find_person(const json_t *people, const char *text, const json_t **out_account)
{
    size_t i = 0;
    const json_t *person = NULL;
    json_array_foreach(json_object_get(people, "items"), i, person)
    {
        const json_t *accounts = json_object_get(person, "accounts");
        size_t k = 0;
        const json_t *account = NULL;
        json_array_foreach(accounts, k, account)
        {
            if (names_account(account, text)) {
                *out_account = account;
                return person;
            }
        }
        if (strcmp(member_text(person, "id"), text) == 0) {
            *out_account = json_array_get(accounts, 0);
            return person;
        }
    }
    say(stderr, "playbus: there is no person %s\n  playbus people list tells the ids.\n", text);
    return NULL;
}

static void add_account(json_t *accounts, const json_t *account)
{
    json_array_append_new(accounts,
                          json_pack("{s:s,s:s}", "server_id", member_text(account, "server_id"),
                                    "user_id", member_text(account, "user_id")));
}

/* The path of a person's own: its id is one segment. */
static void person_path(const char *id, const char *what, char out[static CLIENT_PATH_SIZE])
{
    static const char digits[] = "0123456789ABCDEF";
    size_t used = (size_t)snprintf(out, CLIENT_PATH_SIZE, "/people/");
    for (const char *c = id; *c != '\0' && used + 16 < CLIENT_PATH_SIZE; c++) {
        bool escaped = *c == '/' || *c == '%';
        out[used++] = escaped ? '%' : *c;
        if (escaped) {
            out[used++] = digits[(unsigned char)*c >> 4];
            out[used++] = digits[(unsigned char)*c & 15];
        }
    }
    (void)snprintf(out + used, CLIENT_PATH_SIZE - used, "/%s", what);
}

/* ---- jobs ---- */

/* Waits for the end of a job that was started; its receipt's reasons are told one by one. */
static int wait_for(struct service *s, const json_t *started)
{
    char path[CLIENT_PATH_SIZE];
    int status = EXIT_COMPLETED;
    (void)snprintf(path, sizeof(path), "/sync/jobs/%.64s", member_text(started, "job_id"));
    for (;;) {
        json_t *got = asking_call(s, "GET", path, NULL, &status);
        const json_t *progress = json_object_get(json_object_get(got, "job"), "progress");
        const char *stands = member_text(progress, "status");
        bool runs = strcmp(stands, "running") == 0;
        if (got != NULL && !runs) {
            size_t i = 0;
            const json_t *reason = NULL;
            json_array_foreach(json_object_get(json_object_get(got, "receipt"), "by_reason"), i,
                               reason)
            {
                receipt_own_line(stderr, member_text(reason, "key"), member_number(reason, "n"));
            }
            say(stderr, "The job is %s.\n", stands);
            status = strcmp(stands, "completed") == 0 ? EXIT_COMPLETED : EXIT_FAILED;
        }
        json_decref(got);
        if (status != EXIT_COMPLETED || !runs) {
            return status;
        }
        if (interrupts_stop_asked()) {
            (void)fputs("Not waiting for it; it goes on.\n", stderr);
            return EXIT_STOPPED;
        }
        pause_ms(POLL_MS);
    }
}

/* Starts a job by this call and waits for its end. */
static int run_job(struct service *s, const char *path, const json_t *body)
{
    int status = EXIT_COMPLETED;
    json_t *started = asking_call(s, "POST", path, body, &status);
    if (started != NULL) {
        status = wait_for(s, started);
    }
    json_decref(started);
    return status;
}

#define STOPPED "Stopped. The same command goes on with it.\n"

/* ---- join, split ---- */

/* "ID,ID,…" as accounts; false, and said, if one is nobody. */
static bool list_accounts(const json_t *people, const char *ids, json_t *out)
{
    OWNED(free_text) char *rest = must_strdup(ids);
    char *next = NULL;
    for (char *id = strtok_r(rest, ",", &next); id != NULL; id = strtok_r(NULL, ",", &next)) {
        const json_t *account = NULL;
        if (json_array_size(out) == NAMED_MAX || find_person(people, id, &account) == NULL) {
            return false;
        }
        add_account(out, account);
    }
    return true;
}

int command_people_join(const struct options *o)
{
    struct service s = SERVICE_NONE;
    if (o->stop) {
        return follow_stop(o, "/people/join", STOPPED);
    }
    int status = asking_open_history(o, &s);
    json_t *people =
        status == EXIT_COMPLETED ? asking_call(&s, "GET", "/people", NULL, &status) : NULL;
    json_t *accounts = json_array();
    json_t *body = json_pack("{s:O,s:s*}", "accounts", accounts, "name", o->name);
    if (people != NULL && !list_accounts(people, o->argument, accounts)) {
        status = EXIT_FAILED;
    } else if (people != NULL) {
        status = run_job(&s, "/people/join", body);
    }
    json_decref(body);
    json_decref(accounts);
    json_decref(people);
    service_close(&s);
    return status;
}

int command_people_split(const struct options *o)
{
    char path[CLIENT_PATH_SIZE];
    struct service s = SERVICE_NONE;
    int status = asking_open_history(o, &s);
    json_t *people =
        status == EXIT_COMPLETED ? asking_call(&s, "GET", "/people", NULL, &status) : NULL;
    const json_t *account = NULL;
    const json_t *person = people != NULL ? find_person(people, o->argument, &account) : NULL;
    json_t *accounts = json_array();
    json_t *body = json_pack("{s:O}", "accounts", accounts);
    if (person != NULL) {
        add_account(accounts, account);
        person_path(member_text(person, "id"), "split", path);
        status = run_job(&s, path, body);
    } else if (people != NULL) {
        status = EXIT_FAILED;
    }
    json_decref(body);
    json_decref(accounts);
    json_decref(people);
    service_close(&s);
    return status;
}

/* ---- forget ---- */

static bool says_yes(void)
{
    char line[16] = "";
    (void)fputs("Erase all of it? [y/N] ", stderr);
    return fgets(line, sizeof(line), stdin) != NULL && (line[0] == 'y' || line[0] == 'Y');
}

/* What would be erased, and whether that is wanted. */
static bool is_wanted(const struct options *o, const json_t *person, const json_t *figures)
{
    say(stderr,
        "Of %s there are %lld plays, told of by %lld rows, and %lld rejected or repaired rows.\n"
        "Backups, and copies of history.db made before, keep them. Later imports leave them out.\n",
        member_text(person, "name"), (long long)member_number(figures, "plays"),
        (long long)member_number(figures, "rows"), (long long)member_number(figures, "rejected"));
    if (!o->yes && isatty(STDIN_FILENO) != 1) {
        (void)fputs("playbus: nobody is there to be asked\n  Add --yes to erase it.\n", stderr);
        return false;
    }
    return o->yes || says_yes();
}

static int forget(struct service *s, const struct options *o, const json_t *person)
{
    char path[CLIENT_PATH_SIZE];
    int status = EXIT_COMPLETED;
    person_path(member_text(person, "id"), "forget", path);
    json_t *figures = asking_call(s, "GET", path, NULL, &status);
    if (figures != NULL) {
        status = is_wanted(o, person, figures) ? run_job(s, path, NULL) : EXIT_STOPPED;
    }
    json_decref(figures);
    return status;
}

int command_people_forget(const struct options *o)
{
    struct service s = SERVICE_NONE;
    if (o->stop) {
        return follow_stop(o, "/people/forget", STOPPED);
    }
    int status = asking_open_history(o, &s);
    json_t *people =
        status == EXIT_COMPLETED ? asking_call(&s, "GET", "/people", NULL, &status) : NULL;
    const json_t *account = NULL;
    const json_t *person = people != NULL ? find_person(people, o->argument, &account) : NULL;
    if (person != NULL) {
        status = forget(&s, o, person);
    } else if (people != NULL) {
        status = EXIT_FAILED;
    }
    json_decref(people);
    service_close(&s);
    return status;
}

int command_people_lift(const struct options *o)
{
    char path[CLIENT_PATH_SIZE];
    struct service s = SERVICE_NONE;
    int status = asking_open_history(o, &s);
    person_path(o->argument, "forget", path);
    OWNED(json_release)
    json_t *done = status == EXIT_COMPLETED ? asking_call(&s, "DELETE", path, NULL, &status) : NULL;
    if (done != NULL) {
        say(stderr, "The next import brings the plays of %s back.\n", o->argument);
    }
    service_close(&s);
    return status;
}

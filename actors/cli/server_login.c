/* SPDX-License-Identifier: MIT
 * server_login.c - `playbus server login`: signing in with Plex by a code that a person types at
 * plex.tv, and adding of their servers. No token comes to this process. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "actors/cli/asking.h"
#include "actors/cli/calls.h"
#include "actors/cli/interrupts.h"
#include "actors/cli/say.h"
#include "actors/cli/table.h"

#define LOOK_MS 2000

static void pin_path(const char *id, const char *more, char path[static CLIENT_PATH_SIZE])
{
    (void)snprintf(path, CLIENT_PATH_SIZE, "/servers/plex/pin/%s%s", id, more);
}

/* ---- waiting for the person ---- */

static bool is_waiting(const json_t *pin)
{
    return strcmp(member_text(pin, "status"), "waiting") == 0;
}

static void say_problem(const json_t *problem, char last[static 64])
{
    const char *code = member_text(problem, "code");
    if (code[0] != '\0' && strcmp(code, last) != 0) {
        say(stderr, "%s\n", member_text(problem, "error"));
    }
    (void)snprintf(last, 64, "%s", code);
}

/* Where it stands when it waits no longer; NULL if that was not to be learned. */
static json_t *wait_for_person(struct service *s, const char *id, int *status)
{
    char path[CLIENT_PATH_SIZE];
    char last[64] = "";
    json_t *pin = NULL;
    pin_path(id, "", path);
    do {
        json_decref(pin);
        (void)pause_ms(LOOK_MS);
        pin = interrupts_stop_asked() ? NULL : asking_call(s, "GET", path, NULL, status);
        say_problem(json_object_get(pin, "problem"), last);
    } while (pin != NULL && is_waiting(pin));
    return pin;
}

/* ---- choosing a server ---- */

static bool works(const json_t *server)
{
    const json_t *best = json_array_get(json_object_get(server, "connections"), 0);
    return json_is_true(json_object_get(best, "works"));
}

static bool can_be_added(const json_t *server)
{
    return json_object_get(server, "server_id") == NULL && works(server);
}

static void print_server(size_t number, const json_t *server)
{
    const json_t *best = json_array_get(json_object_get(server, "connections"), 0);
    bool owned = json_is_true(json_object_get(server, "owned"));
    (void)fprintf(stderr, "%3zu  ", number);
    say(stderr, "%s%s%s%s  %s\n", member_text(server, "name"), owned ? "" : " (shared by ",
        owned ? "" : member_text(server, "owner"), owned ? "" : ", your own plays only)",
        json_object_get(server, "server_id") != NULL ? "is registered already"
        : works(server)                              ? member_text(best, "address")
        : best != NULL                               ? member_text(best, "error")
                                                     : "has no address");
}

static const json_t *find_named(const json_t *servers, const char *called)
{
    size_t i = 0;
    const json_t *server = NULL;
    json_array_foreach(servers, i, server)
    {
        if (strcasecmp(member_text(server, "name"), called) == 0 ||
            strcmp(member_text(server, "machine_identifier"), called) == 0) {
            return server;
        }
    }
    say(stderr, "playbus: this account has no server %s\n", called);
    return NULL;
}

/* `more`: one was added already. */
static const json_t *choose(const json_t *servers, const struct options *o, bool more)
{
    char line[16] = "";
    if (o->server != NULL) {
        return find_named(servers, o->server);
    }
    if (isatty(STDIN_FILENO) != 1) {
        (void)fputs("playbus: nobody is there to be asked which one is added\n"
                    "  Name it with --server NAME.\n",
                    stderr);
        return NULL;
    }
    (void)fprintf(stderr, "Which one is added%s? (number, or nothing for %s) ", more ? " too" : "",
                  more ? "no more" : "none");
    if (fgets(line, sizeof(line), stdin) == NULL) {
        return NULL;
    }
    long number = strtol(line, NULL, 10);
    const json_t *chosen = number > 0 ? json_array_get(servers, (size_t)number - 1) : NULL;
    if (chosen == NULL && !more) {
        (void)fputs("Nothing was added.\n", stderr);
    }
    return chosen;
}

/* ---- adding it ---- */

static int add(struct service *s, const struct options *o, const char *id, const json_t *server)
{
    int status = EXIT_FAILED;
    char path[CLIENT_PATH_SIZE];
    json_t *body =
        json_pack("{s:s}", "machine_identifier", member_text(server, "machine_identifier"));
    if (o->name != NULL) {
        (void)json_object_set_new(body, "name", json_string(o->name));
    }
    pin_path(id, "/add", path);
    json_t *told = asking_call(s, "POST", path, body, &status);
    const json_t *added = json_object_get(told, "server");
    if (told != NULL && o->json) {
        say_json(stdout, added, JSON_COMPACT);
    } else if (told != NULL) {
        const json_t *test = json_object_get(added, "test");
        say(stdout, "%s was added: %s\n", member_text(added, "name"),
            member_text(added, "address"));
        if (!json_is_true(json_object_get(test, "works"))) {
            say(stderr, "%s\n", member_text(test, "error"));
        }
    }
    json_decref(told);
    json_decref(body);
    return status;
}

/* Is another one left? */
static bool print_servers(const json_t *servers)
{
    bool left = false;
    size_t i = 0;
    const json_t *server = NULL;
    json_array_foreach(servers, i, server)
    {
        print_server(i + 1, server);
        left |= can_be_added(server);
    }
    return left;
}

/* One that is named is all that is wanted; who is asked may add more. */
static int add_chosen(struct service *s, const struct options *o, const char *id, json_t **pin)
{
    char path[CLIENT_PATH_SIZE];
    int status = EXIT_FAILED;
    bool more = false;
    pin_path(id, "", path);
    do {
        const json_t *servers = json_object_get(*pin, "servers");
        bool left = print_servers(servers);
        const json_t *chosen = more && !left ? NULL : choose(servers, o, more);
        if (chosen == NULL) {
            return more ? EXIT_COMPLETED : EXIT_FAILED;
        }
        status = add(s, o, id, chosen);
        more = status == EXIT_COMPLETED && o->server == NULL;
        if (more) {
            json_decref(*pin);
            *pin = asking_call(s, "GET", path, NULL, &status);
        }
    } while (more && *pin != NULL);
    return status;
}

static int add_of(struct service *s, const struct options *o, const char *id, json_t **pin)
{
    if (strcmp(member_text(*pin, "status"), "done") != 0) {
        (void)fputs("playbus: nobody agreed in time, or it cannot go on\n"
                    "  Begin again: playbus server login\n",
                    stderr);
        return EXIT_FAILED;
    }
    if (json_array_size(json_object_get(*pin, "servers")) == 0) {
        (void)fputs("This Plex account has no servers.\n", stderr);
        return EXIT_FAILED;
    }
    return add_chosen(s, o, id, pin);
}

/* Whatever came of it: no token is kept for it any longer than that. */
static void give_up(struct service *s, const char *id)
{
    char path[CLIENT_PATH_SIZE];
    struct reply reply = {0};
    pin_path(id, "", path);
    if (client_call(s->client, "DELETE", path, NULL, &reply) == OK) {
        reply_release(&reply);
    }
}

static int login(struct service *s, const struct options *o)
{
    int status = EXIT_FAILED;
    json_t *body = json_pack("{s:b}", "typed", 1);
    json_t *begun = asking_call(s, "POST", "/servers/plex/pin", body, &status);
    json_t *pin = NULL;
    if (begun != NULL) {
        const char *id = member_text(begun, "id");
        say(stderr, "Open %s and type this code: %s\nWaiting for you to agree there …\n",
            member_text(begun, "address"), member_text(begun, "code"));
        pin = wait_for_person(s, id, &status);
        status = pin != NULL ? add_of(s, o, id, &pin) : status;
        give_up(s, id);
    }
    json_decref(pin);
    json_decref(begun);
    json_decref(body);
    return interrupts_stop_asked() ? EXIT_STOPPED : status;
}

int command_server_login(const struct options *o)
{
    struct service s = SERVICE_NONE;
    int status = asking_open(o, &s);
    if (status == EXIT_COMPLETED) {
        status = login(&s, o);
    }
    service_close(&s);
    return status;
}

/* SPDX-License-Identifier: MIT
 * server_quick_connect.c - `playbus server add --quick-connect`: a Jellyfin server is added by a
 * code that one of its administrators types there. No token comes to this process. */
#include <stdio.h>
#include <string.h>

#include "actors/cli/asking.h"
#include "actors/cli/calls.h"
#include "actors/cli/interrupts.h"
#include "actors/cli/say.h"
#include "actors/cli/table.h"

#define LOOK_MS 2000
#define QUICK_CONNECT "/servers/jellyfin/quick-connect"

static void path_of(const char *id, const char *more, char path[static CLIENT_PATH_SIZE])
{
    (void)snprintf(path, CLIENT_PATH_SIZE, QUICK_CONNECT "/%s%s", id, more);
}

static bool stands_at(const json_t *told, const char *status)
{
    return strcmp(member_text(told, "status"), status) == 0;
}

static void say_problem(const json_t *problem, char last[static 64])
{
    const char *code = member_text(problem, "code");
    if (code[0] != '\0' && strcmp(code, last) != 0) {
        say(stderr, "%s\n  %s\n", member_text(problem, "error"), member_text(problem, "remedy"));
    }
    (void)snprintf(last, 64, "%s", code);
}

/* Where it stands when it waits no longer; NULL if that was not to be learned. */
static json_t *wait_for_person(struct service *s, const char *id, int *status)
{
    char path[CLIENT_PATH_SIZE];
    char last[64] = "";
    json_t *told = NULL;
    path_of(id, "", path);
    do {
        json_decref(told);
        (void)pause_ms(LOOK_MS);
        told = interrupts_stop_asked() ? NULL : asking_call(s, "GET", path, NULL, status);
        say_problem(json_object_get(told, "problem"), last);
    } while (told != NULL && stands_at(told, "waiting"));
    return told;
}

static int add(struct service *s, const struct options *o, const char *id, const json_t *told)
{
    int status = EXIT_FAILED;
    char path[CLIENT_PATH_SIZE];
    if (!stands_at(told, "agreed")) {
        (void)fputs("playbus: nobody typed the code in time, or it cannot go on\n"
                    "  Begin again with the same command.\n",
                    stderr);
        return EXIT_FAILED;
    }
    json_t *body = json_pack("{s:s}", "name", o->argument);
    path_of(id, "/add", path);
    json_t *added = asking_call(s, "POST", path, body, &status);
    const json_t *server = json_object_get(added, "server");
    if (added != NULL) {
        say(stdout, "%s was added: %s, version %s\n", member_text(server, "name"),
            member_text(server, "server_name"), member_text(server, "version"));
    }
    json_decref(added);
    json_decref(body);
    return status;
}

/* Whatever came of it: nothing secret is kept for it any longer than that. */
static void give_up(struct service *s, const char *id)
{
    char path[CLIENT_PATH_SIZE];
    struct reply reply = {0};
    path_of(id, "", path);
    if (client_call(s->client, "DELETE", path, NULL, &reply) == OK) {
        reply_release(&reply);
    }
}

static int quick_connect(struct service *s, const struct options *o)
{
    int status = EXIT_FAILED;
    json_t *body = json_pack("{s:s}", "address", o->second);
    if (o->certificate != NULL) {
        (void)json_object_set_new(body, "certificate_sha256", json_string(o->certificate));
    }
    json_t *begun = asking_call(s, "POST", QUICK_CONNECT, body, &status);
    json_t *told = NULL;
    if (begun != NULL) {
        const char *id = member_text(begun, "id");
        say(stderr,
            "Type this code in Jellyfin as an administrator, below your picture, Quick Connect: "
            "%s\nWaiting for you to type it there …\n",
            member_text(begun, "code"));
        told = wait_for_person(s, id, &status);
        status = told != NULL ? add(s, o, id, told) : status;
        give_up(s, id);
    }
    json_decref(told);
    json_decref(begun);
    json_decref(body);
    return interrupts_stop_asked() ? EXIT_STOPPED : status;
}

int command_server_quick_connect(const struct options *o)
{
    struct service s = SERVICE_NONE;
    if (o->kind == NULL || strcmp(o->kind, "jellyfin") != 0 || o->user != NULL ||
        o->token_file != NULL) {
        (void)fputs("playbus: --quick-connect is for --kind jellyfin, without a key or --user\n",
                    stderr);
        return EXIT_USAGE;
    }
    int status = asking_open(o, &s);
    if (status == EXIT_COMPLETED) {
        status = quick_connect(&s, o);
    }
    service_close(&s);
    return status;
}

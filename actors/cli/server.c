/* SPDX-License-Identifier: MIT
 * server.c - `playbus server`: the media servers, named by name or id.
 *
 * A token or password is never an argument, which others could read, and no answer has one. */
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "actors/cli/asking.h"
#include "actors/cli/interrupts.h"
#include "actors/cli/invocation.h"
#include "actors/cli/password.h"
#include "actors/cli/say.h"
#include "actors/cli/server_find.h"
#include "actors/cli/table.h"
#include "actors/cli/times.h"

/* ---- list ---- */

static void print_titles(void)
{
    (void)printf("%-16s %-9s%-34s %-22s%-9s%s\n", "name", "kind", "address", "server", "sync",
                 "test");
}

static const char *test_text(const json_t *server, char time[static TIME_SIZE])
{
    const json_t *test = json_object_get(server, "test");
    if (!json_is_true(json_object_get(server, "enabled"))) {
        return "disabled";
    }
    if (test == NULL) {
        return "not tested";
    }
    return json_is_true(json_object_get(test, "works"))
               ? time_with_zone(member_text(test, "at"), time)
               : member_text(test, "error");
}

static void print_server(const json_t *server)
{
    char time[TIME_SIZE];
    cell_column(stdout, member_text(server, "name"), 16);
    cell_text(stdout, member_text(server, "kind"), 9);
    cell_column(stdout, member_text(server, "address"), 34);
    cell_column(stdout, member_text(server, "server_name"), 21);
    cell_text(stdout, member_text(json_object_get(server, "sync"), "state"), 9);
    cell_last(stdout, test_text(server, time), 89);
    (void)fputc('\n', stdout);
}

int command_server_list(const struct options *o)
{
    struct service s = SERVICE_NONE;
    const struct list_form form = {.json = o->json, .titles = print_titles, .row = print_server};
    int status = asking_open(o, &s);
    json_t *servers =
        status == EXIT_COMPLETED ? asking_call(&s, "GET", "/servers", NULL, &status) : NULL;
    const json_t *items = json_object_get(servers, "items");
    size_t i = 0;
    const json_t *server = NULL;
    json_array_foreach(items, i, server)
    {
        asking_row(&form, server, i == 0);
    }
    if (servers != NULL && json_array_size(items) == 0) {
        char add[INVOCATION_SIZE];
        invocation_here("server add NAME ADDRESS", add);
        say(stderr, "There are no media servers yet. This adds one:\n  %s\n", add);
    }
    json_decref(servers);
    service_close(&s);
    return status;
}

/* ---- one of them ---- */

static const json_t *find_server(const json_t *servers, const char *called)
{
    const json_t *server = server_find(servers, called);
    if (server == NULL) {
        say(stderr, "playbus: there is no server %s\n  playbus server list tells the names.\n",
            called);
    }
    return server;
}

typedef int server_fn(struct service *s, const struct options *o, const json_t *server);

static int with_server(const struct options *o, server_fn *act)
{
    struct service s = SERVICE_NONE;
    int status = asking_open(o, &s);
    json_t *servers =
        status == EXIT_COMPLETED ? asking_call(&s, "GET", "/servers", NULL, &status) : NULL;
    if (servers != NULL) {
        const json_t *server = find_server(servers, o->argument);
        status = server == NULL ? EXIT_FAILED : act(&s, o, server);
    }
    if (interrupts_stop_asked()) {
        status = EXIT_STOPPED;
    }
    json_decref(servers);
    service_close(&s);
    return status;
}

static void server_path(const json_t *server, const char *more, char path[static CLIENT_PATH_SIZE])
{
    (void)snprintf(path, CLIENT_PATH_SIZE, "/servers/%s%s", member_text(server, "id"), more);
}

/* ---- test ---- */

/* A certificate that cannot be verified is trusted by whoever has compared its fingerprint. */
static void say_fingerprint(const json_t *refused, const json_t *server)
{
    const char *shown = member_text(json_object_get(refused, "details"), "certificate_sha256");
    if (shown[0] != '\0') {
        char change[INVOCATION_SIZE];
        invocation_here("server change", change);
        say(stderr,
            "  The SHA-256 fingerprint of what it shows is %s.\n"
            "  If the server's own is the same:\n    %s %s --certificate %s\n",
            shown, change, member_text(server, "id"), shown);
    }
}

static int test(struct service *s, const struct options *o, const json_t *server)
{
    char path[CLIENT_PATH_SIZE];
    int status = EXIT_FAILED;
    json_t *refused = NULL;
    server_path(server, "/test", path);
    json_t *told = asking_call_refused(s, "POST", path, NULL, &status, &refused);
    const json_t *now = json_object_get(told, "server");
    if (told != NULL && o->json) {
        say_json(stdout, now, JSON_COMPACT);
    } else if (told != NULL) {
        const char *owner = member_text(now, "owner");
        say(stdout, "%s works: %s, version %s%s%s\n", member_text(now, "name"),
            member_text(now, "server_name"), member_text(now, "version"),
            owner[0] != '\0' ? ", owned by " : "", owner);
    }
    say_fingerprint(refused, server);
    json_decref(refused);
    json_decref(told);
    return status;
}

int command_server_test(const struct options *o)
{
    return with_server(o, test);
}

/* ---- libraries ---- */

static void print_library_titles(void)
{
    (void)printf("%-8s %-8s%s\n", "id", "type", "name");
}

static void print_library(const json_t *library)
{
    cell_column(stdout, member_text(library, "id"), 8);
    cell_text(stdout, member_text(library, "type"), 8);
    cell_last(stdout, member_text(library, "name"), 17);
    (void)fputc('\n', stdout);
}

static int libraries(struct service *s, const struct options *o, const json_t *server)
{
    const struct list_form form = {
        .json = o->json, .titles = print_library_titles, .row = print_library};
    char path[CLIENT_PATH_SIZE];
    int status = EXIT_FAILED;
    json_t *refused = NULL;
    server_path(server, "/libraries", path);
    json_t *told = asking_call_refused(s, "GET", path, NULL, &status, &refused);
    const json_t *list = json_object_get(told, "libraries");
    size_t i = 0;
    const json_t *library = NULL;
    json_array_foreach(list, i, library)
    {
        asking_row(&form, library, i == 0);
    }
    if (told != NULL && json_array_size(list) == 0) {
        say(stderr, "%s has no libraries.\n", member_text(server, "name"));
    }
    say_fingerprint(refused, server);
    json_decref(refused);
    json_decref(told);
    return status;
}

int command_server_libraries(const struct options *o)
{
    return with_server(o, libraries);
}

/* ---- tokens and passwords ---- */

static void put_text(json_t *body, const char *name, const char *text)
{
    if (text != NULL) {
        (void)json_object_set_new(body, name, json_string(text));
    }
}

static void put_secret(json_t *body, const struct options *o, const char *secret)
{
    put_text(body, "username", o->user);
    put_text(body, o->user != NULL ? "password" : "token", secret);
}

static bool read_token(const struct options *o, char out[static PASSWORD_ROOM])
{
    if (o->token_file != NULL || isatty(STDIN_FILENO) != 1) {
        return password_token_from(o, out);
    }
    return password_ask_token(o->argument, o->user, out);
}

/* A question at the terminal; without one nobody has confirmed it. */
static bool may_cross_unencrypted(void)
{
    char line[16] = "";
    if (isatty(STDIN_FILENO) != 1) {
        (void)fputs("  Or confirm it with --insecure-password.\n", stderr);
        return false;
    }
    (void)fputs("Is this network yours alone, and shall it be sent? [y/N] ", stderr);
    return fgets(line, sizeof(line), stdin) != NULL && (line[0] == 'y' || line[0] == 'Y');
}

/* With the token, or a sign-in; asked again where the person has to confirm the latter. */
static json_t *call_with_secret(struct service *s, const struct options *o, const char *method,
                                const char *path, json_t *body, int *out_status)
{
    bool insecure = o->insecure_password;
    json_t *refused = NULL;
    json_t *told = NULL;
    do {
        json_decref(refused);
        refused = NULL;
        if (o->user != NULL && insecure) {
            (void)json_object_set_new(body, "insecure_password", json_true());
        }
        told = asking_call_refused(s, method, path, body, out_status, &refused);
    } while (told == NULL && !insecure &&
             strcmp(member_text(refused, "code"), "PASSWORD_IN_CLEAR") == 0 &&
             (insecure = may_cross_unencrypted()));
    json_decref(refused);
    return told;
}

/* ---- add ---- */

static int add(struct service *s, const struct options *o, const char *token)
{
    int status = EXIT_FAILED;
    json_t *body = json_object();
    put_text(body, "name", o->argument);
    put_text(body, "address", o->second);
    put_text(body, "kind", o->kind);
    put_text(body, "certificate_sha256", o->certificate);
    put_secret(body, o, token);
    json_t *told = call_with_secret(s, o, "POST", "/servers", body, &status);
    if (told != NULL) {
        say(stderr, "%s was added.\n", member_text(json_object_get(told, "server"), "name"));
        status = test(s, o, json_object_get(told, "server"));
    }
    json_decref(told);
    json_decref(body);
    return status;
}

int command_server_add(const struct options *o)
{
    if (o->quick_connect) {
        return command_server_quick_connect(o);
    }
    struct service s = SERVICE_NONE;
    char token[PASSWORD_ROOM] = "";
    int status = asking_open(o, &s);
    if (status == EXIT_COMPLETED) {
        status = read_token(o, token) ? add(&s, o, token) : EXIT_FAILED;
    }
    if (interrupts_stop_asked()) {
        status = EXIT_STOPPED;
    }
    sodium_memzero(token, sizeof(token));
    service_close(&s);
    return status;
}

/* ---- change ---- */

static int change(struct service *s, const struct options *o, const json_t *server)
{
    char token[PASSWORD_ROOM] = "";
    char path[CLIENT_PATH_SIZE];
    int status = EXIT_FAILED;
    bool with_token = o->token || o->token_file != NULL || o->user != NULL;
    if (with_token && !read_token(o, token)) {
        return EXIT_FAILED;
    }
    json_t *body = json_object();
    put_text(body, "name", o->name);
    put_text(body, "address", o->address);
    put_text(body, "certificate_sha256", o->certificate);
    if (with_token) {
        put_secret(body, o, token);
    }
    if (o->enable || o->disable) {
        (void)json_object_set_new(body, "enabled", json_boolean(o->enable));
    }
    if (o->schedule || o->no_schedule) {
        (void)json_object_set_new(body, "scheduled", json_boolean(o->schedule));
    }
    if (o->interval > 0) {
        (void)json_object_set_new(body, "interval_minutes", json_integer(o->interval));
    }
    server_path(server, "", path);
    json_t *told = call_with_secret(s, o, "PUT", path, body, &status);
    if (told != NULL) {
        say(stderr, "%s was changed.\n", member_text(json_object_get(told, "server"), "name"));
    }
    sodium_memzero(token, sizeof(token));
    json_decref(told);
    json_decref(body);
    return status;
}

int command_server_change(const struct options *o)
{
    if ((o->enable && o->disable) || (o->schedule && o->no_schedule)) {
        (void)fprintf(stderr, "playbus: --%s exclude each other\n",
                      o->enable && o->disable ? "enable and --disable"
                                              : "schedule and --no-schedule");
        return EXIT_USAGE;
    }
    if (o->name == NULL && o->address == NULL && o->certificate == NULL && !o->token &&
        o->token_file == NULL && o->user == NULL && !o->enable && !o->disable && !o->schedule &&
        !o->no_schedule && o->interval == 0) {
        (void)fputs("playbus: nothing was named that is to be changed\n"
                    "  playbus server change --help tells what can be.\n",
                    stderr);
        return EXIT_USAGE;
    }
    return with_server(o, change);
}

/* ---- remove ---- */

static bool is_wanted(const struct options *o, const json_t *server)
{
    char line[16] = "";
    if (o->yes) {
        return true;
    }
    if (isatty(STDIN_FILENO) != 1) {
        (void)fputs("playbus: nobody is there to be asked\n  Add --yes to remove it.\n", stderr);
        return false;
    }
    say(stderr, "Remove %s and its token? Its plays stay. [y/N] ", member_text(server, "name"));
    return fgets(line, sizeof(line), stdin) != NULL && (line[0] == 'y' || line[0] == 'Y');
}

static int remove_server(struct service *s, const struct options *o, const json_t *server)
{
    char path[CLIENT_PATH_SIZE];
    int status = EXIT_STOPPED;
    server_path(server, "", path);
    json_t *gone = is_wanted(o, server) ? asking_call(s, "DELETE", path, NULL, &status) : NULL;
    if (gone != NULL) {
        say(stderr, "%s was removed.\n", member_text(server, "name"));
    }
    json_decref(gone);
    return status;
}

int command_server_remove(const struct options *o)
{
    return with_server(o, remove_server);
}

/* ---- the key ---- */

int command_server_rotate_key(const struct options *o)
{
    struct service s = SERVICE_NONE;
    int status = asking_open(o, &s);
    json_t *done = status == EXIT_COMPLETED
                       ? asking_call(&s, "POST", "/servers/rotate-key", NULL, &status)
                       : NULL;
    if (done != NULL) {
        say(stderr, "%lld tokens were sealed with a new key, servers/servers.key.\n",
            (long long)member_number(done, "tokens"));
    }
    json_decref(done);
    service_close(&s);
    return status;
}

/* SPDX-License-Identifier: MIT
 * users.c - the people who may sign in: list them, add one, and give one a new password.
 *
 * No password is ever an argument, which others could read. The one of a reset is made here, shown
 * once and never stored in the clear; the gateway lets it, and the first one of whoever is added,
 * open nothing but the change to one of the user's own. */
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "actors/cli/asking.h"
#include "actors/cli/interrupts.h"
#include "actors/cli/invocation.h"
#include "actors/cli/password.h"
#include "actors/cli/say.h"
#include "actors/cli/service.h"
#include "actors/cli/table.h"
#include "actors/cli/times.h"
#include "proto/base/log.h"

#define GROUPS 5
#define GROUP_SIZE 4
#define PASSWORD_SIZE (GROUPS * (GROUP_SIZE + 1))

/* 100 bits as text to read aloud: without letters that look alike. */
static void make_password(char out[static PASSWORD_SIZE])
{
    static const char alphabet[] = "abcdefghjkmnpqrstuvwxyz23456789A";
    _Static_assert(sizeof alphabet == 32 + 1, "five bits a letter");
    for (size_t i = 0; i < PASSWORD_SIZE; i++) {
        out[i] = i % (GROUP_SIZE + 1) == GROUP_SIZE ? '-' : alphabet[randombytes_uniform(32)];
    }
    out[PASSWORD_SIZE - 1] = '\0';
}

/* ---- list ---- */

static void print_user_titles(void)
{
    (void)printf("%-20s %-8s%-23s%s\n", "name", "role", "account", "last sign-in");
}

static void print_user(const json_t *user)
{
    char time[TIME_SIZE];
    bool active = json_is_true(json_object_get(user, "active"));
    bool fresh = json_is_true(json_object_get(user, "must_change_password"));
    const char *last = json_string_value(json_object_get(user, "last_sign_in_at"));
    cell_column(stdout, member_text(user, "name"), 20);
    cell_text(stdout, member_text(user, "role"), 8);
    cell_text(stdout, !active ? "inactive" : fresh ? "must choose a password" : "active", 23);
    cell_text(stdout, last == NULL ? "-" : time_with_zone(last, time), 0);
    (void)fputc('\n', stdout);
}

int command_user_list(const struct options *o)
{
    struct service s = SERVICE_NONE;
    int status = asking_open(o, &s);
    json_t *users =
        status == EXIT_COMPLETED ? asking_call(&s, "GET", "/users", NULL, &status) : NULL;
    size_t i = 0;
    const json_t *user = NULL;
    json_array_foreach(json_object_get(users, "items"), i, user)
    {
        if (o->json) {
            say_json(stdout, user, JSON_COMPACT);
            continue;
        }
        if (i == 0) {
            print_user_titles();
        }
        print_user(user);
    }
    if (users != NULL && json_array_size(json_object_get(users, "items")) == 0) {
        char add[INVOCATION_SIZE];
        invocation_here("user add NAME --role admin", add);
        say(stderr, "There are no users yet. This makes the first:\n  %s\n", add);
    }
    json_decref(users);
    service_close(&s);
    return status;
}

/* ---- add ---- */

static int add_user(struct service *s, const struct options *o, const char *password)
{
    int status = EXIT_FAILED;
    const char *role = o->role == NULL ? "viewer" : o->role;
    json_t *body =
        json_pack("{s:s,s:s,s:s}", "name", o->argument, "role", role, "password", password);
    if (body == NULL) { /* jansson takes UTF-8 alone */
        (void)fputs("playbus: name and password have to be UTF-8\n", stderr);
        return EXIT_USAGE;
    }
    json_t *made = asking_call(s, "POST", "/users", body, &status);
    if (made != NULL) {
        say(stderr, "%s may sign in as %s, and chooses another password then.\n",
            member_text(made, "name"), role);
    }
    json_decref(made);
    json_decref(body);
    return status;
}

int command_user_add(const struct options *o)
{
    struct service s = SERVICE_NONE;
    char password[PASSWORD_ROOM] = "";
    int status = asking_open(o, &s);
    if (status == EXIT_COMPLETED) {
        bool given =
            o->password_stdin ? password_from_stdin(password) : password_ask(o->argument, password);
        status = given ? add_user(&s, o, password) : EXIT_FAILED;
    }
    if (interrupts_stop_asked()) {
        status = EXIT_STOPPED;
    }
    sodium_memzero(password, sizeof(password));
    service_close(&s);
    return status;
}

/* ---- one of them ---- */

/* Names are unique regardless of case. */
static const json_t *find_user(const json_t *users, const char *name)
{
    size_t i = 0;
    const json_t *user = NULL;
    json_array_foreach(json_object_get(users, "items"), i, user)
    {
        if (strcasecmp(member_text(user, "name"), name) == 0) {
            return user;
        }
    }
    say(stderr, "playbus: there is no user %s\n  playbus user list tells the names.\n", name);
    return NULL;
}

static int give_password(struct service *s, const json_t *user)
{
    char path[CLIENT_PATH_SIZE];
    char password[PASSWORD_SIZE];
    int status = EXIT_FAILED;
    make_password(password);
    (void)snprintf(path, sizeof(path), "/users/%s", member_text(user, "id"));
    json_t *body = json_pack("{s:s}", "password", password);
    json_t *changed = asking_call(s, "PATCH", path, body, &status);
    if (changed != NULL) {
        say(stderr, "The password of %s, to be changed at the first sign-in:\n",
            member_text(user, "name"));
        say(stdout, "%s\n", password);
        (void)fputs("All sessions and tokens of the user have ended.\n", stderr);
        if (!json_is_true(json_object_get(user, "active"))) {
            (void)fputs("The user is not active, and may sign in only once an administrator has "
                        "changed that.\n",
                        stderr);
        }
    }
    sodium_memzero(password, sizeof(password));
    json_decref(changed);
    json_decref(body);
    return status;
}

/* ---- tie ---- */

static int tie_user(struct service *s, const json_t *user, const char *person)
{
    char path[CLIENT_PATH_SIZE];
    int status = EXIT_FAILED;
    (void)snprintf(path, sizeof(path), "/users/%s", member_text(user, "id"));
    json_t *body =
        person != NULL ? json_pack("{s:[s]}", "people", person) : json_pack("{s:[]}", "people");
    json_t *changed = asking_call(s, "PATCH", path, body, &status);
    if (changed != NULL) {
        say(stderr, "%s sees the plays of %s.\n", member_text(user, "name"),
            person != NULL ? person : "everybody");
    }
    json_decref(changed);
    json_decref(body);
    return status;
}

int command_user_tie(const struct options *o)
{
    struct service s = SERVICE_NONE;
    int status = asking_open(o, &s);
    json_t *users =
        status == EXIT_COMPLETED ? asking_call(&s, "GET", "/users", NULL, &status) : NULL;
    if (users != NULL) {
        const json_t *user = find_user(users, o->argument);
        status = user == NULL ? EXIT_FAILED : tie_user(&s, user, o->person);
    }
    json_decref(users);
    service_close(&s);
    return status;
}

/* ---- reset ---- */

int command_user_reset(const struct options *o)
{
    struct service s = SERVICE_NONE;
    int status = asking_open(o, &s);
    json_t *users =
        status == EXIT_COMPLETED ? asking_call(&s, "GET", "/users", NULL, &status) : NULL;
    if (users != NULL) {
        const json_t *user = find_user(users, o->argument);
        status = user == NULL ? EXIT_FAILED : give_password(&s, user);
    }
    json_decref(users);
    service_close(&s);
    return status;
}

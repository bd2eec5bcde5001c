/* SPDX-License-Identifier: MIT
 * service.c - finds the service of a data folder through run/gateway.address, or starts it.
 *
 * Settings travel to the actors as PLAYBUS_* variables, the same way a person may give them, so an
 * actor never needs to know who started it. */
#include "actors/cli/service.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "actors/cli/calls.h"
#include "actors/cli/check.h"
#include "actors/cli/data_parts.h"
#include "actors/cli/interrupts.h"
#include "actors/cli/listener.h"
#include "actors/cli/notify.h"
#include "actors/cli/refusals.h"
#include "actors/cli/table.h"
#include "proto/base/clock.h"
#include "proto/base/config.h"
#include "proto/base/endpoint.h"
#include "proto/base/log.h"
#include "proto/store/migrations.h"
#include "proto/wire/json.h"

#define USERS_LOCK "run/users.lock"
#define READY_MS 60000
#define HINT_MS 10000  /* when to say that it takes long */
#define FOUND_MS 15000 /* how long another `playbus` may take to start its gateway */
#define POLL_MS 25
#define STAYS_MS 2000  /* by then who stays to refuse is known */
#define PROBE_MS 2000L /* for one probe whether it is ready */
#define EXTEND_EVERY_MS 5000
#define ALLOWED_SIZE ((size_t)ALLOW_MAX * 1024)

static size_t workers_of(const struct config *c)
{
    int64_t set = config_number(c, SETTING_import_workers);
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    if (set != 0) {
        return set < 0 ? 0 : set > 64 ? 64 : (size_t)set;
    }
    return cores <= 2 ? 1 : cores >= 5 ? 4 : (size_t)cores - 1;
}

static bool is_listed(const char *list, const char *folder)
{
    size_t size = strlen(folder);
    for (const char *one = list; *one != '\0'; one += strcspn(one, ":"), one += *one == ':') {
        if (strcspn(one, ":") == size && strncmp(one, folder, size) == 0) {
            return true;
        }
    }
    return false;
}

static enum err add_allowed(char list[static ALLOWED_SIZE], const char *folder)
{
    size_t used = strlen(list);
    if (is_listed(list, folder)) {
        return OK;
    }
    if (strchr(folder, ':') != NULL) {
        log_error("a folder with a colon in its name cannot be allowed path=%s", folder);
        return ERR_BAD_SETTING;
    }
    int n = snprintf(list + used, ALLOWED_SIZE - used, "%s%s", used == 0 ? "" : ":", folder);
    return n > 0 && (size_t)n < ALLOWED_SIZE - used ? OK : ERR_BAD_SETTING;
}

/* The folders of the settings and those of the options, as one list. */
static enum err allow(const struct options *o, const struct config *c, const char *also)
{
    OWNED(free_text) char *list = must_alloc(ALLOWED_SIZE);
    enum err e = OK;
    for (size_t i = 0; e == OK && i < config_list_count(c, SETTING_import_dirs); i++) {
        e = add_allowed(list, config_list_item(c, SETTING_import_dirs, i));
    }
    for (size_t i = 0; e == OK && i < o->allow_count; i++) {
        e = add_allowed(list, o->allow[i]);
    }
    if (e == OK && also != NULL) {
        e = add_allowed(list, also);
    }
    if (e == OK && list[0] != '\0' && setenv("PLAYBUS_IMPORT_ALLOWED_DIRS", list, 1) != 0) {
        e = ERR_SYSTEM;
    }
    return e;
}

enum err service_settings(const struct options *o, const char *folder, const char *also_allowed,
                          struct supervised *out)
{
    OWNED(config_close) struct config *config = NULL;
    if (o->listen != NULL && setenv("PLAYBUS_GATEWAY_LISTEN", o->listen, 1) != 0) {
        return ERR_SYSTEM;
    }
    if (o->workers != NULL && setenv("PLAYBUS_IMPORT_WORKERS", o->workers, 1) != 0) {
        return ERR_SYSTEM;
    }
    enum err e = config_open(folder, &config);
    if (e == OK) {
        e = allow(o, config, also_allowed);
    }
    if (e == OK) {
        out->workers = workers_of(config);
        out->door = config_text(config, SETTING_bus_remote)[0] != '\0';
    }
    return e;
}

enum err service_settle_listen(const char *folder)
{
    OWNED(config_close) struct config *config = NULL;
    struct endpoint wanted;
    char settled[ENDPOINT_TEXT_SIZE];
    int bound = -1;
    enum err e = config_open(folder, &config);
    e = e == OK ? endpoint_from_settings(config, &wanted) : e;
    if (e != OK) {
        return e;
    }
    e = endpoint_bind(&wanted, &bound);
    if (e != OK) {
        err_about("%s: %s", config_text(config, SETTING_gateway_listen), strerror(errno));
        return e;
    }
    endpoint_of_socket(bound, &wanted);
    (void)close(bound); /* the gateway binds it for good */
    endpoint_text(&wanted, settled);
    return setenv("PLAYBUS_GATEWAY_LISTEN", settled, 1) == 0 ? OK : ERR_SYSTEM;
}

bool service_reconnect(struct service *s)
{
    char address[ADDRESS_SIZE];
    if (!data_folder_gateway_address(address)) {
        return false;
    }
    if (s->client == NULL || strcmp(address, s->address) != 0) {
        client_destroy(&s->client);
        (void)snprintf(s->address, sizeof(s->address), "%s", address);
        s->client = client_new(address);
    }
    return true;
}

/* A gateway that is ending may take a request and never answer: the next one is asked soon. */
static bool probe(struct service *s, const char *path, struct reply *out)
{
    if (!service_reconnect(s)) {
        return false;
    }
    client_set_patience(s->client, PROBE_MS);
    bool good = client_call(s->client, "GET", path, NULL, out) == OK && out->status == 200;
    client_set_patience(s->client, 0);
    return good;
}

static bool answers(struct service *s, const char *path)
{
    struct reply reply = {0};
    bool good = probe(s, path, &reply);
    reply_release(&reply);
    return good;
}

static bool any_refused(void)
{
    struct start_refusal refusal;
    for (size_t i = 0; i < ACTOR_SINGLES; i++) {
        if (refusal_read(actor_table[i].name, &refusal)) {
            return true;
        }
    }
    return false;
}

static bool is_known(const json_t *actors, const char *name)
{
    size_t i = 0;
    const json_t *row = NULL;
    json_array_foreach(actors, i, row)
    {
        if (strcmp(member_text(row, "name"), name) == 0 &&
            strcmp(member_text(row, "state"), "up") == 0) {
            return true;
        }
    }
    return false;
}

/* Those that cannot do their work stay to say so, or end again and again; `patient`: it is too soon
 * to tell which. */
static bool all_known(struct service *s, bool patient)
{
    struct reply reply = {0};
    bool known = probe(s, "/system", &reply);
    for (size_t i = 0; i < ACTOR_SINGLES && known; i++) {
        struct start_refusal refusal;
        known = is_known(json_object_get(reply.body, "actors"), actor_table[i].name) ||
                (!patient && refusal_read(actor_table[i].name, &refusal));
    }
    reply_release(&reply);
    return known;
}

bool service_answers(struct service *s)
{
    struct reply reply = {0};
    struct start_refusal refusal;
    const char *history = actor_table[ACTOR_history].name;
    bool good =
        probe(s, "/system", &reply) && (is_known(json_object_get(reply.body, "actors"), history) ||
                                        refusal_read(history, &refusal));
    reply_release(&reply);
    return good;
}

bool service_was_found_broken(void)
{
    OWNED(json_release) json_t *check = check_result_read();
    return check != NULL && !json_is_true(json_object_get(check, "whole"));
}

/* Every part answers, or those that can: where something is broken the service never calls itself
 * ready. Whether it is may not be read by who only may ask. */
static bool is_ready(struct service *s, bool patient)
{
    if (data_folder_is_guest()) {
        return answers(s, "/system");
    }
    return any_refused() || service_was_found_broken() ? all_known(s, patient)
                                                       : answers(s, "/health/ready");
}

enum err service_say_refusals(struct service *s)
{
    for (size_t i = 0; i < ACTOR_SINGLES; i++) {
        struct start_refusal refusal;
        unsigned bit = 1U << i;
        if (!refusal_read(actor_table[i].name, &refusal)) {
            s->refused &= ~bit; /* it works again */
            continue;
        }
        if ((s->refused & bit) == 0) {
            s->refused |= bit;
            (void)say_error(refusal.code, "%s", refusal.about);
        }
        if (!refusal_is_partial((enum actor_id)i, refusal.code)) {
            return refusal.code;
        }
    }
    return OK;
}

int service_say_error(const struct service *s, enum err e, const char *log_path)
{
    if (e == ERR_STORE_LOST && parts_are_torn()) {
        return parts_say_torn(s->folder);
    }
    if (s->refused != 0 && e != ERR_TIMEOUT) {
        return EXIT_FAILED;
    }
    if (e == ERR_ACCESS_DENIED) {
        return data_folder_say_error(e, s->folder);
    }
    if (e == ERR_ADDRESS_TAKEN) {
        return listener_say_error(err_about_text());
    }
    if (e == ERR_RUNNING_ELSEWHERE) {
        return say_error(e, "%s", s->folder);
    }
    if (e == ERR_PROGRAM_MISSING || e == ERR_ADDRESS_REFUSED) {
        return say_error(e, "%s", err_about_text());
    }
    if (e == ERR_BAD_SETTING || log_path == NULL) {
        return say_error(e, "Playbus did not start, see the lines above");
    }
    return say_error(e, "Playbus did not start, see %s/%s", s->folder, log_path);
}

/* Does a process that lives bring one of the databases to its newest version? */
static bool is_migrating(void)
{
    for (size_t i = 0; i < DATA_PARTS; i++) {
        char mark[MIGRATION_MARK_SIZE];
        char pid[24];
        (void)snprintf(mark, sizeof(mark), MIGRATION_MARK, data_parts[i].path);
        if (data_parts[i].kind == PART_STORE && read_first_line(mark, pid, sizeof(pid)) &&
            kill((pid_t)strtol(pid, NULL, 10), 0) == 0) {
            return true;
        }
    }
    return false;
}

/* It takes as long as it takes: whoever waits for us waits on. */
static void say_migrating(bool first)
{
    if (first) {
        log_info("a database is brought to the newest version, waiting for it");
    }
    notify_now_and_then("EXTEND_TIMEOUT_USEC=30000000\nSTATUS=Bringing a database to the newest "
                        "version",
                        EXTEND_EVERY_MS);
}

static enum err wait_until_ready(struct service *s)
{
    int64_t begin = clock_monotonic_ms();
    bool hinted = false;
    bool migrated = false;
    while (!is_ready(s, clock_monotonic_ms() - begin < STAYS_MS)) {
        if (s->own && is_migrating()) {
            say_migrating(!migrated);
            migrated = true;
            begin = clock_monotonic_ms();
        }
        int64_t waited = clock_monotonic_ms() - begin;
        if (interrupts_stop_asked() || waited > READY_MS) {
            return ERR_TIMEOUT;
        }
        if (s->own && !supervisor_alive(&s->supervisor)) {
            return ERR_SYSTEM;
        }
        enum err refused = s->own ? service_say_refusals(s) : OK;
        if (refused != OK) {
            return refused;
        }
        if (!hinted && waited > HINT_MS) {
            log_warn("not every part answers yet, waiting");
            hinted = true;
        }
        pause_ms(POLL_MS);
    }
    return s->own ? service_say_refusals(s) : OK;
}

/* Of a start that was killed; whatever process has that number now migrates nothing here. */
static void forget_migrations(void)
{
    for (size_t i = 0; i < DATA_PARTS; i++) {
        char mark[MIGRATION_MARK_SIZE];
        (void)snprintf(mark, sizeof(mark), MIGRATION_MARK, data_parts[i].path);
        if (data_parts[i].kind == PART_STORE) {
            (void)unlink(mark);
        }
    }
}

enum err service_claim(struct service *s)
{
    enum err e = supervisor_claim(&s->supervisor);
    s->own = s->own || e == OK;
    if (e != OK) {
        return e;
    }
    forget_migrations();
    return parts_are_torn() ? ERR_STORE_LOST : OK;
}

enum err service_start(struct service *s, const struct supervised *wanted, const char *log_path)
{
    enum err e = supervisor_start(&s->supervisor, wanted, log_path);
    if (e != OK) {
        return e;
    }
    s->own = true;
    e = wait_until_ready(s);
    if (e != OK) {
        service_close(s);
    }
    return e;
}

/* Is it another's: of a `playbus` that lives, or of whatever starts each actor by itself? What a
 * killed `playbus` has left answers for a moment, but it is ending. */
static bool is_another_s(struct service *s)
{
    return data_folder_lock_holder(SUPERVISOR_OWNER_LOCK) != 0 ||
           (data_folder_lock_sharers(SUPERVISOR_LOCK, NULL, 0) == 0 && service_reconnect(s));
}

static enum err settle(struct service *s, const char *allowed, struct supervised *out)
{
    const struct options none = {.listen = "127.0.0.1:0"};
    /* A backup that is looked into has none. */
    enum err e = mkdir("run", 0700) == 0 || errno == EEXIST ? OK : err_from_errno(errno);
    e = e == OK ? service_claim(s) : e;
    e = e == OK ? service_settings(&none, s->folder, allowed, out) : e;
    return e == OK ? service_settle_listen(s->folder) : e;
}

/* False: the one that runs is ending, and everybody waits for that. A folder in which no file can
 * be made has nobody to share with. */
static bool is_let_in(struct service *s)
{
    if (s->users_lock < 0) {
        s->users_lock = open(USERS_LOCK, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    }
    return s->users_lock < 0 || flock(s->users_lock, LOCK_SH | LOCK_NB) == 0;
}

enum err service_find_or_start(struct service *s, const char *allowed)
{
    const int64_t begin = clock_monotonic_ms();
    struct supervised wanted = {0};
    bool settled = false;
    while (clock_monotonic_ms() - begin <= FOUND_MS && !interrupts_stop_asked()) {
        enum err e = OK;
        if (!is_let_in(s)) {
            e = ERR_ALREADY_RUNNING;
        } else if (is_another_s(s)) {
            e = is_ready(s, false) ? OK : ERR_ALREADY_RUNNING; /* or it ends, and ours is started */
        } else {
            e = !settled ? settle(s, allowed, &wanted) : OK;
            settled = e == OK;
            e = e == OK ? service_start(s, &wanted, SERVICE_LOG) : e;
        }
        if (e != ERR_ALREADY_RUNNING) {
            return e;
        }
        pause_ms(POLL_MS);
    }
    return ERR_TIMEOUT;
}

bool service_is_gone(const struct service *s)
{
    char address[ADDRESS_SIZE];
    return !s->own && data_folder_lock_holder(SUPERVISOR_OWNER_LOCK) == 0 &&
           !data_folder_gateway_address(address);
}

/* From here on no command is let in. */
static void wait_for_users(struct service *s)
{
    const int64_t begin = clock_monotonic_ms();
    bool said = false;
    interrupts_done();
    while (flock(s->users_lock, LOCK_EX | LOCK_NB) != 0 && !interrupts_stop_asked() &&
           supervisor_alive(&s->supervisor)) {
        bool long_enough = clock_monotonic_ms() - begin > STAYS_MS;
        if (long_enough && !said) {
            (void)fputs("Another command uses this Playbus too: waiting for its end. Ctrl-C ends "
                        "both now.\n",
                        stderr);
        }
        said = long_enough;
        pause_ms(POLL_MS);
    }
}

void service_close(struct service *s)
{
    client_destroy(&s->client);
    if (s->own && s->users_lock >= 0) {
        wait_for_users(s);
    }
    if (s->own) {
        supervisor_stop(&s->supervisor);
        s->own = false;
    }
    if (s->users_lock >= 0) {
        (void)close(s->users_lock);
        s->users_lock = -1;
    }
}

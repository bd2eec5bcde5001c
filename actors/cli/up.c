/* SPDX-License-Identifier: MIT
 * up.c - `playbus up`: all actors in the foreground until SIGTERM or Ctrl-C.
 *
 * stdout gets one line, `ready http://ADDR:PORT`, once every part answers, or `degraded http://…`
 * if history or audit cannot do their work and the rest goes on without, or the last `playbus
 * check` found a database damaged; stderr says why. While there is no administrator stderr then
 * says at which address the first one is made. */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "actors/cli/calls.h"
#include "actors/cli/cli.h"
#include "actors/cli/say.h"
#include "actors/cli/service.h"
#include "proto/base/config.h"
#include "proto/base/log.h"

/* Folders are named from where the command was typed, not from the data folder. */
static int resolve_allowed(struct options *o, char *resolved[static ALLOW_MAX])
{
    for (size_t i = 0; i < o->allow_count; i++) {
        resolved[i] = realpath(o->allow[i], NULL);
        if (resolved[i] == NULL) {
            say(stderr,
                "playbus: %s cannot be allowed: %s\n"
                "  Name a folder that is there with --allow.\n",
                o->allow[i], strerror(errno));
            return EXIT_USAGE;
        }
        o->allow[i] = resolved[i];
    }
    return EXIT_COMPLETED;
}

static int say_running(void)
{
    char address[ADDRESS_SIZE] = "";
    if (folder_gateway_address(address)) {
        return complain(ERR_ALREADY_RUNNING, "http://%s", address);
    }
    return complain(ERR_ALREADY_RUNNING, "process %ld", (long)folder_lock_holder(TREE_OWNER_LOCK));
}

/* The address a person opens: that of the proxy in front, where there is one, and this machine's
 * name where all its addresses are served without one. */
static void address_for_people(const struct service *s, const struct config *config,
                               char out[static PATH_MAX])
{
    const char *public_url = config_text(config, SETTING_gateway_public_url);
    const char *listen = config_text(config, SETTING_gateway_listen);
    char host[HOST_NAME_MAX + 1] = "";
    if (public_url[0] != '\0') {
        size_t size = strlen(public_url);
        size -= public_url[size - 1] == '/' ? 1 : 0;
        (void)snprintf(out, PATH_MAX, "%.*s", (int)size, public_url);
    } else if ((strncmp(listen, "0.0.0.0:", 8) == 0 || strncmp(listen, "[::]:", 5) == 0) &&
               gethostname(host, sizeof(host) - 1) == 0) {
        (void)snprintf(out, PATH_MAX, "http://%s%s", host, strrchr(s->address, ':'));
    } else {
        (void)snprintf(out, PATH_MAX, "http://%s", s->address);
    }
}

static void say_set_up(const struct service *s)
{
    char code[SETUP_CODE_SIZE];
    char address[PATH_MAX];
    OWNED(config_close) struct config *config = NULL;
    if (folder_setup_code(code) && config_open(s->folder, &config) == OK) {
        address_for_people(s, config, address);
        say(stderr, "Open %s/#setup=%s to create the first administrator\n", address, code);
    }
}

static int watch(struct service *s)
{
    while (!service_stop_asked()) {
        if (!tree_alive(&s->tree)) {
            log_error("the supervisor s6-svscan ended, stopping");
            return EXIT_FAILED;
        }
        if (service_say_refusals(s) != OK) {
            log_warn("a part cannot start, trying again");
        }
        pause_ms(200); /* a signal ends it early */
    }
    log_info("stopping");
    return EXIT_COMPLETED;
}

static int run(const struct options *o, struct service *s)
{
    size_t workers = 0;
    enum err e = service_settings(o, s->folder, NULL, &workers);
    e = e == OK ? service_claim(s) : e;
    if (e == OK) {
        e = service_settle_listen(s->folder);
    }
    if (e == OK) {
        e = service_start(s, workers, NULL);
    }
    if (e == ERR_ALREADY_RUNNING) {
        return say_running();
    }
    if (service_stop_asked()) {
        return EXIT_COMPLETED;
    }
    if (e != OK) {
        return s->refused != 0 && e != ERR_TIMEOUT
                   ? EXIT_FAILED
                   : complain(e, "Playbus did not start, see the lines above");
    }
    bool broken = service_was_found_broken();
    if (broken) {
        say(stderr, "playbus: The last `playbus check` found that not all is whole\n"
                    "  `playbus status` says what; mend it, then run `playbus check` again.\n");
    }
    say(stdout, "%s http://%s\n", s->refused == 0 && !broken ? "ready" : "degraded", s->address);
    (void)fflush(stdout);
    say_set_up(s);
    return watch(s);
}

int command_up(const struct options *given)
{
    struct options o = *given;
    struct service s = SERVICE_NONE;
    char *resolved[ALLOW_MAX] = {NULL};
    log_open("playbus", LEVEL_INFO);
    service_watch_signals();
    (void)signal(SIGPIPE, SIG_IGN); /* whoever read `ready` may have gone */
    int status = resolve_allowed(&o, resolved);
    enum err e = status == EXIT_COMPLETED ? folder_enter(o.data, true, s.folder) : OK;
    if (e != OK) {
        status = folder_complain(e, o.data);
    } else if (status == EXIT_COMPLETED) {
        status = run(&o, &s);
    }
    service_close(&s);
    for (size_t i = 0; i < COUNT_OF(resolved); i++) {
        free(resolved[i]);
    }
    return status;
}

/* SPDX-License-Identifier: MIT
 * up.c - `playbus up`: all actors until SIGTERM or Ctrl-C, and with --import FILE one import first.
 *
 * stdout gets one line, `ready http://ADDR:PORT`, once every part answers, or `degraded http://…`
 * if history or audit cannot do their work and the rest goes on without, or the last `playbus
 * check` found a database damaged; stderr says why. While there is no administrator stderr then
 * says at which address the first one is made.
 * The first Ctrl-C during the import is for the import alone: the actors have a session of their
 * own, so no signal of the terminal reaches them. */
#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "actors/cli/calls.h"
#include "actors/cli/cli.h"
#include "actors/cli/import.h"
#include "actors/cli/interrupts.h"
#include "actors/cli/invocation.h"
#include "actors/cli/notify.h"
#include "actors/cli/say.h"
#include "actors/cli/service.h"
#include "proto/base/clock.h"
#include "proto/base/config.h"
#include "proto/base/log.h"

#define RETRY_MS 1000 /* between two looks at parts that do not answer */

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

/* The same for the file to import, whose folder is then allowed. */
static int resolve_import(struct options *o, char **resolved)
{
    if (o->import == NULL) {
        return EXIT_COMPLETED;
    }
    *resolved = realpath(o->import, NULL);
    if (*resolved == NULL) {
        return say_error(errno == EACCES ? ERR_ACCESS_DENIED : ERR_FILE_NOT_FOUND, "%s", o->import);
    }
    o->import = *resolved;
    return EXIT_COMPLETED;
}

/* What was wanted can be had of the one that runs. */
static int say_running(const struct options *o, const char *folder)
{
    char address[ADDRESS_SIZE] = "";
    char command[INVOCATION_SIZE];
    char file[4 * PATH_MAX + 3] = "FILE";
    int status = data_folder_gateway_address(address)
                     ? say_error(ERR_ALREADY_RUNNING, "http://%s", address)
                     : say_error(ERR_ALREADY_RUNNING, "process %ld",
                                 (long)data_folder_lock_holder(SUPERVISOR_OWNER_LOCK));
    if (o->import != NULL && shell_quote(o->import, file, sizeof(file)) == OK) {
        invocation_text("import", folder, command);
        say(stderr, "  To import with the running one:\n  %s %s\n", command, file);
    }
    return status;
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

/* Whoever reads these lines may have gone, and that stops nothing. */
static void flush_lines(void)
{
    if (fflush(stdout) != 0) {
        clearerr(stdout);
    }
}

/* Where a person goes now; the code is gone as soon as there is an administrator. */
static void say_address(const struct service *s, bool at_length)
{
    char code[SETUP_CODE_SIZE];
    char address[PATH_MAX];
    OWNED(config_close) struct config *config = NULL;
    bool fresh = data_folder_setup_code(code);
    if (config_open(s->folder, &config) != OK || (!fresh && !at_length)) {
        return;
    }
    address_for_people(s, config, address);
    if (!at_length) {
        say(stderr, "Open %s/#setup=%s to create the first administrator\n", address, code);
        return;
    }
    say(stderr, "Open this address %s:\n",
        fresh ? "to create the first administrator" : "and sign in");
    say(stdout, "%s/%s%s\n", address, fresh ? "#setup=" : "", fresh ? code : "");
    flush_lines();
}

static void say_running_at_length(const struct service *s)
{
    char status[INVOCATION_SIZE];
    char history[INVOCATION_SIZE];
    invocation_text("status", s->folder, status);
    invocation_text("history", s->folder, history);
    say(stderr,
        "\nPlaybus is running at http://%s\n"
        "  data in  %s\n"
        "  log in   %s/" SERVICE_LOG "\n"
        "Look at it from another terminal:\n"
        "  %s\n"
        "  %s --limit 10\n"
        "Ctrl-C stops Playbus.\n\n",
        s->address, s->folder, s->folder, status, history);
}

/* An import that was stopped or has failed leaves the service up: it is there to look, and to go
 * on. */
static void import_first(const struct options *o, const struct service *s)
{
    struct options import = *o;
    import.data = s->folder;
    import.argument = o->import;
    say(stderr, "Importing %s\n", o->import);
    int status = import_file(&import, true);
    interrupts_done();
    log_open("playbus", LEVEL_INFO);
    if (interrupts_stop_asked()) {
        return;
    }
    if (status == EXIT_FAILED || status == EXIT_CONFLICT) {
        (void)fputs("It was not imported; Playbus stays up.\n", stderr);
    }
    say_running_at_length(s);
    say_address(s, true);
}

/* The watchdog waits longer than it takes until a part that hangs was ended and is back. What does
 * not answer is asked again soon. */
static void feed_watchdog(struct service *s)
{
    static int64_t next_ms;
    static bool missed;
    const int64_t every_ms = notify_feed_every_ms();
    if (every_ms == 0 || clock_monotonic_ms() < next_ms) {
        return;
    }
    bool answers = service_answers(s);
    if (answers) {
        notify("WATCHDOG=1");
    } else if (!missed) {
        log_warn("broker, gateway or history does not answer, waiting for it; the watchdog counts");
    }
    missed = !answers;
    next_ms = clock_monotonic_ms() + (missed && every_ms > RETRY_MS ? RETRY_MS : every_ms);
}

static int watch(struct service *s)
{
    while (!interrupts_stop_asked()) {
        if (!supervisor_alive(&s->supervisor)) {
            log_error("the supervisor s6-svscan ended, stopping");
            return EXIT_FAILED;
        }
        if (service_say_refusals(s) != OK) {
            log_warn("a part cannot start, trying again");
        }
        feed_watchdog(s);
        pause_ms(200); /* a signal ends it early */
    }
    notify("STOPPING=1");
    if (isatty(STDERR_FILENO) == 1) {
        (void)fputs("Stopping Playbus …\n", stderr);
    } else {
        log_info("stopping");
    }
    return interrupts_stop_status();
}

/* What somebody has to mend first ends otherwise than what another try may mend. */
static int say_failed(const struct service *s, enum err e, const char *log)
{
    int status = service_say_error(s, e, log);
    return e == ERR_STORE_NEWER || e == ERR_BAD_SETTING ? EXIT_NEEDS_PERSON : status;
}

static int run(const struct options *o, struct service *s)
{
    struct supervised wanted = {0};
    OWNED(free_text) char *file = o->import == NULL ? NULL : must_strdup(o->import);
    /* A terminal is for a person; what catches stderr otherwise is for the log. */
    const char *log = o->import == NULL && isatty(STDERR_FILENO) == 0 ? NULL : SERVICE_LOG;
    enum err e = service_settings(o, s->folder, file == NULL ? NULL : dirname(file), &wanted);
    e = e == OK ? service_claim(s) : e;
    if (e == OK) {
        e = service_settle_listen(s->folder);
    }
    if (e == OK) {
        e = service_start(s, &wanted, log);
    }
    if (e == ERR_ALREADY_RUNNING) {
        return say_running(o, s->folder);
    }
    if (interrupts_stop_asked()) {
        (void)fputs("Stopped before every part was up.\n", stderr);
        return interrupts_stop_status();
    }
    if (e != OK) {
        return say_failed(s, e, log);
    }
    bool broken = service_was_found_broken();
    if (broken) {
        say(stderr, "playbus: The last `playbus check` found that not all is whole\n"
                    "  `playbus status` says what; mend it, then run `playbus check` again.\n");
    }
    say(stdout, "%s http://%s\n", s->refused == 0 && !broken ? "ready" : "degraded", s->address);
    flush_lines();
    notify(s->refused == 0 && !broken
               ? "READY=1\nWATCHDOG=1\nSTATUS=Running"
               : "READY=1\nWATCHDOG=1\nSTATUS=Running, but not all is whole: playbus status");
    if (o->import == NULL) {
        if (log != NULL) {
            say(stderr, "The log is in %s/" SERVICE_LOG "; Ctrl-C stops Playbus.\n", s->folder);
        }
        say_address(s, false);
    } else {
        import_first(o, s);
    }
    return watch(s);
}

int command_up(const struct options *given)
{
    struct options o = *given;
    struct service s = SERVICE_NONE;
    char *resolved[ALLOW_MAX] = {NULL};
    OWNED(free_text) char *file = NULL;
    log_open("playbus", LEVEL_INFO);
    interrupts_watch();
    notify_open();
    (void)signal(SIGPIPE, SIG_IGN);
    int status = resolve_allowed(&o, resolved);
    status = status == EXIT_COMPLETED ? resolve_import(&o, &file) : status;
    enum err e = status == EXIT_COMPLETED ? data_folder_enter(o.data, true, s.folder) : OK;
    if (e != OK) {
        status = data_folder_say_error(e, o.data);
    } else if (status == EXIT_COMPLETED) {
        status = run(&o, &s);
    }
    bool stopped = s.own && interrupts_stop_asked();
    service_close(&s);
    if (stopped && isatty(STDERR_FILENO) == 1) {
        (void)fputs("Playbus has stopped.\n", stderr);
    }
    for (size_t i = 0; i < COUNT_OF(resolved); i++) {
        free(resolved[i]);
    }
    return status;
}

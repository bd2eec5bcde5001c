/* SPDX-License-Identifier: MIT
 * stop.c - `playbus stop`: ends the service of a data folder, and returns only when nothing of it
 * is left, so that what comes next (a restore, a start) meets no process that still writes. */
#include <errno.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "actors/cli/calls.h"
#include "actors/cli/cli.h"
#include "actors/cli/data_folder.h"
#include "actors/cli/interrupts.h"
#include "actors/cli/say.h"
#include "actors/cli/service.h"
#include "actors/cli/supervisor.h"
#include "proto/base/clock.h"
#include "proto/base/log.h"

#define STOP_WITHIN_MS 20000 /* `up` takes five seconds at most; an import is stopped first */
#define POLL_MS 50

/* Every process of the service: the `playbus` that started it, or what one that was killed left. */
static bool anything_runs(pid_t *out_owner)
{
    *out_owner = data_folder_lock_holder(SUPERVISOR_OWNER_LOCK);
    return *out_owner != 0 || data_folder_lock_sharers(SUPERVISOR_LOCK, NULL, 0) > 0;
}

static int say_not_ours(pid_t pid)
{
    char path[64];
    struct stat st;
    (void)snprintf(path, sizeof(path), "/proc/%ld", (long)pid);
    const struct passwd *user = stat(path, &st) == 0 ? getpwuid(st.st_uid) : NULL;
    const char *name = user == NULL ? "another user" : user->pw_name;
    say(stderr,
        "playbus: permission denied: process %ld belongs to %s\n"
        "  Try again as that user (sudo -u %s).\n",
        (long)pid, name, name);
    return EXIT_FAILED;
}

/* Did systemd start it, who would do so again? The kernel tells everybody of what unit it is. */
static bool is_of_unit(pid_t pid)
{
    static const char unit[] = "/playbus.service";
    char path[64];
    char line[4096];
    (void)snprintf(path, sizeof(path), "/proc/%ld/cgroup", (long)pid);
    OWNED(close_file) FILE *file = fopen(path, "re");
    while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
        const char *found = strstr(line, unit);
        if (found != NULL && strchr("/\n", found[sizeof(unit) - 1]) != NULL) {
            return true;
        }
    }
    return false;
}

static int stop_and_wait(const char *folder, pid_t owner)
{
    const int64_t begin = clock_monotonic_ms();
    if (owner != 0 && kill(owner, SIGTERM) != 0 && errno == EPERM) {
        return say_not_ours(owner);
    }
    say(stderr, "Stopping Playbus in %s …\n", folder);
    while (anything_runs(&owner)) {
        if (interrupts_stop_asked()) {
            (void)fputs("Not waiting for it; it is ending.\n", stderr);
            return EXIT_STOPPED;
        }
        if (clock_monotonic_ms() - begin > STOP_WITHIN_MS) {
            return say_error(ERR_TIMEOUT, "process %ld does not end", (long)owner);
        }
        pause_ms(POLL_MS);
    }
    (void)fputs("Playbus has stopped.\n", stderr);
    return EXIT_COMPLETED;
}

int command_stop(const struct options *o)
{
    char folder[PATH_MAX];
    char address[ADDRESS_SIZE];
    pid_t owner = 0;
    log_open("playbus", LEVEL_WARN);
    interrupts_watch();
    enum err e = data_folder_enter(o->data, false, folder);
    if (e != OK) {
        return data_folder_say_error(e, o->data);
    }
    if (data_folder_is_used_elsewhere()) {
        return say_error(ERR_RUNNING_ELSEWHERE, "%s", folder);
    }
    if (anything_runs(&owner) && data_folder_is_system(folder) && is_of_unit(owner)) {
        say(stderr,
            "playbus: systemd runs Playbus in %s, and would start it again\n"
            "  Stop it with: sudo systemctl stop playbus\n",
            folder);
        return EXIT_CONFLICT;
    }
    if (anything_runs(&owner)) {
        return stop_and_wait(folder, owner);
    }
    if (data_folder_gateway_address(address)) {
        say(stderr,
            "playbus: the parts of Playbus in %s were not started by playbus up\n"
            "  Stop them with what started them.\n",
            folder);
        return EXIT_CONFLICT;
    }
    say(stderr, "Playbus is not running in %s.\n", folder);
    return EXIT_COMPLETED;
}

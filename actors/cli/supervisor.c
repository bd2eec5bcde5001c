/* SPDX-License-Identifier: MIT
 * supervisor.c - writes the service folders of s6, starts s6-svscan, and leaves nothing behind.
 *
 * However this ends, the next start can take over at once:
 *   - stopped: SIGTERM to s6-svscan, which stops each actor; after three seconds SIGKILL to the
 * rest;
 *   - this process killed: s6-svscan gets SIGTERM from the kernel (PR_SET_PDEATHSIG) and does the
 * same;
 *   - s6-svscan killed: its s6-supervise processes become our children (subreaper) and are ended;
 *   - s6-supervise killed: its actor gets SIGTERM from the kernel, s6-svscan starts both anew;
 *   - all of these at once: the next start finds the rest by the lock they hold, and ends it. */
#include "actors/cli/supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "actors/cli/calls.h"
#include "actors/cli/data_folder.h"
#include "actors/cli/invocation.h"
#include "actors/cli/refusals.h"
#include "proto/base/clock.h"
#include "proto/base/log.h"
#include "proto/bus/process.h"
#include "proto/schema/actors.h"

#define STOP_MS 3000  /* how long an actor may take to stop; s6 kills it then (timeout-kill) */
#define FORCE_MS 3500 /* when we stop waiting for s6 and kill what is left */
#define GONE_MS 1000  /* how long the kernel may take to clear away the killed */

static enum err write_file(const char *path, mode_t mode, const char *text)
{
    size_t size = strlen(text);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, mode);
    if (fd < 0) {
        return ERR_SYSTEM;
    }
    bool whole = write(fd, text, size) == (ssize_t)size;
    bool closed = close(fd) == 0;
    return whole && closed ? OK : ERR_SYSTEM;
}

/* The folder this program runs from; the actors lie beside it. */
static enum err program_folder(char out[static PATH_MAX])
{
    ssize_t n = readlink("/proc/self/exe", out, PATH_MAX - 1);
    if (n <= 0) {
        return ERR_SYSTEM;
    }
    out[n] = '\0';
    *strrchr(out, '/') = '\0';
    return OK;
}

/* After five lives of less than three seconds in a row an actor rests between them: s6 alone would
 * start it once a second, and each start writes to the log. A single crash costs nothing. */
static const char rest_after_crashes[] =
    "#!/bin/sh\n"
    "read -r born <born\n"
    "read -r short <short\n"
    "if [ $(($(date +%s) - ${born:-0})) -lt 3 ]; then short=$((short + 1)); else short=0; fi\n"
    "echo $short >short\n"
    "[ $short -lt 5 ] || exec sleep 5\n";

static enum err write_in(const char *service, const char *name, mode_t mode, const char *text)
{
    char path[PATH_MAX];
    (void)snprintf(path, sizeof(path), SUPERVISOR_SERVICES "/%s/%s", service, name);
    return write_file(path, mode, text);
}

/* The key that systemd gives us is for the one actor that opens what it seals. */
static const char *without_key(const char *actor)
{
    bool needs = strcmp(actor, actor_table[ACTOR_server_sync].name) == 0;
    return needs ? "" : "unset CREDENTIALS_DIRECTORY\n";
}

/* One service folder: `run` becomes the actor; the data folder is three levels above it. */
static enum err write_service(const char *programs, const char *actor, const char *service,
                              const char *suffix)
{
    char path[PATH_MAX];
    char program[PATH_MAX + 64];
    char quoted[4 * PATH_MAX];
    char script[4 * PATH_MAX + 256];
    (void)snprintf(program, sizeof(program), "%s/playbus-%s", programs, actor);
    enum err e = shell_quote(program, quoted, sizeof(quoted));
    if (e != OK) {
        return e;
    }
    (void)snprintf(
        script, sizeof(script), "#!/bin/sh\ndate +%%s >born\n%sexec %s --data ../../..%s%s\n",
        without_key(actor), quoted, suffix == NULL ? "" : " --name ", suffix == NULL ? "" : suffix);
    (void)snprintf(path, sizeof(path), SUPERVISOR_SERVICES "/%s", service);
    if (access(program, X_OK) != 0) {
        err_about("%s", program);
        return ERR_PROGRAM_MISSING;
    }
    if (mkdir(path, 0700) != 0) {
        return ERR_SYSTEM;
    }
    /* s6 would make it with the bit of its group, which the unit forbids (RestrictSUIDSGID). */
    (void)snprintf(path, sizeof(path), SUPERVISOR_SERVICES "/%s/event", service);
    if (mkdir(path, 0700) != 0) {
        return ERR_SYSTEM;
    }
    e = write_in(service, "run", 0700, script);
    e = e == OK ? write_in(service, "finish", 0700, rest_after_crashes) : e;
    e = e == OK ? write_in(service, "short", 0600, "0\n") : e;
    e = e == OK ? write_in(service, "timeout-finish", 0600, "6000\n") : e;
    (void)snprintf(script, sizeof(script), "%d\n", STOP_MS);
    return e == OK ? write_in(service, "timeout-kill", 0600, script) : e;
}

static enum err write_services(const struct supervised *wanted)
{
    char programs[PATH_MAX];
    enum err e = program_folder(programs);
    if (e == OK && !remove_tree(SUPERVISOR_SERVICES)) {
        e = ERR_SYSTEM;
    }
    if (e == OK && mkdir(SUPERVISOR_SERVICES, 0700) != 0) {
        e = ERR_SYSTEM;
    }
    for (size_t i = 0; e == OK && i < ACTOR_SINGLES; i++) {
        e = write_service(programs, actor_table[i].name, actor_table[i].name, NULL);
    }
    if (e == OK && wanted->door) {
        const char *door = actor_table[ACTOR_door].name;
        e = write_service(programs, door, door, NULL);
    }
    for (size_t i = 1; e == OK && i <= wanted->workers; i++) {
        const char *worker = actor_table[ACTOR_import_worker].name;
        char number[24];
        char service[64];
        (void)snprintf(number, sizeof(number), "%zu", i);
        (void)snprintf(service, sizeof(service), "%s-%s", worker, number);
        e = write_service(programs, worker, service, number);
    }
    return e;
}

static void signal_tree(int signal_number)
{
    pid_t pids[SUPERVISOR_PROCESSES_MAX];
    size_t n = data_folder_lock_sharers(SUPERVISOR_LOCK, pids, SUPERVISOR_PROCESSES_MAX);
    for (size_t i = 0; i < n && i < SUPERVISOR_PROCESSES_MAX; i++) {
        (void)kill(pids[i], signal_number);
    }
}

/* Gets run/tree.lock, which an earlier tree may hold while it stops, or for ever if its supervisor
 * was killed together with the `playbus` that watched it. */
static enum err take_tree_lock(int *out_fd)
{
    const int64_t begin = clock_monotonic_ms();
    bool asked = false;
    for (;;) {
        enum err e = data_folder_lock(SUPERVISOR_LOCK, true, out_fd);
        int64_t waited = clock_monotonic_ms() - begin;
        if (e != ERR_ALREADY_RUNNING || waited > FORCE_MS + GONE_MS) {
            return e;
        }
        if (!asked) {
            log_info("an earlier run is still ending, waiting for it");
            signal_tree(SIGTERM);
            asked = true;
        }
        if (waited > FORCE_MS) {
            signal_tree(SIGKILL);
        }
        pause_ms(20);
    }
}

/* Actors that something else started, as a systemd unit for each would. */
static bool actors_run_already(void)
{
    char path[64];
    for (size_t i = 0; i < ACTOR_SINGLES; i++) {
        (void)snprintf(path, sizeof(path), "run/%s.lock", actor_table[i].name);
        if (data_folder_lock_holder(path) != 0) {
            return true;
        }
    }
    return false;
}

/* In the child: becomes s6-svscan. It gets a session of its own, so that Ctrl-C reaches us alone
 * and the actors are stopped in order. */
static void become_svscan(pid_t parent, const char *log_path)
{
    sigset_t none;
    int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    int log = log_path == NULL
                  ? STDERR_FILENO
                  : open(log_path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC | O_APPEND,
                         0600);
    (void)prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent || nothing < 0 || log < 0) {
        _exit(EXIT_FAILURE);
    }
    (void)setsid();
    (void)dup2(nothing, STDIN_FILENO);
    (void)dup2(log, STDERR_FILENO);
    (void)dup2(STDERR_FILENO, STDOUT_FILENO); /* our stdout carries `ready` and nothing else */
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    (void)signal(SIGPIPE, SIG_DFL);
    (void)execlp("s6-svscan", "s6-svscan", SUPERVISOR_SERVICES, (char *)NULL);
    _exit(127);
}

static void release(struct supervisor *supervisor)
{
    if (supervisor->tree_lock >= 0) {
        (void)close(supervisor->tree_lock);
    }
    if (supervisor->owner_lock >= 0) {
        (void)close(supervisor->owner_lock);
    }
    supervisor->tree_lock = supervisor->owner_lock = -1;
}

static enum err take_locks(struct supervisor *supervisor)
{
    enum err e = data_folder_lock(SUPERVISOR_OWNER_LOCK, false, &supervisor->owner_lock);
    e = e == OK ? data_folder_try_writing() : e;
    if (e == OK) {
        e = take_tree_lock(&supervisor->tree_lock);
    }
    /* One of an earlier tree that is ending gives back the tree's lock before its own. */
    const int64_t begin = clock_monotonic_ms();
    while (e == OK && actors_run_already()) {
        if (clock_monotonic_ms() - begin > GONE_MS) {
            return ERR_ALREADY_RUNNING;
        }
        pause_ms(20);
    }
    return e;
}

enum err supervisor_claim(struct supervisor *supervisor)
{
    enum err e = supervisor->tree_lock < 0 ? take_locks(supervisor) : OK;
    if (e != OK) {
        release(supervisor);
    }
    return e == ERR_ALREADY_RUNNING && data_folder_is_used_elsewhere() ? ERR_RUNNING_ELSEWHERE : e;
}

enum err supervisor_start(struct supervisor *supervisor, const struct supervised *wanted,
                          const char *log_path)
{
    const pid_t self = getpid();
    enum err e = supervisor_claim(supervisor);
    if (e == OK) {
        e = write_services(wanted);
        if (e != OK && e != ERR_PROGRAM_MISSING) {
            log_error("cannot write " SUPERVISOR_SERVICES ": %s", strerror(errno));
        }
    }
    if (e == OK) {
        e = unlink("run/gateway.address") == 0 || errno == ENOENT ? OK : ERR_SYSTEM;
        refusals_forget();
    }
    if (e != OK) {
        release(supervisor);
        return e;
    }
    (void)prctl(PR_SET_CHILD_SUBREAPER, 1);
    supervisor->svscan = fork();
    if (supervisor->svscan == 0) {
        become_svscan(self, log_path);
    }
    if (supervisor->svscan < 0) {
        supervisor->svscan = 0;
        release(supervisor);
        return ERR_SYSTEM;
    }
    return OK;
}

bool supervisor_alive(struct supervisor *supervisor)
{
    int status = 0;
    for (pid_t pid = waitpid(-1, &status, WNOHANG); pid > 0; pid = waitpid(-1, &status, WNOHANG)) {
        if (pid != supervisor->svscan) {
            continue;
        }
        supervisor->svscan = 0;
        if (WIFEXITED(status) && WEXITSTATUS(status) == 127) {
            log_error("s6-svscan is not installed (package s6)");
        }
    }
    return supervisor->svscan != 0;
}

void supervisor_stop(struct supervisor *supervisor)
{
    const int64_t begin = clock_monotonic_ms();
    if (supervisor->tree_lock < 0) {
        return;
    }
    if (supervisor_alive(supervisor)) {
        (void)kill(supervisor->svscan, SIGTERM);
    } else {
        signal_tree(SIGTERM);
    }
    while (data_folder_lock_sharers(SUPERVISOR_LOCK, NULL, 0) > 0) {
        int64_t waited = clock_monotonic_ms() - begin;
        if (waited > FORCE_MS + GONE_MS) {
            break;
        }
        if (waited > FORCE_MS) {
            signal_tree(SIGKILL);
        }
        pause_ms(10);
        (void)supervisor_alive(supervisor);
    }
    release(supervisor);
}

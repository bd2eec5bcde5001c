/* SPDX-License-Identifier: MIT
 * process.c - options, settings, the data folder, the lock and signals of every process of the bus.
 *
 * One instance of a name runs per data folder: the lock is held by flock, so the kernel lets go of
 * it however the process ends. A new instance waits up to five seconds for an old one that ends.
 * Beside it the process holds a lock of fcntl, of which the kernel tells everybody whose it is. */
#include "proto/bus/process.h"

#include <czmq.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "proto/base/clock.h"
#include "proto/base/ids.h"
#include "proto/base/log.h"
#include "proto/bus/actor.h"
#include "proto/bus/own_files.h"

enum { LOCK_WAIT_MS = 5000, LOCK_RETRY_MS = 50, SUFFIX_MAX = 32, EXIT_USAGE = 2 };

struct options {
    const char *data;
    const char *suffix; /* of --name, NULL if none */
};

const char *playbus_version(void)
{
    return PLAYBUS_VERSION;
}

/* ---- options ---- */

static void print_help(FILE *to, const struct program *p)
{
    fprintf(to,
            "Usage: playbus-%s --data DIR%s\n%s\n\n"
            "  --data DIR     the data folder; playbus.conf, the databases and run/ live there\n",
            p->name, p->many ? " [--name NAME]" : "", p->summary);
    if (p->many) {
        fprintf(to, "  --name NAME    which of several this is; one process runs per name\n");
    }
    fprintf(to,
            "  --version      print the version and end\n"
            "  --help         print this and end\n\n"
            "It runs until SIGTERM or SIGINT, and ends with the process that started it.\n"
            "`playbus up` starts all parts. Example: playbus-%s --data /var/lib/playbus\n",
            p->name);
}

static bool suffix_is_fine(const char *suffix)
{
    size_t length = strlen(suffix);
    return length > 0 && length <= SUFFIX_MAX &&
           strspn(suffix, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") ==
               length;
}

static int refuse_options(const struct program *p, const char *why)
{
    fprintf(stderr, "playbus-%s: %s; see --help\n", p->name, why);
    return EXIT_USAGE;
}

static int read_options(int argc, char **argv, const struct program *p, struct options *out)
{
    static const struct option known[] = {{"data", required_argument, NULL, 'd'},
                                          {"name", required_argument, NULL, 'n'},
                                          {"version", no_argument, NULL, 'v'},
                                          {"help", no_argument, NULL, 'h'},
                                          {NULL, 0, NULL, 0}};
    optind = 1;
    for (int option; (option = getopt_long(argc, argv, "", known, NULL)) != -1;) {
        switch (option) {
        case 'd':
            out->data = optarg;
            break;
        case 'n':
            out->suffix = optarg;
            break;
        case 'v':
            printf("playbus-%s %s\n", p->name, playbus_version());
            return 0;
        case 'h':
            print_help(stdout, p);
            return 0;
        default:
            return EXIT_USAGE; /* getopt_long has said why */
        }
    }
    if (optind < argc) {
        return refuse_options(p, "there are only options");
    }
    if (out->data == NULL || *out->data == '\0') {
        return refuse_options(p, "--data is missing");
    }
    if (out->suffix != NULL && (!p->many || !suffix_is_fine(out->suffix))) {
        return refuse_options(p, "this --name cannot be used");
    }
    return PROCESS_GOES_ON;
}

/* ---- the folder and the lock ---- */

enum err process_folder_is_safe(void)
{
    struct stat st;
    if (stat(".", &st) != 0) {
        return ERR_SYSTEM;
    }
    if (st.st_uid != geteuid()) {
        err_about("it belongs to user %ld, this is user %ld", (long)st.st_uid, (long)geteuid());
        return ERR_DATA_FOLDER_UNSAFE;
    }
    if ((st.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
        err_about("others may write to it, its mode is %03o", (unsigned)st.st_mode & 0777U);
        return ERR_DATA_FOLDER_UNSAFE;
    }
    return OK;
}

static enum err enter_folder(const struct config *config)
{
    umask(0077);
    if (chdir(config_data_dir(config)) != 0) {
        log_error("cannot enter the data folder path=%s reason=%s", config_data_dir(config),
                  strerror(errno));
        return ERR_SYSTEM;
    }
    enum err safe = process_folder_is_safe();
    if (safe != OK) {
        log_error("%s data=%s reason=%s", err_sentence(safe), config_data_dir(config),
                  err_about_text());
        return safe;
    }
    if (mkdir("run", 0700) != 0 && errno != EEXIST) {
        log_error("cannot make run/ in the data folder reason=%s", strerror(errno));
        return ERR_SYSTEM;
    }
    return OK;
}

/* SQLite puts there what a large sort does not hold in memory. */
static enum err make_own_folder(const struct program *p)
{
    char path[64];
    (void)snprintf(path, sizeof(path), OWN_RUN_FOLDER, p->name);
    if ((mkdir(path, 0700) != 0 && errno != EEXIST) || setenv("SQLITE_TMPDIR", path, 1) != 0) {
        log_error("cannot make %s in the data folder reason=%s", path, strerror(errno));
        return ERR_SYSTEM;
    }
    return OK;
}

static bool lock_within(int fd, int64_t wait_ms)
{
    int64_t end = clock_monotonic_ms() + wait_ms;
    while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        if (clock_monotonic_ms() >= end) {
            return false;
        }
        const struct timespec pause = {.tv_nsec = LOCK_RETRY_MS * 1000000L};
        nanosleep(&pause, NULL);
    }
    return true;
}

static enum err take_lock(const struct program *p, const char *suffix, int *out_fd)
{
    if (p->many && suffix == NULL) {
        return OK;
    }
    char path[128];
    snprintf(path, sizeof(path), "run/%s%s%s.lock", p->name, suffix != NULL ? "-" : "",
             suffix != NULL ? suffix : "");
    int fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0) {
        log_error("cannot open the lock path=%s reason=%s", path, strerror(errno));
        return ERR_SYSTEM;
    }
    if (!lock_within(fd, LOCK_WAIT_MS)) {
        close(fd);
        log_error("%s lock=%s", err_sentence(ERR_ALREADY_RUNNING), path);
        return ERR_ALREADY_RUNNING;
    }
    struct flock mark = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (fcntl(fd, F_SETLK, &mark) != 0) {
        log_warn("nobody can be told whose the lock is path=%s reason=%s, going on without", path,
                 strerror(errno));
    }
    if (ftruncate(fd, 0) != 0 || dprintf(fd, "%d\n", (int)getpid()) < 0) {
        log_warn("cannot write the pid into the lock path=%s reason=%s, going on without", path,
                 strerror(errno));
    }
    *out_fd = fd;
    return OK;
}

/* ---- signals ---- */

/* True if the parent is there and its end will be told to us by SIGTERM. */
static bool tied_to_parent(pid_t parent)
{
    return prctl(PR_SET_PDEATHSIG, SIGTERM) == 0 && getppid() == parent;
}

/* From here on signals are read in the loop; threads started later inherit the mask. */
static enum err open_signals(int *out_fd)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    signal(SIGPIPE, SIG_IGN);
    if (sigprocmask(SIG_BLOCK, &set, NULL) != 0) {
        return ERR_SYSTEM;
    }
    *out_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return *out_fd < 0 ? ERR_SYSTEM : OK;
}

static enum err open_parts(const struct program *p, const struct options *options,
                           struct process *process)
{
    enum err e = config_open(options->data, &process->config);
    if (e != OK) {
        log_error("%s data=%s", err_sentence(e), options->data);
        return e;
    }
    enum log_level level = LEVEL_INFO;
    e = log_level_from_text(config_text(process->config, SETTING_log_level), &level);
    if (e != OK) {
        log_error("%s setting=log.level", err_sentence(e));
        return e;
    }
    log_open(p->name, level);
    e = enter_folder(process->config);
    e = e == OK ? make_own_folder(p) : e;
    if (e == OK) {
        e = take_lock(p, options->suffix, &process->lock);
    }
    if (e == OK) {
        e = open_signals(&process->signals);
    }
    return e;
}

int process_open(int argc, char **argv, const struct program *program, struct process *out)
{
    pid_t parent = getppid();
    struct options options = {0};
    int status = read_options(argc, argv, program, &options);
    if (status != PROCESS_GOES_ON) {
        return status;
    }
    log_open(program->name, LEVEL_INFO);
    if (!tied_to_parent(parent)) {
        log_error("the process that started this one has ended");
        return EXIT_FAILURE;
    }
    struct process process = {.name = program->name, .lock = -1, .signals = -1};
    char unique[ID_SIZE];
    id_new(unique);
    snprintf(process.instance, sizeof(process.instance), "%s#%s", program->name, unique);
    if (open_parts(program, &options, &process) != OK) {
        process_close(&process);
        return EXIT_FAILURE;
    }
    *out = process;
    zsys_handler_set(NULL); /* before any socket: czmq would take the signals over */
    return PROCESS_GOES_ON;
}

void process_forbid_cores(void)
{
    const struct rlimit none = {0};
    int filter = open("/proc/self/coredump_filter", O_WRONLY | O_CLOEXEC);
    bool kept = setrlimit(RLIMIT_CORE, &none) == 0 && write(filter, "0", 1) == 1;
    if (filter >= 0) {
        close(filter);
    }
    if (!kept) {
        log_warn("core files cannot be turned off, going on");
    }
}

enum err process_confine(struct process *process)
{
    return own_files_confine(process->name, process->config, &process->confined);
}

void process_pause(const struct process *process, int ms)
{
    struct pollfd signals = {.fd = process->signals, .events = POLLIN};
    (void)poll(&signals, 1, ms);
}

void process_close(struct process *process)
{
    if (process->signals >= 0) {
        close(process->signals);
    }
    if (process->lock >= 0) {
        close(process->lock);
    }
    config_close(&process->config);
}

uint64_t process_memory_bytes(void)
{
    char line[128] = {0}; /* pages: size, resident, … */
    FILE *statm = fopen("/proc/self/statm", "re");
    if (statm == NULL) {
        return 0;
    }
    const char *after_size = fgets(line, sizeof(line), statm) != NULL ? strchr(line, ' ') : NULL;
    fclose(statm);
    unsigned long long pages = after_size != NULL ? strtoull(after_size, NULL, 10) : 0;
    return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

/* SPDX-License-Identifier: MIT
 * hung.c - ends a process of ours that gives no sign of life, so that its supervisor starts it
 * anew. A descriptor of the process is held before it is looked at: its number cannot become
 * another's. */
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proto/base/log.h"
#include "proto/base/own.h"
#include "proto/bus/process.h"

/* A program that was replaced meanwhile is " (deleted)". */
static bool read_program(const char *link, char out[static PATH_MAX])
{
    ssize_t n = readlink(link, out, PATH_MAX - 1);
    out[n > 0 ? n : 0] = '\0';
    char *deleted = strstr(out, " (deleted)");
    if (deleted != NULL) {
        *deleted = '\0';
    }
    return n > 0;
}

static bool runs_program(int64_t pid, const char *name)
{
    char link[64];
    char theirs[PATH_MAX];
    char ours[PATH_MAX];
    (void)snprintf(link, sizeof(link), "/proc/%lld/exe", (long long)pid);
    if (!read_program(link, theirs) || !read_program("/proc/self/exe", ours)) {
        return false;
    }
    const char *slash = strrchr(ours, '/');
    size_t folder = slash != NULL ? (size_t)(slash - ours) + 1 : 0;
    return folder > 0 && strncmp(theirs, ours, folder) == 0 &&
           strncmp(theirs + folder, "playbus-", 8) == 0 && strcmp(theirs + folder + 8, name) == 0;
}

static bool shares_folder(int64_t pid)
{
    char link[64];
    struct stat theirs;
    struct stat ours;
    (void)snprintf(link, sizeof(link), "/proc/%lld/cwd", (long long)pid);
    return stat(link, &theirs) == 0 && stat(".", &ours) == 0 && theirs.st_ino == ours.st_ino &&
           theirs.st_dev == ours.st_dev;
}

static bool is_ours(int64_t pid, const char *name)
{
    return runs_program(pid, name) && shares_folder(pid);
}

bool process_is_there(int64_t pid, const char *name)
{
    return pid > 1 && is_ours(pid, name);
}

bool process_end_hung(int64_t pid, const char *name)
{
    if (pid <= 1 || pid > INT_MAX || pid == getpid()) {
        return false;
    }
    OWNED(fd_release) int process = pidfd_open((pid_t)pid, 0);
    if (process < 0 || !is_ours(pid, name)) {
        return false;
    }
    log_warn("%s gives no sign of life, ending it so that it is started again pid=%lld", name,
             (long long)pid);
    return pidfd_send_signal(process, SIGKILL, NULL, 0) == 0;
}

/* SPDX-License-Identifier: MIT
 * hung.c - ends a process of ours that gives no sign of life, so that its supervisor starts it
 * anew. That it is ours is known by the lock in our data folder: the kernel says which process
 * holds it, also to one that is confined and cannot look into others. A descriptor of the process
 * is held before it is asked for: its number cannot become another's. */
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <unistd.h>

#include "proto/base/log.h"
#include "proto/base/own.h"
#include "proto/bus/process.h"

pid_t process_lock_holder(const char *lock)
{
    struct flock mark = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    OWNED(fd_release) int fd = open(lock, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    bool held = fd >= 0 && fcntl(fd, F_GETLK, &mark) == 0 && mark.l_type != F_UNLCK;
    return held ? mark.l_pid : 0;
}

static void close_dir(DIR **dir)
{
    if (*dir != NULL) {
        (void)closedir(*dir);
        *dir = NULL;
    }
}

/* Of which there are several, each has a lock with its --name: run/import-worker-2.lock. */
static bool holds_named_lock(pid_t pid, const char *name)
{
    OWNED(close_dir) DIR *run = opendir("run");
    size_t size = strlen(name);
    for (const struct dirent *entry; run != NULL && (entry = readdir(run)) != NULL;) {
        char path[NAME_MAX + 8];
        size_t length = strlen(entry->d_name);
        if (length > size + 5 && strncmp(entry->d_name, name, size) == 0 &&
            entry->d_name[size] == '-' && strcmp(entry->d_name + length - 5, ".lock") == 0) {
            (void)snprintf(path, sizeof(path), "run/%s", entry->d_name);
            if (process_lock_holder(path) == pid) {
                return true;
            }
        }
    }
    return false;
}

static bool is_ours(pid_t pid, const char *name)
{
    char path[128];
    (void)snprintf(path, sizeof(path), "run/%.100s.lock", name);
    return process_lock_holder(path) == pid || holds_named_lock(pid, name);
}

bool process_is_there(int64_t pid, const char *name)
{
    return pid > 1 && pid <= INT_MAX && is_ours((pid_t)pid, name);
}

bool process_end_hung(int64_t pid, const char *name)
{
    if (pid <= 1 || pid > INT_MAX || pid == getpid()) {
        return false;
    }
    OWNED(fd_release) int process = pidfd_open((pid_t)pid, 0);
    if (process < 0 || !is_ours((pid_t)pid, name)) {
        return false;
    }
    log_warn("%s gives no sign of life, ending it so that it is started again pid=%lld", name,
             (long long)pid);
    return pidfd_send_signal(process, SIGKILL, NULL, 0) == 0;
}

/* SPDX-License-Identifier: MIT
 * data_folder_locks.c - who holds the locks of a data folder.
 *
 * They are looked up in /proc and never tried: a probe that took one for an instant could make an
 * actor that starts at that instant believe another one holds it. */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "actors/cli/calls.h"
#include "actors/cli/data_folder.h"
#include "actors/cli/supervisor.h"
#include "proto/bus/process.h"

/* A line of /proc/locks: `4: FLOCK ADVISORY WRITE 1234 fe:01:5678 0 EOF`. The device there is not
 * always the one stat() gives (btrfs, overlays), so the number of the file decides, together with
 * the pid that the holder wrote into it. */
static bool is_lock_of(const char *line, unsigned long long inode, pid_t *out_pid)
{
    const char *kind = strstr(line, ": FLOCK");
    const char *at = kind == NULL ? NULL : kind + strlen(": FLOCK");
    for (int word = 0; at != NULL && word < 2; word++) { /* ADVISORY, WRITE */
        at += strspn(at, " ");
        at = strchr(at, ' ');
    }
    if (at == NULL) {
        return false;
    }
    char *end = NULL;
    long pid = strtol(at, &end, 10);
    const char *device = strchr(end, ':');
    const char *number = device == NULL ? NULL : strchr(device + 1, ':');
    if (number == NULL || strtoull(number + 1, NULL, 10) != inode) {
        return false;
    }
    *out_pid = (pid_t)pid;
    return true;
}

static long written_pid(const char *lock_path)
{
    char text[32] = "";
    OWNED(close_file) FILE *file = fopen(lock_path, "re");
    if (file == NULL || fgets(text, sizeof(text), file) == NULL) {
        return 0;
    }
    return strtol(text, NULL, 10);
}

/* Is the descriptor one that the lock was taken through, or inherited from it? A backup that only
 * reads the file is nobody of ours. */
static bool holds_lock(long pid, const char *descriptor)
{
    char path[64];
    char line[256];
    (void)snprintf(path, sizeof(path), "/proc/%ld/fdinfo/%.20s", pid, descriptor);
    OWNED(close_file) FILE *about = fopen(path, "re");
    while (about != NULL && fgets(line, sizeof(line), about) != NULL) {
        if (strncmp(line, "lock:", 5) == 0 && strstr(line, "FLOCK") != NULL) {
            return true;
        }
    }
    return false;
}

static bool shares_lock(long pid, const struct stat *file)
{
    char path[64];
    (void)snprintf(path, sizeof(path), "/proc/%ld/fd", pid);
    OWNED(dir_release) DIR *fds = opendir(path);
    if (fds == NULL) {
        return false; /* gone, or not ours */
    }
    for (const struct dirent *entry = readdir(fds); entry != NULL; entry = readdir(fds)) {
        struct stat open_file;
        if (isdigit((unsigned char)entry->d_name[0]) &&
            fstatat(dirfd(fds), entry->d_name, &open_file, 0) == 0 &&
            open_file.st_ino == file->st_ino && open_file.st_dev == file->st_dev &&
            holds_lock(pid, entry->d_name)) {
            return true;
        }
    }
    return false;
}

/* Whose descriptors may not be looked at (a member of access.cli_group asks) stands in /proc/locks;
 * where that is hidden (ProcSubset=pid) the asker is the service user, and the descriptors tell.
 * `pid` 0: of whichever process. */
static pid_t find_in_proc_locks(pid_t pid, unsigned long long inode)
{
    char line[256];
    pid_t holder = 0;
    OWNED(close_file) FILE *locks = fopen("/proc/locks", "re");
    while (locks != NULL && fgets(line, sizeof(line), locks) != NULL) {
        if (is_lock_of(line, inode, &holder) && holder > 0 && (pid == 0 || holder == pid) &&
            (kill(holder, 0) == 0 || errno == EPERM)) {
            return holder;
        }
    }
    return 0;
}

pid_t data_folder_lock_holder(const char *lock_path)
{
    struct stat lock;
    long pid = written_pid(lock_path);
    if (stat(lock_path, &lock) != 0 || (pid <= 0 && access(lock_path, R_OK) == 0)) {
        return 0;
    }
    return pid > 0 && shares_lock(pid, &lock) ? (pid_t)pid
                                              : find_in_proc_locks((pid_t)pid, lock.st_ino);
}

size_t data_folder_lock_sharers(const char *path, pid_t *out_pids, size_t room)
{
    struct stat file;
    size_t found = 0;
    OWNED(dir_release) DIR *processes = opendir("/proc");
    if (processes == NULL || stat(path, &file) != 0) {
        return 0;
    }
    for (const struct dirent *entry = readdir(processes); entry != NULL;
         entry = readdir(processes)) {
        long pid = strtol(entry->d_name, NULL, 10);
        if (pid <= 0 || pid == (long)getpid() || !shares_lock(pid, &file)) {
            continue;
        }
        if (found < room) {
            out_pids[found] = (pid_t)pid;
        }
        found++;
    }
    return found;
}

/* The lock that an actor holds beside its flock() is told of to everybody, whoever can see it. */
bool data_folder_is_used_elsewhere(void)
{
    struct flock mark = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    OWNED(fd_release) int fd = open(BROKER_LOCK, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    return fd >= 0 && fcntl(fd, F_GETLK, &mark) == 0 && mark.l_type != F_UNLCK &&
           data_folder_lock_holder(BROKER_LOCK) == 0 &&
           data_folder_lock_holder(SUPERVISOR_OWNER_LOCK) == 0;
}

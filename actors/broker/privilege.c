/* SPDX-License-Identifier: MIT
 * privilege.c - commands that one actor alone may send, as they hand out what opens media servers.
 *
 * A name on the bus proves nothing, so the process is looked at: the kernel says which one is at
 * the other end of the connection (ZMTP's Peer-Address, on ipc "host:uid:gid:pid"), and whether
 * that one holds the actor's lock (/proc/PID/fdinfo). Where either cannot be told the answer is no.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "actors/broker/exchange.h"
#include "proto/base/own.h"

static const struct {
    enum msg_id command;
    const char *lock; /* of the actor that may send it */
} privileges[] = {{MSG_server_credentials_get, "run/plex.lock"}};

static void close_dir(DIR **dir)
{
    if (*dir != NULL) {
        (void)closedir(*dir);
        *dir = NULL;
    }
}

/* 0: not known. */
static long peer_pid(zmq_msg_t *frame)
{
    const char *address = zmq_msg_gets(frame, "Peer-Address");
    const char *colon = address != NULL ? strrchr(address, ':') : NULL;
    char *end = NULL;
    long pid = colon != NULL ? strtol(colon + 1, &end, 10) : 0;
    return pid > 0 && *end == '\0' && strchr(address, ':') != colon ? pid : 0;
}

/* Is the open file of this number locked through it? */
static bool locks(long pid, const char *fd)
{
    char path[64];
    char line[256];
    bool found = false;
    (void)snprintf(path, sizeof(path), "/proc/%ld/fdinfo/%.10s", pid, fd);
    FILE *in = fopen(path, "re");
    while (in != NULL && !found && fgets(line, sizeof(line), in) != NULL) {
        found = strncmp(line, "lock:", 5) == 0 && strstr(line, "FLOCK") != NULL &&
                strstr(line, "WRITE") != NULL;
    }
    if (in != NULL) {
        (void)fclose(in);
    }
    return found;
}

static bool holds_lock(long pid, const char *lock_path)
{
    char path[64];
    struct stat lock;
    struct stat file;
    (void)snprintf(path, sizeof(path), "/proc/%ld/fd", pid);
    OWNED(close_dir) DIR *files = opendir(path);
    if (files == NULL || stat(lock_path, &lock) != 0) {
        return false;
    }
    for (const struct dirent *entry = readdir(files); entry != NULL; entry = readdir(files)) {
        bool same = fstatat(dirfd(files), entry->d_name, &file, 0) == 0 &&
                    file.st_ino == lock.st_ino && file.st_dev == lock.st_dev;
        if (same && locks(pid, entry->d_name)) {
            return true;
        }
    }
    return false;
}

bool privilege_allows(const struct inbound *p)
{
    for (size_t i = 0; i < COUNT_OF(privileges); i++) {
        if (p->label.name == privileges[i].command) {
            long pid = peer_pid(p->head);
            return pid > 0 && holds_lock(pid, privileges[i].lock);
        }
    }
    return true;
}

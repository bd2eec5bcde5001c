/* SPDX-License-Identifier: MIT
 * run_files.c - written beside and renamed, so that a reader finds the old text or the new one,
 * never half of it, and nobody else can have opened it before its mode was set. */
#include "gateway/access/run_files.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proto/base/log.h"

static enum err failed(const char *what, const char *path)
{
    log_error("%s path=%s error=%s", what, path, strerror(errno));
    return ERR_SYSTEM;
}

static enum err find_group(const char *name, gid_t *out)
{
    char room[4096];
    struct group found, *group = NULL;
    if (getgrnam_r(name, &found, room, sizeof room, &group) != 0 || group == NULL) {
        log_error("access.cli_group=%s is no group of this machine", name);
        return ERR_BAD_SETTING;
    }
    *out = group->gr_gid;
    return OK;
}

/* The folders above it can be entered by the group; everything else in them is 0600 or 0700. */
static enum err let_group_in(gid_t group)
{
    static const char *const folders[] = {".", "run"};
    for (size_t i = 0; i < COUNT_OF(folders); i++) {
        if (chown(folders[i], (uid_t)-1, group) != 0 || chmod(folders[i], 0710) != 0) {
            return failed("a folder cannot be given to access.cli_group", folders[i]);
        }
    }
    return OK;
}

static enum err write_part(const char *part, const char *text, const gid_t *group)
{
    OWNED(fd_release)
    int fd = open(part, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0) {
        return failed("a file for the command line cannot be made", part);
    }
    if (dprintf(fd, "%s\n", text) < 0) {
        return failed("a file for the command line cannot be written", part);
    }
    if (group != NULL && (fchown(fd, (uid_t)-1, *group) != 0 || fchmod(fd, 0640) != 0)) {
        return failed("a file cannot be given to access.cli_group", part);
    }
    return OK;
}

enum err run_file_write(const char *path, const char *text, const char *group)
{
    char part[64];
    gid_t gid = 0;
    bool shared = group[0] != '\0';
    enum err e = shared ? find_group(group, &gid) : OK;
    e = e == OK && shared ? let_group_in(gid) : e;
    if (e != OK) {
        return e;
    }
    snprintf(part, sizeof part, "%s.part", path);
    unlink(part); /* of a start that was killed */
    e = write_part(part, text, shared ? &gid : NULL);
    if (e == OK && rename(part, path) != 0) {
        e = failed("a file for the command line cannot be put in place", path);
    }
    if (e != OK) {
        unlink(part);
    }
    return e;
}

void run_file_remove(const char *path)
{
    if (unlink(path) != 0 && errno != ENOENT) {
        log_warn("a used secret's file stays path=%s error=%s, it is worth nothing any more", path,
                 strerror(errno));
    }
}

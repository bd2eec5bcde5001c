/* SPDX-License-Identifier: MIT
 * source_place.c - where a file lies: its folder, held open, and its name there.
 *
 * A path that was found to lie within an allowed folder is walked name by name, and no link is
 * followed: so what is opened lies where the path says, whatever was swapped meanwhile. It is what
 * openat2 does with RESOLVE_NO_SYMLINKS, which the filters of older containers refuse. */
#include "actors/tautulli/source_place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Takes the next name off a path, without the slashes around it; false at the end or if too long.
 */
static bool next_name(const char **path, char *out)
{
    *path += strspn(*path, "/");
    size_t size = strcspn(*path, "/");
    if (size == 0 || size > NAME_MAX) {
        return false;
    }
    memcpy(out, *path, size);
    out[size] = '\0';
    *path += size;
    return true;
}

int folder_open(const char *path)
{
    char name[NAME_MAX + 1];
    OWNED(fd_release) int folder = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    while (folder >= 0 && next_name(&path, name)) {
        int next = openat(folder, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        int error = errno;
        fd_release(&folder);
        folder = next;
        errno = error;
    }
    if (folder >= 0 && path[strspn(path, "/")] != '\0') {
        errno = ENAMETOOLONG;
        return -1;
    }
    int found = folder;
    folder = -1;
    return found;
}

int place_open(const char *path, struct place *out)
{
    const char *slash = strrchr(path, '/');
    if (path[0] != '/' || slash[1] == '\0') {
        return EINVAL;
    }
    if (strlen(slash + 1) > NAME_MAX || slash - path >= PATH_MAX) {
        return ENAMETOOLONG;
    }
    char folder[PATH_MAX];
    memcpy(folder, path, (size_t)(slash - path));
    folder[slash - path] = '\0';
    out->folder = folder_open(folder);
    if (out->folder < 0) {
        return errno;
    }
    (void)stpcpy(out->name, slash + 1);
    return 0;
}

void place_release(struct place *p)
{
    fd_release(&p->folder);
}

const char *place_name(const struct place *p, const char *suffix, char *out)
{
    (void)snprintf(out, PLACE_NAME, "%s%s", p->name, suffix);
    return out;
}

/* What is no regular file is not even opened; and should it become one in between, not read. */
int place_file(const struct place *p, const char *suffix)
{
    char name[PLACE_NAME];
    struct stat found;
    (void)place_name(p, suffix, name);
    if (fstatat(p->folder, name, &found, AT_SYMLINK_NOFOLLOW) != 0) {
        return -1;
    }
    OWNED(fd_release) int fd = -1;
    if (S_ISREG(found.st_mode)) {
        fd = openat(p->folder, name, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY);
        if (fd < 0 || fstat(fd, &found) != 0) {
            return -1;
        }
    }
    if (!S_ISREG(found.st_mode)) {
        errno = S_ISLNK(found.st_mode) ? ELOOP : EINVAL;
        return -1;
    }
    int regular = fd;
    fd = -1;
    return regular;
}

int place_make(const struct place *p, const char *suffix, bool anew)
{
    char name[PLACE_NAME];
    return openat(p->folder, place_name(p, suffix, name),
                  O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | (anew ? O_TRUNC : 0),
                  0600);
}

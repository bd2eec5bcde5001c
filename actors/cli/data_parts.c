/* SPDX-License-Identifier: MIT
 * data_parts.c - the table of what a backup holds, and how its files are copied: new ones, for
 * their owner alone, on the disk when it returns; links are not followed. */
#include "actors/cli/data_parts.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "actors/cli/cli.h"
#include "actors/cli/data_folder.h"
#include "actors/cli/say.h"
#include "actors/shared/audit_keys.h"

const struct data_part data_parts[DATA_PARTS] = {
    {"keys", PART_FOLDER},       {"servers", PART_FOLDER},    {DATA_SETTINGS, PART_FILE},
    {"history.db", PART_STORE},  {"accounts.db", PART_STORE}, {"servers.db", PART_STORE},
    {AUDIT_DB_FILE, PART_STORE}, {"audit", PART_FOLDER},
};

static enum err error_now(void)
{
    return errno == EACCES ? ERR_ACCESS_DENIED : err_from_errno(errno);
}

enum err parts_failed(const char *path)
{
    enum err e = error_now();
    err_about("%s: %s", path, strerror(errno));
    return e;
}

static enum err copy_bytes(int from, int to, const char *path)
{
    for (ssize_t n = 1; n > 0;) {
        n = sendfile(to, from, NULL, 1 << 20);
        if (n < 0) {
            return parts_failed(path);
        }
    }
    return fsync(to) == 0 ? OK : parts_failed(path);
}

enum err parts_copy_file(const char *path, const char *name, const char *into)
{
    char copy[PATH_MAX];
    (void)snprintf(copy, sizeof(copy), "%s/%s", into, name);
    int from = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (from < 0) {
        return errno == ENOENT ? OK : parts_failed(path);
    }
    int to = open(copy, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    enum err e = to >= 0 ? copy_bytes(from, to, path) : parts_failed(copy);
    (void)close(from);
    if (to >= 0 && close(to) != 0 && e == OK) {
        e = parts_failed(copy);
    }
    return e;
}

/* Into a folder of the same name, which is made for the first of them. */
static enum err copy_inner(const char *folder, const char *name, const char *into)
{
    char made[PATH_MAX];
    char path[PATH_MAX];
    struct stat st;
    (void)snprintf(path, sizeof(path), "%s/%.255s", folder, name);
    /* The head was copied before the log, and must not tell of later entries. */
    if (lstat(path, &st) != 0 || !S_ISREG(st.st_mode) || strcmp(path, AUDIT_HEAD_FILE) == 0) {
        return OK;
    }
    (void)snprintf(made, sizeof(made), "%s/%s", into, folder);
    return mkdir(made, 0700) == 0 || errno == EEXIST ? parts_copy_file(path, path, into)
                                                     : parts_failed(made);
}

enum err parts_sync_folder(const char *path)
{
    OWNED(fd_release) int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return fd >= 0 && fsync(fd) == 0 ? OK : parts_failed(path);
}

static enum err sync_copy(const char *folder, const char *into)
{
    char made[PATH_MAX];
    struct stat st;
    (void)snprintf(made, sizeof(made), "%s/%s", into, folder);
    return lstat(made, &st) == 0 ? parts_sync_folder(made) : OK; /* there was nothing to copy */
}

enum err parts_copy_folder(const char *path, const char *into)
{
    OWNED(dir_release) DIR *dir = opendir(path);
    if (dir == NULL) {
        return errno == ENOENT ? OK : parts_failed(path);
    }
    enum err e = OK;
    for (const struct dirent *entry; e == OK && (entry = readdir(dir)) != NULL;) {
        e = copy_inner(path, entry->d_name, into);
    }
    return e == OK ? sync_copy(path, into) : e;
}

enum err parts_absolute(const char *given, char out[static PATH_MAX])
{
    char here[PATH_MAX];
    size_t size = strlen(given);
    while (size > 1 && given[size - 1] == '/') {
        size--;
    }
    bool rooted = given[0] == '/';
    if (size == 0 || (!rooted && getcwd(here, sizeof(here)) == NULL)) {
        return ERR_FILE_NOT_FOUND;
    }
    int n = snprintf(out, PATH_MAX, "%s%s%.*s", rooted ? "" : here, rooted ? "" : "/", (int)size,
                     given);
    return n > 0 && n < PATH_MAX - NAME_MAX ? OK : ERR_FILE_NOT_FOUND;
}

bool parts_free(const char *path)
{
    struct stat st;
    if (lstat(path, &st) != 0) {
        return errno == ENOENT;
    }
    OWNED(dir_release) DIR *dir = S_ISDIR(st.st_mode) ? opendir(path) : NULL;
    size_t entries = 0;
    while (dir != NULL && entries <= 2 && readdir(dir) != NULL) {
        entries++;
    }
    return dir != NULL && entries <= 2; /* . and .. */
}

bool parts_are_torn(void)
{
    struct stat st;
    return lstat(RESTORE_MARK, &st) == 0;
}

int parts_say_torn(const char *folder)
{
    say(stderr,
        "playbus: a restore into %s did not end, nothing of it is used until it has\n"
        "  Run the same `playbus restore` again: it goes on where it was.\n",
        folder);
    return EXIT_CONFLICT;
}

int parts_say_denied(const char *what)
{
    char number[24];
    const struct passwd *user = getpwuid(geteuid());
    const char *name = user == NULL ? number : user->pw_name;
    (void)snprintf(number, sizeof(number), "%ld", (long)geteuid());
    say(stderr, "playbus: %s, user %s was refused: %s\n", what, name, err_about_text());
    if (data_folder_is_system(".")) { /* entered as its owner, also by root */
        say(stderr, "  A folder of its own: sudo install -d -o %s -m 700 /var/backups/playbus\n",
            name);
    } else {
        (void)fputs("  Name a folder that this user may use.\n", stderr);
    }
    return EXIT_FAILED;
}

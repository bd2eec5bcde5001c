/* SPDX-License-Identifier: MIT
 * backup.c - `playbus backup DIR`: a whole copy of a data folder, while it is in use or not.
 *
 * A database is copied with SQLite's backup in one step, that is of one snapshot: it ends however
 * much is written meanwhile, and holds nobody up. The audit log's head goes first, so that the copy
 * of the log is never behind it. DIR appears when all of it is there, or not at all. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "actors/cli/calls.h"
#include "actors/cli/cli.h"
#include "actors/cli/data_folder.h"
#include "actors/cli/say.h"
#include "actors/cli/table.h"
#include "actors/shared/audit_keys.h"
#include "proto/base/log.h"
#include "proto/store/sqlite.h"
#include "proto/store/store_file.h"

static enum err error_now(void)
{
    return errno == EACCES ? ERR_ACCESS_DENIED : err_from_errno(errno);
}

static enum err failed(const char *path)
{
    enum err e = error_now();
    err_about("%s: %s", path, strerror(errno));
    return e;
}

/* ---- files ---- */

static enum err copy_bytes(int from, int to, const char *path)
{
    for (ssize_t n = 1; n > 0;) {
        n = sendfile(to, from, NULL, 1 << 20);
        if (n < 0) {
            return failed(path);
        }
    }
    return fsync(to) == 0 ? OK : failed(path);
}

/* What is not there (no settings, no sealed segments yet) needs no copy. */
static enum err copy_file_as(const char *path, const char *name, const char *into)
{
    char copy[PATH_MAX];
    (void)snprintf(copy, sizeof(copy), "%s/%s", into, name);
    int from = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (from < 0) {
        return errno == ENOENT ? OK : failed(path);
    }
    int to = open(copy, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    enum err e = to >= 0 ? copy_bytes(from, to, path) : failed(copy);
    (void)close(from);
    if (to >= 0 && close(to) != 0 && e == OK) {
        e = failed(copy);
    }
    return e;
}

static enum err copy_file(const char *path, const char *into)
{
    return copy_file_as(path, path, into);
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
    return mkdir(made, 0700) == 0 || errno == EEXIST ? copy_file(path, into) : failed(made);
}

/* The regular files of a folder of ours; there are no folders in them. */
static enum err copy_folder(const char *path, const char *into)
{
    OWNED(dir_release) DIR *dir = opendir(path);
    if (dir == NULL) {
        return errno == ENOENT ? OK : failed(path);
    }
    enum err e = OK;
    for (const struct dirent *entry; e == OK && (entry = readdir(dir)) != NULL;) {
        e = copy_inner(path, entry->d_name, into);
    }
    return e;
}

/* ---- databases ---- */

static enum err copy_all_pages(sqlite3 *from, sqlite3 *to)
{
    sqlite3_backup *backup = sqlite3_backup_init(to, "main", from, "main");
    if (backup == NULL) {
        return db_error(to, sqlite3_errcode(to));
    }
    int stepped = sqlite3_backup_step(backup, -1);
    int finished = sqlite3_backup_finish(backup);
    if (stepped == SQLITE_DONE && finished == SQLITE_OK) {
        return OK;
    }
    return db_error(to, finished != SQLITE_OK ? finished : stepped);
}

static enum err copy_store(const char *path, const char *into)
{
    char copy[PATH_MAX];
    char mark[PATH_MAX];
    struct stat st;
    OWNED(db_close) sqlite3 *from = NULL;
    OWNED(db_close) sqlite3 *to = NULL;
    (void)snprintf(copy, sizeof(copy), "%s/%s", into, path);
    (void)snprintf(mark, sizeof(mark), "%s" STORE_MARK_SUFFIX, path);
    bool there = stat(path, &st) == 0 && st.st_size > 0;
    if (!there && access(mark, F_OK) != 0) {
        return OK; /* never made */
    }
    if (!there) {
        err_about("%s", path);
        return ERR_STORE_LOST;
    }
    enum err e = db_open_reader(path, &from);
    e = e == OK ? db_open_writer(copy, &to) : e;
    return e == OK ? copy_all_pages(from, to) : e;
}

/* ---- the whole ---- */

static enum err copy_everything(const char *into)
{
    enum err e = copy_file_as(AUDIT_HEAD_FILE, AUDIT_HEAD_COPY, into);
    e = e == OK ? copy_folder("keys", into) : e;
    e = e == OK ? copy_folder("servers", into) : e;
    e = e == OK ? copy_file("playbus.conf", into) : e;
    e = e == OK ? copy_store("history.db", into) : e;
    e = e == OK ? copy_store("accounts.db", into) : e;
    e = e == OK ? copy_store("servers.db", into) : e;
    e = e == OK ? copy_store("audit.db", into) : e;
    return e == OK ? copy_folder("audit", into) : e; /* after the log that entries leave for it */
}

/* An absolute path: we are about to change into the data folder. */
static enum err absolute(const char *given, char out[static PATH_MAX])
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

static bool is_free(const char *path)
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

static enum err back_up(const char *target, const char *part)
{
    enum err e = mkdir(part, 0700) == 0 ? OK : failed(part);
    if (e != OK) {
        return e;
    }
    e = copy_everything(part);
    if (e == OK && rename(part, target) != 0) {
        e = failed(target);
    }
    if (e != OK) {
        remove_tree(part);
    }
    return e;
}

/* What a walk over a copy has found. */
static struct {
    long files;
    int64_t bytes;
} copied;

static int count_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)path;
    (void)ftw;
    copied.files += type == FTW_F;
    copied.bytes += type == FTW_F ? st->st_size : 0;
    return 0;
}

static void say_copied(const char *folder, const char *target)
{
    char files[NUMBER_SIZE];
    char bytes[NUMBER_SIZE];
    (void)nftw(target, count_entry, 16, FTW_PHYS);
    say(stderr, "Copied %s files, %s KiB\n  from  %s\n  into  %s\n",
        number_text(copied.files, files), number_text((copied.bytes + 1023) / 1024, bytes), folder,
        target);
}

int command_backup(const struct options *o)
{
    char folder[PATH_MAX];
    char target[PATH_MAX];
    char part[PATH_MAX + 32];
    log_open("playbus", LEVEL_ERROR);
    enum err e = absolute(o->argument, target);
    if (e != OK || !is_free(target)) {
        say(stderr,
            "playbus: %s is there already, and is not an empty folder\n"
            "  Name a folder that does not exist yet.\n",
            o->argument);
        return EXIT_USAGE;
    }
    e = data_folder_enter(o->data, false, folder);
    if (e != OK) {
        return data_folder_say_error(e, o->data);
    }
    (void)snprintf(part, sizeof(part), "%s.part-%ld", target, (long)getpid());
    e = back_up(target, part);
    if (e == OK) {
        say_copied(folder, target);
    }
    return e == OK ? EXIT_COMPLETED : say_error(e, "no backup was made, %s", err_about_text());
}

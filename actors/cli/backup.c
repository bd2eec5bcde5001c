/* SPDX-License-Identifier: MIT
 * backup.c - `playbus backup DIR`: a whole copy of a data folder, while it is in use or not.
 *
 * A database is copied with SQLite's backup in one step, that is of one snapshot: it ends however
 * much is written meanwhile, and holds nobody up. The audit log's head goes first, so that the copy
 * of the log is never behind it. DIR appears when all of it is there, or not at all: until then it
 * is DIR.part, marked as unfinished and locked by that mark, and the next backup clears away what a
 * killed one left there. */
#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "actors/cli/calls.h"
#include "actors/cli/cli.h"
#include "actors/cli/data_folder.h"
#include "actors/cli/data_parts.h"
#include "actors/cli/say.h"
#include "actors/cli/table.h"
#include "actors/shared/audit_keys.h"
#include "proto/base/log.h"
#include "proto/store/sqlite.h"
#include "proto/store/store_file.h"

#define SERVERS_KEY "servers/servers.key"
#define KEY_TRIES 5

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
    char copy[PATH_MAX + 64];
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

/* They may be a link to a file in /etc: its text is what counts. */
static enum err copy_settings(const char *into)
{
    char *real = realpath(DATA_SETTINGS, NULL);
    if (real == NULL) {
        return errno == ENOENT ? OK : parts_failed(DATA_SETTINGS);
    }
    enum err e = parts_copy_file(real, DATA_SETTINGS, into);
    free(real);
    return e;
}

static enum err copy_part(const struct data_part *part, const char *into)
{
    switch (part->kind) {
    case PART_STORE:
        return copy_store(part->path, into);
    case PART_FOLDER:
        return parts_copy_folder(part->path, into);
    default:
        return copy_settings(into);
    }
}

static enum err copy_everything(const char *into)
{
    enum err e = parts_copy_file(AUDIT_HEAD_FILE, AUDIT_HEAD_COPY, into);
    for (size_t i = 0; e == OK && i < DATA_PARTS; i++) {
        e = copy_part(&data_parts[i], into);
    }
    return e;
}

/* Which files the keys are: each change of a key puts another in the place of one. */
struct key_files {
    struct {
        ino_t number;
        struct timespec changed;
    } files[3];
};

static void look_at_keys(struct key_files *out)
{
    static const char *const paths[] = {AUDIT_SECRET_FILE, AUDIT_PUBLIC_FILE, SERVERS_KEY};
    *out = (struct key_files){0};
    for (size_t i = 0; i < COUNT_OF(paths); i++) {
        struct stat st;
        if (stat(paths[i], &st) == 0) {
            out->files[i].number = st.st_ino;
            out->files[i].changed = st.st_mtim;
        }
    }
}

static bool same_keys(const struct key_files *a, const struct key_files *b)
{
    for (size_t i = 0; i < COUNT_OF(a->files); i++) {
        if (a->files[i].number != b->files[i].number ||
            a->files[i].changed.tv_sec != b->files[i].changed.tv_sec ||
            a->files[i].changed.tv_nsec != b->files[i].changed.tv_nsec) {
            return false;
        }
    }
    return true;
}

/* ---- what is not finished ---- */

enum { MARK_SIZE = PATH_MAX + 64 };

static void mark_of(const char *part, char out[static MARK_SIZE])
{
    (void)snprintf(out, MARK_SIZE, "%s/" BACKUP_MARK, part);
}

static bool is_marked(const char *part)
{
    char mark[MARK_SIZE];
    struct stat st;
    mark_of(part, mark);
    return lstat(part, &st) == 0 && S_ISDIR(st.st_mode) && st.st_uid == geteuid() &&
           lstat(mark, &st) == 0;
}

/* All but the mark, which tells until the end whose it is. */
static enum err clear(const char *part)
{
    OWNED(dir_release) DIR *dir = opendir(part);
    const struct dirent *entry = NULL;
    while (dir != NULL && (entry = readdir(dir)) != NULL) {
        const char *name = entry->d_name;
        char path[PATH_MAX + 64 + NAME_MAX];
        (void)snprintf(path, sizeof(path), "%s/%s", part, name);
        if (strcmp(name, ".") != 0 && strcmp(name, "..") != 0 && strcmp(name, BACKUP_MARK) != 0 &&
            !remove_tree(path)) {
            return parts_failed(path);
        }
    }
    return dir != NULL ? OK : parts_failed(part);
}

static enum err drop_mark(const char *part)
{
    char mark[MARK_SIZE];
    mark_of(part, mark);
    return unlink(mark) == 0 ? OK : parts_failed(mark);
}

/* Makes it, or takes over that of a backup that was killed. ALREADY_RUNNING: of one that lives. */
static enum err take_part(const char *part, int *out_lock)
{
    char mark[MARK_SIZE];
    mark_of(part, mark);
    if (mkdir(part, 0700) != 0 && errno != EEXIST) {
        return parts_failed(part);
    }
    err_about("%s", mark);
    return data_folder_lock(mark, false, out_lock);
}

/* A key that was changed meanwhile may not be the one of the copied database: then once more. */
static enum err copy_with_keys(const char *part)
{
    struct key_files before;
    struct key_files after;
    for (int i = 0; i < KEY_TRIES; i++) {
        look_at_keys(&before);
        enum err e = clear(part);
        e = e == OK ? copy_everything(part) : e;
        look_at_keys(&after);
        if (e != OK || same_keys(&before, &after)) {
            return e;
        }
    }
    err_about("a key is changed again and again");
    return ERR_TIMEOUT;
}

/* On the disk before it has its name, and its name too before anybody is told. */
static enum err finish(const char *part, const char *target)
{
    char around[PATH_MAX];
    (void)snprintf(around, sizeof(around), "%s", target);
    enum err e = drop_mark(part);
    e = e == OK ? parts_sync_folder(part) : e;
    if (e == OK && rename(part, target) != 0) {
        e = parts_failed(target);
    }
    return e == OK ? parts_sync_folder(dirname(around)) : e;
}

static enum err back_up(const char *target, const char *part)
{
    enum err e = copy_with_keys(part);
    e = e == OK ? finish(part, target) : e;
    if (e != OK && clear(part) == OK) {
        (void)remove_tree(part); /* the mark last */
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
    enum err e = parts_absolute(o->argument, target);
    if (e != OK || !parts_free(target)) {
        say(stderr,
            "playbus: %s is there already, and is not an empty folder\n"
            "  Name a folder that does not exist yet.\n",
            o->argument);
        return EXIT_USAGE;
    }
    e = data_folder_enter(o->data, false, folder);
    e = e == OK && data_folder_is_guest() ? ERR_ACCESS_DENIED : e;
    if (e != OK) {
        return data_folder_say_error(e, o->data);
    }
    if (parts_are_torn()) {
        return parts_say_torn(folder);
    }
    (void)snprintf(part, sizeof(part), "%s.part", target);
    OWNED(fd_release) int lock = -1;
    if (access(part, F_OK) == 0 && !parts_free(part) && !is_marked(part)) {
        say(stderr,
            "playbus: %s is there already, and is no backup that was cut off\n"
            "  Move it away, or name another folder.\n",
            part);
        return EXIT_USAGE;
    }
    e = take_part(part, &lock);
    if (e == ERR_ALREADY_RUNNING) {
        say(stderr,
            "playbus: another backup is under way into %s\n"
            "  Wait for its end, or name another folder.\n",
            part);
        return EXIT_CONFLICT;
    }
    e = e == OK ? back_up(target, part) : e;
    if (e == ERR_ACCESS_DENIED) {
        return parts_say_denied("no backup was made");
    }
    if (e == OK) {
        say_copied(folder, target);
    }
    return e == OK ? EXIT_COMPLETED : say_error(e, "no backup was made, %s", err_about_text());
}

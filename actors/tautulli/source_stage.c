/* SPDX-License-Identifier: MIT
 * source_stage.c - private copies of sources that cannot be read where they are.
 *
 * A copy taken while somebody writes reads as malformed, so the sizes, times and the salts of the
 * -wal are compared before and after. A finished copy has its -wal merged: it is one plain file. */
#include "actors/tautulli/source_stage.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "actors/tautulli/refuse.h"
#include "actors/tautulli/source_db.h"
#include "actors/tautulli/source_file.h"
#include "actors/tautulli/source_journal.h"
#include "actors/tautulli/source_vfs.h"
#include "actors/tautulli/source_wal.h"
#include "proto/base/ids.h"
#include "proto/base/log.h"

#define COPY_TRIES 3
#define COPY_STEP (1U << 20)
#define DISK_RESERVE (64U << 20) /* bytes that copies leave free on the disk */
#define FOLDER_PREFIX "source-"

/* Bytes of all files in a folder and its folders; the staging folder is two levels deep. */
static uint64_t bytes_below(const char *folder, int depth)
{
    OWNED(dir_release) DIR *dir = opendir(folder);
    uint64_t sum = 0;
    for (struct dirent *entry; dir != NULL && (entry = readdir(dir)) != NULL;) {
        char path[PATH_MAX];
        struct stat found;
        if (entry->d_name[0] == '.' ||
            snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name) >= (int)sizeof(path) ||
            lstat(path, &found) != 0) {
            continue;
        }
        if (S_ISREG(found.st_mode)) {
            sum += (uint64_t)found.st_size;
        } else if (S_ISDIR(found.st_mode) && depth > 0) {
            sum += bytes_below(path, depth - 1);
        }
    }
    return sum;
}

enum err stage_room(const struct staging *staging, uint64_t bytes, struct arena *arena,
                    struct refusal *out_why)
{
    struct statvfs disk;
    if (statvfs(staging->dir, &disk) != 0) {
        return refuse(out_why, ERR_STAGING_FULL, "The staging folder cannot be used");
    }
    uint64_t free_bytes = (uint64_t)disk.f_bavail * disk.f_frsize;
    uint64_t used = bytes_below(staging->dir, 1);
    uint64_t left = staging->quota_bytes > used ? staging->quota_bytes - used : 0;
    uint64_t room = free_bytes > DISK_RESERVE ? free_bytes - DISK_RESERVE : 0;
    room = left < room ? left : room;
    if (bytes <= room) {
        return OK;
    }
    uint64_t needed_mib = (bytes >> 20) + 1;
    return refuse(out_why, ERR_STAGING_FULL,
                  arena_format(arena,
                               "The staging folder has room for %llu MiB, %llu MiB are needed",
                               (unsigned long long)(room >> 20), (unsigned long long)needed_mib));
}

enum err stage_new(const struct staging *staging, struct arena *arena, const char **out,
                   struct place *out_place, struct refusal *out_why)
{
    char id[ID_SIZE];
    id_new(id);
    const char *folder = arena_format(arena, "%s/" FOLDER_PREFIX "%s", staging->dir, id);
    if ((mkdir(staging->dir, 0700) != 0 && errno != EEXIST) || mkdir(folder, 0700) != 0) {
        return refuse(out_why, ERR_STAGING_FULL, "The staging folder cannot be written");
    }
    *out = arena_format(arena, "%s/" STAGED_NAME, folder);
    return place_open(*out, out_place) == 0
               ? OK
               : refuse(out_why, ERR_STAGING_FULL, "The staging folder cannot be used");
}

/* ---- removal ---- */

static void remove_folder(const char *folder)
{
    OWNED(dir_release) DIR *dir = opendir(folder);
    for (struct dirent *entry; dir != NULL && (entry = readdir(dir)) != NULL;) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
            (void)unlinkat(dirfd(dir), entry->d_name, 0);
        }
    }
    if (rmdir(folder) != 0 && errno != ENOENT) {
        log_warn("a staged copy could not be removed, the next start tries again");
    }
}

void source_remove_staged(const char *staging_dir, const char *staged_path)
{
    char folder[PATH_MAX];
    size_t size = strlen(staging_dir);
    if (strlen(staged_path) >= sizeof(folder) || strstr(staged_path, "/../") != NULL ||
        strncmp(staged_path, staging_dir, size) != 0 ||
        strncmp(staged_path + size, "/" FOLDER_PREFIX, strlen("/" FOLDER_PREFIX)) != 0) {
        return;
    }
    memcpy(folder, staged_path, strlen(staged_path) + 1);
    char *end = strchr(folder + size + 1, '/');
    if (end != NULL) {
        *end = '\0';
        remove_folder(folder);
    }
}

void staging_sweep(const char *staging_dir)
{
    OWNED(dir_release) DIR *dir = opendir(staging_dir);
    for (struct dirent *entry; dir != NULL && (entry = readdir(dir)) != NULL;) {
        char folder[PATH_MAX];
        if (strncmp(entry->d_name, FOLDER_PREFIX, strlen(FOLDER_PREFIX)) == 0 &&
            snprintf(folder, sizeof(folder), "%s/%s", staging_dir, entry->d_name) <
                (int)sizeof(folder)) {
            remove_folder(folder);
        }
    }
}

/* ---- copies ---- */

static enum err copy_error(int error, struct refusal *out_why)
{
    switch (error) {
    case ENOENT:
    case EACCES:
    case EPERM:
    case ELOOP:
    case EINVAL:
        return file_refuse(error, out_why);
    case ECANCELED:
        return refuse(out_why, ERR_TIMEOUT, NULL);
    case ENOSPC:
    case EDQUOT:
        return refuse(out_why, ERR_STAGING_FULL, NULL);
    default:
        return refuse(out_why, ERR_DATABASE_DAMAGED, "This file could not be read from the disk");
    }
}

/* 0 or an errno. A source that grows meanwhile is copied up to `bytes`. */
static int copy_bytes(int from, int to, int64_t bytes, const struct staging *staging)
{
    while (bytes > 0) {
        if (stage_cancelled(staging)) {
            return ECANCELED;
        }
        size_t step = bytes < COPY_STEP ? (size_t)bytes : COPY_STEP;
        ssize_t done = copy_file_range(from, NULL, to, NULL, step, 0);
        if (done < 0) {
            char buffer[65536];
            done = read(from, buffer, step < sizeof(buffer) ? step : sizeof(buffer));
            if (done > 0 && write(to, buffer, (size_t)done) != done) {
                return ENOSPC;
            }
        }
        if (done < 0 && errno != EINTR) {
            return errno;
        }
        if (done == 0) {
            return 0;
        }
        bytes -= done > 0 ? done : 0;
    }
    return 0;
}

static int copy_file(const struct place *from, const struct place *to, const char *suffix,
                     int64_t bytes, const struct staging *staging)
{
    OWNED(fd_release) int in = place_file(from, suffix);
    if (in < 0) {
        return errno;
    }
    OWNED(fd_release) int out = place_make(to, suffix, true);
    return out < 0 ? errno : copy_bytes(in, out, bytes, staging);
}

/* The salts change whenever a -wal begins anew. */
struct wal_salts {
    unsigned char bytes[8];
};

static struct wal_salts read_salts(const struct place *place)
{
    struct wal_salts salts = {0};
    OWNED(fd_release) int fd = place_file(place, "-wal");
    if (fd >= 0 && pread(fd, salts.bytes, sizeof(salts.bytes), 16) != sizeof(salts.bytes)) {
        memset(salts.bytes, 0, sizeof(salts.bytes));
    }
    return salts;
}

static void remove_beside(const struct place *copy, const char *suffix)
{
    char name[PLACE_NAME];
    (void)unlinkat(copy->folder, place_name(copy, suffix, name), 0);
}

static int copy_neighbour(const struct place *from, const struct place *to, const char *suffix,
                          const struct file_stat *stat, const struct staging *staging)
{
    if (!stat->there || stat->bytes == 0) {
        remove_beside(to, suffix);
        return 0;
    }
    return copy_file(from, to, suffix, stat->bytes, staging);
}

/* One attempt; *out_torn if somebody wrote meanwhile. */
static enum err copy_once(const struct place *from, const struct place *to,
                          const struct staging *staging, bool *out_torn, struct refusal *out_why)
{
    struct surroundings before;
    struct surroundings after;
    surroundings_read(from, &before);
    struct wal_salts salts = read_salts(from);
    int error = copy_file(from, to, "", before.main.bytes, staging);
    if (error == 0) {
        error = copy_neighbour(from, to, "-wal", &before.wal, staging);
    }
    if (error == 0) {
        error = copy_neighbour(from, to, "-journal", &before.journal, staging);
    }
    if (error == ECANCELED) {
        return copy_error(error, out_why);
    }
    surroundings_read(from, &after);
    struct wal_salts salts_after = read_salts(from);
    *out_torn =
        !surroundings_equal(&before, &after) || memcmp(&salts, &salts_after, sizeof(salts)) != 0;
    return error == 0 || *out_torn ? OK : copy_error(error, out_why);
}

/* Opens the copy for writing once: SQLite merges the -wal, or rolls an unfinished change back.
 * Nobody else has it open, so the index of the -wal is SQLite's own memory. */
enum err stage_settle(const struct place *copy, const struct staging *staging,
                      struct refusal *out_why)
{
    if (journal_names_others(copy)) {
        return journal_refuse(out_why);
    }
    OWNED(source_vfs_close) sqlite3 *db = NULL;
    int result = source_vfs_open(copy, VFS_PRIVATE, staging->quota_bytes, &db);
    if (result == SQLITE_OK) {
        (void)sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
        (void)sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
        result = sqlite3_exec(db, "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = DELETE",
                              NULL, NULL, NULL);
    }
    source_vfs_close(&db);
    if (result != SQLITE_OK) {
        return refuse(out_why, source_db_error(result), NULL);
    }
    /* A -journal that is not hot stays where it lies; the copy is whole without it. */
    remove_beside(copy, "-journal");
    remove_beside(copy, "-wal");
    return OK;
}

static enum err copy_whole(const struct place *from, const struct place *to,
                           const struct staging *staging, struct arena *arena,
                           struct refusal *out_why)
{
    struct surroundings around;
    surroundings_read(from, &around);
    /* Merging needs the -wal's pages a second time. */
    uint64_t bytes = (uint64_t)(around.main.bytes + 2 * around.wal.bytes + around.journal.bytes);
    enum err e = stage_room(staging, bytes, arena, out_why);
    bool torn = true;
    for (int i = 0; e == OK && torn && i < COPY_TRIES; i++) {
        e = copy_once(from, to, staging, &torn, out_why);
    }
    if (e == OK && torn) {
        e = refuse(out_why, ERR_DATABASE_BUSY, NULL);
    }
    if (e == OK) {
        e = wal_belongs(to) ? stage_settle(to, staging, out_why) : wal_refuse(out_why);
    }
    return e;
}

enum err stage_copy(const struct place *from, const struct staging *staging, struct arena *arena,
                    const char **out, struct refusal *out_why)
{
    OWNED(place_release) struct place to = PLACE_NONE;
    const char *copy = NULL;
    enum err e = stage_new(staging, arena, &copy, &to, out_why);
    if (e != OK) {
        return e;
    }
    e = copy_whole(from, &to, staging, arena, out_why);
    if (e != OK) {
        source_remove_staged(staging->dir, copy);
        return e;
    }
    *out = copy;
    return OK;
}

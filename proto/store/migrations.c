/* SPDX-License-Identifier: MIT
 * migrations.c - numbered steps of any of our databases; PRAGMA user_version counts those taken. */
#include "proto/store/migrations.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "proto/base/log.h"
#include "proto/store/sqlite.h"

static enum err back_up(sqlite3 *db, const char *path, int64_t version)
{
    OWNED(db_free) char *copy = sqlite3_mprintf("%s.before-%" PRId64, path, version);
    OWNED(db_free) char *part = sqlite3_mprintf("%s.part", copy);
    OWNED(db_free) char *sql = sqlite3_mprintf("VACUUM INTO %Q", part);
    unlink(part); /* of an attempt that was killed; VACUUM INTO wants no file there */
    enum err e = db_exec(db, sql);
    if (e != OK) {
        return e;
    }
    if (rename(part, copy) != 0) {
        log_error("backup failed path=%s error=%m", copy);
        return ERR_SYSTEM;
    }
    log_info("backup taken before a migration path=%s", copy);
    return OK;
}

/* Who waits for the start sees it there. One that cannot be made stops nothing. */
static void set_mark(const char *path, bool begin)
{
    char mark[MIGRATION_MARK_SIZE];
    (void)snprintf(mark, sizeof mark, MIGRATION_MARK, path);
    if (strchr(path, '/') != NULL) {
        return; /* not one of a data folder */
    }
    if (!begin) {
        (void)unlink(mark);
        return;
    }
    OWNED(fd_release)
    int fd = open(mark, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd >= 0) {
        (void)dprintf(fd, "%ld\n", (long)getpid());
    }
}

static enum err apply_step(sqlite3 *db, const struct migration *step, int64_t version)
{
    char mark[64];
    snprintf(mark, sizeof mark, "PRAGMA user_version=%" PRId64, version + 1);
    enum err e = db_begin(db);
    if (e == OK) {
        e = step->sql != NULL ? db_exec(db, step->sql) : OK;
        e = e == OK && step->run != NULL ? step->run(db) : e;
        e = db_end(db, e == OK ? db_exec(db, mark) : e);
    }
    return e;
}

enum err migrations_apply(sqlite3 *db, const char *path, const struct migration *steps,
                          size_t count)
{
    int64_t version = 0;
    enum err e = db_number(db, "PRAGMA user_version", 0, &version);
    if (e != OK) {
        return e;
    }
    if (version < 0 || (uint64_t)version > count) {
        err_about("%s", path);
        log_error("database is newer than this program path=%s version=%" PRId64 " known=%zu", path,
                  version, count);
        return ERR_STORE_NEWER;
    }
    bool older = version > 0 && (size_t)version < count;
    if (older) {
        set_mark(path, true);
        e = back_up(db, path, version);
    }
    for (; e == OK && (size_t)version < count; version++) {
        e = apply_step(db, &steps[version], version);
    }
    set_mark(path, false); /* or that of an attempt that was killed */
    return e;
}

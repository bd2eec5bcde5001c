/* SPDX-License-Identifier: MIT
 * store_file.c - the mark beside a database, and the looks at it before anything is written. */
#include "proto/store/store_file.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proto/base/log.h"
#include "proto/store/sqlite.h"

static const char mark_text[] =
    "The database of this name was made. While this file is here, one that is empty or gone is\n"
    "taken for lost, and not made anew. To begin anew remove this file.\n";

static void mark_path(const char *path, char out[static PATH_MAX])
{
    (void)snprintf(out, PATH_MAX, "%s" STORE_MARK_SUFFIX, path);
}

static bool is_marked(const char *path)
{
    char mark[PATH_MAX];
    mark_path(path, mark);
    return access(mark, F_OK) == 0;
}

/* Without a mark the database works as well; the next start tries again. */
static void set_mark(const char *path)
{
    char mark[PATH_MAX];
    if (access(path, F_OK) != 0) {
        return; /* in memory */
    }
    mark_path(path, mark);
    int fd = open(mark, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0) {
        return;
    }
    if (write(fd, mark_text, strlen(mark_text)) < 0 || fsync(fd) != 0) {
        log_warn("the mark of a database could not be written path=%s, going on without", mark);
    }
    (void)close(fd);
}

/* Looked at before SQLite does: it throws the -wal of an empty database away. */
static enum err look_for_file(const char *path)
{
    struct stat st;
    bool there = stat(path, &st) == 0 && st.st_size > 0;
    if (there || !is_marked(path)) {
        return OK;
    }
    err_about("%s", path);
    log_error("the database is empty or gone, though it was in use path=%s", path);
    return ERR_STORE_LOST;
}

/* Each of our steps sets user_version together with its tables: what has tables and no version is
 * another program's, what has neither and was made before has lost them. */
static enum err look_at_tables(sqlite3 *db, const char *path)
{
    int64_t version = 0;
    int64_t tables = 0;
    enum err e = db_number(db, "PRAGMA user_version", 0, &version);
    e = e == OK ? db_number(db, "SELECT count(*) FROM sqlite_schema", 0, &tables) : e;
    if (e != OK || version != 0 || (tables == 0 && !is_marked(path))) {
        return e;
    }
    err_about("%s: %s", path, tables > 0 ? "it is not a database of Playbus" : "no tables");
    return tables > 0 ? ERR_STORE_DAMAGED : ERR_STORE_LOST;
}

static enum err keep_wal(sqlite3 *db)
{
    int on = 1;
    int code = sqlite3_file_control(db, "main", SQLITE_FCNTL_PERSIST_WAL, &on);
    return code == SQLITE_NOTFOUND ? OK : db_error(db, code); /* in memory */
}

enum err store_file_open(const char *path, const char *pragmas, const struct migration *steps,
                         size_t count, sqlite3 **out)
{
    OWNED(db_close) sqlite3 *db = NULL;
    enum err e = look_for_file(path);
    e = e == OK ? db_open_writer(path, &db) : e;
    e = e == OK ? keep_wal(db) : e;
    e = e == OK ? db_exec(db, pragmas) : e;
    e = e == OK ? look_at_tables(db, path) : e;
    e = e == OK ? migrations_apply(db, path, steps, count) : e;
    if (e == OK) {
        set_mark(path);
        *out = TAKE(db);
    }
    return e;
}

void store_file_close(sqlite3 **db)
{
    if (*db != NULL) {
        /* What is empty is taken for none, also beside a database that is restored meanwhile. */
        (void)sqlite3_exec(*db, "PRAGMA journal_size_limit = 0", NULL, NULL, NULL);
        db_close(db);
    }
}

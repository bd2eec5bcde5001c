/* SPDX-License-Identifier: MIT
 * health.c - SQLite's own checks, on a connection that only reads. */
#include "proto/store/health.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proto/store/sqlite.h"

/* The whole check also holds each index against its table; one finding is enough. */
static enum err check_pages(sqlite3 *db, char *out)
{
    OWNED(stmt_finalize) sqlite3_stmt *check = NULL;
    bool row = false;
    enum err e = db_prepare(db, "PRAGMA integrity_check(1)", &check);
    e = e == OK ? stmt_row(check, &row) : e;
    const char *said = e == OK && row ? row_text(check, 0) : NULL;
    if (e != OK || (said != NULL && strcmp(said, "ok") == 0)) {
        return e;
    }
    said = said != NULL ? said : "";
    const char *heading = strncmp(said, "***", 3) == 0 ? strchr(said, '\n') : NULL;
    (void)snprintf(out, HEALTH_TEXT_SIZE, "%.200s", heading != NULL ? heading + 1 : said);
    out[strcspn(out, "\n")] = '\0';
    return ERR_STORE_DAMAGED;
}

static enum err check_references(sqlite3 *db, char *out)
{
    OWNED(stmt_finalize) sqlite3_stmt *check = NULL;
    bool row = false;
    enum err e = db_prepare(db, "PRAGMA foreign_key_check", &check);
    e = e == OK ? stmt_row(check, &row) : e;
    if (e != OK || !row) {
        return e;
    }
    const char *table = row_text(check, 0);
    (void)snprintf(out, HEALTH_TEXT_SIZE, "a row of %.64s refers to one that is not there",
                   table != NULL ? table : "a table");
    return ERR_STORE_DAMAGED;
}

enum err health_check(const char *path, char out_finding[static HEALTH_TEXT_SIZE])
{
    OWNED(db_close) sqlite3 *db = NULL;
    struct stat st;
    int64_t tables = 0;
    out_finding[0] = '\0';
    if (stat(path, &st) != 0) {
        return ERR_FILE_NOT_FOUND;
    }
    if (st.st_size == 0) {
        return ERR_STORE_LOST;
    }
    err_about("%s", "");
    enum err e = db_open_reader(path, &db);
    e = e == OK ? db_number(db, "SELECT count(*) FROM sqlite_schema", 0, &tables) : e;
    e = e == OK && tables == 0 ? ERR_STORE_LOST : e;
    e = e == OK ? check_pages(db, out_finding) : e;
    e = e == OK ? check_references(db, out_finding) : e;
    if (e != OK && out_finding[0] == '\0') {
        (void)snprintf(out_finding, HEALTH_TEXT_SIZE, "%.200s", err_about_text());
    }
    return e;
}

/* SPDX-License-Identifier: MIT
 * sqlite.c - opening, stepping and failing, the same way everywhere. */
#include "proto/store/sqlite.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "proto/base/log.h"

enum { BUSY_MS = 5000 };

/* A failed read is no lack of room. */
static bool is_failed_write(int extended)
{
    return (extended & 0xff) == SQLITE_FULL || extended == SQLITE_IOERR_WRITE ||
           extended == SQLITE_IOERR_FSYNC || extended == SQLITE_IOERR_DIR_FSYNC ||
           extended == SQLITE_IOERR_TRUNCATE || extended == SQLITE_IOERR_SHMSIZE;
}

static enum err error_of(int extended, int system_errno)
{
    int kind = extended & 0xff;
    if (kind == SQLITE_CORRUPT || kind == SQLITE_NOTADB) {
        return ERR_STORE_DAMAGED;
    }
    if (kind == SQLITE_READONLY ||
        ((kind == SQLITE_CANTOPEN || kind == SQLITE_IOERR) && system_errno == EROFS)) {
        return ERR_STORE_READ_ONLY;
    }
    return is_failed_write(extended) ? ERR_DISK_FULL : ERR_STORE_FAILED;
}

static const char *file_name(sqlite3 *db)
{
    const char *path = sqlite3_db_filename(db, "main");
    const char *slash = path != NULL ? strrchr(path, '/') : NULL;
    return slash != NULL ? slash + 1 : path != NULL ? path : "";
}

enum err db_error(sqlite3 *db, int code)
{
    if (code == SQLITE_OK || code == SQLITE_ROW || code == SQLITE_DONE) {
        return OK;
    }
    if ((code & 0xff) == SQLITE_INTERRUPT) {
        return ERR_TIMEOUT; /* by a progress handler of ours */
    }
    int extended = sqlite3_extended_errcode(db);
    int system_errno = sqlite3_system_errno(db);
    log_error("sqlite failed file=%s code=%d error=%s", file_name(db), extended,
              sqlite3_errmsg(db));
    err_about("%s: %s", file_name(db), sqlite3_errmsg(db));
    return error_of(extended, system_errno);
}

/* Nobody asks how much memory SQLite uses, and counting takes a lock at every allocation. Once
 * SQLite is at work it refuses, and counts on. */
static void count_no_memory(void)
{
    (void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

static enum err open_file(const char *path, int flags, sqlite3 **out)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    OWNED(db_close) sqlite3 *db = NULL;
    (void)pthread_once(&once, count_no_memory);
    /* No mutex: a connection belongs to one thread. */
    int code = sqlite3_open_v2(path, &db, flags | SQLITE_OPEN_NOMUTEX, NULL);
    if (code != SQLITE_OK) {
        return db_error(db, code);
    }
    sqlite3_extended_result_codes(db, 1);
    sqlite3_busy_timeout(db, BUSY_MS);
    /* Our files come from nobody else, but nothing is lost by distrusting their schema. */
    sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    *out = TAKE(db);
    return OK;
}

enum err db_open_writer(const char *path, sqlite3 **out)
{
    return open_file(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, out);
}

enum err db_open_reader(const char *path, sqlite3 **out)
{
    OWNED(db_close) sqlite3 *db = NULL;
    enum err e = open_file(path, SQLITE_OPEN_READONLY, &db);
    if (e != OK) {
        return e;
    }
    sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    e = db_exec(db, "PRAGMA wal_autocheckpoint=0; PRAGMA query_only=1; PRAGMA cache_size=-8000");
    if (e != OK) {
        return e;
    }
    *out = TAKE(db);
    return OK;
}

/* A path as SQLite's URI: whatever means something there is escaped. */
static void append_escaped(sqlite3_str *uri, const char *path)
{
    for (const unsigned char *at = (const unsigned char *)path; *at != '\0'; at++) {
        if (*at == '%' || *at == '?' || *at == '#') {
            sqlite3_str_appendf(uri, "%%%02x", *at);
        } else {
            sqlite3_str_appendchar(uri, 1, (char)*at);
        }
    }
}

enum err db_open_frozen(const char *path, sqlite3 **out)
{
    sqlite3_str *uri = sqlite3_str_new(NULL);
    /* An absolute path keeps its slash; a relative one has no authority before it either. */
    sqlite3_str_appendall(uri, "file:");
    append_escaped(uri, path);
    sqlite3_str_appendall(uri, "?immutable=1");
    OWNED(db_free) char *text = sqlite3_str_finish(uri);
    return open_file(text, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, out);
}

void db_close(sqlite3 **db)
{
    sqlite3_close_v2(*db);
    *db = NULL;
}

void db_free(char **text)
{
    sqlite3_free(*text);
    *text = NULL;
}

enum err db_exec(sqlite3 *db, const char *sql)
{
    return db_error(db, sqlite3_exec(db, sql, NULL, NULL, NULL));
}

enum err db_begin(sqlite3 *db)
{
    return db_exec(db, "BEGIN IMMEDIATE");
}

enum err db_end(sqlite3 *db, enum err so_far)
{
    enum err e = so_far == OK ? db_exec(db, "COMMIT") : so_far;
    /* SQLite rolls back by itself when the disk is full. */
    if (e != OK && sqlite3_get_autocommit(db) == 0) {
        sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
    }
    return e;
}

enum err db_truncate_wal(sqlite3 *db, bool *out_empty)
{
    sqlite3_busy_timeout(db, 0);
    int code = sqlite3_wal_checkpoint_v2(db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    sqlite3_busy_timeout(db, BUSY_MS);
    if (out_empty != NULL) {
        *out_empty = code == SQLITE_OK;
    }
    return (code & 0xff) == SQLITE_BUSY ? OK : db_error(db, code);
}

enum err db_prepare(sqlite3 *db, const char *sql, sqlite3_stmt **out)
{
    sqlite3_stmt *stmt = NULL;
    int code = sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, &stmt, NULL);
    if (code != SQLITE_OK) {
        return db_error(db, code);
    }
    *out = stmt;
    return OK;
}

enum err db_prepare_with(sqlite3 *db, const char *sql, int64_t first, sqlite3_stmt **out)
{
    enum err e = db_prepare(db, sql, out);
    if (e == OK) {
        stmt_number(*out, 1, first);
    }
    return e;
}

enum err db_number(sqlite3 *db, const char *sql, int64_t fallback, int64_t *out)
{
    OWNED(stmt_finalize) sqlite3_stmt *stmt = NULL;
    enum err e = db_prepare(db, sql, &stmt);
    bool row = false;
    if (e == OK) {
        e = stmt_row(stmt, &row);
    }
    if (e == OK) {
        *out = row && !row_is_null(stmt, 0) ? row_number(stmt, 0) : fallback;
    }
    return e;
}

void stmt_finalize(sqlite3_stmt **stmt)
{
    sqlite3_finalize(*stmt);
    *stmt = NULL;
}

void stmt_reset(sqlite3_stmt **stmt)
{
    if (*stmt != NULL) {
        sqlite3_reset(*stmt);
        sqlite3_clear_bindings(*stmt);
    }
}

void stmt_rewind(sqlite3_stmt **stmt)
{
    sqlite3_reset(*stmt);
}

enum err stmt_row(sqlite3_stmt *stmt, bool *out_row)
{
    int code = sqlite3_step(stmt);
    if (code != SQLITE_ROW && code != SQLITE_DONE) {
        enum err e = db_error(sqlite3_db_handle(stmt), code);
        sqlite3_reset(stmt);
        return e;
    }
    *out_row = code == SQLITE_ROW;
    return OK;
}

enum err stmt_run(sqlite3_stmt *stmt)
{
    bool row = true;
    enum err e = OK;
    while (e == OK && row) {
        e = stmt_row(stmt, &row);
    }
    stmt_reset(&stmt);
    return e;
}

void stmt_text(sqlite3_stmt *stmt, int at, const char *text)
{
    sqlite3_bind_text(stmt, at, text, -1, SQLITE_STATIC);
}

void stmt_bytes(sqlite3_stmt *stmt, int at, struct bytes bytes)
{
    sqlite3_bind_blob64(stmt, at, bytes.data, bytes.size, SQLITE_STATIC);
}

void stmt_number(sqlite3_stmt *stmt, int at, int64_t value)
{
    sqlite3_bind_int64(stmt, at, value);
}

const char *row_text(sqlite3_stmt *stmt, int at)
{
    return (const char *)sqlite3_column_text(stmt, at);
}

struct bytes row_bytes(sqlite3_stmt *stmt, int at)
{
    const void *data = sqlite3_column_blob(stmt, at);
    return (struct bytes){.data = data, .size = (size_t)sqlite3_column_bytes(stmt, at)};
}

int64_t row_number(sqlite3_stmt *stmt, int at)
{
    return sqlite3_column_int64(stmt, at);
}

bool row_is_null(sqlite3_stmt *stmt, int at)
{
    return sqlite3_column_type(stmt, at) == SQLITE_NULL;
}

/* SPDX-License-Identifier: MIT
 * sqlite.h - SQLite as our actors use it: one writer a file, readers that never checkpoint, every
 * failure turned into ours and logged once with SQLite's own words. */
#ifndef PLAYBUS_PROTO_STORE_SQLITE_H
#define PLAYBUS_PROTO_STORE_SQLITE_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "proto/base/error.h"
#include "proto/base/own.h"
#include "proto/schema/schema.h"

/* The only connection of the whole system that writes and checkpoints this file: SQLite 3.40.1
 * corrupts a WAL that two connections reset at once. Creates the file, with the umask of
 * our processes for its owner alone.
 */
enum err db_open_writer(const char *path, sqlite3 **out) NODISCARD;
/* Reads a file that another connection writes; never checkpoints, not even when it closes. */
enum err db_open_reader(const char *path, sqlite3 **out) NODISCARD;
/* Reads a file that nobody writes, a copy or a backup: neither locks it nor writes beside it. */
enum err db_open_frozen(const char *path, sqlite3 **out) NODISCARD;
void db_close(sqlite3 **db);
void db_free(char **text); /* for OWNED: of sqlite3_mprintf */

/* The number that a macro stands for, as SQL. */
#define SQL_NUMBER(macro) SQL_DIGITS(macro)
#define SQL_DIGITS(digits) #digits

/* Any number of statements without parameters. */
enum err db_exec(sqlite3 *db, const char *sql) NODISCARD;
/* A transaction that writes. */
enum err db_begin(sqlite3 *db) NODISCARD;
/* Commits if all of it went well, else undoes it and returns what went wrong. */
enum err db_end(sqlite3 *db, enum err so_far) NODISCARD;
/* Writes the -wal back as far as readers let it, and empties the file if none is in the way. Does
 * not wait for them: then it is done another time, and `out_empty` (may be NULL) is false. */
enum err db_truncate_wal(sqlite3 *db, bool *out_empty) NODISCARD;
/* A statement that lives long; for one use too. */
enum err db_prepare(sqlite3 *db, const char *sql, sqlite3_stmt **out) NODISCARD;
/* The same with ?1 set. */
enum err db_prepare_with(sqlite3 *db, const char *sql, int64_t first, sqlite3_stmt **out) NODISCARD;
/* The first column of the first row; `fallback` if there is no row or it is null. */
enum err db_number(sqlite3 *db, const char *sql, int64_t fallback, int64_t *out) NODISCARD;
/* Turns a result code into ours: DISK_FULL for a full disk or a failed write, STORE_READ_ONLY,
 * STORE_DAMAGED, TIMEOUT for what a progress handler ended, STORE_FAILED else. `db` is the
 * connection that returned it; err_about_text() names its file. */
enum err db_error(sqlite3 *db, int code);

void stmt_finalize(sqlite3_stmt **stmt); /* for OWNED */
void stmt_reset(sqlite3_stmt **stmt);    /* for OWNED: of a borrowed one, so it holds no snapshot */
void stmt_rewind(sqlite3_stmt **stmt);   /* the same, but its parameters stay */
/* The next row, if there is one. */
enum err stmt_row(sqlite3_stmt *stmt, bool *out_row) NODISCARD;
/* Runs to its end and resets. */
enum err stmt_run(sqlite3_stmt *stmt) NODISCARD;

/* Parameters count from 1. Text and bytes are borrowed until the statement is reset; NULL is null.
 */
void stmt_text(sqlite3_stmt *stmt, int at, const char *text);
void stmt_bytes(sqlite3_stmt *stmt, int at, struct bytes bytes);
void stmt_number(sqlite3_stmt *stmt, int at, int64_t value);

/* Columns count from 0. Borrowed until the next step. */
const char *row_text(sqlite3_stmt *stmt, int at); /* NULL for null */
struct bytes row_bytes(sqlite3_stmt *stmt, int at);
int64_t row_number(sqlite3_stmt *stmt, int at);
bool row_is_null(sqlite3_stmt *stmt, int at);

#endif

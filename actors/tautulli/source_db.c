/* SPDX-License-Identifier: MIT
 * source_db.c - asking an opened source, and what SQLite's answers mean for us. */
#include "actors/tautulli/source_db.h"

enum err source_db_error(int result)
{
    switch (result & 0xff) {
    case SQLITE_OK:
    case SQLITE_ROW:
    case SQLITE_DONE:
        return OK;
    case SQLITE_INTERRUPT:
        return ERR_TIMEOUT;
    case SQLITE_TOOBIG:
    case SQLITE_NOMEM: /* our own limit, see source.c */
        return ERR_ROW_TOO_LARGE;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
    case SQLITE_SCHEMA:
    case SQLITE_ERROR: /* a column that was there has gone: Tautulli was upgraded meanwhile */
        return ERR_DATABASE_BUSY;
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
        return ERR_ACCESS_DENIED;
    case SQLITE_FULL:
        return ERR_STAGING_FULL;
    default:
        return ERR_DATABASE_DAMAGED;
    }
}

enum err source_db_prepare(sqlite3 *db, const char *sql, sqlite3_stmt **out)
{
    return source_db_error(sqlite3_prepare_v2(db, sql, -1, out, NULL));
}

enum err source_db_step(sqlite3_stmt *statement, bool *out_row)
{
    int result = sqlite3_step(statement);
    *out_row = result == SQLITE_ROW;
    return source_db_error(result);
}

enum err source_db_begin(sqlite3 *db)
{
    return source_db_error(sqlite3_exec(db, "BEGIN", NULL, NULL, NULL));
}

void source_db_end(sqlite3 *db)
{
    if (sqlite3_get_autocommit(db) == 0) {
        (void)sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
    }
}

/* SPDX-License-Identifier: MIT
 * source_harden.c - a connection to somebody else's file, and to hostile input: an authorizer
 * allows reading of six tables alone, and no value, step or memory is without a limit. */
#include "actors/tautulli/source_harden.h"

#include <stdbool.h>
#include <strings.h>

#include "proto/base/own.h"

#define VALUE_MAX (16 << 20)      /* bytes of one value; a row with a longer one is rejected */
#define HEAP_MAX (48LL << 20)     /* bytes of SQLite in this process, whatever a file promises */
#define STEPS_BETWEEN_CHECKS 2000 /* SQLite instructions between two checks of the clock */
#define BUSY_MS 1000

static bool is_one_of(const char *name, const char *const *names)
{
    for (; *names != NULL; names++) {
        if (strcasecmp(name, *names) == 0) {
            return true;
        }
    }
    return false;
}

/* Of users only these columns: the table holds tokens and e-mails too. */
static bool may_read(const char *table, const char *column)
{
    static const char *const tables[] = {"session_history",
                                         "session_history_metadata",
                                         "session_history_media_info",
                                         "library_sections",
                                         "version_info",
                                         "sqlite_master",
                                         NULL};
    static const char *const of_users[] = {"user_id",  "username", "friendly_name",
                                           "is_admin", "",         NULL};
    return is_one_of(table, tables) ||
           (strcasecmp(table, "users") == 0 && is_one_of(column, of_users));
}

static int authorize(void *context, int action, const char *first, const char *second,
                     const char *database, const char *trigger)
{
    static const char *const pragmas[] = {"table_list",      "table_xinfo", "quick_check",
                                          "cell_size_check", "query_only",  "cache_size",
                                          "index_list",      NULL};
    static const char *const functions[] = {
        "count",           "min", "max", "ifnull", "typeof", "take_history", "take_metadata",
        "take_media_info", NULL};
    (void)context;
    (void)database;
    if (trigger != NULL) {
        return SQLITE_DENY; /* from inside a view or trigger */
    }
    switch (action) {
    case SQLITE_SELECT:
    case SQLITE_TRANSACTION:
        return SQLITE_OK;
    case SQLITE_READ:
        return may_read(first, second) ? SQLITE_OK : SQLITE_DENY;
    case SQLITE_PRAGMA:
        return is_one_of(first, pragmas) ? SQLITE_OK : SQLITE_DENY;
    case SQLITE_FUNCTION:
        return is_one_of(second, functions) ? SQLITE_OK : SQLITE_DENY;
    default:
        return SQLITE_DENY;
    }
}

void source_harden(sqlite3 *db, int (*out_of_time)(void *), void *context)
{
    static const struct {
        int limit, value;
    } limits[] = {
        {SQLITE_LIMIT_LENGTH, VALUE_MAX},
        {SQLITE_LIMIT_SQL_LENGTH, 1 << 20},
        {SQLITE_LIMIT_ATTACHED, 0},
        {SQLITE_LIMIT_VARIABLE_NUMBER, 16},
        {SQLITE_LIMIT_TRIGGER_DEPTH, 1},
        {SQLITE_LIMIT_WORKER_THREADS, 0},
        {SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 64},
        {SQLITE_LIMIT_COLUMN, 2000},
    };
    (void)sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    (void)sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    (void)sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
    (void)sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
    (void)sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, NULL);
    (void)sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    for (size_t i = 0; i < COUNT_OF(limits); i++) {
        (void)sqlite3_limit(db, limits[i].limit, limits[i].value);
    }
    (void)sqlite3_hard_heap_limit64(HEAP_MAX);
    (void)sqlite3_busy_timeout(db, BUSY_MS);
    sqlite3_progress_handler(db, STEPS_BETWEEN_CHECKS, out_of_time, context);
    (void)sqlite3_set_authorizer(db, authorize, NULL);
    (void)sqlite3_exec(db,
                       "PRAGMA cell_size_check = ON; PRAGMA query_only = ON;"
                       "PRAGMA cache_size = -4000",
                       NULL, NULL, NULL);
}

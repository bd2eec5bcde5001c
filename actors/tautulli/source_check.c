/* SPDX-License-Identifier: MIT
 * source_check.c - is a file damaged, and if so: are rows lost, or only indexes?
 *
 * PRAGMA quick_check stops at a table it cannot read, and complains of the rest in words that do
 * not tell tables from indexes. So where it complains, every value of the table itself is read. */
#include "actors/tautulli/source_check.h"

#include <string.h>

#include "actors/tautulli/source_db.h"

/* Words of the check that can only be about a table. */
static bool is_of_table(const char *message)
{
    return strstr(message, "Rowid") != NULL;
}

/* *out_quiet: it had nothing to say. DATABASE_DAMAGED where it could not go on. */
static enum err quick_check(sqlite3 *db, const char *table, struct arena *arena, bool *out_quiet)
{
    OWNED(stmt_finalize) sqlite3_stmt *check = NULL;
    enum err e =
        source_db_prepare(db, arena_format(arena, "PRAGMA main.quick_check(%s)", table), &check);
    bool row = false;
    *out_quiet = true;
    while (e == OK && (e = source_db_step(check, &row)) == OK && row) {
        const char *said = (const char *)sqlite3_column_text(check, 0);
        if (said != NULL && is_of_table(said)) {
            return ERR_DATABASE_DAMAGED;
        }
        *out_quiet = *out_quiet && said != NULL && strcmp(said, "ok") == 0;
    }
    return e;
}

/* Every column is taken out of its page, and of the pages it goes on in. */
static enum err read_all(sqlite3 *db, const char *columns, const char *table, struct arena *arena)
{
    OWNED(stmt_finalize) sqlite3_stmt *rows = NULL;
    enum err e = source_db_prepare(
        db, arena_format(arena, "SELECT %s FROM %s NOT INDEXED", columns, table), &rows);
    bool row = true;
    while (e == OK && row) {
        e = source_db_step(rows, &row);
    }
    return e;
}

enum err source_check(sqlite3 *db, const struct schema *schema, struct arena *arena,
                      enum soundness *out)
{
    const struct {
        const char *table, *columns;
        bool there;
    } all[] = {
        {table_name(TABLE_HISTORY), "*", schema->has_table[TABLE_HISTORY]},
        {table_name(TABLE_METADATA), "*", schema->has_table[TABLE_METADATA]},
        {table_name(TABLE_MEDIA_INFO), "*", schema->has_table[TABLE_MEDIA_INFO]},
        {"users", "user_id, username", schema->users},
        {"library_sections", "*", schema->libraries},
        {"version_info", "*", schema->version},
    };
    enum soundness found = SOUND;
    for (size_t i = 0; i < COUNT_OF(all); i++) {
        bool quiet = true;
        enum err e = all[i].there ? quick_check(db, all[i].table, arena, &quiet) : OK;
        if (e == OK && !quiet) {
            found = INDEXES_DAMAGED;
            e = read_all(db, all[i].columns, all[i].table, arena);
        }
        if (e == ERR_DATABASE_DAMAGED) {
            *out = TABLES_DAMAGED;
            return OK;
        }
        if (e != OK) {
            return e;
        }
    }
    *out = found;
    return OK;
}

/* SPDX-License-Identifier: MIT
 * source_db.h - what the parts of this folder that ask an opened source share. */
#ifndef PLAYBUS_ACTORS_TAUTULLI_SOURCE_DB_H
#define PLAYBUS_ACTORS_TAUTULLI_SOURCE_DB_H

#include "actors/tautulli/schema.h"
#include "actors/tautulli/source.h"
#include "proto/store/sqlite.h"

sqlite3 *source_db(struct source *s);
const struct schema *source_schema(const struct source *s);
/* Detail tables that are there, and left out because their ids are not unique. */
const bool *source_left_out(const struct source *s);
bool source_is_live(const struct source *s); /* it had a -wal: somebody may be writing it */

/* What SQLite's result means for us: DATABASE_DAMAGED, DATABASE_BUSY, TIMEOUT, ROW_TOO_LARGE … */
enum err source_db_error(int result);
/* One statement; NULL and the error where it cannot be prepared. */
enum err source_db_prepare(sqlite3 *db, const char *sql, sqlite3_stmt **out) NODISCARD;
/* OK with *out_row false at the end. */
enum err source_db_step(sqlite3_stmt *statement, bool *out_row) NODISCARD;
/* A read transaction: everything until source_db_end sees one state of the file. */
enum err source_db_begin(sqlite3 *db) NODISCARD;
void source_db_end(sqlite3 *db);

#endif

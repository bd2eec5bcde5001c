/* SPDX-License-Identifier: MIT
 * row_load.h - the raw values of a row, taken out of SQLite in one go.
 *
 * A function in the SELECT gets all columns of a table at once: asking for each of 145 columns by
 * itself costs as much as reading them. Values are copied once, and hashed and checked as they lie.
 */
#ifndef PLAYBUS_ACTORS_TAUTULLI_ROW_LOAD_H
#define PLAYBUS_ACTORS_TAUTULLI_ROW_LOAD_H

#include <sqlite3.h>

#include "actors/shared/row.h"
#include "actors/tautulli/schema.h"

struct row_loader;

/* Makes the functions known to the connection; `row` is what they fill. Without a connection rows
 * are put there. */
struct row_loader *row_loader_new(sqlite3 *db, const struct schema *schema, struct row *row);
void row_loader_destroy(struct row_loader **l); /* before the connection closes */

/* SELECT over first id ?1 and last id ?2 that fills the row at each step. In the arena. */
const char *row_loader_sql(const struct row_loader *l, struct arena *arena);

/* Before each step: forgets the row before. */
void row_loader_begin(struct row_loader *l);
/* Instead of a step: the raw values, by column; of those that are not there none is looked at.
 * Their bytes need no NUL, and are copied. */
void row_loader_put(struct row_loader *l, const struct raw_value *values);
/* After a step: the row's id and hashes; `server_hash` is the seed of the item's. */
void row_loader_end(struct row_loader *l, uint64_t server_hash);
/* SELECT of the columns of session_history that say who played what when (row_map_brief), with
 * what follows the table's name. In the arena. */
const char *row_brief_sql(const struct schema *schema, const char *tail, struct arena *arena);
/* After a step: the row's id and raw values. */
void row_brief_load(struct row *r, const struct schema *schema, sqlite3_stmt *rows);
/* The short values of one row of session_history, one by one: for a row with too large ones. */
void row_loader_one_by_one(struct row_loader *l, int64_t id);

#endif

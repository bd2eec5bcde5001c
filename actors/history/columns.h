/* SPDX-License-Identifier: MIT
 * columns.h - columns of a result row into the fields of a record. */
#ifndef PLAYBUS_ACTORS_HISTORY_COLUMNS_H
#define PLAYBUS_ACTORS_HISTORY_COLUMNS_H

#include "proto/store/sqlite.h"
#include "proto/wire/arena.h"

/* Text that is safe to send: a copy in the arena, ill-formed bytes repaired; NULL for null and "".
 */
const char *column_text(sqlite3_stmt *row, int at, struct arena *arena);
/* Sets one scalar field of `record`; a null column leaves it absent. */
void column_field(sqlite3_stmt *row, int at, const struct field *field, void *record,
                  struct arena *arena);

#endif

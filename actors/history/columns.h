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

/* SQL: the name of a library by a play's source number, section and media type. Servers re-use
 * section numbers: the source's own server comes first, then one whose kind fits, then the first
 * that the source lists (it lists active ones first). */
#define LIBRARY_NAME(source_no, section_id, media_type)                                      \
    "(SELECT l.name FROM libraries l WHERE l.source_no = " source_no                         \
    " AND l.section_id = " section_id                                                        \
    " ORDER BY l.server_id = (SELECT server_id FROM sources WHERE no = " source_no ") DESC," \
    " coalesce(l.kind = CASE " media_type " WHEN 'movie' THEN 'movie' WHEN 'episode' THEN"   \
    " 'show' WHEN 'track' THEN 'artist' WHEN 'photo' THEN 'photo' END, 0) DESC, l.rank LIMIT 1)"

#endif

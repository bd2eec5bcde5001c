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

/* SQL: the name of a library by a play's source number, section, media type and server. Servers
 * re-use section numbers: the play's own server comes first, then one whose kind fits, then the
 * first that the source lists (it lists active ones first). */
#define LIBRARY_NAME(source_no, section_id, media_type, server_id)                                 \
    "coalesce(" LIBRARY_OF(source_no, section_id) " AND l.server_id = " server_id ")," LIBRARY_OF( \
        source_no,                                                                                 \
        section_id) " AND l.kind = CASE " media_type " WHEN 'movie' THEN 'movie' WHEN 'episode' "  \
                    "THEN 'show' WHEN 'track' THEN 'artist'"                                       \
                    " WHEN 'photo' THEN 'photo' END ORDER BY l.rank LIMIT 1)," LIBRARY_OF(         \
                        source_no, section_id) " ORDER BY l.rank LIMIT 1))"
#define LIBRARY_OF(source_no, section_id)                            \
    "(SELECT l.name FROM libraries l WHERE l.source_no = " source_no \
    " AND l.section_id = " section_id

/* SQL: what a user is called by the source of this number; null if it does not say. */
#define USER_NAME(source_no, user_id)                                                      \
    "(SELECT coalesce(u.display_name, u.name) FROM users u WHERE u.source_no = " source_no \
    " AND u.user_id = " user_id ")"

/* The same of `plays p` and its `sources s`. */
#define PLAY_LIBRARY LIBRARY_NAME("p.source_id", "p.section_id", "p.media_type", "s.server_id")
#define PLAY_USER USER_NAME("p.source_id", "p.user_id")

#endif

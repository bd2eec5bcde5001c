/* SPDX-License-Identifier: MIT
 * schema.h - which of Tautulli's tables and columns a file really has. Columns are found by name,
 * never by place; generated ones, views and virtual tables count as absent. */
#ifndef PLAYBUS_ACTORS_TAUTULLI_SCHEMA_H
#define PLAYBUS_ACTORS_TAUTULLI_SCHEMA_H

#include <sqlite3.h>
#include <stdbool.h>

#include "proto/base/error.h"
#include "proto/base/own.h"
#include "proto/schema/schema.h"
#include "proto/wire/arena.h"

enum table { TABLE_HISTORY, TABLE_METADATA, TABLE_MEDIA_INFO, TABLE_COUNT };

/* COL_HISTORY_started and so on, for every row of columns.def. */
enum column {
#define COLUMN(table, name, kind, record, field) COL_##table##_##name,
#include "actors/tautulli/columns.def"
#undef COLUMN
    COLUMN_COUNT
};

struct schema {
    bool has_table[TABLE_COUNT];
    bool has_column[COLUMN_COUNT];       /* only of tables that are there */
    bool users, friendly_name, is_admin; /* users(user_id, username), and these of its columns */
    bool libraries; /* library_sections(server_id, section_id, section_name, section_type), */
    bool section_active, section_deleted; /* and its is_active, its deleted_section */
    bool version;                         /* version_info(key, value) */
    bool no_id[TABLE_COUNT]; /* a table that is there, but has no column id: counts as absent */
    bool needs_rebuild;      /* of some table the id is no key (source_rebuild.c) */
};

const char *table_name(enum table t);
enum table column_table(enum column c);
const char *column_name(enum column c);                   /* "started" */
extern const char *const column_full_names[COLUMN_COUNT]; /* "session_history.started" */
bool column_is_of_item(enum column c); /* it goes to the item, and not to the play */

/* NOT_TAUTULLI with a sentence where session_history is missing, no real table, or lacks id,
 * started or any user; DATABASE_DAMAGED where the schema cannot be read. */
enum err schema_load(sqlite3 *db, struct arena *arena, struct schema *out,
                     struct refusal *out_why) NODISCARD;

#endif

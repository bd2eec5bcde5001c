/* SPDX-License-Identifier: MIT
 * schema.c - which of Tautulli's tables and columns a file really has.
 *
 * version_info is no guide to them (upgrades that failed half way), so each file is asked. */
#include "actors/tautulli/schema.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "actors/tautulli/refuse.h"
#include "actors/tautulli/source_db.h"

static const char *const table_names[TABLE_COUNT] = {
    [TABLE_HISTORY] = "session_history",
    [TABLE_METADATA] = "session_history_metadata",
    [TABLE_MEDIA_INFO] = "session_history_media_info",
};

static const struct {
    const char *name;
    enum table table;
    bool of_item;
} columns[COLUMN_COUNT] = {
#define IS_play false
#define IS_stream false
#define IS_item true
#define COLUMN(of, tag, kind, record, field) \
    {.table = TABLE_##of, .name = #tag, .of_item = IS_##record},
#include "actors/tautulli/columns.def"
#undef COLUMN
};

const char *table_name(enum table t)
{
    return table_names[t];
}

enum table column_table(enum column c)
{
    return columns[c].table;
}

const char *column_name(enum column c)
{
    return columns[c].name;
}

bool column_is_of_item(enum column c)
{
    return columns[c].of_item;
}

#define PREFIX_HISTORY "session_history."
#define PREFIX_METADATA "session_history_metadata."
#define PREFIX_MEDIA_INFO "session_history_media_info."
const char *const column_full_names[COLUMN_COUNT] = {
#define COLUMN(of, tag, kind, record, field) PREFIX_##of #tag,
#include "actors/tautulli/columns.def"
#undef COLUMN
};

/* What table_list says of one name; type is "" where there is nothing. */
struct found_table {
    char type[16];
    bool without_rowid;
};

static enum err find_table(sqlite3 *db, const char *name, struct found_table *out)
{
    *out = (struct found_table){0};
    char sql[96];
    (void)snprintf(sql, sizeof(sql), "PRAGMA main.table_list(%s)", name);
    OWNED(stmt_finalize) sqlite3_stmt *list = NULL;
    enum err e = source_db_prepare(db, sql, &list);
    bool row = false;
    if (e == OK) {
        e = source_db_step(list, &row); /* schema, name, type, ncol, wr, strict */
    }
    if (e == OK && row) {
        const char *type = (const char *)sqlite3_column_text(list, 2);
        (void)snprintf(out->type, sizeof(out->type), "%s", type == NULL ? "" : type);
        out->without_rowid = sqlite3_column_int(list, 4) != 0;
    }
    return e;
}

struct found_column {
    const char *name;
    const char *type;
    int key; /* its place in the primary key, from 1; 0 if none */
};

/* Calls `found` for each ordinary column of a table; generated ones could run anything. */
typedef void column_fn(void *context, const struct found_column *column);

static enum err each_column(sqlite3 *db, const char *table, column_fn *found, void *context)
{
    char sql[96];
    (void)snprintf(sql, sizeof(sql), "PRAGMA main.table_xinfo(%s)", table);
    OWNED(stmt_finalize) sqlite3_stmt *list = NULL;
    enum err e = source_db_prepare(db, sql, &list);
    bool row = false;
    while (e == OK && (e = source_db_step(list, &row)) == OK && row) {
        /* cid, name, type, notnull, dflt_value, pk, hidden */
        struct found_column one = {.name = (const char *)sqlite3_column_text(list, 1),
                                   .type = (const char *)sqlite3_column_text(list, 2),
                                   .key = sqlite3_column_int(list, 5)};
        if (one.name != NULL && one.type != NULL && sqlite3_column_int(list, 6) == 0) {
            found(context, &one);
        }
    }
    return e;
}

struct history_columns {
    struct schema *schema;
    enum table table;
    bool has_id, id_is_integer_key;
    int keys; /* columns in the primary key */
};

static void note_history_column(void *context, const struct found_column *column)
{
    struct history_columns *self = context;
    self->keys += column->key > 0;
    self->has_id |= strcasecmp(column->name, "id") == 0;
    self->id_is_integer_key |= strcasecmp(column->name, "id") == 0 && column->key == 1 &&
                               strcasecmp(column->type, "INTEGER") == 0;
    for (int c = 0; c < COLUMN_COUNT; c++) {
        if (columns[c].table == self->table && strcasecmp(columns[c].name, column->name) == 0) {
            self->schema->has_column[c] = true;
        }
    }
}

static void forget_table(struct schema *schema, enum table t)
{
    schema->has_table[t] = false;
    for (int c = 0; c < COLUMN_COUNT; c++) {
        if (columns[c].table == t) {
            schema->has_column[c] = false;
        }
    }
}

/* A key with an index of its own is not the rowid: INTEGER PRIMARY KEY DESC is such a one. */
static enum err key_is_indexed(sqlite3 *db, const char *table, bool *out)
{
    char sql[96];
    (void)snprintf(sql, sizeof(sql), "PRAGMA main.index_list(%s)", table);
    OWNED(stmt_finalize) sqlite3_stmt *list = NULL;
    enum err e = source_db_prepare(db, sql, &list);
    bool row = false;
    while (e == OK && (e = source_db_step(list, &row)) == OK && row) {
        const char *origin = (const char *)sqlite3_column_text(list, 3);
        *out |= origin != NULL && strcmp(origin, "pk") == 0; /* seq, name, unique, origin */
    }
    return e;
}

static enum err load_table(sqlite3 *db, enum table t, struct schema *out, struct found_table *found)
{
    enum err e = find_table(db, table_names[t], found);
    if (e != OK || strcmp(found->type, "table") != 0) {
        return e;
    }
    struct history_columns self = {.schema = out, .table = t};
    e = each_column(db, table_names[t], note_history_column, &self);
    out->has_table[t] = true;
    bool indexed = false;
    if (e == OK) {
        e = key_is_indexed(db, table_names[t], &indexed);
    }
    if (e == OK && !self.has_id) {
        forget_table(out, t);
        out->no_id[t] = true;
    } else if (!self.id_is_integer_key || self.keys != 1 || found->without_rowid || indexed) {
        out->needs_rebuild = true;
    }
    return e;
}

/* The columns of a side table that we read; bit i is set for the i-th name. */
struct side_columns {
    const char *const *names;
    unsigned present;
};

static void note_side_column(void *context, const struct found_column *column)
{
    struct side_columns *self = context;
    for (unsigned i = 0; self->names[i] != NULL; i++) {
        self->present |= strcasecmp(self->names[i], column->name) == 0 ? 1U << i : 0U;
    }
}

static enum err side_table(sqlite3 *db, const char *table, const char *const *names, unsigned *out)
{
    struct found_table found;
    struct side_columns self = {.names = names};
    enum err e = find_table(db, table, &found);
    if (e == OK && strcmp(found.type, "table") == 0) {
        e = each_column(db, table, note_side_column, &self);
    }
    *out = self.present;
    return e;
}

static enum err load_side_tables(sqlite3 *db, struct schema *out)
{
    static const char *const user_names[] = {"user_id", "username", "friendly_name", "is_admin",
                                             NULL};
    static const char *const library_names[] = {
        "server_id",       "section_id", "section_name", "section_type", "is_active",
        "deleted_section", NULL};
    static const char *const version_names[] = {"key", "value", NULL};
    unsigned users = 0;
    unsigned libraries = 0;
    unsigned version = 0;
    enum err e = side_table(db, "users", user_names, &users);
    if (e == OK) {
        e = side_table(db, "library_sections", library_names, &libraries);
    }
    if (e == OK) {
        e = side_table(db, "version_info", version_names, &version);
    }
    out->users = (users & 3U) == 3U;
    out->friendly_name = (users & 4U) != 0;
    out->is_admin = (users & 8U) != 0;
    out->libraries = (libraries & 15U) == 15U;
    out->section_active = (libraries & 16U) != 0;
    out->section_deleted = (libraries & 32U) != 0;
    out->version = version == 3U;
    return e;
}

static enum err judge(const struct schema *schema, const struct found_table *history,
                      struct arena *arena, struct refusal *out_why)
{
    if (history->type[0] == '\0') {
        return refuse(out_why, ERR_NOT_TAUTULLI,
                      "This SQLite database has no table session_history");
    }
    if (strcmp(history->type, "table") != 0) {
        return refuse(out_why, ERR_NOT_TAUTULLI,
                      arena_format(arena, "In this database session_history is a %s, not a table",
                                   history->type));
    }
    if (!schema->has_table[TABLE_HISTORY]) {
        return refuse(out_why, ERR_NOT_TAUTULLI,
                      "In this database session_history has no column id");
    }
    if (!schema->has_column[COL_HISTORY_started]) {
        return refuse(out_why, ERR_NOT_TAUTULLI,
                      "In this database session_history has no column started");
    }
    if (!schema->has_column[COL_HISTORY_user_id] && !schema->has_column[COL_HISTORY_user]) {
        return refuse(out_why, ERR_NOT_TAUTULLI, "In this database session_history names no users");
    }
    return OK;
}

enum err schema_load(sqlite3 *db, struct arena *arena, struct schema *out, struct refusal *out_why)
{
    *out = (struct schema){0};
    struct found_table history = {0};
    enum err e = load_table(db, TABLE_HISTORY, out, &history);
    for (enum table t = TABLE_METADATA; e == OK && t < TABLE_COUNT; t++) {
        struct found_table ignored;
        e = load_table(db, t, out, &ignored);
    }
    if (e == OK) {
        e = load_side_tables(db, out);
    }
    if (e != OK) {
        return refuse(out_why, e, NULL);
    }
    return judge(out, &history, arena, out_why);
}

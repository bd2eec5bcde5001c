/* SPDX-License-Identifier: MIT
 * row_load.c - the raw values of a row, taken out of SQLite in one go.
 *
 * Both hashes are of (column, storage class, value) of each value that is there: an absent column
 * hashes like NULL. Values of the item lie in a buffer of their own, where '' counts as NULL too.
 */
#include "actors/tautulli/row_load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "actors/tautulli/source_db.h"
#include "proto/base/text.h"

#define BUFFER_SIZE 65536
#define WHOLE_MAX \
    2048           /* longer values are hashed by their own hash, and kept elsewhere if need be */
#define SPARE 8192 /* kept free of long values, so that every number of a row fits */

/* Entries of eight-byte words: a head, then the value. */
struct entries {
    size_t used;
    char bytes[BUFFER_SIZE];
};

struct table_columns {
    struct row_loader *loader;
    enum column columns[COLUMN_COUNT]; /* in the order of the function's arguments */
    struct entries *to[COLUMN_COUNT];  /* where each is hashed; NULL: not at all */
    int count;
};

struct row_loader {
    sqlite3 *db;
    const struct schema *schema;
    struct row *row;
    struct table_columns tables[TABLE_COUNT];
    struct entries play, item;
};

static const char *const function_names[TABLE_COUNT] = {
    [TABLE_HISTORY] = "take_history",
    [TABLE_METADATA] = "take_metadata",
    [TABLE_MEDIA_INFO] = "take_media_info",
};
static const char *const aliases[TABLE_COUNT] = {
    [TABLE_HISTORY] = "h", [TABLE_METADATA] = "m", [TABLE_MEDIA_INFO] = "i"};

/* ---- entries ---- */

static void add_word(struct entries *to, uint64_t word)
{
    memcpy(to->bytes + to->used, &word, sizeof(word));
    to->used += sizeof(word);
}

static void add_head(struct entries *to, enum column c, const struct raw_value *v)
{
    add_word(to, (uint64_t)c << 48 | (uint64_t)v->type << 40 | v->size);
}

/* Copies the value to the entries and points to it there. */
static void add_short(struct entries *to, struct raw_value *v)
{
    char *at = to->bytes + to->used;
    size_t padded = (v->size / 8 + 1) * 8; /* at least one zero behind it */
    memset(at + padded - 8, 0, 8);
    memcpy(at, v->bytes, v->size);
    to->used += padded;
    v->bytes = at;
    v->clean = v->type == RAW_TEXT && text_is_clean_ascii(at, v->size);
}

static void add_long(struct entries *to, struct row *row, struct raw_value *v)
{
    add_word(to, XXH3_64bits(v->bytes, v->size));
    row->arena_used = true;
    v->bytes = arena_text(row->arena, v->bytes, v->size);
    v->clean = v->type == RAW_TEXT && v->size <= TEXT_MAX && text_is_clean(v->bytes, v->size);
}

/* ---- values ---- */

static void add_value(struct row_loader *l, enum column c, struct entries *to, struct raw_value *v)
{
    add_head(to, c, v);
    if (v->type == RAW_INTEGER || v->type == RAW_REAL) {
        add_word(to, (uint64_t)v->integer); /* a real's bits lie in the same place */
    } else if (v->size > WHOLE_MAX || to->used > BUFFER_SIZE - SPARE) {
        add_long(to, l->row, v);
    } else if (v->size > 0) {
        add_short(to, v);
    }
}

static bool is_empty(const struct raw_value *v)
{
    return (v->type == RAW_TEXT || v->type == RAW_BLOB) && v->size == 0;
}

/* The i-th column of the table, whose value lies in the row already. */
static void take_value(const struct table_columns *t, int i)
{
    struct row_loader *l = t->loader;
    struct raw_value *v = &l->row->raw[t->columns[i]];
    if (v->type == RAW_NULL) {
        return;
    }
    if (t->to[i] != NULL) {
        add_value(l, t->columns[i], is_empty(v) ? &l->play : t->to[i], v);
    } else if (v->type == RAW_TEXT || v->type == RAW_BLOB) {
        l->row->arena_used = true;
        v->bytes = arena_text(l->row->arena, v->bytes, v->size);
    }
}

static void take_columns(sqlite3_context *context, int count, sqlite3_value **values)
{
    const struct table_columns *self = sqlite3_user_data(context);
    for (int i = 0; i < count; i++) {
        raw_value_load(values[i], &self->loader->row->raw[self->columns[i]]);
        take_value(self, i);
    }
}

void row_loader_put(struct row_loader *l, const struct raw_value *values)
{
    for (int t = 0; t < TABLE_COUNT; t++) {
        for (int i = 0; i < l->tables[t].count; i++) {
            enum column c = l->tables[t].columns[i];
            l->row->raw[c] = values[c];
            take_value(&l->tables[t], i);
        }
    }
}

/* ---- the statement ---- */

/* Ids tell copies apart, and reference_id is an id: neither is part of what a row says. */
static struct entries *hashed_in(struct row_loader *l, enum column c)
{
    if (c == COL_HISTORY_id || c == COL_HISTORY_reference_id || c == COL_METADATA_id ||
        c == COL_MEDIA_INFO_id) {
        return NULL;
    }
    return column_is_of_item(c) ? &l->item : &l->play;
}

struct row_loader *row_loader_new(sqlite3 *db, const struct schema *schema, struct row *row)
{
    struct row_loader *l = must_alloc(sizeof(*l));
    l->db = db;
    l->schema = schema;
    l->row = row;
    for (int c = 0; c < COLUMN_COUNT; c++) {
        if (schema->has_column[c]) {
            struct table_columns *t = &l->tables[column_table((enum column)c)];
            t->to[t->count] = hashed_in(l, (enum column)c);
            t->columns[t->count++] = (enum column)c;
        }
    }
    for (int t = 0; t < TABLE_COUNT; t++) {
        l->tables[t].loader = l;
    }
    for (int t = 0; db != NULL && t < TABLE_COUNT; t++) {
        (void)sqlite3_create_function_v2(db, function_names[t], -1, SQLITE_UTF8 | SQLITE_DIRECTONLY,
                                         &l->tables[t], take_columns, NULL, NULL, NULL);
    }
    return l;
}

void row_loader_destroy(struct row_loader **l)
{
    if (*l != NULL) {
        for (int t = 0; (*l)->db != NULL && t < TABLE_COUNT; t++) {
            (void)sqlite3_create_function_v2((*l)->db, function_names[t], -1, SQLITE_UTF8, NULL,
                                             NULL, NULL, NULL, NULL);
        }
        free(*l);
        *l = NULL;
    }
}

static const char *call_sql(const struct row_loader *l, enum table t, struct arena *arena)
{
    const char *arguments = "";
    for (int i = 0; i < l->tables[t].count; i++) {
        arguments = arena_format(arena, "%s%s%s.%s", arguments, i == 0 ? "" : ", ", aliases[t],
                                 column_name(l->tables[t].columns[i]));
    }
    return arena_format(arena, "%s(%s)", function_names[t], arguments);
}

const char *row_loader_sql(const struct row_loader *l, struct arena *arena)
{
    const char *calls = call_sql(l, TABLE_HISTORY, arena);
    const char *joins = "";
    for (enum table t = TABLE_METADATA; t < TABLE_COUNT; t++) {
        if (l->schema->has_table[t]) {
            calls = arena_format(arena, "%s, %s", calls, call_sql(l, t, arena));
            joins = arena_format(arena, "%s LEFT JOIN %s AS %s ON %s.id = h.id", joins,
                                 table_name(t), aliases[t], aliases[t]);
        }
    }
    return arena_format(arena,
                        "SELECT %s FROM session_history AS h NOT INDEXED%s "
                        "WHERE h.id BETWEEN ?1 AND ?2 ORDER BY h.id",
                        calls, joins);
}

/* ---- rows ---- */

void row_loader_begin(struct row_loader *l)
{
    row_begin(l->row);
    l->play.used = 0;
    l->item.used = 0;
}

void row_loader_end(struct row_loader *l, uint64_t server_hash)
{
    uint64_t item = XXH3_64bits(l->item.bytes, l->item.used);
    add_word(&l->play, item);
    uint64_t all = XXH3_64bits(l->play.bytes, l->play.used);
    l->row->out.position = l->row->raw[COL_HISTORY_id].integer;
    l->row->out.play.content_hash = (int64_t)all;
    l->row->out.item_hash = (int64_t)XXH3_64bits_withSeed(&item, sizeof(item), server_hash);
}

static void load_alone(struct row_loader *l, int64_t id, enum column c)
{
    char sql[160];
    OWNED(stmt_finalize) sqlite3_stmt *one = NULL;
    (void)snprintf(sql, sizeof(sql), "SELECT %s FROM %s WHERE id = ?1", column_name(c),
                   table_name(column_table(c)));
    if (source_db_prepare(l->db, sql, &one) != OK) {
        return;
    }
    sqlite3_bind_int64(one, 1, id);
    if (sqlite3_step(one) == SQLITE_ROW && sqlite3_column_bytes(one, 0) <= WHOLE_MAX) {
        struct raw_value *v = &l->row->raw[c];
        raw_value_load(sqlite3_column_value(one, 0), v);
        if (v->type == RAW_TEXT || v->type == RAW_BLOB) {
            l->row->arena_used = true;
            v->bytes = arena_text(l->row->arena, v->bytes, v->size);
        }
    }
}

void row_loader_one_by_one(struct row_loader *l, int64_t id)
{
    row_loader_begin(l);
    memset(l->row->raw, 0, l->row->column_count * sizeof(*l->row->raw));
    l->row->out.position = id;
    for (int i = 0; i < l->tables[TABLE_HISTORY].count; i++) {
        load_alone(l, id, l->tables[TABLE_HISTORY].columns[i]);
    }
}

/* ---- a few columns of session_history ---- */

static const enum column brief[] = {
    COL_HISTORY_id,   COL_HISTORY_started,    COL_HISTORY_stopped,    COL_HISTORY_user_id,
    COL_HISTORY_user, COL_HISTORY_rating_key, COL_HISTORY_machine_id, COL_HISTORY_media_type,
};

const char *row_brief_sql(const struct schema *schema, const char *tail, struct arena *arena)
{
    const char *names = "";
    for (size_t i = 0; i < COUNT_OF(brief); i++) {
        if (schema->has_column[brief[i]]) {
            names = arena_format(arena, "%s%s%s", names, i == 0 ? "" : ", ", column_name(brief[i]));
        }
    }
    return arena_format(arena, "SELECT %s FROM session_history NOT INDEXED %s", names, tail);
}

void row_brief_load(struct row *r, const struct schema *schema, sqlite3_stmt *rows)
{
    int at = 0;
    row_begin(r);
    for (size_t i = 0; i < COUNT_OF(brief); i++) {
        if (schema->has_column[brief[i]]) {
            raw_value_load(sqlite3_column_value(rows, at++), &r->raw[brief[i]]);
        }
    }
    r->out.position = r->raw[COL_HISTORY_id].integer;
}

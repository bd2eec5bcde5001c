/* SPDX-License-Identifier: MIT
 * source_rebuild.c - a private copy of a database in which an id is no key: one where it is.
 *
 * Tools that copy tables (CREATE TABLE AS, a CSV import, data frames) lose the primary key and
 * often the types. Everything else here relies on the id being the row's own number, so the rows
 * are written into a new file that has nothing of the old one's schema but the names of known
 * columns. */
#include "actors/tautulli/source_rebuild.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "actors/shared/raw_value.h"
#include "actors/tautulli/refuse.h"
#include "actors/tautulli/source_db.h"
#include "actors/tautulli/source_stage.h"
#include "actors/tautulli/source_vfs.h"

#define PAGE_BYTES 4096
#define ROWS_BETWEEN_CHECKS 1000 /* rows between two checks whether somebody still waits */
#define SIDE_ROWS_MAX 100000     /* of users and libraries; more are not used either */
#define NAMES_MAX 80             /* the widest table of Tautulli has 77 columns */

struct rebuild {
    sqlite3 *from, *to;
    const struct staging *staging;
    struct arena *arena;
    struct refusal *why;
};

/* A table to be copied. `keyed`: the first column is the id, and becomes the key. */
struct copied {
    const char *name;
    const char *columns[NAMES_MAX];
    size_t count;
    bool keyed;
};

/* ---- ids ---- */

/* A whole number in whatever storage class; a text or real beyond 2^53 is not sure of its ones. */
static bool whole_id(const struct raw_value *v, int64_t *out)
{
    if (v->type == RAW_BLOB || raw_number(v, out) != 1) {
        return false;
    }
    double real = v->type == RAW_REAL   ? v->real
                  : v->type == RAW_TEXT ? strtod(v->bytes, NULL)
                                        : (double)*out;
    return trunc(real) == real;
}

/* Borrows the bytes: the row is written before the next one is read. */
static void bind(sqlite3_stmt *insert, int at, const struct raw_value *v)
{
    switch ((enum raw_type)v->type) {
    case RAW_NULL:
        (void)sqlite3_bind_null(insert, at);
        break;
    case RAW_INTEGER:
        (void)sqlite3_bind_int64(insert, at, v->integer);
        break;
    case RAW_REAL:
        (void)sqlite3_bind_double(insert, at, v->real);
        break;
    case RAW_TEXT:
        (void)sqlite3_bind_text(insert, at, v->bytes, (int)v->size, SQLITE_STATIC);
        break;
    case RAW_BLOB:
        (void)sqlite3_bind_blob(insert, at, v->bytes, (int)v->size, SQLITE_STATIC);
        break;
    }
}

/* ---- one table ---- */

static const char *list_of(const struct copied *t, struct arena *arena)
{
    const char *list = t->columns[0];
    for (size_t i = 1; i < t->count; i++) {
        list = arena_format(arena, "%s, %s", list, t->columns[i]);
    }
    return list;
}

/* Columns without a declared type, so that each value stays what it is. */
static enum err create(struct rebuild *r, const struct copied *t, sqlite3_stmt **out_insert)
{
    const char *list = list_of(t, r->arena);
    const char *marks = "?";
    for (size_t i = 1; i < t->count; i++) {
        marks = arena_format(r->arena, "%s, ?", marks);
    }
    const char *made = t->keyed && t->count > 1
                           ? arena_format(r->arena, "id INTEGER PRIMARY KEY%s", strchr(list, ','))
                       : t->keyed ? "id INTEGER PRIMARY KEY"
                                  : list;
    enum err e = source_db_error(sqlite3_exec(
        r->to, arena_format(r->arena, "CREATE TABLE %s (%s)", t->name, made), NULL, NULL, NULL));
    return e != OK ? e
                   : source_db_prepare(r->to,
                                       arena_format(r->arena, "INSERT INTO %s (%s) VALUES (%s)",
                                                    t->name, list, marks),
                                       out_insert);
}

/* *out_unique turns false at the first id that is no key, and the row is not written. */
static enum err copy_row(const struct copied *t, sqlite3_stmt *row, sqlite3_stmt *insert,
                         bool *out_unique)
{
    for (int i = 0; i < (int)t->count; i++) {
        struct raw_value value;
        raw_value_load(sqlite3_column_value(row, i), &value);
        if (i == 0 && t->keyed) {
            int64_t id = 0;
            *out_unique = whole_id(&value, &id);
            value = (struct raw_value){.type = RAW_INTEGER, .integer = id};
        }
        bind(insert, i + 1, &value);
    }
    if (!*out_unique) {
        return OK;
    }
    int result = sqlite3_step(insert);
    (void)sqlite3_reset(insert);
    if ((result & 0xff) == SQLITE_CONSTRAINT) {
        *out_unique = false;
        return OK;
    }
    return source_db_error(result);
}

static enum err copy_table(struct rebuild *r, const struct copied *t, bool *out_unique)
{
    OWNED(stmt_finalize) sqlite3_stmt *rows = NULL;
    OWNED(stmt_finalize) sqlite3_stmt *insert = NULL;
    enum err e = create(r, t, &insert);
    if (e == OK) {
        e = source_db_prepare(
            r->from,
            arena_format(r->arena, "SELECT %s FROM %s NOT INDEXED", list_of(t, r->arena), t->name),
            &rows);
    }
    bool row = false;
    for (unsigned n = 1; e == OK && *out_unique && (t->keyed || n <= SIDE_ROWS_MAX); n++) {
        e = source_db_step(rows, &row);
        if (e != OK || !row) {
            break;
        }
        e = copy_row(t, rows, insert, out_unique);
        if (n % ROWS_BETWEEN_CHECKS == 0 && stage_cancelled(r->staging)) {
            e = ERR_TIMEOUT;
        }
    }
    return e;
}

/* ---- all of them ---- */

static enum err copy_history(struct rebuild *r, const struct schema *schema, enum table of,
                             bool *out_unique)
{
    struct copied t = {.name = table_name(of), .keyed = true, .columns = {"id"}, .count = 1};
    for (int c = 0; c < COLUMN_COUNT; c++) {
        const char *name = column_name((enum column)c);
        if (column_table((enum column)c) == of && schema->has_column[c] &&
            strcmp(name, "id") != 0) {
            t.columns[t.count++] = name;
        }
    }
    *out_unique = true;
    return copy_table(r, &t, out_unique);
}

static enum err copy_sides(struct rebuild *r, const struct schema *schema)
{
    struct copied users = {.name = "users", .columns = {"user_id", "username"}, .count = 2};
    struct copied sections = {
        .name = "library_sections",
        .columns = {"server_id", "section_id", "section_name", "section_type"},
        .count = 4};
    const struct copied version = {.name = "version_info", .columns = {"key", "value"}, .count = 2};
    if (schema->friendly_name) {
        users.columns[users.count++] = "friendly_name";
    }
    if (schema->is_admin) {
        users.columns[users.count++] = "is_admin";
    }
    if (schema->section_active) {
        sections.columns[sections.count++] = "is_active";
    }
    if (schema->section_deleted) {
        sections.columns[sections.count++] = "deleted_section";
    }
    bool unique = true;
    enum err e = schema->users ? copy_table(r, &users, &unique) : OK;
    if (e == OK && schema->libraries) {
        e = copy_table(r, &sections, &unique);
    }
    return e == OK && schema->version ? copy_table(r, &version, &unique) : e;
}

static enum err copy_all(struct rebuild *r, const struct schema *schema,
                         bool left_out[static TABLE_COUNT])
{
    enum err e = OK;
    for (enum table t = TABLE_HISTORY; e == OK && t < TABLE_COUNT; t++) {
        bool unique = true;
        if (!schema->has_table[t]) {
            continue;
        }
        e = copy_history(r, schema, t, &unique);
        if (e == OK && !unique && t == TABLE_HISTORY) {
            e = refuse(r->why, ERR_NOT_TAUTULLI,
                       "In this database the ids of session_history are no key, and not all of "
                       "them are whole and unique");
            r->why->remedy = "Choose the database that this one was copied from, or a backup made "
                             "by Tautulli";
            return e;
        }
        if (e == OK && !unique) {
            left_out[t] = true;
            e = source_db_error(sqlite3_exec(
                r->to, arena_format(r->arena, "DROP TABLE %s", table_name(t)), NULL, NULL, NULL));
        }
    }
    e = e == OK ? copy_sides(r, schema) : e;
    return e == OK ? OK : refuse(r->why, e, NULL);
}

static enum err open_new(struct rebuild *r, const struct place *copy)
{
    int result = source_vfs_open(copy, VFS_PRIVATE, r->staging->quota_bytes, &r->to);
    const char *sql =
        arena_format(r->arena,
                     "PRAGMA page_size = %d; PRAGMA max_page_count = %llu;"
                     "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;"
                     "PRAGMA locking_mode = EXCLUSIVE; BEGIN",
                     PAGE_BYTES, (unsigned long long)(r->staging->quota_bytes / PAGE_BYTES));
    return source_db_error(result == SQLITE_OK ? sqlite3_exec(r->to, sql, NULL, NULL, NULL)
                                               : result);
}

enum err source_rebuild(sqlite3 *db, const struct schema *schema, const struct staging *staging,
                        uint64_t bytes, struct arena *arena, bool left_out[static TABLE_COUNT],
                        const char **out, struct refusal *out_why)
{
    struct rebuild r = {.from = db, .staging = staging, .arena = arena, .why = out_why};
    OWNED(place_release) struct place copy = PLACE_NONE;
    const char *path = NULL;
    enum err e = stage_new(staging, arena, &path, &copy, out_why);
    if (e != OK) {
        return e;
    }
    e = stage_room(staging, bytes, arena, out_why);
    if (e == OK) {
        e = open_new(&r, &copy);
        e = e == OK ? source_db_begin(db) : e;
        e = e == OK ? copy_all(&r, schema, left_out) : refuse(out_why, e, NULL);
        source_db_end(db);
        if (e == OK && sqlite3_exec(r.to, "COMMIT", NULL, NULL, NULL) != SQLITE_OK) {
            e = refuse(out_why, ERR_STAGING_FULL, NULL);
        }
    }
    source_vfs_close(&r.to);
    if (e != OK) {
        source_remove_staged(staging->dir, path);
        return e;
    }
    *out = path;
    return OK;
}

/* SPDX-License-Identifier: MIT
 * reader.c - reads id ranges of a source and maps each row.
 *
 * One SELECT joins the tables that are there and names the known columns; one read transaction per
 * range, so that no reader pins the source's -wal. A value too large for us rejects its row alone.
 */
#include "actors/tautulli/reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "actors/tautulli/names.h"
#include "actors/tautulli/row_map.h"
#include "actors/tautulli/source_db.h"

#define FUTURE_S 86400 /* a clock may be a day off */

struct reader {
    sqlite3 *db;                       /* borrowed from the source */
    sqlite3_stmt *rows, *one, *behind; /* a range; is there this id; the next id */
    struct names *names;
    enum column columns[COLUMN_COUNT]; /* of the statement, in its order */
    int column_count;
    struct row_rules rules;
    struct row row;
    int64_t first_id, last_id, reached;
    bool begun;
};

/* ---- preparation ---- */

static const char *aliases[TABLE_COUNT] = {
    [TABLE_HISTORY] = "h", [TABLE_METADATA] = "m", [TABLE_MEDIA_INFO] = "i"};

/* Notes which column stands where. */
static const char *select_sql(struct reader *r, const struct schema *schema, struct arena *arena)
{
    const char *list = "";
    for (int c = 0; c < COLUMN_COUNT; c++) {
        if (schema->has_column[c]) {
            list = arena_format(arena, "%s%s%s.%s", list, r->column_count == 0 ? "" : ", ",
                                aliases[column_table((enum column)c)], column_name((enum column)c));
            r->columns[r->column_count++] = (enum column)c;
        }
    }
    return arena_format(arena,
                        "SELECT %s FROM session_history AS h NOT INDEXED%s%s "
                        "WHERE h.id BETWEEN ?1 AND ?2 ORDER BY h.id",
                        list,
                        schema->has_table[TABLE_METADATA]
                            ? " LEFT JOIN session_history_metadata AS m ON m.id = h.id"
                            : "",
                        schema->has_table[TABLE_MEDIA_INFO]
                            ? " LEFT JOIN session_history_media_info AS i ON i.id = h.id"
                            : "");
}

static enum err prepare(struct reader *r, const struct schema *schema)
{
    OWNED(arena_destroy) struct arena *arena = arena_new();
    enum err e = db_prepare(r->db, select_sql(r, schema, arena), &r->rows);
    if (e == OK) {
        e = db_prepare(r->db, "SELECT 1 FROM session_history WHERE id = ?1", &r->one);
    }
    return e != OK ? e
                   : db_prepare(r->db,
                                "SELECT id FROM session_history WHERE id > ?1 AND id <= ?2 "
                                "ORDER BY id LIMIT 1",
                                &r->behind);
}

static bool has_row(void *context, int64_t id)
{
    struct reader *r = context;
    sqlite3_bind_int64(r->one, 1, id);
    bool found = sqlite3_step(r->one) == SQLITE_ROW;
    (void)sqlite3_reset(r->one);
    return found;
}

enum err reader_open(struct source *s, const struct reader_settings *settings, struct reader **out)
{
    OWNED(reader_close) struct reader *r = must_alloc(sizeof(*r));
    row_init(&r->row);
    r->db = source_db(s);
    r->names = names_new(s);
    r->rules = (struct row_rules){
        .schema = source_schema(s),
        .names = r->names,
        .watched_percent = settings->watched_percent,
        .latest_s = settings->planned_at_ms / 1000 + FUTURE_S,
        .server_hash = XXH3_64bits(settings->server_id, strlen(settings->server_id)),
        .has_row = has_row,
        .context = r,
    };
    enum err e = prepare(r, source_schema(s));
    if (e == OK) {
        *out = TAKE(r);
    }
    return e;
}

void reader_close(struct reader **r)
{
    if (*r != NULL) {
        reader_end(*r);
        stmt_release(&(*r)->rows);
        stmt_release(&(*r)->one);
        stmt_release(&(*r)->behind);
        names_destroy(&(*r)->names);
        row_release(&(*r)->row);
        free(*r);
        *r = NULL;
    }
}

/* ---- reading ---- */

static void rewind_to(struct reader *r, int64_t first_id)
{
    (void)sqlite3_reset(r->rows);
    sqlite3_bind_int64(r->rows, 1, first_id);
    sqlite3_bind_int64(r->rows, 2, r->last_id);
}

enum err reader_begin(struct reader *r, int64_t first_id, int64_t last_id)
{
    reader_end(r);
    enum err e = db_begin(r->db);
    if (e == OK) {
        r->begun = true;
        r->first_id = first_id;
        r->last_id = last_id;
        r->reached = first_id == INT64_MIN ? INT64_MIN : first_id - 1;
        rewind_to(r, first_id);
    }
    return e;
}

void reader_end(struct reader *r)
{
    if (r->begun) {
        (void)sqlite3_reset(r->rows);
        db_end(r->db);
        r->begun = false;
    }
}

int64_t reader_reached(const struct reader *r)
{
    return r->reached;
}

static void load_value(sqlite3_value *from, struct raw_value *to)
{
    switch (sqlite3_value_type(from)) {
    case SQLITE_INTEGER:
        to->type = RAW_INTEGER;
        to->integer = sqlite3_value_int64(from);
        break;
    case SQLITE_FLOAT:
        to->type = RAW_REAL;
        to->real = sqlite3_value_double(from);
        break;
    case SQLITE_TEXT:
        to->type = RAW_TEXT;
        to->bytes = (const char *)sqlite3_value_text(from);
        to->size = (uint32_t)sqlite3_value_bytes(from);
        break;
    case SQLITE_BLOB:
        to->type = RAW_BLOB;
        to->bytes = sqlite3_value_blob(from);
        to->size = (uint32_t)sqlite3_value_bytes(from);
        break;
    default:
        to->type = RAW_NULL;
        break;
    }
    if ((to->type == RAW_TEXT || to->type == RAW_BLOB) && to->bytes == NULL) {
        to->bytes = ""; /* an empty blob, or no memory for a terminating NUL */
        to->size = 0;
    }
}

static void load_row(struct reader *r)
{
    row_begin(&r->row);
    for (int i = 0; i < r->column_count; i++) {
        load_value(sqlite3_column_value(r->rows, i), &r->row.raw[r->columns[i]]);
    }
    r->row.out.id = r->row.raw[COL_HISTORY_id].integer;
}

/* One column of one row, or nothing where it is too large. */
static void load_alone(struct reader *r, int64_t id, enum column c)
{
    char sql[160];
    struct raw_value *v = &r->row.raw[c];
    OWNED(stmt_release) sqlite3_stmt *one = NULL;
    (void)snprintf(sql, sizeof(sql), "SELECT %s FROM %s WHERE id = ?1", column_name(c),
                   table_name(column_table(c)));
    if (db_prepare(r->db, sql, &one) == OK) {
        sqlite3_bind_int64(one, 1, id);
        if (sqlite3_step(one) == SQLITE_ROW && sqlite3_column_bytes(one, 0) <= NUMBER_TEXT_SIZE) {
            load_value(sqlite3_column_value(one, 0), v);
            if (v->type == RAW_TEXT || v->type == RAW_BLOB) {
                v->bytes = arena_text(r->row.arena, v->bytes, v->size);
                r->row.arena_used = true;
            }
        }
    }
}

/* The row behind `reached` holds a value beyond every limit: it is rejected with its short values.
 */
static enum err reject_oversized(struct reader *r)
{
    int64_t bound[2] = {r->reached, r->last_id};
    bool row = false;
    (void)sqlite3_reset(r->behind);
    sqlite3_bind_int64(r->behind, 1, bound[0]);
    sqlite3_bind_int64(r->behind, 2, bound[1]);
    enum err e = db_step(r->behind, &row);
    int64_t id = row ? sqlite3_column_int64(r->behind, 0) : 0;
    (void)sqlite3_reset(r->behind);
    if (e != OK || !row) {
        return e != OK ? e : ERR_DATABASE_DAMAGED;
    }
    row_begin(&r->row);
    r->row.out.id = id;
    memset(r->row.raw, 0, sizeof(r->row.raw));
    for (int c = 0; c < COLUMN_COUNT; c++) {
        if (r->rules.schema->has_column[c] && column_table((enum column)c) == TABLE_HISTORY) {
            load_alone(r, id, (enum column)c);
        }
    }
    r->row.out.facet_user = NULL;
    r->row.out.facet_library = NULL;
    r->row.out.facet_month = NULL;
    row_reject(&r->row, ERR_ROW_TOO_LARGE, r->rules.schema);
    rewind_to(r, id + 1);
    return OK;
}

enum err reader_next(struct reader *r, const struct mapped_row **out_row)
{
    bool row = false;
    *out_row = NULL;
    if (!r->begun || r->reached == INT64_MAX) {
        return OK;
    }
    enum err e = db_step(r->rows, &row);
    if (e == ERR_ROW_TOO_LARGE) {
        e = reject_oversized(r);
        row = e == OK;
    } else if (row) {
        load_row(r);
        row_map(&r->row, &r->rules);
    }
    if (e != OK || !row) {
        return e;
    }
    r->reached = r->row.out.id;
    *out_row = &r->row.out;
    return OK;
}

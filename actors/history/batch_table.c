/* SPDX-License-Identifier: MIT
 * batch_table.c - the virtual table over a decoded batch. Text goes to SQLite as it lies in the
 * message, uncopied; each row is decoded once a scan. This is the inner loop of every import. */
#include "actors/history/batch_table.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "actors/history/native.h"
#include "proto/base/text.h"
#include "proto/wire/arena.h"

struct cursor {
    sqlite3_vtab_cursor base;
    struct batch_table *table;
    struct row_cursor rows;
    struct cell cells[BATCH_COLUMNS_MAX];
    size_t row; /* index of the row in `cells` */
    bool done;
};

struct view {
    sqlite3_vtab base;
    struct batch_table *table;
};

static int connect(sqlite3 *db, void *context, int argc, const char *const *argv,
                   sqlite3_vtab **out, char **out_error)
{
    (void)argc, (void)argv, (void)out_error;
    const struct record_desc *r = desc_play();
    char sql[4096];
    size_t used = (size_t)snprintf(sql, sizeof sql, "CREATE TABLE batch (");
    for (size_t i = 0; i < r->count; i++) {
        used += (size_t)snprintf(sql + used, sizeof sql - used, "%s%s", i > 0 ? "," : "",
                                 r->fields[i].name);
    }
    snprintf(sql + used, sizeof sql - used, ")");
    int code = sqlite3_declare_vtab(db, sql);
    if (code != SQLITE_OK) {
        return code;
    }
    struct view *v = must_alloc(sizeof *v);
    v->table = context;
    *out = &v->base;
    return SQLITE_OK;
}

static int disconnect(sqlite3_vtab *base)
{
    void *memory = base;
    free_bytes(&memory);
    return SQLITE_OK;
}

/* There is one way to read it: from the first row to the last. */
static int best_index(sqlite3_vtab *base, sqlite3_index_info *plan)
{
    (void)base;
    plan->estimatedCost = BATCH_ROWS_MAX;
    plan->estimatedRows = BATCH_ROWS_MAX;
    return SQLITE_OK;
}

static int open_cursor(sqlite3_vtab *base, sqlite3_vtab_cursor **out)
{
    struct cursor *c = must_alloc(sizeof *c);
    c->table = ((struct view *)base)->table;
    *out = &c->base;
    return SQLITE_OK;
}

static int close_cursor(sqlite3_vtab_cursor *base)
{
    void *memory = base;
    free_bytes(&memory);
    return SQLITE_OK;
}

static int flawed(struct cursor *c, const char *what)
{
    (void)batch_table_flaw(c->table, c->row, what);
    sqlite3_free(c->base.pVtab->zErrMsg);
    c->base.pVtab->zErrMsg = sqlite3_mprintf("batch refused: %s", c->table->flaw);
    c->done = true;
    return SQLITE_ERROR;
}

static bool native_fits(const struct batch_table *t, const struct cell *cell)
{
    bool text = cell->type == CELL_STR && cell->size > 0 && cell->size <= NATIVE_ID_MAX &&
                text_is_clean(cell->bytes, cell->size);
    return t->batch->native_ids && (text || cell->type == CELL_I64);
}

static struct native_id native_of(const struct cell *cell, int64_t position)
{
    return cell->type == CELL_STR   ? (struct native_id){.text = {cell->bytes, cell->size}}
           : cell->type == CELL_I64 ? (struct native_id){.number = cell->i64}
                                    : (struct native_id){.number = position};
}

static const char *check_row(const struct batch_table *t, const struct cell *cells, size_t row)
{
    for (size_t i = 0; i < t->required_count; i++) {
        if (cells[t->required[i]].type == CELL_NIL) {
            return "a required value is missing";
        }
    }
    const struct cell *position = &cells[t->at_position];
    const struct cell *facet = &cells[t->at_facet];
    const struct cell *item = &cells[t->at_item];
    if (position->type != CELL_I64 || cells[t->at_hash].type != CELL_I64 ||
        cells[t->at_started].type != CELL_I64) {
        return "a key is no whole number";
    }
    if (position->i64 < t->batch->first_id || position->i64 > t->batch->last_id ||
        (row > 0 && position->i64 <= t->position[row - 1])) {
        return "its position is out of order or out of range";
    }
    if (cells[t->at_native].type != CELL_NIL && !native_fits(t, &cells[t->at_native])) {
        return "its native id is none, or was not announced";
    }
    if (facet->type != CELL_I64 || facet->i64 < 0 ||
        (uint64_t)facet->i64 >= t->batch->facets_count) {
        return "it names a facet that is not in the batch";
    }
    if (item->type != CELL_NIL &&
        (item->type != CELL_I64 || item->i64 < 0 || (uint64_t)item->i64 >= t->batch->item_count)) {
        return "it names an item that is not in the batch";
    }
    return NULL;
}

static void learn_row(struct batch_table *t, const struct cell *cells, size_t row)
{
    t->position[row] = cells[t->at_position].i64;
    if (t->batch->native_ids) {
        t->native_id[row] = native_of(&cells[t->at_native], t->position[row]);
    }
    t->started_at[row] = cells[t->at_started].i64;
    t->content_hash[row] = cells[t->at_hash].i64;
    t->has_reference[row] = cells[t->at_reference].type == CELL_I64;
    t->reference_id[row] = t->has_reference[row] ? cells[t->at_reference].i64 : 0;
    t->facet[row] = (uint16_t)cells[t->at_facet].i64;
    t->count = row + 1;
}

/* Reads rows until one is not to be skipped. */
static int advance(struct cursor *c)
{
    struct batch_table *t = c->table;
    do {
        c->row = t->count;
        if (row_cursor_done(&c->rows)) {
            c->done = true;
            return t->count == t->batch->play_count ? SQLITE_OK : flawed(c, "rows are missing");
        }
        if (t->count >= t->batch->play_count || t->count >= BATCH_ROWS_MAX) {
            return flawed(c, "there are more rows than announced");
        }
        if (row_cursor_next(&c->rows, c->cells, t->columns) != OK) {
            return flawed(c, "it cannot be decoded");
        }
        const char *what = check_row(t, c->cells, c->row);
        if (what != NULL) {
            return flawed(c, what);
        }
        learn_row(t, c->cells, c->row);
    } while (t->skip[c->row]);
    return SQLITE_OK;
}

static int filter(sqlite3_vtab_cursor *base, int index, const char *text, int argc,
                  sqlite3_value **argv)
{
    (void)index, (void)text, (void)argc, (void)argv;
    struct cursor *c = (struct cursor *)base;
    row_cursor_init(&c->rows, c->table->batch->plays.data, c->table->batch->plays.size);
    c->done = false;
    c->table->count = 0;
    return advance(c);
}

static int next(sqlite3_vtab_cursor *base)
{
    return advance((struct cursor *)base);
}

static int at_end(sqlite3_vtab_cursor *base)
{
    return ((struct cursor *)base)->done;
}

static int enum_cell(struct cursor *c, sqlite3_context *out, const struct cell *cell)
{
    int value = cell->type == CELL_I64 ? (int)cell->i64 : -1;
    for (int i = 0; cell->type == CELL_STR && i < time_quality_COUNT; i++) {
        const char *name = enum_time_quality.items[i];
        if (strlen(name) == cell->size && memcmp(name, cell->bytes, cell->size) == 0) {
            value = i;
        }
    }
    if (value < 0 || value >= time_quality_COUNT) {
        return flawed(c, "time_quality is none of its values");
    }
    sqlite3_result_int(out, value);
    return SQLITE_OK;
}

static int item_cell(const struct cursor *c, sqlite3_context *out, const struct cell *cell)
{
    if (c->table->items[cell->i64].id != 0) {
        sqlite3_result_int64(out, c->table->items[cell->i64].id);
    }
    return SQLITE_OK;
}

static bool number_kind(enum field_type kind)
{
    return kind == TYPE_I64 || kind == TYPE_TIME || kind == TYPE_U64;
}

static int column(sqlite3_vtab_cursor *base, sqlite3_context *out, int at)
{
    struct cursor *c = (struct cursor *)base;
    const struct cell *cell = &c->cells[at];
    enum field_type kind = c->table->kinds[at];
    if (kind == TYPE_ID) {
        struct native_id id = batch_table_id(c->table, c->row);
        native_result(out, &id);
        return SQLITE_OK;
    }
    if (cell->type == CELL_NIL) {
        return SQLITE_OK;
    }
    if (cell->type == CELL_STR && kind == TYPE_STR && cell->size <= TEXT_MAX) {
        sqlite3_result_text(out, cell->bytes, (int)cell->size, SQLITE_STATIC);
    } else if (cell->type == CELL_I64 && number_kind(kind)) {
        if ((size_t)at == c->table->at_item) {
            return item_cell(c, out, cell);
        }
        sqlite3_result_int64(out, cell->i64);
    } else if (cell->type == CELL_BOOL && kind == TYPE_BOOL) {
        sqlite3_result_int(out, cell->boolean);
    } else if (cell->type == CELL_BIN && kind == TYPE_BIN) {
        sqlite3_result_blob(out, cell->bytes, (int)cell->size, SQLITE_STATIC);
    } else if (cell->type == CELL_F64 && kind == TYPE_F64) {
        sqlite3_result_double(out, cell->f64);
    } else if (cell->type == CELL_I64 && kind == TYPE_F64) {
        sqlite3_result_double(out, (double)cell->i64);
    } else if (kind == TYPE_ENUM) {
        return enum_cell(c, out, cell);
    } else {
        return flawed(c, "a value has the wrong type");
    }
    return SQLITE_OK;
}

static int rowid(sqlite3_vtab_cursor *base, sqlite3_int64 *out)
{
    *out = (sqlite3_int64)((struct cursor *)base)->row;
    return SQLITE_OK;
}

static const sqlite3_module module = {
    .xConnect = connect, /* no xCreate: the table is there without being made */
    .xDisconnect = disconnect,
    .xBestIndex = best_index,
    .xOpen = open_cursor,
    .xClose = close_cursor,
    .xFilter = filter,
    .xNext = next,
    .xEof = at_end,
    .xColumn = column,
    .xRowid = rowid,
};

enum err batch_table_register(sqlite3 *db, struct batch_table *table)
{
    const struct record_desc *r = desc_play();
    table->columns = r->count;
    for (size_t i = 0; i < r->count && i < BATCH_COLUMNS_MAX; i++) {
        table->kinds[i] = r->fields[i].type;
        if (r->fields[i].presence == PRESENCE_REQ) {
            table->required[table->required_count++] = (uint8_t)i;
        }
    }
    table->at_position = schema_field_at(r, "position");
    table->at_native = schema_field_at(r, "native_id");
    table->at_facet = schema_field_at(r, "facet");
    table->at_item = schema_field_at(r, "item");
    table->at_hash = schema_field_at(r, "content_hash");
    table->at_started = schema_field_at(r, "started_at");
    table->at_reference = schema_field_at(r, "reference_id");
    bool fits = r->count <= BATCH_COLUMNS_MAX;
    return fits && sqlite3_create_module(db, "batch", &module, table) == SQLITE_OK
               ? OK
               : ERR_STORE_FAILED;
}

static bool cell_fits(enum field_type kind, const struct cell *cell)
{
    switch (cell->type) {
    case CELL_NIL:
        return true;
    case CELL_STR:
        return kind == TYPE_ENUM || kind == TYPE_ID || (kind == TYPE_STR && cell->size <= TEXT_MAX);
    case CELL_I64:
        return number_kind(kind) || kind == TYPE_F64 || kind == TYPE_ENUM || kind == TYPE_ID;
    case CELL_BOOL:
        return kind == TYPE_BOOL;
    case CELL_BIN:
        return kind == TYPE_BIN;
    case CELL_F64:
        return kind == TYPE_F64;
    default:
        return false;
    }
}

bool cells_fit(const struct record_desc *record, const struct cell *cells)
{
    size_t i = 0;
    while (i < record->count && cell_fits(record->fields[i].type, &cells[i])) {
        i++;
    }
    return i == record->count;
}

enum err batch_table_flaw(struct batch_table *table, size_t row, const char *what)
{
    snprintf(table->flaw, sizeof table->flaw, "row %zu: %s", row, what);
    return ERR_BATCH_REFUSED;
}

void batch_table_show(struct batch_table *table, const struct batch_commit *batch,
                      const struct item_ref *items)
{
    table->batch = batch;
    table->items = items;
    table->count = 0;
    table->flaw[0] = '\0';
    memset(table->skip, 0, sizeof table->skip);
}

/* SPDX-License-Identifier: MIT
 * rows_read.c - cells of a parcel to raw values, and these to rows. What another machine sent is
 * checked like anything from outside: ids rise within the range, and no cell is of a type that
 * SQLite has not. */
#include "actors/tautulli/rows_read.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "actors/tautulli/names.h"
#include "actors/tautulli/row_load.h"
#include "actors/tautulli/row_map.h"
#include "proto/wire/codec.h"

#define BEFORE_CELLS 4

struct rows_reader {
    struct schema schema;
    size_t column_count; /* that are there */
    struct names *names;
    struct row_loader *loader;
    uint64_t server_hash;
    struct row_rules rules;
    struct row row;
    struct recent recent;
    bool reference; /* of the row at hand: its reference_id is a row */
    struct raw_value values[COLUMN_COUNT];
    const struct rows_sent *parcel;
    struct row_cursor cursor;
    int64_t next_id, last_id;
    bool over, wide_told;
};

/* ---- preparation ---- */

static bool has_row(void *context, int64_t id)
{
    const struct rows_reader *r = context;
    (void)id;
    return r->reference;
}

static enum err take_columns(struct rows_reader *r, struct bytes columns)
{
    if (columns.size != COLUMN_COUNT) {
        return ERR_BAD_MESSAGE;
    }
    for (int c = 0; c < COLUMN_COUNT; c++) {
        r->schema.has_column[c] = ((const char *)columns.data)[c] != 0;
        r->column_count += r->schema.has_column[c] ? 1 : 0;
    }
    r->schema.has_table[TABLE_HISTORY] = r->schema.has_column[COL_HISTORY_id];
    r->schema.has_table[TABLE_METADATA] = r->schema.has_column[COL_METADATA_id];
    r->schema.has_table[TABLE_MEDIA_INFO] = r->schema.has_column[COL_MEDIA_INFO_id];
    return r->schema.has_table[TABLE_HISTORY] ? OK : ERR_BAD_MESSAGE;
}

enum err rows_reader_open(const struct rows_file *file, const struct reader_settings *settings,
                          struct rows_reader **out)
{
    OWNED(rows_reader_close) struct rows_reader *r = must_alloc(sizeof(*r));
    row_init(&r->row, COLUMN_COUNT, column_full_names);
    enum err e = take_columns(r, file->columns);
    if (e != OK) {
        return e;
    }
    r->names = names_of(file->people, file->people_count, file->libraries, file->library_count,
                        settings->server_id);
    r->rules = (struct row_rules){
        .schema = &r->schema,
        .names = r->names,
        .watched_percent = settings->watched_percent,
        .latest_s = reader_latest_s(settings),
        .has_row = has_row,
        .context = r,
        .recent = &r->recent,
    };
    r->server_hash = XXH3_64bits(settings->server_id, strlen(settings->server_id));
    r->loader = row_loader_new(NULL, &r->schema, &r->row);
    *out = TAKE(r);
    return OK;
}

void rows_reader_close(struct rows_reader **r)
{
    if (*r != NULL) {
        row_loader_destroy(&(*r)->loader);
        names_destroy(&(*r)->names);
        row_release(&(*r)->row);
        free(*r);
        *r = NULL;
    }
}

/* ---- a parcel ---- */

static enum err take_before(struct rows_reader *r, struct bytes before)
{
    struct row_cursor cursor;
    row_cursor_init(&cursor, before.data, before.size);
    recent_clear(&r->recent);
    while (!row_cursor_done(&cursor)) {
        struct cell cells[BEFORE_CELLS];
        enum err e = row_cursor_next(&cursor, cells, BEFORE_CELLS);
        for (int i = 0; e == OK && i < BEFORE_CELLS; i++) {
            e = cells[i].type == CELL_I64 || cells[i].type == CELL_U64 ? OK : ERR_BAD_MESSAGE;
        }
        if (e != OK) {
            return e;
        }
        const struct recent_row row = {
            .machine = cells[1].u64, .start_s = cells[2].i64, .stop_s = cells[3].i64};
        recent_put(&r->recent, cells[0].u64, &row);
    }
    return OK;
}

enum err rows_reader_begin(struct rows_reader *r, const struct rows_sent *parcel, int64_t first_id,
                           int64_t last_id)
{
    r->parcel = parcel;
    r->next_id = first_id;
    r->last_id = last_id;
    r->over = false;
    r->wide_told = false;
    row_cursor_init(&r->cursor, parcel->rows.data, parcel->rows.size);
    return take_before(r, parcel->before);
}

/* ---- rows ---- */

static enum err value_of(const struct cell *cell, struct raw_value *out)
{
    *out = (struct raw_value){0};
    switch (cell->type) {
    case CELL_NIL:
        out->type = RAW_NULL;
        return OK;
    case CELL_I64:
        out->type = RAW_INTEGER;
        out->integer = cell->i64;
        return OK;
    case CELL_F64:
        out->type = RAW_REAL;
        out->real = cell->f64;
        return OK;
    case CELL_STR:
    case CELL_BIN:
        out->type = cell->type == CELL_STR ? RAW_TEXT : RAW_BLOB;
        out->size = cell->size;
        out->bytes = cell->size > 0 ? cell->bytes : "";
        return OK;
    default:
        return ERR_BAD_MESSAGE;
    }
}

/* Is there room for this id, and behind it? */
static bool pass(struct rows_reader *r, int64_t id)
{
    if (r->over || id < r->next_id || id > r->last_id) {
        return false;
    }
    r->over = id == r->last_id;
    r->next_id = r->over ? id : id + 1;
    return true;
}

static enum err take_values(struct rows_reader *r)
{
    struct cell cells[1 + COLUMN_COUNT];
    enum err e = row_cursor_next(&r->cursor, cells, 1 + r->column_count);
    if (e != OK || cells[0].type != CELL_BOOL) {
        return ERR_BAD_MESSAGE;
    }
    r->reference = cells[0].boolean;
    size_t at = 1;
    for (int c = 0; e == OK && c < COLUMN_COUNT; c++) {
        if (r->schema.has_column[c]) {
            e = value_of(&cells[at++], &r->values[c]);
        }
    }
    const struct raw_value *id = &r->values[COL_HISTORY_id];
    return e == OK && id->type == RAW_INTEGER && pass(r, id->integer) ? OK : ERR_BAD_MESSAGE;
}

/* As it was mapped where it is. */
static enum err take_wide(struct rows_reader *r, const struct mapped_row **out_row)
{
    const struct wide_row *from = &r->parcel->wide;
    struct mapped_row *row = &r->row.out;
    row_loader_begin(r->loader);
    if (!pass(r, from->id) || from->notes_count > ROW_NOTES_MAX ||
        (!from->has_play && from->notes_count == 0)) {
        return ERR_BAD_MESSAGE;
    }
    r->wide_told = true;
    row->position = from->id;
    row->rejected = !from->has_play;
    row->play = from->play;
    row->play.stream = (struct bytes){0};
    row->stream = from->stream;
    row->item = from->item;
    row->has_stream = from->has_stream;
    row->has_item = from->has_item;
    row->item_hash = from->item_hash;
    row->facet_user = from->user;
    row->facet_library = from->library;
    row->facet_month = from->month;
    row->note_count = from->notes_count;
    for (size_t i = 0; i < from->notes_count; i++) {
        row->notes[i] = from->notes[i];
        row->notes[i].position = from->id;
    }
    *out_row = row;
    return OK;
}

enum err rows_reader_next(struct rows_reader *r, const struct mapped_row **out_row)
{
    *out_row = NULL;
    if (row_cursor_done(&r->cursor)) {
        bool more = r->parcel->has_wide && !r->wide_told;
        return more ? take_wide(r, out_row) : OK;
    }
    row_loader_begin(r->loader);
    enum err e = take_values(r);
    if (e == OK) {
        row_loader_put(r->loader, r->values);
        row_loader_end(r->loader, r->server_hash);
        row_map(&r->row, &r->rules);
        *out_row = &r->row.out;
    }
    return e;
}

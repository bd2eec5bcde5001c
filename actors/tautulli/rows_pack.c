/* SPDX-License-Identifier: MIT
 * rows_pack.c - one pass over a range; a row that is too wide for a parcel is mapped here, and
 * what became of it is sent. */
#include "actors/tautulli/rows_pack.h"

#include <string.h>

#include "actors/tautulli/source_db.h"

void parcel_release(struct parcel *p)
{
    buffer_release(&p->rows);
    buffer_release(&p->before);
    buffer_release(&p->kept);
    arena_destroy(&p->arena);
}

/* ---- one row ---- */

static size_t width_of(const struct raw_value *raw, const struct schema *schema)
{
    size_t bytes = 0;
    for (int c = 0; c < COLUMN_COUNT; c++) {
        bytes += schema->has_column[c] ? 9 + (size_t)raw[c].size : 0;
    }
    return bytes;
}

static struct cell cell_of(const struct raw_value *v)
{
    static const enum cell_type types[] = {[RAW_NULL] = CELL_NIL,
                                           [RAW_INTEGER] = CELL_I64,
                                           [RAW_REAL] = CELL_F64,
                                           [RAW_TEXT] = CELL_STR,
                                           [RAW_BLOB] = CELL_BIN};
    struct cell cell = {.type = types[v->type], .size = v->size};
    if (v->type == RAW_REAL) {
        cell.f64 = v->real;
    } else if (v->type == RAW_INTEGER) {
        cell.i64 = v->integer;
    } else {
        cell.bytes = v->bytes;
    }
    return cell;
}

static void pack_row(struct parcel *p, const struct raw_value *raw, const struct schema *schema,
                     bool reference)
{
    struct cell head = {.type = CELL_ARRAY, .size = 1};
    for (int c = 0; c < COLUMN_COUNT; c++) {
        head.size += schema->has_column[c] ? 1 : 0;
    }
    cell_pack(&head, &p->rows);
    cell_pack(&(struct cell){.type = CELL_BOOL, .boolean = reference}, &p->rows);
    for (int c = 0; c < COLUMN_COUNT; c++) {
        if (schema->has_column[c]) {
            struct cell cell = cell_of(&raw[c]);
            cell_pack(&cell, &p->rows);
        }
    }
    p->count++;
    p->last_id = raw[COL_HISTORY_id].integer;
}

/* ---- what came before ---- */

static void pack_before(struct parcel *p, const struct recent *recent)
{
    for (unsigned i = 0; i < RECENT_ROWS; i++) {
        unsigned at = (recent->next + i) % RECENT_ROWS;
        const struct recent_row *row = &recent->rows[at];
        const struct cell cells[] = {{.type = CELL_ARRAY, .size = 4},
                                     {.type = CELL_U64, .u64 = recent->who_what[at]},
                                     {.type = CELL_U64, .u64 = row->machine},
                                     {.type = CELL_I64, .i64 = row->start_s},
                                     {.type = CELL_I64, .i64 = row->stop_s}};
        for (size_t k = 0; k < COUNT_OF(cells); k++) {
            cell_pack(&cells[k], &p->before);
        }
    }
}

/* ---- a row without room ---- */

/* Kept as it comes out of a message: all of it, and no more than a message holds. */
static enum err keep_wide(struct parcel *p, struct mapped_row *row)
{
    struct wide_row wide = {.id = row->position,
                            .notes = row->notes,
                            .notes_count = row->note_count,
                            .user = (char *)row->facet_user,
                            .library = (char *)row->facet_library,
                            .month = (char *)row->facet_month};
    if (!row->rejected) {
        PUT(&wide, play, row->play);
    }
    if (!row->rejected && row->has_stream) {
        PUT(&wide, stream, row->stream);
    }
    if (!row->rejected && row->has_item) {
        PUT(&wide, item, row->item);
        PUT(&wide, item_hash, row->item_hash);
    }
    enum err e = record_pack(desc_wide_row(), &wide, &p->kept, NULL);
    if (e != OK || p->kept.size > PARCEL_MAX) {
        return ERR_ROW_TOO_LARGE;
    }
    p->has_wide = true;
    return record_unpack(desc_wide_row(), p->kept.data, p->kept.size, p->arena, &p->wide, NULL);
}

/* The first row from here on, which is too wide. */
static enum err map_next(struct parcel *p, struct reader *r, int64_t from_id)
{
    const struct mapped_row *row = NULL;
    enum err e = reader_begin(r, from_id, p->to_id);
    e = e == OK ? reader_next(r, &row) : e;
    if (e != OK || row == NULL) {
        p->whole = e == OK;
        return e;
    }
    p->last_id = row->position;
    p->whole = row->position >= p->to_id;
    return keep_wide(p, (struct mapped_row *)row);
}

/* ---- a parcel ---- */

static enum err pack_rows(struct parcel *p, struct reader *r, const struct schema *schema)
{
    int64_t next_id = p->from_id;
    while (!p->whole && p->rows.size < PARCEL_ENOUGH) {
        const struct raw_value *raw = NULL;
        bool reference = false;
        enum err e = reader_next_raw(r, &raw, &reference);
        bool room = e == OK && (raw == NULL || p->rows.size + width_of(raw, schema) <= PARCEL_MAX);
        if ((e == OK && !room) ||
            e == ERR_ROW_TOO_LARGE) { /* it comes first in a parcel of its own */
            return p->count > 0 ? OK : map_next(p, r, next_id);
        }
        if (e != OK) {
            return e;
        }
        if (raw == NULL) {
            p->whole = true;
            break;
        }
        pack_row(p, raw, schema, reference);
        p->whole = p->last_id >= p->to_id;
        next_id = p->whole ? p->to_id : p->last_id + 1;
    }
    return OK;
}

enum err parcel_read(struct parcel *p, struct source *s)
{
    OWNED(reader_close) struct reader *r = NULL;
    if (p->arena == NULL) {
        p->arena = arena_new();
    }
    arena_reset(p->arena);
    buffer_reset(&p->rows);
    buffer_reset(&p->before);
    buffer_reset(&p->kept);
    p->count = 0;
    p->whole = false;
    p->has_wide = false;
    enum err e = reader_open(s, &p->settings, &r);
    e = e == OK ? reader_begin(r, p->from_id, p->to_id) : e;
    if (e == OK) {
        pack_before(p, reader_recent(r));
        e = pack_rows(p, r, source_schema(s));
    }
    return p->count > 0 ? OK : e;
}

void parcel_fill(const struct parcel *p, struct rows_sent *out)
{
    /* Never NULL, which would mean absent. */
    out->rows = (struct bytes){p->rows.data != NULL ? p->rows.data : "", p->rows.size};
    out->before = (struct bytes){p->before.data, p->before.size};
    out->whole = p->whole;
    if (p->count > 0 || p->has_wide) {
        PUT(out, last_id, p->last_id);
    }
    if (p->has_wide) {
        PUT(out, wide, p->wide);
    }
}

/* ---- names ---- */

static size_t length(const char *text)
{
    return text != NULL ? strlen(text) : 0;
}

void rows_names_fill(const struct source *s, uint64_t from, struct rows_names *out)
{
    size_t people_count = 0;
    size_t library_count = 0;
    size_t bytes = 0;
    const struct person *people = source_people(s, &people_count);
    const struct library *libraries = source_libraries(s, &library_count);
    size_t all = people_count + library_count;
    out->total = all;
    for (size_t i = from < all ? (size_t)from : all; i < all && bytes < PARCEL_NAMES_ENOUGH; i++) {
        if (i < people_count) {
            const struct person *one = &people[i];
            if (out->people_count == PARCEL_NAMES_MAX) {
                return;
            }
            out->people = out->people_count == 0 ? (struct person *)one : out->people;
            out->people_count++;
            bytes += length(one->user_id) + length(one->name) + length(one->display_name);
        } else {
            const struct library *one = &libraries[i - people_count];
            if (out->libraries_count == PARCEL_NAMES_MAX) {
                return;
            }
            out->libraries = out->libraries_count == 0 ? (struct library *)one : out->libraries;
            out->libraries_count++;
            bytes += length(one->server_id) + length(one->section_id) + length(one->name);
        }
    }
}

void rows_columns(const struct schema *schema, unsigned char *out)
{
    for (int c = 0; c < COLUMN_COUNT; c++) {
        out[c] = schema->has_column[c] ? 1 : 0;
    }
}

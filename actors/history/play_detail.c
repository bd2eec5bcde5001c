/* SPDX-License-Identifier: MIT
 * play_detail.c - one play with all that is known of it: what each row of each source said, and why
 * the rows are one play. A play of somebody that the asker may not see is none. */
#include <string.h>

#include "actors/history/columns.h"
#include "actors/history/cursor.h"
#include "actors/history/native.h"
#include "actors/history/play_view.h"
#include "actors/history/row_origin.h"
#include "proto/wire/codec.h"

static const char one_play[] = "plays p JOIN sources s ON s.no = p.source_id WHERE p.id = ?1 AND ";

/* The row that stands for itself first, then the others in order of arrival; those that repeat a
 * row say nothing of their own. */
static const char rows_of_play[] =
    "SELECT t.no, t.native_id, t.reason, s.kind, s.server_id, j.job_id, j.started_at,"
    " coalesce((SELECT max(version) FROM row_versions WHERE row_no = t.no), 1), t.body,"
    " t.row_start, j.title FROM (SELECT id AS no, source_id, native_id, job_no, NULL AS link_no,"
    "  :new AS reason, NULL AS body, started_at AS row_start FROM plays WHERE id = :id"
    "  AND grouped IS NULL UNION ALL SELECT no, source_id, native_id, job_no, link_no, reason, "
    "body,"
    "  started_at FROM play_sources WHERE play_id = :id) t"
    " JOIN sources s ON s.no = t.source_id LEFT JOIN jobs j ON j.no = t.job_no WHERE " ROW_IS_SHOWN(
        "t") " ORDER BY t.link_no IS NOT NULL, t.no LIMIT 1000";

/* Columns of `play` before those that are told of a play. */
static size_t first_told(void)
{
    return schema_field_at(desc_play(), desc_play_fields()->fields[0].name);
}

/* What came from a column is a number where the record has another type. */
static struct cell as_told(const struct cell *cell, const struct field *field)
{
    if (cell->type == CELL_I64 && field->type == TYPE_BOOL) {
        return (struct cell){.type = CELL_BOOL, .boolean = cell->i64 != 0};
    }
    if (cell->type == CELL_I64 && field->type == TYPE_ENUM) {
        const char *item = schema_enum_text(field->enumeration, (int)cell->i64);
        return (struct cell){.type = CELL_STR, .size = (uint32_t)strlen(item), .bytes = item};
    }
    return *cell;
}

/* A row as it stands in play_sources: see groups/row_body.h. Its start has a column of its own. */
static bool unpack_body(struct reader *r, struct bytes body, int64_t started_at,
                        struct play_row *out)
{
    enum { CELLS_MAX = 128 };
    struct cell cells[CELLS_MAX];
    struct row_cursor at;
    struct flaw flaw;
    OWNED(buffer_release) struct buffer told = {0};
    size_t count = desc_play_fields()->count;
    size_t first = first_told();
    row_cursor_init(&at, body.data, body.size);
    if (row_cursor_next(&at, cells, first + count) != OK) {
        return false;
    }
    cells[first] = (struct cell){.type = CELL_I64, .i64 = started_at};
    const struct cell head = {.type = CELL_ARRAY, .size = (uint32_t)count};
    cell_pack(&head, &told);
    for (size_t i = 0; i < count; i++) {
        struct cell cell = as_told(&cells[first + i], &desc_play_fields()->fields[i]);
        cell_pack(&cell, &told);
    }
    out->has_play =
        row_unpack(desc_play_fields(), told.data, told.size, r->arena, &out->play, &flaw) == OK;
    out->has_stream = row_unpack(desc_stream(), at.at, (size_t)(at.end - at.at), r->arena,
                                 &out->stream, &flaw) == OK;
    return out->has_play;
}

static enum err fill_row(struct reader *r, sqlite3_stmt *row, struct play_row *out)
{
    int reason = (int)row_number(row, 2);
    *out = (struct play_row){.row_no = column_text(row, 0, r->arena),
                             .native_id = native_text(row, 1, r->arena),
                             .reason = schema_enum_text(&enum_row_reason, reason),
                             .because = reason >= 0 && (size_t)reason < enum_row_reason.count
                                            ? enum_row_reason.item_docs[reason]
                                            : "",
                             .source = (enum source_kind)row_number(row, 3),
                             .server_id = column_text(row, 4, r->arena),
                             .job_id = column_text(row, 5, r->arena),
                             .versions = (uint64_t)row_number(row, 7)};
    if (!row_is_null(row, 6)) {
        PUT(out, at, row_number(row, 6));
    }
    struct bytes body = row_bytes(row, 8);
    bool sound = body.data == NULL || unpack_body(r, body, row_number(row, 9), out);
    return sound ? OK : ERR_STORE_DAMAGED;
}

/* A play that one row alone tells of is that row: what it says is the play. */
static void fill_own_row(struct reader *r, struct play_reader *p, const struct play_got *out,
                         struct play_row *own)
{
    play_reader_fields(r, p, &own->play);
    own->has_play = true;
    own->has_stream = out->play.has_stream;
    own->stream = out->play.stream;
}

static enum err read_row(struct reader *r, sqlite3_stmt *rows, struct play_reader *p,
                         struct play_got *out)
{
    struct play_row *row = &out->rows[out->rows_count];
    enum err e = fill_row(r, rows, row);
    if (e == OK && out->rows_count++ == 0 && !play_reader_grouped(p)) {
        fill_own_row(r, p, out, row);
    }
    row->has_origin = e == OK && row_origin_of(row, row_text(rows, 10), &row->origin);
    return e;
}

static enum err read_rows(struct reader *r, const struct play_filter *filter, struct play_reader *p,
                          int64_t id, struct play_got *out)
{
    OWNED(stmt_finalize) sqlite3_stmt *rows = NULL;
    enum err e = db_prepare(r->db, rows_of_play, &rows);
    out->rows = arena_alloc(r->arena, (out->play.sources_count + 1) * sizeof *out->rows);
    bool row = true;
    if (e == OK) {
        filter_bind_number(rows, ":new", row_reason_new);
        filter_bind_number(rows, ":id", id);
        filter_bind(r, filter, rows);
    }
    while (e == OK && row && out->rows_count < out->play.sources_count) {
        e = stmt_row(rows, &row);
        if (e == OK && row) {
            e = read_row(r, rows, p, out);
        }
    }
    return e;
}

enum err query_play(struct reader *r, const struct play_get *ask, struct play_got *out)
{
    const struct play_filter filter = {.from = INT64_MIN,
                                       .to = INT64_MAX,
                                       .only_persons = ask->only_persons,
                                       .only_persons_count = ask->only_persons_count,
                                       .limited = ask->limited};
    OWNED(play_reader_release) struct play_reader p = {0};
    OWNED(db_free) char *tail = sqlite3_mprintf("%s%s", one_play, filter_of_owner);
    int64_t id = 0;
    if (cursor_read(ask->id, &id, 1) != OK) {
        return ERR_PLAY_NOT_FOUND;
    }
    enum err e = play_reader_open(r, &filter, true, tail, &p);
    bool row = false;
    if (e == OK) {
        stmt_number(p.plays, 1, id);
        e = stmt_row(p.plays, &row);
    }
    if (e == OK && !row) {
        return ERR_PLAY_NOT_FOUND;
    }
    if (e == OK) {
        e = play_reader_fill(r, &p, &out->play);
    }
    if (e == OK) {
        e = read_rows(r, &filter, &p, id, out);
    }
    return e;
}

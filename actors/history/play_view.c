/* SPDX-License-Identifier: MIT
 * play_view.c - one walk over the schema's rows fills whatever is told of a play. */
#include "actors/history/play_view.h"

#include <string.h>

#include "actors/history/columns.h"
#include "actors/history/native.h"
#include "proto/wire/codec.h"

/* Columns of the statement before the fields of the play. */
enum {
    AT_ID,
    AT_NATIVE,
    AT_HASH,
    AT_SOURCE,
    AT_KIND,
    AT_SERVER,
    AT_JOB,
    AT_LIBRARY,
    AT_USER,
    AT_PERSON,
    AT_GROUPED,
    AT_STREAM,
    AT_ITEM,
    AT_FIELDS
};

static const char head_columns[] =
    "SELECT p.id, p.native_id, p.content_hash, p.source_id, s.kind, s.server_id,"
    " (SELECT job_id FROM jobs WHERE no = p.job_no),"
    " " PLAY_LIBRARY ", " PLAY_USER ", " PERSON_ID("s.server_id", "p.user_id") ", p.grouped";

static const char sources_of_play[] =
    "SELECT s.kind, o.native_id, (SELECT job_id FROM jobs WHERE no = o.job_no), o.reason,"
    " s.server_id FROM play_sources o JOIN sources s ON s.no = o.source_id"
    " WHERE o.play_id = ?1 AND " ROW_IS_SHOWN("o") " ORDER BY o.no";

/* The fields of a play that are columns too; all records that hold them have them in one order. */
static size_t play_fields(const struct record_desc *record, const struct field **out)
{
    size_t first = schema_field_at(record, desc_play_fields()->fields[0].name);
    size_t count = 0;
    while (first + count < record->count && count < desc_play_fields()->count) {
        out[count] = &record->fields[first + count];
        count++;
    }
    return count;
}

static void fill_fields(struct reader *r, sqlite3_stmt *row, const struct record_desc *record,
                        void *out)
{
    const struct field *fields[PLAY_FIELDS_MAX];
    size_t count = play_fields(record, fields);
    for (size_t i = 0; i < count; i++) {
        column_field(row, AT_FIELDS + (int)i, fields[i], out, r->arena);
    }
}

enum err play_reader_open(struct reader *r, const struct play_filter *filter, bool full,
                          const char *tail, struct play_reader *out)
{
    const struct record_desc *fields = desc_play_fields();
    sqlite3_str *text = sqlite3_str_new(NULL);
    sqlite3_str_appendall(text, head_columns);
    sqlite3_str_appendall(text, full ? ", p.stream, (SELECT body FROM items WHERE id = p.item_id)"
                                     : ", NULL, NULL");
    for (size_t i = 0; i < fields->count; i++) {
        sqlite3_str_appendf(text, ", p.%s", fields->fields[i].name);
    }
    sqlite3_str_appendf(text, " FROM %s", tail);
    OWNED(db_free) char *sql = sqlite3_str_finish(text);
    enum err e = db_prepare(r->db, sql, &out->plays);
    if (e == OK) {
        e = db_prepare(r->db, sources_of_play, &out->sources);
    }
    if (e == OK) {
        filter_bind(r, filter, out->plays);
        filter_bind(r, filter, out->sources);
    }
    return e;
}

void play_reader_release(struct play_reader *p)
{
    stmt_finalize(&p->plays);
    stmt_finalize(&p->sources);
}

static const char *best_title(const struct play_view *p)
{
    const char *titles[] = {p->full_title, p->title, p->grandparent_title, p->parent_title,
                            p->guid};
    for (size_t i = 0; i < COUNT_OF(titles); i++) {
        if (titles[i] != NULL) {
            return titles[i];
        }
    }
    return NULL;
}

static void fill_packed(struct reader *r, sqlite3_stmt *row, struct play_view *out)
{
    struct flaw flaw;
    struct bytes stream = row_bytes(row, AT_STREAM);
    out->has_stream = stream.data != NULL && row_unpack(desc_stream(), stream.data, stream.size,
                                                        r->arena, &out->stream, &flaw) == OK;
    out->stream.transcode_decision = out->transcode_decision;
    out->stream.video_decision = out->video_decision;
    out->stream.audio_decision = out->audio_decision;
    struct bytes item = row_bytes(row, AT_ITEM);
    out->has_item = item.data != NULL && row_unpack(desc_item(), item.data, item.size, r->arena,
                                                    &out->item, &flaw) == OK;
}

/* The only row of a play stands in the play itself, the rows of a group in play_sources, as do
 * those that repeat one. */
static enum err fill_sources(struct reader *r, struct play_reader *p, struct play_view *out)
{
    const char *job = column_text(p->plays, AT_JOB, r->arena);
    struct play_source list[PLAY_SOURCES_MAX];
    size_t count = row_is_null(p->plays, AT_GROUPED) ? 1 : 0;
    list[0] = (struct play_source){.source = out->source,
                                   .native_id = out->native_id,
                                   .job_id = job != NULL ? job : "",
                                   .reason = schema_enum_text(&enum_row_reason, row_reason_new),
                                   .server_id = out->server_id};
    stmt_number(p->sources, 1, row_number(p->plays, AT_ID));
    bool row = true;
    enum err e = OK;
    while (e == OK && row && count < PLAY_SOURCES_MAX) {
        e = stmt_row(p->sources, &row);
        if (e == OK && row) {
            const char *other = column_text(p->sources, 2, r->arena);
            list[count++] = (struct play_source){
                .source = (enum source_kind)row_number(p->sources, 0),
                .native_id = native_text(p->sources, 1, r->arena),
                .job_id = other != NULL ? other : "",
                .reason = schema_enum_text(&enum_row_reason, (int)row_number(p->sources, 3)),
                .server_id = column_text(p->sources, 4, r->arena),
            };
        }
    }
    sqlite3_reset(p->sources);
    out->sources = arena_alloc(r->arena, count * sizeof list[0]);
    out->sources_count = count;
    memcpy(out->sources, list, count * sizeof list[0]);
    return e;
}

enum err play_reader_fill(struct reader *r, struct play_reader *p, struct play_view *out)
{
    sqlite3_stmt *row = p->plays;
    *out = (struct play_view){0};
    fill_fields(r, row, desc_play_view(), out);
    out->id = column_text(row, AT_ID, r->arena);
    out->native_id = native_text(row, AT_NATIVE, r->arena);
    out->source = (enum source_kind)row_number(row, AT_KIND);
    out->server_id = column_text(row, AT_SERVER, r->arena);
    out->library = column_text(row, AT_LIBRARY, r->arena);
    out->user_display = column_text(row, AT_USER, r->arena);
    out->person = column_text(row, AT_PERSON, r->arena);
    if (out->user_display == NULL) {
        out->user_display = out->user != NULL ? out->user : out->user_id;
    }
    if (out->library == NULL) {
        out->library = out->section_id;
    }
    if (out->media_type == NULL) {
        out->media_type = "unknown";
    }
    out->display_title = best_title(out);
    fill_packed(r, row, out);
    return fill_sources(r, p, out);
}

void play_reader_fields(struct reader *r, struct play_reader *p, struct play_fields *out)
{
    *out = (struct play_fields){0};
    fill_fields(r, p->plays, desc_play_fields(), out);
    if (out->media_type == NULL) {
        out->media_type = "unknown";
    }
}

bool play_reader_grouped(struct play_reader *p)
{
    return !row_is_null(p->plays, AT_GROUPED);
}

size_t play_reader_bytes(struct play_reader *p)
{
    size_t size = 0;
    for (int i = 0; i < sqlite3_column_count(p->plays); i++) {
        size += (size_t)sqlite3_column_bytes(p->plays, i);
    }
    return size;
}

struct play_key play_reader_key(struct play_reader *p)
{
    return (struct play_key){row_number(p->plays, AT_FIELDS), row_number(p->plays, AT_HASH),
                             row_number(p->plays, AT_SOURCE)};
}

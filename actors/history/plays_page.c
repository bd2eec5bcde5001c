/* SPDX-License-Identifier: MIT
 * plays_page.c - stored plays, newest first, by keyset. A filter is answered by walking the plays
 * in order of time in short reads, so that no read holds the WAL and no page takes long; a page may
 * therefore be short or empty and still have a next one. */
#include <string.h>

#include "actors/history/columns.h"
#include "actors/history/cursor.h"
#include "actors/history/query.h"
#include "actors/shared/search.h"
#include "proto/base/clock.h"
#include "proto/wire/codec.h"

enum { READ_MS = 500, SOURCES_MAX = 1000, LIST_FIELDS_MAX = 64 };

struct key { /* order of the page: the columns of plays_time, newest first */
    int64_t started_at, content_hash, source_id;
};

/* Columns of the page's statement before the fields of the play. */
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
    AT_STREAM,
    AT_ITEM,
    AT_GROUPED,
    AT_FIELDS
};

#define PLAY_LIBRARY LIBRARY_NAME("p.source_id", "p.section_id", "p.media_type", "s.server_id")

static const char head_columns[] =
    "SELECT p.id, p.native_id, p.content_hash, p.source_id, s.kind, s.server_id,"
    " (SELECT job_id FROM jobs WHERE no = p.job_no),"
    " " PLAY_LIBRARY ","
    " (SELECT coalesce(display_name, name) FROM users u WHERE u.source_no = p.source_id"
    "  AND u.user_id = p.user_id)";

/* Ids as they are, names and titles by their search keys. */
static const char filters[] =
    " AND (?7 IS NULL OR s.server_id = ?7)"
    " AND (?8 IS NULL OR p.user_id = ?8 OR search_equals(p.user, ?12) OR EXISTS (SELECT 1"
    "  FROM users u WHERE u.source_no = p.source_id AND u.user_id = p.user_id"
    "  AND (search_equals(u.name, ?12) OR search_equals(u.display_name, ?12))))"
    " AND (?9 IS NULL OR coalesce(p.media_type, 'unknown') = ?9)"
    " AND (?13 IS NULL OR p.section_id = ?13 OR search_equals(" PLAY_LIBRARY ", ?14))"
    " AND (?10 IS NULL OR search_holds(p.full_title, ?10) OR search_holds(p.title, ?10)"
    "  OR search_holds(p.parent_title, ?10) OR search_holds(p.grandparent_title, ?10)"
    "  OR search_holds(p.original_title, ?10))";

/* The fields of a play that are columns too, as they stand in play_view. */
static size_t list_fields(const struct field **out)
{
    const struct record_desc *r = desc_play_view();
    size_t count = 0;
    bool inside = false;
    for (size_t i = 0; i < r->count && count < LIST_FIELDS_MAX; i++) {
        inside = inside || strcmp(r->fields[i].name, "started_at") == 0;
        if (inside && r->fields[i].type != TYPE_RECORD) {
            out[count++] = &r->fields[i];
        }
    }
    return count;
}

static enum err prepare_page(struct reader *r, const struct history_list *ask, sqlite3_stmt **out)
{
    const struct field *fields[LIST_FIELDS_MAX];
    size_t count = list_fields(fields);
    bool full = ask->has_detail && ask->detail == detail_level_full;
    sqlite3_str *text = sqlite3_str_new(NULL);
    sqlite3_str_appendall(text, head_columns);
    sqlite3_str_appendall(text, full ? ", p.stream, (SELECT body FROM items WHERE id = p.item_id)"
                                     : ", NULL, NULL");
    sqlite3_str_appendall(text, ", p.grouped");
    for (size_t i = 0; i < count; i++) {
        sqlite3_str_appendf(text, ", p.%s", fields[i]->name);
    }
    sqlite3_str_appendall(text,
                          " FROM plays p INDEXED BY plays_time JOIN sources s ON s.no = p.source_id"
                          " WHERE (p.started_at, p.content_hash, p.source_id) < (?1, ?2, ?3)"
                          " AND (p.started_at, p.content_hash, p.source_id) >= (?4, ?5, ?6)");
    sqlite3_str_appendall(text, filters);
    sqlite3_str_appendall(
        text, " ORDER BY p.started_at DESC, p.content_hash DESC, p.source_id DESC LIMIT ?11");
    OWNED(db_free) char *sql = sqlite3_str_finish(text);
    return db_prepare(r->db, sql, out);
}

static const char *key_of(struct arena *arena, const char *text)
{
    OWNED(free_text) char *key = text != NULL ? search_key(text) : NULL;
    return arena_keep(arena, key);
}

static void bind_filters(struct reader *r, const struct history_list *ask, sqlite3_stmt *page)
{
    stmt_text(page, 7, ask->server);
    stmt_text(page, 8, ask->user);
    stmt_text(page, 9, ask->media_type);
    stmt_text(page, 10, key_of(r->arena, ask->q));
    stmt_text(page, 12, key_of(r->arena, ask->user));
    stmt_text(page, 13, ask->library);
    stmt_text(page, 14, key_of(r->arena, ask->library));
}

static void bind_key(sqlite3_stmt *stmt, int at, const struct key *key)
{
    stmt_number(stmt, at, key->started_at);
    stmt_number(stmt, at + 1, key->content_hash);
    stmt_number(stmt, at + 2, key->source_id);
}

/* How far one short read goes: to the key some thousand plays further down. Where no filter can
 * make it pass over plays, the page's limit is bound enough. */
static enum err step_end(sqlite3_stmt *skip, const struct history_list *ask, const struct key *from,
                         struct key *out, bool *out_last)
{
    int64_t lowest = ask->has_from ? ask->from : INT64_MIN;
    bool filtered = ask->server != NULL || ask->user != NULL || ask->media_type != NULL ||
                    ask->library != NULL || ask->q != NULL;
    bool row = false;
    enum err e = OK;
    if (filtered) {
        bind_key(skip, 1, from);
        e = stmt_row(skip, &row);
    }
    if (e == OK) {
        *out_last = !row || row_number(skip, 0) < lowest;
        *out = *out_last
                   ? (struct key){lowest, INT64_MIN, INT64_MIN}
                   : (struct key){row_number(skip, 0), row_number(skip, 1), row_number(skip, 2)};
    }
    sqlite3_reset(skip);
    return e;
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

static void fill_packed(struct reader *r, sqlite3_stmt *page, struct play_view *out)
{
    struct flaw flaw;
    struct bytes stream = row_bytes(page, AT_STREAM);
    out->has_stream = stream.data != NULL && row_unpack(desc_stream(), stream.data, stream.size,
                                                        r->arena, &out->stream, &flaw) == OK;
    out->stream.transcode_decision = out->transcode_decision;
    out->stream.video_decision = out->video_decision;
    out->stream.audio_decision = out->audio_decision;
    struct bytes item = row_bytes(page, AT_ITEM);
    out->has_item = item.data != NULL && row_unpack(desc_item(), item.data, item.size, r->arena,
                                                    &out->item, &flaw) == OK;
}

/* The only row of a play stands in the play itself, the rows of a group in play_sources, as do
 * those that repeat one. */
static enum err fill_sources(struct reader *r, sqlite3_stmt *others, sqlite3_stmt *page,
                             struct play_view *out)
{
    const char *job = column_text(page, AT_JOB, r->arena);
    struct play_source list[SOURCES_MAX];
    size_t count = row_is_null(page, AT_GROUPED) ? 1 : 0;
    list[0] = (struct play_source){out->source, out->has_source, out->native_id,
                                   job != NULL ? job : "", "new"};
    stmt_number(others, 1, row_number(page, AT_ID));
    bool row = true;
    enum err e = OK;
    while (e == OK && row && count < SOURCES_MAX) {
        e = stmt_row(others, &row);
        if (e == OK && row) {
            const char *other = column_text(others, 2, r->arena);
            list[count++] = (struct play_source){
                .source = (enum source_kind)row_number(others, 0),
                .native_id = native_text(others, 1, r->arena),
                .job_id = other != NULL ? other : "",
                .reason = schema_enum_text(&enum_row_reason, (int)row_number(others, 3)),
            };
        }
    }
    sqlite3_reset(others);
    out->sources = arena_alloc(r->arena, count * sizeof list[0]);
    out->sources_count = count;
    memcpy(out->sources, list, count * sizeof list[0]);
    return e;
}

static void fill_play(struct reader *r, sqlite3_stmt *page, struct play_view *out)
{
    const struct field *fields[LIST_FIELDS_MAX];
    size_t count = list_fields(fields);
    *out = (struct play_view){0};
    for (size_t i = 0; i < count; i++) {
        column_field(page, AT_FIELDS + (int)i, fields[i], out, r->arena);
    }
    out->id = column_text(page, AT_ID, r->arena);
    out->native_id = native_text(page, AT_NATIVE, r->arena);
    out->source = (enum source_kind)row_number(page, AT_KIND);
    out->server_id = column_text(page, AT_SERVER, r->arena);
    out->library = column_text(page, AT_LIBRARY, r->arena);
    out->user_display = column_text(page, AT_USER, r->arena);
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
    fill_packed(r, page, out);
}

static size_t row_size(sqlite3_stmt *page)
{
    size_t size = 0;
    for (int i = 0; i < sqlite3_column_count(page); i++) {
        size += (size_t)sqlite3_column_bytes(page, i);
    }
    return size;
}

struct page {
    sqlite3_stmt *rows, *others, *skip; /* owned */
    size_t limit, bytes;
    struct key at; /* the newest key looked at */
    bool stopped;  /* full before the step's end */
};

static void release_page(struct page *p)
{
    stmt_finalize(&p->rows);
    stmt_finalize(&p->others);
    stmt_finalize(&p->skip);
}

static enum err open_page(struct reader *r, const struct history_list *ask, struct page *p)
{
    enum err e = prepare_page(r, ask, &p->rows);
    if (e == OK) {
        e = db_prepare(r->db,
                       "SELECT s.kind, o.native_id, (SELECT job_id FROM jobs WHERE no = o.job_no),"
                       " o.reason FROM play_sources o JOIN sources s ON s.no = o.source_id"
                       " WHERE o.play_id = ?1 ORDER BY o.no",
                       &p->others);
    }
    if (e == OK) {
        e = db_prepare(r->db,
                       "SELECT started_at, content_hash, source_id FROM plays INDEXED BY plays_time"
                       " WHERE (started_at, content_hash, source_id) < (?1, ?2, ?3)"
                       " ORDER BY started_at DESC, content_hash DESC, source_id DESC"
                       " LIMIT 1 OFFSET 20000",
                       &p->skip);
    }
    return e;
}

/* One short read from p->at down to `end`. */
static enum err read_step(struct reader *r, struct page *p, const struct key *end,
                          struct history_listed *out)
{
    bind_key(p->rows, 1, &p->at);
    bind_key(p->rows, 4, end);
    stmt_number(p->rows, 11, (int64_t)(p->limit - out->items_count));
    OWNED(stmt_rewind) sqlite3_stmt *rows = p->rows;
    enum err e = OK;
    for (;;) {
        bool row = false;
        p->stopped = out->items_count == p->limit || p->bytes >= PAGE_BYTES;
        if (p->stopped) {
            return OK;
        }
        e = stmt_row(rows, &row);
        if (e != OK || !row) {
            return e;
        }
        struct play_view *play = &out->items[out->items_count++];
        fill_play(r, rows, play);
        p->bytes += row_size(rows);
        p->at =
            (struct key){play->started_at, row_number(rows, AT_HASH), row_number(rows, AT_SOURCE)};
        e = fill_sources(r, p->others, rows, play);
        if (e != OK) {
            return e;
        }
    }
}

static enum err first_key(struct reader *r, const struct history_list *ask, struct key *out)
{
    int64_t numbers[3] = {INT64_MAX, INT64_MAX, INT64_MAX};
    if (ask->cursor != NULL && cursor_read(ask->cursor, numbers, 3) != OK) {
        r->field = "cursor";
        return ERR_BAD_FIELD;
    }
    *out = (struct key){numbers[0], numbers[1], numbers[2]};
    if (ask->has_to && ask->to <= out->started_at) {
        *out = (struct key){ask->to, INT64_MIN, INT64_MIN};
    }
    return OK;
}

enum err query_plays(struct reader *r, const struct history_list *ask, struct history_listed *out)
{
    OWNED(release_page) struct page p = {.limit = ask->has_limit ? (size_t)ask->limit : PAGE_ROWS};
    enum err e = first_key(r, ask, &p.at);
    if (e == OK) {
        e = open_page(r, ask, &p);
    }
    if (e != OK) {
        return e;
    }
    bind_filters(r, ask, p.rows);
    out->items = arena_alloc(r->arena, p.limit * sizeof *out->items);
    int64_t until = clock_monotonic_ms() + READ_MS;
    bool last = false;
    while (!p.stopped && !last && clock_monotonic_ms() < until) {
        struct key end;
        e = step_end(p.skip, ask, &p.at, &end, &last);
        if (e == OK) {
            e = read_step(r, &p, &end, out);
        }
        if (e != OK) {
            return e;
        }
        if (!p.stopped) {
            p.at = end;
        }
    }
    if (p.stopped || !last) {
        int64_t numbers[] = {p.at.started_at, p.at.content_hash, p.at.source_id};
        out->next = cursor_text(r->arena, numbers, 3);
    }
    return OK;
}

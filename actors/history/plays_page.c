/* SPDX-License-Identifier: MIT
 * plays_page.c - stored plays, newest first, by keyset. A filter is answered by walking the plays
 * in order of time in short reads, so that no read holds the WAL and no page takes long; a page may
 * therefore be short or empty and still have a next one. */
#include "actors/history/cursor.h"
#include "actors/history/play_filter.h"
#include "actors/history/play_view.h"
#include "proto/base/clock.h"

enum { READ_MS = 500 };

static const char between_keys[] =
    "plays p INDEXED BY plays_time JOIN sources s ON s.no = p.source_id"
    " WHERE (p.started_at, p.content_hash, p.source_id) < (?1, ?2, ?3)"
    " AND (p.started_at, p.content_hash, p.source_id) >= (?4, ?5, ?6)"
    " AND %s AND %s"
    " ORDER BY p.started_at DESC, p.content_hash DESC, p.source_id DESC LIMIT :limit";

/* Some thousand plays further down. */
static const char skip_rows[] =
    "SELECT started_at, content_hash, source_id FROM plays INDEXED BY plays_time"
    " WHERE (started_at, content_hash, source_id) < (?1, ?2, ?3)"
    " ORDER BY started_at DESC, content_hash DESC, source_id DESC LIMIT 1 OFFSET 20000";

struct page {
    const struct play_filter *filter; /* borrowed */
    struct play_reader rows;          /* owned */
    sqlite3_stmt *skip;               /* owned */
    size_t limit, bytes;
    struct play_key at; /* the newest key looked at */
    bool stopped;       /* full before the step's end */
};

static void release_page(struct page *p)
{
    play_reader_release(&p->rows);
    stmt_finalize(&p->skip);
}

static enum err open_page(struct reader *r, const struct history_list *ask, struct page *p)
{
    bool full = ask->has_detail && ask->detail == detail_level_full;
    OWNED(db_free) char *tail = sqlite3_mprintf(between_keys, filter_of_owner, filter_of_titles);
    enum err e = play_reader_open(r, full, tail, &p->rows);
    return e == OK ? db_prepare(r->db, skip_rows, &p->skip) : e;
}

static void bind_key(sqlite3_stmt *stmt, int at, const struct play_key *key)
{
    stmt_number(stmt, at, key->started_at);
    stmt_number(stmt, at + 1, key->content_hash);
    stmt_number(stmt, at + 2, key->source_id);
}

/* How far one short read goes. Where no filter can make it pass over plays, the page's limit is
 * bound enough. */
static enum err step_end(struct page *p, struct play_key *out, bool *out_last)
{
    int64_t lowest = p->filter->from;
    bool row = false;
    enum err e = OK;
    if (filter_narrows(p->filter)) {
        bind_key(p->skip, 1, &p->at);
        e = stmt_row(p->skip, &row);
    }
    if (e == OK) {
        *out_last = !row || row_number(p->skip, 0) < lowest;
        *out = *out_last ? (struct play_key){lowest, INT64_MIN, INT64_MIN}
                         : (struct play_key){row_number(p->skip, 0), row_number(p->skip, 1),
                                             row_number(p->skip, 2)};
    }
    sqlite3_reset(p->skip);
    return e;
}

/* One short read from p->at down to `end`. */
static enum err read_step(struct reader *r, struct page *p, const struct play_key *end,
                          struct history_listed *out)
{
    OWNED(stmt_rewind) sqlite3_stmt *rows = p->rows.plays;
    bind_key(rows, 1, &p->at);
    bind_key(rows, 4, end);
    stmt_number(rows, sqlite3_bind_parameter_index(rows, ":limit"),
                (int64_t)(p->limit - out->items_count));
    for (;;) {
        bool row = false;
        p->stopped = out->items_count == p->limit || p->bytes >= PAGE_BYTES;
        if (p->stopped) {
            return OK;
        }
        enum err e = stmt_row(rows, &row);
        if (e != OK || !row) {
            return e;
        }
        p->bytes += play_reader_bytes(&p->rows);
        p->at = play_reader_key(&p->rows);
        e = play_reader_fill(r, &p->rows, &out->items[out->items_count++]);
        if (e != OK) {
            return e;
        }
    }
}

static enum err first_key(struct reader *r, const struct history_list *ask, struct play_key *out)
{
    int64_t numbers[3] = {INT64_MAX, INT64_MAX, INT64_MAX};
    if (ask->cursor != NULL && cursor_read(ask->cursor, numbers, 3) != OK) {
        r->field = "cursor";
        return ERR_BAD_FIELD;
    }
    *out = (struct play_key){numbers[0], numbers[1], numbers[2]};
    if (ask->has_to && ask->to <= out->started_at) {
        *out = (struct play_key){ask->to, INT64_MIN, INT64_MIN};
    }
    return OK;
}

static void say_next(struct reader *r, const struct page *p, struct history_listed *out)
{
    int64_t numbers[] = {p->at.started_at, p->at.content_hash, p->at.source_id};
    out->next = cursor_text(r->arena, numbers, 3);
    if (!p->stopped) {
        PUT(out, looked_at, p->at.started_at);
    }
}

enum err query_plays(struct reader *r, const struct history_list *ask, struct history_listed *out)
{
    const struct play_filter filter = PLAY_FILTER(ask);
    OWNED(release_page)
    struct page p = {.filter = &filter, .limit = ask->has_limit ? (size_t)ask->limit : PAGE_ROWS};
    enum err e = first_key(r, ask, &p.at);
    if (e == OK) {
        e = open_page(r, ask, &p);
    }
    if (e != OK) {
        return e;
    }
    filter_bind(r, &filter, p.rows.plays);
    out->items = arena_alloc(r->arena, p.limit * sizeof *out->items);
    int64_t until = clock_monotonic_ms() + READ_MS;
    bool last = false;
    while (!p.stopped && !last && clock_monotonic_ms() < until) {
        struct play_key end;
        e = step_end(&p, &end, &last);
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
        say_next(r, &p, out);
    }
    return OK;
}

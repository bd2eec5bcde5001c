/* SPDX-License-Identifier: MIT
 * plays_page.c - stored plays, newest first, by keyset.
 *
 * What a filter chooses is found in the index (play_choice.h), together with the few plays that are
 * not in it yet. While those are many, as beside an import, the plays themselves are walked in
 * order of time instead. Either way no page takes long: it may be short or empty and still have a
 * next one. */
#include "actors/history/calendar.h"
#include "actors/history/cursor.h"
#include "actors/history/play_choice.h"
#include "actors/history/play_view.h"
#include "proto/base/clock.h"

enum { READ_MS = 500, FIRST_STEP = 2000, STEP_GROWS = 4, STEP_PLAYS = 20000, STEP_INDEX = 100000 };

#define KEY(row) "(" row ".started_at, " row ".content_hash, " row ".source_id)"
#define DOWN_TO_END(row) " AND " KEY(row) " >= (:end_start, :end_hash, :end_source)"
#define BETWEEN(row) KEY(row) " < (:from_start, :from_hash, :from_source)" DOWN_TO_END(row)
#define BETWEEN_IN_INDEX KEY("i") " < (:index_start, :index_hash, :index_source)" DOWN_TO_END("i")
#define NEWEST_FIRST(row) \
    " ORDER BY " row ".started_at DESC, " row ".content_hash DESC, " row ".source_id DESC"

/* The plays themselves, in order of time. */
static const char walk_of_plays[] =
    "plays p INDEXED BY plays_time JOIN sources s ON s.no = p.source_id"
    " WHERE " BETWEEN("p") " AND %s AND %s" NEWEST_FIRST("p") " LIMIT :limit";

/* What the index gives, and what is not in it. Only of those that are shown more is read. */
static const char find_in_index[] =
    "(SELECT i.id, i.started_at, i.content_hash, i.source_id FROM %s WHERE %s AND %s"
    " AND " BETWEEN_IN_INDEX
    " UNION ALL SELECT p.id, p.started_at, p.content_hash, p.source_id FROM plays p NOT INDEXED"
    " JOIN sources s ON s.no = p.source_id WHERE p.id > :watermark AND " BETWEEN(
        "p") " AND %s AND %s"
             " UNION ALL SELECT p.id, p.started_at, p.content_hash, p.source_id FROM "
             "play_index_changed c"
             " CROSS JOIN plays p ON p.id = c.id JOIN sources s ON s.no = p.source_id "
             "WHERE " BETWEEN("p") " AND %s AND %s ORDER BY 2 DESC, 3 DESC, 4 DESC LIMIT :limit) k"
                                   " CROSS JOIN plays p ON p.id = k.id JOIN sources s ON s.no = "
                                   "p.source_id" NEWEST_FIRST("k");

/* Where a short read ends: some rows further down, more of them at each read. */
static const char skip_plays[] =
    "SELECT p.started_at, p.content_hash, p.source_id FROM plays p INDEXED BY plays_time "
    "WHERE " KEY("p") " < (?1, ?2, ?3)" NEWEST_FIRST("p") " LIMIT 1 OFFSET ?4";
static const char skip_index[] =
    "SELECT i.started_at, i.content_hash, i.source_id FROM play_index i WHERE " KEY(
        "i") " < (?1, ?2, ?3)" NEWEST_FIRST("i") " LIMIT 1 OFFSET ?4";

struct page {
    const struct play_filter *filter; /* borrowed */
    struct play_choice choice;
    bool indexed;            /* the choice counts */
    struct play_reader rows; /* owned */
    sqlite3_stmt *skip;      /* owned; NULL: one read does it */
    int64_t step;            /* rows that the next read looks at */
    size_t limit, bytes;
    struct play_key at; /* the newest key looked at */
    bool stopped;       /* full before the step's end */
};

static void release_page(struct page *p)
{
    play_reader_release(&p->rows);
    stmt_finalize(&p->skip);
}

static char *find_plays(const struct page *p)
{
    enum play_order order = p->choice.order;
    if (!p->indexed) {
        return sqlite3_mprintf(walk_of_plays, filter_of_owner, filter_of_titles);
    }
    return sqlite3_mprintf(find_in_index, play_order_table(order), play_order_condition(order),
                           play_chosen(&p->choice), filter_of_owner, filter_of_titles,
                           filter_of_owner, filter_of_titles);
}

/* Where no filter can make a read pass over plays, the page's limit is bound enough; and so are the
 * few plays that an order other than by time looks at. */
static enum err open_page(struct reader *r, const struct history_list *ask, struct page *p)
{
    bool full = ask->has_detail && ask->detail == detail_level_full;
    bool narrow = filter_narrows(p->filter);
    enum err e = narrow ? play_choice_make(r, p->filter, &p->choice) : OK;
    p->indexed = narrow && !p->choice.behind;
    OWNED(db_free) char *tail = find_plays(p);
    if (e == OK) {
        e = play_reader_open(r, p->filter, full, tail, &p->rows);
    }
    if (e == OK && narrow && !(p->indexed && p->choice.order != BY_TIME)) {
        e = db_prepare(r->db, p->indexed ? skip_index : skip_plays, &p->skip);
    }
    if (e == OK) {
        play_choice_bind(p->rows.plays, &p->choice);
    }
    return e;
}

static void bind_key(sqlite3_stmt *stmt, const char *const names[static 3],
                     const struct play_key *key)
{
    const int64_t values[] = {key->started_at, key->content_hash, key->source_id};
    for (size_t i = 0; i < COUNT_OF(values); i++) {
        stmt_number(stmt, sqlite3_bind_parameter_index(stmt, names[i]), values[i]);
    }
}

/* From where on the index is looked at: above c->until nothing of it is chosen. */
static struct play_key index_at(const struct page *p)
{
    const struct play_key until = {p->choice.until, INT64_MIN, INT64_MIN};
    return p->indexed && p->choice.until <= p->at.started_at ? until : p->at;
}

/* How far one short read goes. Who is limited is told of no play of others where it ends: that is
 * the start of a day. */
static enum err step_end(struct page *p, struct play_key *out, bool *out_last)
{
    static const char *const after[] = {"?1", "?2", "?3"};
    *out = (struct play_key){p->filter->from, INT64_MIN, INT64_MIN};
    *out_last = true;
    if (p->skip == NULL) {
        return OK;
    }
    OWNED(stmt_rewind) sqlite3_stmt *skip = p->skip;
    bool row = false;
    const struct play_key at = index_at(p);
    int64_t most = p->indexed ? STEP_INDEX : STEP_PLAYS;
    bind_key(skip, after, &at);
    stmt_number(skip, 4, p->step);
    p->step = p->step * STEP_GROWS < most ? p->step * STEP_GROWS : most;
    enum err e = stmt_row(skip, &row);
    if (e == OK && row) {
        struct play_key end = {row_number(skip, 0), row_number(skip, 1), row_number(skip, 2)};
        if (p->filter->limited) {
            end = (struct play_key){day_start(end.started_at), INT64_MIN, INT64_MIN};
        }
        *out_last = end.started_at < p->filter->from;
        *out = *out_last ? *out : end;
    }
    return e;
}

static void bind_step(struct page *p, const struct play_key *end, size_t rows)
{
    static const char *const from[] = {":from_start", ":from_hash", ":from_source"};
    static const char *const to[] = {":end_start", ":end_hash", ":end_source"};
    static const char *const index[] = {":index_start", ":index_hash", ":index_source"};
    sqlite3_stmt *plays = p->rows.plays;
    const struct play_key at = index_at(p);
    bind_key(plays, from, &p->at);
    bind_key(plays, to, end);
    if (p->indexed) {
        bind_key(plays, index, &at);
    }
    stmt_number(plays, sqlite3_bind_parameter_index(plays, ":limit"), (int64_t)rows);
}

/* One short read from p->at down to `end`. */
static enum err read_step(struct reader *r, struct page *p, const struct play_key *end,
                          struct history_listed *out)
{
    OWNED(stmt_rewind) sqlite3_stmt *rows = p->rows.plays;
    bind_step(p, end, p->limit - out->items_count);
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

static enum err read_page(struct reader *r, const struct history_list *ask, struct page *page,
                          struct history_listed *out)
{
    OWNED(release_page) struct page p = *page;
    int64_t until = clock_monotonic_ms() + READ_MS;
    bool last = false;
    bool in_time = true; /* one read is always made: mostly it is enough */
    enum err e = open_page(r, ask, &p);
    while (e == OK && !p.stopped && !last && in_time) {
        struct play_key end = p.at;
        e = step_end(&p, &end, &last);
        if (e == OK) {
            e = read_step(r, &p, &end, out);
        }
        if (!p.stopped) {
            p.at = end;
        }
        in_time = clock_monotonic_ms() < until;
    }
    if (e == OK && (p.stopped || !last)) {
        say_next(r, &p, out);
    }
    return e;
}

enum err query_plays(struct reader *r, const struct history_list *ask, struct history_listed *out)
{
    struct play_filter filter = PLAY_FILTER(ask);
    struct page p = {.filter = &filter,
                     .step = FIRST_STEP,
                     .limit = ask->has_limit ? (size_t)ask->limit : PAGE_ROWS};
    enum err e = first_key(r, ask, &p.at);
    if (e != OK) {
        return e;
    }
    filter.to = p.at.started_at < INT64_MAX ? p.at.started_at + 1 : INT64_MAX;
    out->items = arena_alloc(r->arena, p.limit * sizeof *out->items);
    e = reader_begin(r);
    return e == OK ? reader_end(r, read_page(r, ask, &p, out)) : e;
}

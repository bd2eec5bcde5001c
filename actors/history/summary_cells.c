/* SPDX-License-Identifier: MIT
 * summary_cells.c - the index is walked along dimensions, so that plays of one sum come one after
 * the other and are given at once; along titles where these have few plays. */
#include "actors/history/summary_cells.h"

#include "actors/history/calendar.h"
#include "actors/history/play_index.h"

struct cell_sum {
    uint64_t plays, long_plays;
    double seconds;
};

struct walk {
    enum summary_by by;
    cell_fn *fn;
    void *context;
    sqlite3_stmt *dimension;           /* owned; stands at the dimension `no` */
    int64_t no;                        /* 0: none yet */
    int64_t month_from, month_to;      /* of the plays in the cell, where months are counted by */
    struct cell_sum cells[WEEK_HOURS]; /* by hour; else the first one */
};

static bool counts_hours(const struct walk *w)
{
    return w->by == summary_by_hour || w->by == summary_by_weekday;
}

static enum err open_walk(struct reader *r, struct walk *w)
{
    return db_prepare(r->db,
                      "SELECT source_id, user_id, user, section_id,"
                      " coalesce(media_type, 'unknown') FROM play_dimensions WHERE no = ?1",
                      &w->dimension);
}

static void release_walk(struct walk *w)
{
    stmt_finalize(&w->dimension);
}

/* Gives what was added up, and begins anew. */
static void give_cells(struct walk *w)
{
    struct summed sum = {.source_no = row_number(w->dimension, 0),
                         .user_id = row_text(w->dimension, 1),
                         .user = row_text(w->dimension, 2),
                         .section_id = row_text(w->dimension, 3),
                         .media_type = row_text(w->dimension, 4)};
    for (int i = 0; i < (counts_hours(w) ? WEEK_HOURS : 1); i++) {
        struct cell_sum *cell = &w->cells[i];
        if (cell->plays != 0 || cell->seconds != 0) {
            sum.started_at = counts_hours(w) ? hour_start(i) : w->month_from;
            sum.plays = cell->plays;
            sum.long_plays = cell->long_plays;
            sum.seconds = cell->seconds;
            w->fn(w->context, &sum);
            *cell = (struct cell_sum){0};
        }
    }
}

static enum err go_to_dimension(struct walk *w, int64_t no)
{
    bool row = false;
    if (w->no != 0) {
        give_cells(w);
    }
    sqlite3_reset(w->dimension);
    stmt_number(w->dimension, 1, no);
    w->no = no;
    enum err e = stmt_row(w->dimension, &row);
    return e == OK && !row ? ERR_STORE_DAMAGED : e; /* an index without its dimension */
}

static enum err add_cell(struct walk *w, int64_t no, int64_t started_at,
                         const struct cell_sum *more)
{
    bool other_month =
        w->by == summary_by_month && (started_at < w->month_from || started_at >= w->month_to);
    enum err e = OK;
    if (no != w->no) {
        e = go_to_dimension(w, no);
    } else if (other_month) {
        give_cells(w);
    }
    if (other_month) {
        w->month_from = month_start(month_of(started_at));
        w->month_to = month_start(month_of(started_at) + 1);
    }
    struct cell_sum *cell = &w->cells[counts_hours(w) ? hour_of_week(started_at) : 0];
    cell->plays += more->plays;
    cell->long_plays += more->long_plays;
    cell->seconds += more->seconds;
    return e;
}

static void end_walk(struct walk *w)
{
    if (w->no != 0) {
        give_cells(w);
    }
}

/* ---- the sums that are kept ---- */

/* Rows: dimension, month or hour, plays, long plays, seconds. */
static enum err walk_sums(struct reader *r, const struct play_choice *c, const char *sql,
                          int64_t from_month, int64_t to_month, struct walk *w)
{
    OWNED(stmt_finalize) sqlite3_stmt *sums = NULL;
    enum err e = db_prepare(r->db, sql, &sums);
    bool row = true;
    if (e == OK) {
        play_choice_bind(sums, c);
        filter_bind_number(sums, ":from", from_month);
        filter_bind_number(sums, ":to", to_month);
    }
    while (e == OK && row) {
        e = stmt_row(sums, &row);
        if (e == OK && row) {
            int64_t part = row_number(sums, 1);
            const struct cell_sum more = {.plays = (uint64_t)row_number(sums, 2),
                                          .long_plays = (uint64_t)row_number(sums, 3),
                                          .seconds = (double)row_number(sums, 4)};
            int64_t at = counts_hours(w)             ? hour_start(part)
                         : w->by == summary_by_month ? month_start(part)
                                                     : 0;
            e = add_cell(w, row_number(sums, 0), at, &more);
        }
    }
    return e;
}

static enum err walk_months(struct reader *r, const struct play_choice *c, int64_t from_month,
                            int64_t to_month, struct walk *w)
{
    return walk_sums(r, c,
                     "SELECT dimension_no, month, plays, long_plays, seconds FROM play_sums"
                     " WHERE in_set(dimension_no, :dimensions) AND month >= :from AND month < :to",
                     from_month, to_month, w);
}

static enum err walk_hours(struct reader *r, const struct play_choice *c, struct walk *w)
{
    return walk_sums(r, c,
                     "SELECT dimension_no, hour, plays, long_plays, seconds FROM play_hours"
                     " WHERE in_set(dimension_no, :dimensions)",
                     0, 0, w);
}

/* ---- the index ---- */

static const char along_dimensions[] =
    "SELECT i.dimension_no, i.started_at, i.played_s FROM play_dimensions d CROSS JOIN"
    " play_index i INDEXED BY play_index_dimension ON i.dimension_no = d.no"
    " WHERE in_set(d.no, :dimensions) AND in_set(i.title_no, :titles)"
    " AND i.started_at >= :from AND i.started_at < :to";
static const char along_titles[] =
    "SELECT i.dimension_no, i.started_at, i.played_s FROM play_index i INDEXED BY play_index_title"
    " WHERE i.title_no IN (SELECT value FROM json_each(:title_list))"
    " AND in_set(i.dimension_no, :dimensions) AND i.started_at >= :from AND i.started_at < :to";

struct span {
    int64_t from, to;
};

/* Rows: dimension, start, seconds played; each counts `times` (1, or -1 for one that is taken
 * away: counts are modular until all is added up). */
static enum err walk_rows(struct reader *r, const struct play_choice *c, const char *sql,
                          const struct span *span, int times, struct walk *w)
{
    OWNED(stmt_finalize) sqlite3_stmt *plays = NULL;
    enum err e = db_prepare(r->db, sql, &plays);
    bool row = true;
    if (e == OK) {
        play_choice_bind(plays, c);
        filter_bind_number(plays, ":from", span->from);
        filter_bind_number(plays, ":to", span->to);
    }
    while (e == OK && row) {
        e = stmt_row(plays, &row);
        if (e == OK && row) {
            int64_t played_s = row_number(plays, 2);
            bool is_long = played_s > LONG_PLAY_S;
            const struct cell_sum more = {.plays = (uint64_t)times,
                                          .long_plays = is_long ? (uint64_t)times : 0,
                                          .seconds = is_long ? 0 : (double)(times * played_s)};
            e = add_cell(w, row_number(plays, 0), row_number(plays, 1), &more);
        }
    }
    return e;
}

static enum err walk_index(struct reader *r, const struct play_choice *c, int64_t from, int64_t to,
                           struct walk *w)
{
    return walk_rows(r, c, c->order == BY_TITLE ? along_titles : along_dimensions,
                     &(struct span){from, to}, 1, w);
}

/* Plays that have changed or gone stand in the index, and so in its sums, as they were: that is
 * taken away. */
static enum err walk_changed(struct reader *r, const struct play_filter *f,
                             const struct play_choice *c, struct walk *w)
{
    return walk_rows(r, c,
                     "SELECT i.dimension_no, i.started_at, i.played_s FROM play_index_changed c"
                     " CROSS JOIN play_index i ON (i.started_at, i.content_hash, i.source_id, i.id)"
                     " = (c.started_at, c.content_hash, c.source_id, c.id)"
                     " WHERE in_set(i.dimension_no, :dimensions) AND in_set(i.title_no, :titles)"
                     " AND i.started_at >= :from AND i.started_at < :to",
                     &(struct span){f->from, f->to}, -1, w);
}

/* Whole months by their sums, the parts at both ends by the index. */
static enum err walk_span(struct reader *r, const struct play_filter *f,
                          const struct play_choice *c, struct walk *w)
{
    int64_t first = f->from > INT64_MIN ? month_of(f->from - 1) + 1 : INT64_MIN;
    int64_t end = f->to < INT64_MAX ? month_of(f->to) : INT64_MAX;
    if (first >= end) {
        return walk_index(r, c, f->from, f->to, w);
    }
    enum err e = walk_months(r, c, first, end, w);
    if (e == OK && f->from > INT64_MIN) {
        e = walk_index(r, c, f->from, month_start(first), w);
    }
    if (e == OK && f->to < INT64_MAX) {
        e = walk_index(r, c, month_start(end), f->to, w);
    }
    return e;
}

enum err cells_read(struct reader *r, const struct play_filter *f, const struct play_choice *c,
                    enum summary_by by, cell_fn *fn, void *context)
{
    OWNED(release_walk) struct walk w = {.by = by, .fn = fn, .context = context};
    bool all_times = f->from == INT64_MIN && f->to == INT64_MAX;
    enum err e = open_walk(r, &w);
    if (e == OK && (!c->titles.all || (counts_hours(&w) && !all_times))) {
        e = walk_index(r, c, f->from, f->to, &w);
    } else if (e == OK && counts_hours(&w)) {
        e = walk_hours(r, c, &w);
    } else if (e == OK) {
        e = walk_span(r, f, c, &w);
    }
    if (e == OK && c->changed) {
        e = walk_changed(r, f, c, &w);
    }
    if (e == OK) {
        end_walk(&w);
    }
    return e;
}

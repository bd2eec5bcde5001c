/* SPDX-License-Identifier: MIT
 * summary.c - plays and watched hours by month, user, library, … of the plays that are asked for:
 * the sums of those in the index, and one pass over those that are not in it yet. While these are
 * very many, as beside a large import, the answer is given before all are counted, and says so. */
#include <stdlib.h>
#include <string.h>

#include "actors/history/play_index.h"
#include "actors/history/summary_cells.h"
#include "proto/base/clock.h"

enum { LINES_SHOWN = 10000, STEP_ROWS = 20000, READ_MS = 2500 };

struct summary {
    struct reader *reader; /* borrowed */
    enum summary_by by;
    int64_t until;              /* monotonic: the answer is given then, whatever is left */
    int64_t after;              /* the last play that is counted */
    bool partial;               /* something was left */
    struct lines lines, people; /* by raw keys */
    struct summary_totals totals;
    double seconds;
};

/* Plays that are not in the index: rows that are looked at, and whether they are asked for. */
#define REST_COLUMNS                                                           \
    "SELECT p.id, p.source_id, p.started_at, p.user_id, p.user, p.section_id," \
    " coalesce(p.media_type, 'unknown'), p.played_s,"                          \
    " p.started_at >= :from AND p.started_at < :to AND %s AND %s"
static const char rest_above[] =
    REST_COLUMNS " FROM plays p JOIN sources s ON s.no = p.source_id WHERE p.id > :after"
                 " ORDER BY p.id LIMIT %d";
static const char rest_changed[] =
    REST_COLUMNS " FROM play_index_changed c CROSS JOIN plays p ON p.id = c.id"
                 " JOIN sources s ON s.no = p.source_id WHERE c.id > :after ORDER BY c.id LIMIT %d";

static void add_up(struct reader *r, struct summary *sum, const struct summed *more)
{
    lines_add(r, &sum->lines, sum->by, more);
    lines_add(r, &sum->people, summary_by_person, more);
    sum->totals.plays += more->plays;
    sum->totals.long_plays += more->long_plays;
    sum->seconds += more->seconds;
}

static void add_play(struct reader *r, struct summary *sum, sqlite3_stmt *row)
{
    bool is_long = row_number(row, 7) > LONG_PLAY_S;
    const struct summed play = {.source_no = row_number(row, 1),
                                .started_at = row_number(row, 2),
                                .user_id = row_text(row, 3),
                                .user = row_text(row, 4),
                                .section_id = row_text(row, 5),
                                .media_type = row_text(row, 6),
                                .plays = 1,
                                .long_plays = is_long,
                                .seconds = is_long ? 0 : sqlite3_column_double(row, 7)};
    add_up(r, sum, &play);
}

/* One short read after the play `*after`. */
static enum err walk_step(struct reader *r, struct summary *sum, sqlite3_stmt *step, int64_t *after,
                          bool *out_more)
{
    OWNED(stmt_rewind) sqlite3_stmt *rows = step;
    bool row = true;
    size_t seen = 0;
    enum err e = OK;
    stmt_number(rows, sqlite3_bind_parameter_index(rows, ":after"), *after);
    while (e == OK && row) {
        e = stmt_row(rows, &row);
        if (e == OK && row) {
            *after = row_number(rows, 0);
            seen++;
            if (row_number(rows, 8) != 0) {
                add_play(r, sum, rows);
            }
        }
    }
    *out_more = seen == STEP_ROWS;
    return e;
}

/* Short reads, until there is no more or time is up: `out_after` is the last play looked at. */
static enum err walk(struct reader *r, const struct play_filter *filter, const char *rows,
                     int64_t *after, struct summary *sum)
{
    OWNED(db_free) char *sql = sqlite3_mprintf(rows, filter_of_owner, filter_of_titles, STEP_ROWS);
    OWNED(stmt_finalize) sqlite3_stmt *step = NULL;
    enum err e = db_prepare(r->db, sql, &step);
    bool more = true;
    bool in_time = true; /* the first read is always made: mostly it is all */
    if (e == OK) {
        filter_bind(r, filter, step);
    }
    while (e == OK && more && in_time) {
        e = walk_step(r, sum, step, after, &more);
        in_time = clock_monotonic_ms() < sum->until;
    }
    sum->partial = sum->partial || more;
    return e;
}

static void add_cell(void *context, const struct summed *more)
{
    struct summary *sum = context;
    add_up(sum->reader, sum, more);
}

/* What is in the index, and what changed since; within one view of the file. */
static enum err sum_index(struct reader *r, const struct play_filter *filter, struct summary *sum)
{
    struct play_choice choice;
    int64_t after = INT64_MIN;
    enum err e = play_choice_make(r, filter, &choice);
    if (e == OK) {
        sum->after = choice.watermark;
        e = cells_read(r, filter, &choice, sum->by, add_cell, sum);
    }
    return e == OK ? walk(r, filter, rest_changed, &after, sum) : e;
}

/* Plays above the watermark stay there until they are in the index: they are read afterwards. */
static enum err sum_all(struct reader *r, const struct play_filter *filter, struct summary *sum)
{
    enum err e = reader_begin(r);
    if (e == OK) {
        e = reader_end(r, sum_index(r, filter, sum));
    }
    return e == OK ? walk(r, filter, rest_above, &sum->after, sum) : e;
}

static int by_key(const void *a, const void *b)
{
    return strcmp(((const struct summary_line *)a)->key, ((const struct summary_line *)b)->key);
}

static int by_plays(const void *a, const void *b)
{
    const struct summary_line *x = a;
    const struct summary_line *y = b;
    return x->plays == y->plays ? by_key(a, b) : (x->plays < y->plays) - (x->plays > y->plays);
}

static void sort_lines(struct reader *r, enum summary_by by, const struct lines *named,
                       struct history_summarised *out)
{
    struct summary_line *lines = arena_alloc(r->arena, (named->used + 1) * sizeof *lines);
    size_t count = 0;
    for (size_t i = 0; i < named->count; i++) {
        const struct line *line = &named->slots[i];
        if (line->key != NULL && line->plays > 0) {
            lines[count++] = (struct summary_line){.key = line->key,
                                                   .plays = line->plays,
                                                   .watched_hours = line->seconds / 3600,
                                                   .long_plays = line->long_plays,
                                                   .label = line->label};
        }
    }
    bool in_order_of_time =
        by == summary_by_month || by == summary_by_hour || by == summary_by_weekday;
    qsort(lines, count, sizeof *lines, in_order_of_time ? by_key : by_plays);
    for (size_t i = 0; i < count; i++) {
        lines[i].key = lines[i].key[0] != '\0' ? lines[i].key : NULL;
    }
    out->items = lines;
    out->items_count = count < LINES_SHOWN ? count : LINES_SHOWN;
}

/* Persons, without those plays that name no account. */
static enum err count_people(struct reader *r, const struct lines *raw, uint64_t *out)
{
    struct lines named = {0};
    enum err e = lines_name(r, summary_by_person, raw, &named);
    *out = 0;
    for (size_t i = 0; e == OK && i < named.count; i++) {
        *out += named.slots[i].key != NULL && named.slots[i].size > 0 && named.slots[i].plays > 0;
    }
    return e;
}

enum err query_summary(struct reader *r, const struct history_summary *ask,
                       struct history_summarised *out)
{
    const struct play_filter filter = PLAY_FILTER(ask);
    struct summary sum = {.reader = r, .by = ask->by, .until = clock_monotonic_ms() + READ_MS};
    struct lines named = {0};
    enum err e = sum_all(r, &filter, &sum);
    if (e == OK) {
        e = lines_name(r, ask->by, &sum.lines, &named);
    }
    if (e == OK) {
        e = count_people(r, &sum.people, &sum.totals.people);
    }
    if (e != OK) {
        return e;
    }
    sort_lines(r, ask->by, &named, out);
    sum.totals.watched_hours = sum.seconds / 3600;
    out->totals = sum.totals;
    if (sum.partial) {
        PUT(out, waiting, 1); /* how many of them are asked for is not known */
    }
    return OK;
}

/* SPDX-License-Identifier: MIT
 * match.c - rows in order of person and time, each looking back no further than it must. */
#include "actors/history/groups/match.h"

#include <stdlib.h>

#include "proto/base/own.h"

enum {
    BEFORE_MS = 60 * 1000,      /* clocks differ */
    AFTER_MS = 120 * 1000,      /* a stop that is seen late, and clocks */
    NO_LENGTH_MS = 1800 * 1000, /* how far before its stop an interval without length begins */
    COLLAPSE_MS = 60 * 1000,    /* a moment told twice */
    COLLAPSE_MOST_MS = 1800 * 1000,
    COLLAPSE_SHARE = 10,
    LOOK_BACK = 4096, /* rows: bounds for what no person does */
    SAME_TIMES_MAX = 256,
    COLLAPSED_MAX = 256
};

/* ---- order ---- */

static int compare(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

static int by_time(const void *a, const void *b)
{
    const struct match_row *x = a;
    const struct match_row *y = b;
    int order = (x->person > y->person) - (x->person < y->person);
    order = order != 0 ? order : compare(x->started_at, y->started_at);
    order = order != 0 ? order : compare(x->point, y->point);
    order = order != 0 ? order : compare(x->has_stop, y->has_stop);
    order = order != 0 ? order : compare(x->stopped_at, y->stopped_at);
    order = order != 0 ? order : match_rank(x, y);
    return order != 0 ? order : compare(x->no, y->no);
}

/* ---- intervals of several sources ---- */

static bool same_times(const struct match_row *a, const struct match_row *b)
{
    return a->person == b->person && a->started_at == b->started_at && !a->point && !b->point &&
           a->has_stop == b->has_stop && (!a->has_stop || a->stopped_at == b->stopped_at);
}

/* The rows of one source among those of equal times stand for different plays: the first of each
 * source are one play, the second of each, and so on. */
static void join_same_times(struct match_row *rows, size_t first, size_t end)
{
    for (size_t i = first; i < end; i++) {
        size_t best = i;
        for (size_t j = first; j < i && best == i; j++) {
            bool free = rows[j].link == MATCH_NONE && rows[j].source_no != rows[i].source_no &&
                        match_same_item(&rows[j], &rows[i]) &&
                        match_same_player(&rows[j], &rows[i]);
            for (size_t k = j + 1; k < i && free; k++) {
                free = rows[k].link != (int32_t)j || rows[k].source_no != rows[i].source_no;
            }
            best = free ? j : i;
        }
        if (best != i) {
            rows[i].link = (int32_t)best;
            rows[i].reason = row_reason_same_times;
        }
    }
}

static void find_same_times(struct match_row *rows, size_t count)
{
    for (size_t first = 0; first < count;) {
        size_t end = first + 1;
        while (end < count && end - first < SAME_TIMES_MAX &&
               same_times(&rows[first], &rows[end])) {
            end++;
        }
        join_same_times(rows, first, end);
        first = end;
    }
}

/* ---- points within intervals ---- */

struct distance {
    int64_t outside, from_stop; /* ms */
};

/* Where an interval begins and ends for a point. Without a stop it lasts as long as the item. */
static void reach_of(const struct match_row *row, int64_t *out_from, int64_t *out_to)
{
    *out_from = row->started_at;
    *out_to = row->has_stop ? row->stopped_at : row->started_at + row->duration_ms;
    if (row->has_stop && row->stopped_at == row->started_at) {
        *out_from -= NO_LENGTH_MS;
    }
}

static bool holds(const struct match_row *interval, const struct match_row *point,
                  struct distance *out)
{
    int64_t from = 0;
    int64_t to = 0;
    int64_t at = point->started_at;
    reach_of(interval, &from, &to);
    out->outside = at < from ? from - at : at > to ? at - to : 0;
    out->from_stop = at > to ? at - to : to - at;
    return at >= from - BEFORE_MS && at <= to + AFTER_MS;
}

static bool nearer(const struct match_row *a, const struct distance *to_a,
                   const struct match_row *b, const struct distance *to_b)
{
    int order = compare(to_a->outside, to_b->outside);
    order = order != 0 ? order : compare(to_a->from_stop, to_b->from_stop);
    return (order != 0 ? order : match_rank(a, b)) < 0;
}

static void look_at(struct match_row *rows, size_t point, size_t at, struct distance *best)
{
    struct match_row *p = &rows[point];
    struct match_row *interval = &rows[at];
    struct distance d;
    if (interval->point || interval->link != MATCH_NONE || interval->nobody ||
        !holds(interval, p, &d) || !match_same_item(interval, p) ||
        !match_same_player(interval, p)) {
        return;
    }
    if (p->link == MATCH_NONE || nearer(interval, &d, &rows[p->link], best)) {
        p->link = (int32_t)at;
        p->reason = row_reason_watched_within;
        *best = d;
    }
}

/* The intervals among the rows, in their order: points, of which a server may tell any number, do
 * not look at each other. */
struct intervals {
    size_t *at; /* owned */
    size_t count;
};

static struct intervals find_intervals(const struct match_row *rows, size_t count)
{
    struct intervals found = {.at = must_alloc((count + 1) * sizeof *found.at)};
    for (size_t i = 0; i < count; i++) {
        if (!rows[i].point) {
            found.at[found.count++] = i;
        }
    }
    return found;
}

/* `next`: how many of the intervals come before it. */
static void find_interval(struct match_row *rows, const struct intervals *intervals, size_t next,
                          size_t point)
{
    const struct match_row *p = &rows[point];
    struct distance best = {0};
    for (size_t i = next; i-- > 0 && next - i <= LOOK_BACK;) {
        const struct match_row *interval = &rows[intervals->at[i]];
        if (interval->person != p->person ||
            p->started_at - interval->started_at > MATCH_REACH_MS + AFTER_MS) {
            break;
        }
        look_at(rows, point, intervals->at[i], &best);
    }
    for (size_t i = next; i < intervals->count && i - next < LOOK_BACK; i++) {
        const struct match_row *interval = &rows[intervals->at[i]];
        if (interval->person != p->person ||
            interval->started_at - p->started_at > NO_LENGTH_MS + BEFORE_MS) {
            break;
        }
        look_at(rows, point, intervals->at[i], &best);
    }
}

static void find_all_intervals(struct match_row *rows, size_t count)
{
    const struct intervals intervals = find_intervals(rows, count);
    size_t next = 0;
    for (size_t i = 0; i < count; i++) {
        next += !rows[i].point;
        if (rows[i].point && !rows[i].nobody) {
            find_interval(rows, &intervals, next, i);
        }
    }
    free(intervals.at);
}

/* ---- points that no interval holds ---- */

static int64_t collapse_gap(const struct match_row *a, const struct match_row *b)
{
    int64_t duration = a->duration_ms > b->duration_ms ? a->duration_ms : b->duration_ms;
    int64_t gap = duration / COLLAPSE_SHARE;
    gap = gap > COLLAPSE_MOST_MS ? COLLAPSE_MOST_MS : gap;
    return gap > COLLAPSE_MS ? gap : COLLAPSE_MS;
}

static void find_earlier(struct match_row *rows, size_t point)
{
    struct match_row *p = &rows[point];
    for (size_t i = point; i-- > 0 && point - i <= LOOK_BACK;) {
        struct match_row *earlier = &rows[i];
        int64_t gap = p->started_at - earlier->started_at;
        if (earlier->person != p->person || gap >= COLLAPSE_MOST_MS) {
            return;
        }
        bool left = earlier->point && (earlier->link == MATCH_NONE || rows[earlier->link].point);
        if (left && gap < collapse_gap(earlier, p) && match_same_item(earlier, p) &&
            match_same_player(earlier, p)) {
            bool full = earlier->collapsed == COLLAPSED_MAX;
            p->link = full ? MATCH_NONE : (int32_t)i;
            p->reason = full ? row_reason_new : row_reason_collapsed;
            p->collapsed = full ? 0 : earlier->collapsed + 1;
            return;
        }
    }
}

void match_rows(struct match_row *rows, size_t count)
{
    qsort(rows, count, sizeof *rows, by_time);
    for (size_t i = 0; i < count; i++) {
        rows[i].link = MATCH_NONE;
        rows[i].told_by = rows[i].collapsed = 0;
        rows[i].reason = row_reason_new;
    }
    find_same_times(rows, count);
    match_sessions(rows, count);
    match_records(rows, count);
    find_all_intervals(rows, count);
    for (size_t i = 0; i < count; i++) {
        if (rows[i].point && rows[i].link == MATCH_NONE) {
            find_earlier(rows, i);
        }
    }
}

/* SPDX-License-Identifier: MIT
 * clock_skew.c - whether the clock of a Plex server and that of its Tautulli agree.
 *
 * Plex notes the moment a play counts as watched, at nine tenths of it or at the credits, while it
 * goes on; Tautulli its stop. So the stop comes later, by a tenth of the item at most (measured on
 * a real server: 218 s in the median). A median below zero, or more than two minutes above that
 * tenth, is a clock's. It is taken from the newest plays that both tell of. */
#include <stdlib.h>

#include "actors/history/columns.h"
#include "actors/history/people_page.h"

enum { PAIRS_MAX = 1000, PAIRS_NEEDED = 5, BEYOND_S = 120, SERVERS_SHOWN = 1000 };

static int compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static int64_t median(int64_t *values, size_t count)
{
    qsort(values, count, sizeof *values, compare);
    return values[count / 2];
}

static void judge(struct arena *arena, int64_t *gaps, int64_t *beyond, size_t count,
                  struct clock_skew *out)
{
    out->pairs = count;
    out->seconds = median(gaps, count);
    bool late = median(beyond, count) > BEYOND_S;
    out->alarm = count >= PAIRS_NEEDED && (out->seconds < 0 || late);
    if (out->alarm) {
        out->message = arena_format(
            arena,
            out->seconds < 0
                ? "In the median a play has stopped %lld s before the server calls it watched: the "
                  "server's clock is fast, or Tautulli's slow"
                : "In the median a play stops %lld s after the server calls it watched, longer "
                  "than its credits can be: the server's clock is slow, or Tautulli's fast",
            (long long)llabs(out->seconds));
    }
}

/* Of one source of Plex: its newest rows in plays whose stop another source told. */
static enum err take_pairs(sqlite3_stmt *find, int64_t source_no, int64_t *gaps, int64_t *beyond,
                           size_t *out_count)
{
    enum err e = OK;
    bool row = true;
    *out_count = 0;
    stmt_number(find, 1, source_no);
    while (e == OK && row && *out_count < PAIRS_MAX) {
        e = stmt_row(find, &row);
        if (e == OK && row) {
            gaps[*out_count] = row_number(find, 0);
            beyond[(*out_count)++] = row_number(find, 0) - row_number(find, 1);
        }
    }
    sqlite3_reset(find);
    return e;
}

enum err clock_skew_estimate(struct reader *r, struct people_listed *out)
{
    OWNED(stmt_finalize) sqlite3_stmt *sources = NULL;
    OWNED(stmt_finalize) sqlite3_stmt *find = NULL;
    int64_t *gaps = arena_alloc(r->arena, PAIRS_MAX * sizeof *gaps);
    int64_t *beyond = arena_alloc(r->arena, PAIRS_MAX * sizeof *beyond);
    out->skew = arena_alloc(r->arena, SERVERS_SHOWN * sizeof *out->skew);
    enum err e = db_prepare_with(r->db,
                                 "SELECT no, server_id FROM sources WHERE kind = ?1"
                                 " AND server_id IS NOT NULL ORDER BY no",
                                 source_kind_plex, &sources);
    if (e == OK) {
        e = db_prepare(r->db,
                       "SELECT (p.stopped_at - s.started_at) / 1000,"
                       " coalesce(p.duration_ms, p.stopped_at - p.started_at) / 10000"
                       " FROM (SELECT play_id, started_at FROM play_sources WHERE source_id = ?1"
                       "  AND typeof(native_id) = 'integer'" /* no session: a moment */
                       "  ORDER BY native_id DESC LIMIT 4000) s JOIN plays p ON p.id = s.play_id"
                       " WHERE p.source_id <> ?1 AND p.stopped_at IS NOT NULL"
                       " AND p.media_type IN ('movie', 'episode')",
                       &find);
    }
    bool row = e == OK;
    while (e == OK && row && out->skew_count < SERVERS_SHOWN) {
        size_t count = 0;
        e = stmt_row(sources, &row);
        e = e == OK && row ? take_pairs(find, row_number(sources, 0), gaps, beyond, &count) : e;
        if (e == OK && row && count > 0) {
            struct clock_skew *one = &out->skew[out->skew_count++];
            one->server_id = column_text(sources, 1, r->arena);
            judge(r->arena, gaps, beyond, count, one);
        }
    }
    return e;
}

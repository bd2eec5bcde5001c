/* SPDX-License-Identifier: MIT
 * match_records.c - what the records of one Jellyfin or Emby server tell of the same play.
 *
 * The windows are those of facts-mediaservers 3.4. A row of the plugin says when its timer ran,
 * which on Jellyfin is about 20 s after the start; the reader has taken these off, so the window
 * stands that much earlier here. */
#include "actors/history/groups/match.h"

#include <stdlib.h>
#include <string.h>

#include "proto/base/own.h"

enum {
    SEEN_MS = 90 * 1000, /* log and sessions; the item's start before that of its play, too */
    REPORT_BEFORE_MS = 50 * 1000, /* Jellyfin: -30 .. +90 s, less 20 s */
    REPORT_AFTER_MS = 70 * 1000,
    REPORT_EMBY_MS = 30 * 1000,
    /* rows: bounds for what no person does */
    STARTS_BACK = 256,
    HEADS_MAX = 8, /* on each side */
    LOOK_BACK = 4096
};

static bool same_item(const struct match_row *a, const struct match_row *b)
{
    return a->person == b->person && a->kind == b->kind && a->source_no == b->source_no &&
           a->rating_key != NULL && b->rating_key != NULL &&
           strcmp(a->rating_key, b->rating_key) == 0;
}

/* Players are named by another text in each record, so they are held against each other only where
 * both are ids. */
static bool same_player(const struct match_row *a, const struct match_row *b)
{
    return a->machine_id == NULL || b->machine_id == NULL ||
           strcmp(a->machine_id, b->machine_id) == 0;
}

static bool same_start(const struct match_row *head, const struct match_row *row)
{
    int64_t later = row->started_at - head->started_at;
    bool emby = row->kind == source_kind_emby;
    /* Sessions begin somewhere between two looks. */
    if (match_record(row) != RECORD_REPORT || (emby && match_record(head) == RECORD_SESSION)) {
        return later >= -SEEN_MS && later <= SEEN_MS;
    }
    return emby ? later >= -REPORT_EMBY_MS && later <= REPORT_EMBY_MS
                : later >= -REPORT_BEFORE_MS && later <= REPORT_AFTER_MS;
}

/* Does it stand for a play that the record does not tell of yet? */
static bool is_free(const struct match_row *head, enum server_record of)
{
    enum server_record record = match_record(head);
    return record != RECORD_NONE && record < of && head->link == MATCH_NONE && !head->nobody &&
           (head->told_by & 1U << of) == 0;
}

static bool can_join(const struct match_row *head, const struct match_row *row,
                     enum server_record of)
{
    return match_record(row) == of && row->link == MATCH_NONE && !row->nobody &&
           is_free(head, of) && same_item(head, row) && same_start(head, row) &&
           same_player(head, row);
}

static bool nearer(const struct match_row *to, const struct match_row *a, const struct match_row *b)
{
    int64_t of_a = llabs(a->started_at - to->started_at);
    int64_t of_b = llabs(b->started_at - to->started_at);
    return of_a != of_b ? of_a < of_b : match_rank(a, b) < 0;
}

/* ---- what begins at the same time ---- */

struct pair {
    struct match_row *head, *row;
};

static int64_t apart(const struct pair *pair)
{
    return llabs(pair->row->started_at - pair->head->started_at);
}

/* Rows lie in an order of their own, so that of two equal ones the first is the same each time. */
static int by_distance(const void *a, const void *b)
{
    const struct pair *x = a;
    const struct pair *y = b;
    int order = (apart(x) > apart(y)) - (apart(x) < apart(y));
    order = order != 0 ? order : match_rank(x->head, y->head);
    order = order != 0 ? order : match_rank(x->row, y->row);
    order = order != 0 ? order : (x->head > y->head) - (x->head < y->head);
    return order != 0 ? order : (x->row > y->row) - (x->row < y->row);
}

static bool is_near(const struct match_row *a, const struct match_row *b)
{
    return a->person == b->person && llabs(a->started_at - b->started_at) <= SEEN_MS;
}

/* To `out`, which has room for 2 * HEADS_MAX: the nearest rows that this one could be joined to. */
static size_t find_heads(struct match_row *rows, size_t count, size_t at, enum server_record of,
                         struct pair *out)
{
    size_t found = 0;
    for (size_t i = at; i-- > 0 && at - i <= STARTS_BACK && is_near(&rows[i], &rows[at]);) {
        if (found < HEADS_MAX && can_join(&rows[i], &rows[at], of)) {
            out[found++] = (struct pair){&rows[i], &rows[at]};
        }
    }
    size_t before = found;
    for (size_t i = at + 1; i < count && i - at <= STARTS_BACK && is_near(&rows[i], &rows[at]);
         i++) {
        if (found - before < HEADS_MAX && can_join(&rows[i], &rows[at], of)) {
            out[found++] = (struct pair){&rows[i], &rows[at]};
        }
    }
    return found;
}

/* The nearest first, each row and each head once. */
static void join_starts(struct match_row *rows, size_t count, enum server_record of)
{
    size_t found = 0;
    size_t capacity = 0;
    struct pair *pairs = NULL;
    for (size_t i = 0; i < count; i++) {
        if (match_record(&rows[i]) != of || rows[i].link != MATCH_NONE) {
            continue;
        }
        if (capacity - found < 2 * (size_t)HEADS_MAX) {
            capacity = 2 * capacity + 2 * (size_t)HEADS_MAX;
            pairs = must_realloc(pairs, capacity * sizeof *pairs);
        }
        found += find_heads(rows, count, i, of, &pairs[found]);
    }
    if (found > 1) {
        qsort(pairs, found, sizeof *pairs, by_distance);
    }
    for (size_t i = 0; i < found; i++) {
        struct match_row *head = pairs[i].head;
        struct match_row *row = pairs[i].row;
        if (row->link == MATCH_NONE && is_free(head, of)) {
            row->link = (int32_t)(head - rows);
            row->reason = row_reason_same_start;
            head->told_by |= 1U << of;
        }
    }
    free(pairs);
}

/* ---- what begins later ---- */

/* Does it begin while that is played? */
static bool starts_within(const struct match_row *play, const struct match_row *row)
{
    static const int64_t slack_ms[] = {
        [RECORD_SESSION] = 0, [RECORD_REPORT] = REPORT_EMBY_MS, [RECORD_ITEM] = SEEN_MS};
    int64_t before = slack_ms[match_record(row)];
    int64_t later = row->started_at - play->started_at;
    int64_t length = play->has_stop ? play->stopped_at - play->started_at : before;
    return later >= -before && later <= length;
}

/* A row of Emby's plugin that goes on where another one of the same play has ended. */
static bool is_continued(const struct match_row *row)
{
    return row->link != MATCH_NONE && match_record(row) == RECORD_REPORT &&
           row->reason == row_reason_started_within;
}

static bool can_hold(const struct match_row *play, const struct match_row *row)
{
    enum server_record record = match_record(play);
    return record != RECORD_NONE && record < match_record(row) &&
           (play->link == MATCH_NONE || is_continued(play)) && !play->nobody &&
           same_item(play, row) && starts_within(play, row) && same_player(play, row);
}

static void join_within(struct match_row *rows, size_t count, size_t at)
{
    struct match_row *row = &rows[at];
    size_t best = at;
    for (size_t i = at; i-- > 0 && at - i <= LOOK_BACK;) {
        if (rows[i].person != row->person ||
            row->started_at - rows[i].started_at > MATCH_REACH_MS) {
            break;
        }
        bool holds = can_hold(&rows[i], row);
        best = holds && (best == at || nearer(row, &rows[i], &rows[best])) ? i : best;
    }
    for (size_t i = at + 1; i < count && i - at <= LOOK_BACK; i++) {
        if (rows[i].person != row->person || rows[i].started_at - row->started_at > SEEN_MS) {
            break;
        }
        bool holds = can_hold(&rows[i], row);
        best = holds && (best == at || nearer(row, &rows[i], &rows[best])) ? i : best;
    }
    if (best != at) {
        row->link = rows[best].link != MATCH_NONE ? rows[best].link : (int32_t)best;
        row->reason = row_reason_started_within;
    }
}

static void join_all_within(struct match_row *rows, size_t count, enum server_record of)
{
    for (size_t i = 0; i < count; i++) {
        bool may_be = match_record(&rows[i]) == of && rows[i].link == MATCH_NONE && !rows[i].nobody;
        if (may_be && (of != RECORD_REPORT || rows[i].kind == source_kind_emby)) {
            join_within(rows, count, i);
        }
    }
}

/* Where only the plugin tells of a play: the row that ended where this one begins. */
static void join_continued(struct match_row *rows, size_t at)
{
    struct match_row *row = &rows[at];
    size_t best = at;
    for (size_t i = at; i-- > 0 && at - i <= LOOK_BACK;) {
        const struct match_row *before = &rows[i];
        if (before->person != row->person ||
            row->started_at - before->started_at > MATCH_REACH_MS) {
            break;
        }
        bool ended = match_record(before) == RECORD_REPORT && before->has_stop && !before->nobody &&
                     before->started_at < row->started_at &&
                     llabs(row->started_at - before->stopped_at) <= REPORT_EMBY_MS;
        bool goes_on = ended && same_item(before, row) && same_player(before, row);
        best = goes_on && (best == at || match_rank(before, &rows[best]) < 0) ? i : best;
    }
    if (best != at) {
        row->link = rows[best].link != MATCH_NONE ? rows[best].link : (int32_t)best;
        row->reason = row_reason_started_within;
    }
}

/* In the order of time, so that what is joined to a row that is joined itself has its head. */
static void join_all_continued(struct match_row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (match_record(&rows[i]) == RECORD_REPORT && rows[i].kind == source_kind_emby &&
            rows[i].link == MATCH_NONE && !rows[i].nobody) {
            join_continued(rows, i);
        }
    }
}

void match_records(struct match_row *rows, size_t count)
{
    join_starts(rows, count, RECORD_SESSION);
    join_all_within(rows, count, RECORD_SESSION);
    join_starts(rows, count, RECORD_REPORT);
    join_all_within(rows, count, RECORD_REPORT);
    join_all_continued(rows, count);
    join_all_within(rows, count, RECORD_ITEM);
}

/* SPDX-License-Identifier: MIT
 * match_records.c - what the records of one Jellyfin or Emby server tell of the same play.
 *
 * The windows are those of facts-mediaservers 3.4. A row of the plugin says when its timer ran,
 * which on Jellyfin is about 20 s after the start; the reader has taken these off, so the window
 * stands that much earlier here. */
#include "actors/history/groups/match.h"

#include <stdlib.h>
#include <string.h>

enum {
    SEEN_MS = 90 * 1000, /* log and sessions; the item's start before that of its play, too */
    REPORT_BEFORE_MS = 50 * 1000, /* Jellyfin: -30 .. +90 s, less 20 s */
    REPORT_AFTER_MS = 70 * 1000,
    REPORT_EMBY_MS = 30 * 1000,
    LOOK_BACK = 4096 /* rows: bounds for what no person does */
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
    if (match_record(row) != RECORD_REPORT) {
        return later >= -SEEN_MS && later <= SEEN_MS;
    }
    return row->kind == source_kind_emby ? later >= -REPORT_EMBY_MS && later <= REPORT_EMBY_MS
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

/* The nearest row that this one could be joined with, as its head or as the row of the record. */
static size_t find_partner(const struct match_row *rows, size_t count, size_t at,
                           enum server_record of)
{
    bool is_row = match_record(&rows[at]) == of;
    size_t best = at;
    size_t first = at > LOOK_BACK ? at - LOOK_BACK : 0;
    for (size_t i = at; i-- > first && rows[at].started_at - rows[i].started_at <= SEEN_MS;) {
        if (rows[i].person != rows[at].person) {
            break;
        }
        bool joins = is_row ? can_join(&rows[i], &rows[at], of) : can_join(&rows[at], &rows[i], of);
        best = joins && (best == at || nearer(&rows[at], &rows[i], &rows[best])) ? i : best;
    }
    for (size_t i = at + 1;
         i < count && i - at <= LOOK_BACK && rows[i].started_at - rows[at].started_at <= SEEN_MS;
         i++) {
        if (rows[i].person != rows[at].person) {
            break;
        }
        bool joins = is_row ? can_join(&rows[i], &rows[at], of) : can_join(&rows[at], &rows[i], of);
        best = joins && (best == at || nearer(&rows[at], &rows[i], &rows[best])) ? i : best;
    }
    return best;
}

/* Those that are each other's nearest, until none are left. */
static void join_starts(struct match_row *rows, size_t count, enum server_record of)
{
    for (bool joined = true; joined;) {
        joined = false;
        for (size_t i = 0; i < count; i++) {
            if (match_record(&rows[i]) != of || rows[i].link != MATCH_NONE) {
                continue;
            }
            size_t head = find_partner(rows, count, i, of);
            if (head != i && find_partner(rows, count, head, of) == i) {
                rows[i].link = (int32_t)head;
                rows[i].reason = row_reason_same_start;
                rows[head].told_by |= 1U << of;
                joined = true;
            }
        }
    }
}

/* Does it begin while that is played? */
static bool starts_within(const struct match_row *play, const struct match_row *row)
{
    int64_t before = match_record(row) == RECORD_REPORT ? REPORT_EMBY_MS : SEEN_MS;
    int64_t later = row->started_at - play->started_at;
    int64_t length = play->has_stop ? play->stopped_at - play->started_at : before;
    return later >= -before && later <= length;
}

static bool can_hold(const struct match_row *play, const struct match_row *row)
{
    enum server_record record = match_record(play);
    return record != RECORD_NONE && record < match_record(row) && play->link == MATCH_NONE &&
           !play->nobody && same_item(play, row) && starts_within(play, row) &&
           same_player(play, row);
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
        row->link = (int32_t)best;
        row->reason = row_reason_started_within;
    }
}

static bool may_be_within(const struct match_row *row)
{
    enum server_record record = match_record(row);
    return row->link == MATCH_NONE && !row->nobody &&
           (record == RECORD_ITEM || (record == RECORD_REPORT && row->kind == source_kind_emby));
}

void match_records(struct match_row *rows, size_t count)
{
    join_starts(rows, count, RECORD_SESSION);
    join_starts(rows, count, RECORD_REPORT);
    for (enum server_record of = RECORD_REPORT; of <= RECORD_ITEM; of++) {
        for (size_t i = 0; i < count; i++) {
            if (match_record(&rows[i]) == of && may_be_within(&rows[i])) {
                join_within(rows, count, i);
            }
        }
    }
}

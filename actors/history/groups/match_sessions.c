/* SPDX-License-Identifier: MIT
 * match_sessions.c - what was seen to be played on a Plex server, and what Tautulli tells of it.
 *
 * Both are intervals that began somewhere between two looks of each, so their starts differ. One of
 * Tautulli's may hold several sessions: it goes on where a session was lost from sight. */
#include "actors/history/groups/match.h"

#include <stdlib.h>

enum {
    SEEN_MS = 90 * 1000, /* a look a minute, and clocks */
    LOOK_BACK = 4096     /* rows: bounds for what no person does */
};

static bool is_session(const struct match_row *row)
{
    return row->kind == source_kind_plex && match_record(row) == RECORD_SESSION;
}

/* Is it Tautulli's word for a play during which the session began? */
static bool can_hold(struct match_row *play, struct match_row *session)
{
    int64_t later = session->started_at - play->started_at;
    int64_t length = play->has_stop ? play->stopped_at - play->started_at : 0;
    return play->kind == source_kind_tautulli && !play->point && !play->nobody &&
           play->link == MATCH_NONE && later >= -SEEN_MS &&
           later <= (length > SEEN_MS ? length : SEEN_MS) && match_same_item(play, session) &&
           match_same_player(play, session);
}

static bool nearer(const struct match_row *to, const struct match_row *a, const struct match_row *b)
{
    int64_t of_a = llabs(a->started_at - to->started_at);
    int64_t of_b = llabs(b->started_at - to->started_at);
    return of_a != of_b ? of_a < of_b : match_rank(a, b) < 0;
}

static void find_play(struct match_row *rows, size_t count, size_t at)
{
    struct match_row *session = &rows[at];
    size_t best = at;
    for (size_t i = at; i-- > 0 && at - i <= LOOK_BACK;) {
        if (rows[i].person != session->person ||
            session->started_at - rows[i].started_at > MATCH_REACH_MS) {
            break;
        }
        bool holds = can_hold(&rows[i], session);
        best = holds && (best == at || nearer(session, &rows[i], &rows[best])) ? i : best;
    }
    for (size_t i = at + 1; i < count && i - at <= LOOK_BACK; i++) {
        if (rows[i].person != session->person ||
            rows[i].started_at - session->started_at > SEEN_MS) {
            break;
        }
        bool holds = can_hold(&rows[i], session);
        best = holds && (best == at || nearer(session, &rows[i], &rows[best])) ? i : best;
    }
    if (best != at) {
        bool same = llabs(rows[best].started_at - session->started_at) <= SEEN_MS;
        session->link = (int32_t)best;
        session->reason = same ? row_reason_same_start : row_reason_started_within;
    }
}

void match_sessions(struct match_row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (is_session(&rows[i]) && rows[i].link == MATCH_NONE && !rows[i].nobody) {
            find_play(rows, count, i);
        }
    }
}

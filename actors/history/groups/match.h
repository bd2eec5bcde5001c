/* SPDX-License-Identifier: MIT
 * match.h - which rows tell of one play, as a pure function of the rows around them: it knows
 * nothing of when they arrived, nor of what was decided before.
 *
 * A row is an interval (start and stop were seen) or a point (only the moment is known at which the
 * server counted it as watched). A person's player cannot play one item twice at once, so a point
 * belongs to the interval that holds it.
 *   same_times      an interval and one of another source with equal person, item, start and stop:
 *                   copies of one database under other numbers
 *   watched_within  a point and the interval that holds it, give or take a minute before and two
 *                   after; of several the nearest, then the one whose stop is closest
 *   collapsed       a point that no interval holds and the one before it of the same person, item
 *                   and player, closer than a minute, or than a tenth of the item's length up to
 *                   half an hour; some 250 at most, for then nobody plays
 *   same_start, started_within   a session of a Plex server and the interval of Tautulli during
 *                   which it began: two programs that looked
 * A Jellyfin or Emby server tells of one play in several records of its own, of which each row is
 * of one person and item:
 *   same_start      rows of two records that begin at the same time, as far as these records agree;
 *                   of several the nearest ones are joined first, and one record tells of a play
 *                   once
 *   started_within  what begins while another record says it was played: the start that the server
 *                   keeps with the item; a session that was lost from sight and met again; on Emby
 *                   a row of the plugin, which begins one amid a play, also where the row before
 *                   of the plugin ends */
#ifndef PLAYBUS_ACTORS_HISTORY_GROUPS_MATCH_H
#define PLAYBUS_ACTORS_HISTORY_GROUPS_MATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/schema/schema.h"

/* How far a row looks: intervals are no longer, later stops count as unknown. */
#define MATCH_REACH_MS (24 * INT64_C(3600000))
/* What is added to that: the slack around an interval, and the longest gap of a collapse. */
#define MATCH_SLACK_MS (INT64_C(3600000))

enum { MATCH_NONE = -1 };

/* Which of a server's own records a row of Jellyfin or Emby is of, as its native id says: the
 * activity log, what it told was playing, the Playback Reporting plugin, what it keeps with the
 * item. In the order in which they are believed. Of Plex that is what it told was playing, or its
 * history (RECORD_NONE). */
enum server_record { RECORD_NONE, RECORD_LOG, RECORD_SESSION, RECORD_REPORT, RECORD_ITEM };

/* A row as far as matching looks at it. Texts are borrowed, NULL where the source does not say. */
struct match_row {
    void *owner; /* the caller's */
    int64_t no;  /* our number; decides where nothing else does */
    int64_t source_no;
    enum source_kind kind;
    unsigned told_by; /* match_rows: bits by record of what joined it by its start */
    struct native_id native_id;
    int64_t content_hash;
    uint64_t person; /* equal for the accounts of one person of one server */
    bool nobody;     /* an account that stands for whoever is at home: no point belongs to it */
    bool point, has_stop;
    unsigned collapsed; /* match_rows: points that are one with this one and come before it */
    int64_t started_at, stopped_at; /* ms; a point has its moment in both */
    int64_t duration_ms;            /* 0: unknown */
    const char *rating_key, *guid, *media_type, *section_id, *machine_id;
    const char *title, *parent_title, *grandparent_title;
    int64_t media_index, parent_media_index; /* -1: unknown */
    uint64_t titles;                         /* filled by match_rows where it is needed */
    /* out */
    int32_t link; /* index of the row it is joined to; MATCH_NONE: it stands for itself */
    enum row_reason reason;
};

/* Sets link and reason of every row; reorders them by person and time. Links lead to rows that
 * stand for themselves, or from point to earlier point. */
void match_rows(struct match_row *rows, size_t count);

/* Of those what the records of Jellyfin and Emby come to; `rows` are in that order, with no link.
 */
void match_records(struct match_row *rows, size_t count);
/* The same of sessions of Plex. */
void match_sessions(struct match_row *rows, size_t count);
enum server_record match_record(const struct match_row *row);

/* Do both tell of one item, and may both be of one player? */
bool match_same_item(struct match_row *a, struct match_row *b);
bool match_same_player(const struct match_row *a, const struct match_row *b);

/* The order in which the rows of one play are folded: what was seen from start to stop first, then
 * the kind of source, then the server's record, then what the source calls the row. Below 0 if `a`
 * comes first. */
int match_rank(const struct match_row *a, const struct match_row *b);

#endif

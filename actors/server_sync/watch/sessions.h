/* SPDX-License-Identifier: MIT
 * sessions.h - plays from what a server says is being played, asked every minute: of those that
 * were begun and left no other record may tell. No clock, no network.
 *
 * Told are plays whose beginning was seen, within the gap between two questions, and mostly their
 * end as well. One that was being played before we looked is left to the server's other records.
 * One that was not met is waited for, for as long as it takes to start a server anew: if it is met
 * again where it must be by then, it goes on.
 *
 * While we could not look a play may have ended and begun anew. Where the server calls each play
 * another (`sure`) that would be seen: if it is no less far, and we did not look away
 * for an evening, it goes on, and for as long as it did not move it stood still; else it has ended,
 * nobody knows when. Elsewhere it is left to the server's other records, lest it be told twice. */
#ifndef PLAYBUS_ACTORS_SERVER_SYNC_WATCH_SESSIONS_H
#define PLAYBUS_ACTORS_SERVER_SYNC_WATCH_SESSIONS_H

#include "actors/server_sync/watch/seen.h"

enum { SESSIONS_MAX = 500 }; /* at once, and of those that have ended */

struct session {
    struct watched_play play; /* its texts are in the arena */
    struct arena *arena;      /* owned */
    bool met;                 /* by this look */
};

struct sessions {
    int64_t gap_ms; /* between two looks; longer, and what happened meanwhile is not known */
    bool sure;
    struct session *open;  /* owned; by their keys */
    struct session *ended; /* owned; until they are kept elsewhere */
    size_t open_count, ended_count;
    int64_t asked_at; /* ms; 0: never */
    bool gap;         /* before this look */
};

void sessions_init(struct sessions *s, int64_t gap_ms, bool sure);
void sessions_release(struct sessions *s);
/* One that was being played when it was seen last, by the process before this one. */
void sessions_restore(struct sessions *s, const struct watched_play *play);
/* What is being played at `now`. `jumped`: the clock was set since the look before. */
void sessions_take(struct sessions *s, const struct seen *seen, int64_t now, bool jumped);
/* Those that have ended are kept elsewhere now. */
void sessions_kept(struct sessions *s);

#endif

/* SPDX-License-Identifier: MIT
 * sessions.h - plays from what a server says is being played, asked every minute: of those that
 * were begun and left no other record may tell. No clock, no network.
 *
 * Told are plays whose beginning and end were seen, each within the gap between two questions. One
 * that was being played before we looked, or went on while we could not look, is left to the
 * server's other records, lest it be told twice. One that was not met is waited for, for as long as
 * it takes to start a server anew: if it is met again where it must be by then, it goes on. */
#ifndef PLAYBUS_ACTORS_SERVER_SYNC_JELLYFIN_SESSIONS_H
#define PLAYBUS_ACTORS_SERVER_SYNC_JELLYFIN_SESSIONS_H

#include "actors/server_sync/jellyfin/told.h"

enum {
    SESSIONS_MAX = 500,       /* at once */
    SESSIONS_ENDED_MAX = 5000 /* that wait to be stored */
};

struct sessions {
    int64_t gap_ms; /* between two looks; longer, and what happened meanwhile is not known */
    struct session {
        char key[TOLD_NATIVE_SIZE]; /* the server's session, who, and what */
        bool begin_seen, met;
        int64_t started_at, seen_at, position_ms, paused_ms; /* ms */
        int64_t left_at;  /* the first look that did not meet it any more; 0: it is there */
        bool paused;      /* when it was seen last */
        struct told told; /* its texts are in an arena of its own */
        struct arena *arena;
    } * open;
    size_t open_count;
    int64_t asked_at;       /* ms; 0: never */
    bool gap;               /* before this look */
    struct told_list ended; /* to be stored */
};

void sessions_release(struct sessions *s);
/* The answer to /Sessions at `now`. SERVER_FAILED: it is no list. */
enum err sessions_take(struct sessions *s, const json_t *list, int64_t now) NODISCARD;
/* They are stored now: those before `count`. */
void sessions_stored(struct sessions *s, size_t count);

#endif

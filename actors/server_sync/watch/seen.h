/* SPDX-License-Identifier: MIT
 * seen.h - what is being played on a server at one moment, from its list of sessions. No clock, no
 * network.
 *
 * Previews, theme songs and trailers do not count, nor whoever has no account. Texts that nobody
 * would say are left out, and so are sessions beyond SEEN_MAX. */
#ifndef PLAYBUS_ACTORS_SERVER_SYNC_WATCH_SEEN_H
#define PLAYBUS_ACTORS_SERVER_SYNC_WATCH_SEEN_H

#include <jansson.h>

#include "proto/base/error.h"
#include "proto/schema/schema.h"
#include "proto/wire/arena.h"

enum { SEEN_MAX = 2000 };

/* Of each play all but its times and whether its begin was seen. */
struct seen {
    struct watched_play *plays; /* in the arena, as its texts, or borrowed from the answer */
    size_t count;
};

/* An answer to the question for the sessions. SERVER_FAILED: it is none. */
typedef enum err seen_reader(const json_t *answer, struct arena *arena, struct seen *out);
seen_reader seen_jellyfin; /* Emby too */
seen_reader seen_plex;

/* ---- for the readers ---- */
struct watched_play *seen_begin(const json_t *list, struct arena *arena, struct seen *out);
/* Key, user and item; `session`: what the server calls the session, or NULL. */
void seen_name(struct watched_play *play, struct arena *arena, const char *user, const char *item,
               const char *session);
/* How far it is; no item is longer than a month. */
void seen_place(struct watched_play *play, int64_t position_ms, int64_t duration_ms);
/* NULL of a text that is too long. */
const char *seen_text(const json_t *object, const char *name);

#endif

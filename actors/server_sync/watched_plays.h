/* SPDX-License-Identifier: MIT
 * watched_plays.h - plays that were seen (watch/), in servers.db, so that neither a kill nor a
 * restart loses them: those that are being played, as the newest look met them, and those that have
 * ended, which stay until the history has them.
 *
 * They lie beside the servers, as they go with them and this process alone writes both. Of a server
 * there are at most as many as are watched at once, and WATCHED_ENDED_MAX that wait, for a month.
 * While nobody plays nothing is written. */
#ifndef PLAYBUS_ACTORS_SERVER_SYNC_WATCHED_PLAYS_H
#define PLAYBUS_ACTORS_SERVER_SYNC_WATCHED_PLAYS_H

#include "actors/server_sync/servers.h"

enum { WATCHED_ENDED_MAX = 1000, WATCHED_ID_SIZE = 200 };
#define WATCHED_KEPT_MS (INT64_C(30) * 86400 * 1000)

/* Which server: as it is registered, and what it said it is. */
struct watched_server {
    struct servers *servers;
    const char *id, *identity;
};

struct watched_plays {
    struct watched_play *items; /* in an arena, in the order in which they ended */
    size_t count;
    int64_t last_no; /* no play that ends later has it, or a lower one */
};

/* What is known of the server in place of what was; `ended` in addition. A play that cannot be
 * written is passed over. In one transaction. */
enum err watched_plays_keep(const struct watched_server *of, const struct watched_plays *open,
                            const struct watched_plays *ended, int64_t now) NODISCARD;
enum err watched_plays_open(const struct watched_server *of, struct arena *arena,
                            struct watched_plays *out) NODISCARD;
enum err watched_plays_ended(const struct watched_server *of, struct arena *arena,
                             struct watched_plays *out) NODISCARD;
/* The history has those up to this number. */
enum err watched_plays_stored(const struct watched_server *of, int64_t last_no) NODISCARD;

/* What the history knows the play by: two that one user began between the same two looks, each on a
 * device of its own, are two. */
void watched_play_id(const struct watched_play *play, char out[static WATCHED_ID_SIZE]);

#endif

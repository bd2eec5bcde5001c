/* SPDX-License-Identifier: MIT
 * play_index.h - what makes questions quick: an index of plays by who, what and when, their titles
 * for the search, and sums by month and hour. It follows the commits: plays above its watermark are
 * not in it yet, and those that changed or went since it saw them (play_index_changed, noted in the
 * same transaction) stand in it as they were. So it is exact for all the others, at all times.
 *
 * What plays have in common (source, user, library, type) is a dimension, and few; titles repeat.
 */
#ifndef PLAYBUS_ACTORS_HISTORY_PLAY_INDEX_H
#define PLAYBUS_ACTORS_HISTORY_PLAY_INDEX_H

#include "actors/history/store.h"

/* A longer play is a session that never ended: it counts as a play and not in the hours. */
#define LONG_PLAY_S 86400

/* The tables and what keeps them exact; a step of the migrations. */
extern const char play_index_tables[];

struct play_index;
enum err play_index_open(sqlite3 *db, struct play_index **out) NODISCARD;
void play_index_close(struct play_index **index);

/* One transaction: takes up to `rows` plays in. `out_behind`: there are more. */
enum err play_index_follow(struct play_index *index, struct store *s, size_t rows,
                           bool *out_behind) NODISCARD;

#endif

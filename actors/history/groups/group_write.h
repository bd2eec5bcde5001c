/* SPDX-License-Identifier: MIT
 * group_write.h - what a group is written with; for groups.c. */
#ifndef PLAYBUS_ACTORS_HISTORY_GROUPS_GROUP_WRITE_H
#define PLAYBUS_ACTORS_HISTORY_GROUPS_GROUP_WRITE_H

#include "actors/history/groups/neighbours.h"

struct group_writer;

enum err group_writer_open(sqlite3 *db, struct versions *v, struct group_writer **out) NODISCARD;
void group_writer_close(struct group_writer **writer);

/* What a row is of: a play, by a link (0: it stands for itself) and its reason. */
struct place {
    int64_t play_id, link_no;
    enum row_reason reason;
};

/* A row that stands alone comes to stand in play_sources; its body goes into the arena. */
enum err group_take_row(struct group_writer *w, struct neighbour *of, const struct place *place,
                        struct arena *arena) NODISCARD;
/* A row of a group has this place from now on. */
enum err group_move_row(struct group_writer *w, const struct neighbour *of,
                        const struct place *place) NODISCARD;
/* The rows that repeat it follow it from the play it was. */
enum err group_move_repeats(struct group_writer *w, const struct neighbour *of,
                            int64_t play_id) NODISCARD;
/* A row that is alone in its own number stands in `plays` again. */
enum err group_leave_row(struct group_writer *w, const struct neighbour *of) NODISCARD;
enum err group_drop_play(struct group_writer *w, int64_t play_id) NODISCARD;
/* Takes the play out of the way of the keys of others, until group_write_play. */
enum err group_park_play(struct group_writer *w, int64_t play_id) NODISCARD;
/* Writes the fold of the rows, in their order; `grouped` is false for a row that left. */
enum err group_write_play(struct group_writer *w, int64_t play_id, bool grouped,
                          struct neighbour *const *rows, size_t count) NODISCARD;

#endif

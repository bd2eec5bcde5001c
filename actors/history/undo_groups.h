/* SPDX-License-Identifier: MIT
 * undo_groups.h - what the rows of one transaction change around them: the plays that are to be
 * decided anew, new numbers for plays, and how many rows each source has. For undo_rows.c and
 * undo_repeats.c. */
#ifndef PLAYBUS_ACTORS_HISTORY_UNDO_GROUPS_H
#define PLAYBUS_ACTORS_HISTORY_UNDO_GROUPS_H

#include "actors/history/store.h"

struct undo_groups;

enum err undo_groups_open(struct store *s, struct undo_groups **out) NODISCARD;
void undo_groups_close(struct undo_groups **groups);

/* The play of this number is to be decided anew, at the time and for the person of the play `like`;
 * before that is changed. `play_id` 0: only what is around it. */
enum err undo_groups_touch(struct undo_groups *g, int64_t source_no, int64_t like,
                           int64_t play_id) NODISCARD;
enum err undo_groups_new_play(struct undo_groups *g, int64_t *out_id) NODISCARD;
/* A row of the source came to stand for itself, or ceased to. */
enum err undo_groups_count(struct undo_groups *g, int64_t source_no, int64_t change) NODISCARD;

/* Is there as much to decide anew as one transaction should? */
bool undo_groups_full(const struct undo_groups *g);
/* Decides anew, and writes the numbers. */
enum err undo_groups_settle(struct undo_groups *g) NODISCARD;

#endif

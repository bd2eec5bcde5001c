/* SPDX-License-Identifier: MIT
 * undo_groups.h - rows around one that goes or changes: those that repeat it come to stand for
 * themselves, and the plays around it are decided anew. For undo_rows.c. */
#ifndef PLAYBUS_ACTORS_HISTORY_UNDO_GROUPS_H
#define PLAYBUS_ACTORS_HISTORY_UNDO_GROUPS_H

#include "actors/history/claims.h"
#include "actors/history/store.h"

struct undo_groups;

enum err undo_groups_open(struct store *s, struct undo_groups **out) NODISCARD;
void undo_groups_close(struct undo_groups **groups);

/* Where a row stands. */
struct row_place {
    enum { ROW_NOWHERE, ROW_ALONE, ROW_OF_GROUP, ROW_REPEATS } stands;
    int64_t source_no, job_no;
    int64_t play_id; /* the play it belongs to */
};
enum err undo_groups_find(struct undo_groups *g, int64_t row_no, struct row_place *out) NODISCARD;

/* The play of this row is to be decided anew; before the row is changed or removed. */
enum err undo_groups_touch(struct undo_groups *g, const struct row_place *place) NODISCARD;
/* The row goes: the first that repeats it takes its place in the play; *out_taken if there is one.
 * Before the row is removed. */
enum err undo_groups_replace(struct undo_groups *g, int64_t row_no, const struct row_place *place,
                             bool *out_taken) NODISCARD;
/* The row stays with these versions: rows that repeat another one become plays. */
enum err undo_groups_free(struct undo_groups *g, int64_t row_no, const struct row_place *place,
                          const struct claim *claims, size_t count) NODISCARD;
/* A row of a group was removed: a play without rows goes too. */
enum err undo_groups_drop_empty(struct undo_groups *g, int64_t play_id, bool *out_empty) NODISCARD;
/* Is there as much to decide anew as one transaction should? */
bool undo_groups_full(const struct undo_groups *g);
/* Decides anew; adds to *split how many plays came of others. */
enum err undo_groups_settle(struct undo_groups *g, uint64_t *split) NODISCARD;

#endif

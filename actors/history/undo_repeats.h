/* SPDX-License-Identifier: MIT
 * undo_repeats.h - rows that are kept by their key alone, since another row of their source says
 * the same: when that goes or says something else they stand for themselves; and a row that comes
 * to say what another says is kept so. For undo_rows.c. */
#ifndef PLAYBUS_ACTORS_HISTORY_UNDO_REPEATS_H
#define PLAYBUS_ACTORS_HISTORY_UNDO_REPEATS_H

#include "actors/history/undo_groups.h"
#include "actors/history/version_refold.h"

struct undo_repeats;

/* Where a row stands. */
struct row_place {
    enum { ROW_NOWHERE, ROW_ALONE, ROW_OF_GROUP, ROW_REPEATS } stands;
    int64_t source_no, job_no, started_at;
    int64_t play_id; /* the play it belongs to */
};

/* `groups` is borrowed. */
enum err undo_repeats_open(struct store *s, struct undo_groups *groups,
                           struct undo_repeats **out) NODISCARD;
void undo_repeats_close(struct undo_repeats **repeats);

/* The row goes: the first that repeats it takes its place in the play; *out_taken if there is one.
 * Before the row is removed. */
enum err undo_repeats_replace(struct undo_repeats *r, int64_t row_no, const struct row_place *place,
                              bool *out_taken) NODISCARD;
/* The row stays with these versions: rows that repeat another one become plays. */
enum err undo_repeats_free(struct undo_repeats *r, int64_t row_no, const struct row_place *place,
                           const struct claim *claims, size_t count) NODISCARD;

/* A row of the source that stands for itself and says this already; no 0: there is none. */
struct equal_row {
    int64_t no, play_id;
};
enum err undo_repeats_equal(struct undo_repeats *r, int64_t row_no, const struct row_place *place,
                            int64_t hash, struct equal_row *out) NODISCARD;
/* What repeats `equal` with this content repeats this row instead, before it itself does. */
enum err undo_repeats_follow(struct undo_repeats *r, const struct equal_row *equal, int64_t hash,
                             const struct equal_row *to) NODISCARD;
/* The row is kept by its key alone from now on, as one that repeats `equal`: before its play goes.
 */
enum err undo_repeats_keep(struct undo_repeats *r, int64_t row_no, const struct row_place *place,
                           const struct refolded *says, const struct equal_row *equal) NODISCARD;

#endif

/* SPDX-License-Identifier: MIT
 * undo_rows.h - what becomes of one row when a job does not claim it any more. The same code tells
 * it beforehand and does it. */
#ifndef PLAYBUS_ACTORS_HISTORY_UNDO_ROWS_H
#define PLAYBUS_ACTORS_HISTORY_UNDO_ROWS_H

#include "actors/history/claims.h"
#include "actors/history/store.h"
#include "actors/history/versions.h"

/* UNDONE_GONE: it was erased meanwhile. */
enum undone { UNDONE_REMOVED, UNDONE_KEPT, UNDONE_RESTORED, UNDONE_GONE, UNDONE_COUNT };

struct undo_rows;

/* `versions` is borrowed, of the same connection. `s` NULL: a dry run, which only tells. */
enum err undo_rows_open(sqlite3 *db, struct versions *versions, struct store *s, int64_t job_no,
                        struct undo_rows **out) NODISCARD;
void undo_rows_close(struct undo_rows **rows);

/* Of a row that the job claims, once the windows of `claims` have come to it. */
enum err undo_row(struct undo_rows *u, const struct claims *claims, int64_t row_no,
                  enum undone *out) NODISCARD;
/* Is it time to end the transaction? */
bool undo_rows_full(const struct undo_rows *u);
/* At the end of a transaction: what the rows of it change around them. */
enum err undo_rows_flush(struct undo_rows *u) NODISCARD;

#endif

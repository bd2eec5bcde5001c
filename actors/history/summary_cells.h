/* SPDX-License-Identifier: MIT
 * summary_cells.h - sums of the plays that are in the index: whole months and hours of the week
 * from the sums that are kept, what these do not tell (a part of a month, a search) from the index.
 */
#ifndef PLAYBUS_ACTORS_HISTORY_SUMMARY_CELLS_H
#define PLAYBUS_ACTORS_HISTORY_SUMMARY_CELLS_H

#include "actors/history/play_choice.h"
#include "actors/history/summary_lines.h"

/* Is given each sum: of plays of one dimension, and of one month or hour if that is counted by. */
typedef void cell_fn(void *context, const struct summed *sum);

/* Within the read transaction of the choice. */
enum err cells_read(struct reader *r, const struct play_filter *f, const struct play_choice *c,
                    enum summary_by by, cell_fn *fn, void *context) NODISCARD;

#endif

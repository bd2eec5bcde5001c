/* SPDX-License-Identifier: MIT
 * undo_split.h - how many plays would come apart if a job's rows went: counted before anything is
 * changed, so that what is told beforehand and what the receipt says are one count, whatever the
 * steps are in which it is then done. */
#ifndef PLAYBUS_ACTORS_HISTORY_UNDO_SPLIT_H
#define PLAYBUS_ACTORS_HISTORY_UNDO_SPLIT_H

#include "actors/history/people.h"
#include "actors/history/versions.h"

struct undo_split;

/* `versions` is borrowed, of the same connection. */
enum err undo_split_open(sqlite3 *db, struct versions *versions, int64_t job_no,
                         struct undo_split **out) NODISCARD;
void undo_split_close(struct undo_split **split);

/* Goes on counting until the monotonic clock says `until_ms`; *out_done: all are counted. */
enum err undo_split_step(struct undo_split *s, const struct people *people, int64_t until_ms,
                         bool *out_done) NODISCARD;
/* How many plays more there are of those that several rows told of. */
uint64_t undo_split_count(const struct undo_split *s);

#endif

/* SPDX-License-Identifier: MIT
 * versions.h - rows that are seen again with other content. Each content is a version of its row,
 * kept once, and once more where names arrive that its hash does not cover; the play shows the fold
 * of them (fold.h).
 *
 * row_versions (row_no, version): version 1 is the row as it was first stored. What it said is the
 * play with the values of its body put back, so it has an entry only once the play was completed.
 * Each later one has a body of the values in which it differs from version 1, and its item.
 * A body is two arrays, of the play and of the stream: field, value, field, value, …, fields by
 * their place in play.def. */
#ifndef PLAYBUS_ACTORS_HISTORY_VERSIONS_H
#define PLAYBUS_ACTORS_HISTORY_VERSIONS_H

#include "actors/history/classify.h"

/* What comparing and folding works with; belongs to the store. */
struct versions;

enum err versions_open(sqlite3 *db, struct versions **out) NODISCARD;
void versions_close(struct versions **versions);
/* After a rollback: items it knows may never have been committed. */
void versions_forget(struct versions *versions);

/* A known row against its play: the same content; another content; or its play lacks a name or hint
 * that the content hash does not cover, since it comes from elsewhere in the source. */
enum difference { ROW_SAME, ROW_CHANGED, ROW_LACKS };

/* For the rows of store->batch that differ from their play, which is out->row_no: keeps what is a
 * new version, completes the play, sets version and outcome, counts what was completed and changed.
 * A dry run only tells. */
enum err versions_take(struct store *s, const struct job *job, const enum difference *differs,
                       struct verdicts *out) NODISCARD;
/* The play of any of the job's sources of which some version, its first or a later one, says what
 * the row at `at` says; 0: none. */
enum err versions_twin(struct store *s, const struct job *job, size_t at,
                       int64_t *out_play_id) NODISCARD;

#endif

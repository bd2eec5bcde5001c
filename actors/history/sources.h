/* SPDX-License-Identifier: MIT
 * sources.h - the source that a job's rows go under, and what a resume checks the file by. */
#ifndef PLAYBUS_ACTORS_HISTORY_SOURCES_H
#define PLAYBUS_ACTORS_HISTORY_SOURCES_H

#include "actors/history/families.h"

/* Within the plan's transaction: recognises the file, joins its family, finds or makes the member
 * of its server, takes in its people and libraries. A dry run makes and changes nothing but its own
 * job; its source_no is 0 if a run would make a source. */
enum err source_adopt(struct store *s, struct job *job, const struct job_plan *plan,
                      int64_t now) NODISCARD;

/* The same for a job that goes on: sources that have come since its plan may belong to its family.
 */
enum err source_check_again(struct store *s, const struct job *job,
                            const struct job_plan *plan) NODISCARD;

/* The samples kept with a job's plan, at most 64, in the arena. */
enum err kept_rows(sqlite3 *db, int64_t job_no, struct arena *arena, struct row_key **out,
                   size_t *out_count) NODISCARD;

/* The file's samples against those kept: one other start is enough to differ. */
enum kept_match { KEPT_NONE_SHARED, KEPT_AGREE, KEPT_DIFFER };
enum err kept_compare(sqlite3 *db, const struct job *job, const struct row_key *samples,
                      size_t count, enum kept_match *out) NODISCARD;

#endif

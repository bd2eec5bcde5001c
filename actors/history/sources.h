/* SPDX-License-Identifier: MIT
 * sources.h - recognising where rows come from, whatever the file is called this time. */
#ifndef PLAYBUS_ACTORS_HISTORY_SOURCES_H
#define PLAYBUS_ACTORS_HISTORY_SOURCES_H

#include "actors/history/jobs.h"
#include "proto/wire/arena.h"

/* The source that holds most of the samples, if at least one and at least half of those that lie in
 * its range of ids; 0 if there is none. */
enum err source_match_rows(sqlite3 *db, const struct row_key *samples, size_t count,
                           int64_t *out_no) NODISCARD;
/* Are these rows of the source that the job works at? By what is stored of it, else by the samples
 * its plan kept. */
enum err source_is_jobs(sqlite3 *db, const struct job *job, const struct row_key *samples,
                        size_t count, bool *out) NODISCARD;
/* What the history has of the source of these rows. */
enum err source_describe(sqlite3 *db, const struct row_key *samples, size_t count,
                         struct arena *arena, struct source_matched *out) NODISCARD;
/* Within the plan's transaction: finds or makes the job's source and takes in its people and
 * libraries. A dry run makes and changes nothing but its own job. */
enum err source_adopt(struct store *s, struct job *job, const struct job_plan *plan,
                      int64_t now) NODISCARD;

#endif

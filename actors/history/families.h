/* SPDX-License-Identifier: MIT
 * families.h - recognising where rows come from, whatever the file is called this time.
 *
 * Owners change rating keys, users and types of their databases, put backups back and go on; row
 * ids and starts stay. So (row id, start) alone is what a source is known by: two rows that agree
 * prove that two files are one source, one is enough where either has a single row, and rows that
 * disagree or are missing count for nothing. Sources that agree are one family, under the lowest of
 * their numbers; each member is of one server. */
#ifndef PLAYBUS_ACTORS_HISTORY_FAMILIES_H
#define PLAYBUS_ACTORS_HISTORY_FAMILIES_H

#include "actors/history/jobs.h"
#include "proto/wire/arena.h"

enum { MEMBERS_MAX = 1000, SAMPLES_MAX = 64 };

struct members {
    size_t count;
    int64_t no[MEMBERS_MAX]; /* rising */
};

/* A file's rows: those it was sampled by, and those of known sources that stand in it too. */
struct file_rows {
    const struct row_key *samples, *found;
    size_t samples_count, found_count;
};

/* All members of all families that the file belongs to; the families are joined by family_join. */
enum err family_match(sqlite3 *db, enum source_kind kind, const struct file_rows *file,
                      struct members *out) NODISCARD;
/* A media server is known by its own id, whatever rows it tells of this time. */
enum err family_of_server(sqlite3 *db, enum source_kind kind, const char *server_id,
                          struct members *out) NODISCARD;
/* Makes one family of the members, and counts plays that two of them have. */
enum err family_join(sqlite3 *db, const struct members *members) NODISCARD;
/* A step of the migrations: families of the sources that a version before told apart. */
enum err families_find(sqlite3 *db) NODISCARD;

/* Rows of each known source of a kind, newest source first, for a coordinator to look for. */
enum err source_samples_take(sqlite3 *db, enum source_kind kind, struct arena *arena,
                             struct source_samples *out) NODISCARD;
/* How many of the rows are stored under any of the sources. */
enum err source_rows_known(sqlite3 *db, const struct source_known_get *ask,
                           uint64_t *out) NODISCARD;
/* Counts them anew where there were any, after plays have gone. */
enum err families_count_doubled(sqlite3 *db) NODISCARD;
/* Plays that are stored twice, under these sources; NULL: under any. */
enum err family_doubled(sqlite3 *db, const struct members *members, uint64_t *out) NODISCARD;

/* The sources under which a job's known rows are looked for. */
enum err members_load(sqlite3 *db, int64_t job_no, struct members *out) NODISCARD;
/* Their marks together: enum source_mark. */
enum err members_versioned(sqlite3 *db, const struct members *members, unsigned *out) NODISCARD;
enum err members_keep(sqlite3 *db, int64_t job_no, const struct members *members) NODISCARD;

#endif

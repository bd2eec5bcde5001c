/* SPDX-License-Identifier: MIT
 * server_syncs.h - how far the sync of each server is, and which of its rows a person has undone.
 *
 * What is known moves in the transactions of its jobs alone: whatever ends a process, and whichever
 * backup of history.db is put back, nothing below `complete_to` is missing here. */
#ifndef PLAYBUS_ACTORS_HISTORY_SERVER_SYNCS_H
#define PLAYBUS_ACTORS_HISTORY_SERVER_SYNCS_H

#include "actors/history/classify.h"

/* It was begun by a schedule, has met nothing that was not known, and was not stopped: nobody is
 * told of it. */
bool job_is_silent(const struct job *job);
/* The same of one that is over: no row tells of it. */
bool job_leaves_no_trace(const struct job *job);
/* Rows that its server told of before, just so, are nothing of such a job: they are neither counted
 * nor claimed, or undoing the first one would leave what later ones saw too. */
bool job_passes_over_known(const struct job *job);

/* ---- within a transaction of the job ---- */
/* The batch at hand is stored. A run that a person began takes the marks of its rows away, and once
 * it has read all that the server has, the others too: it brings back what was undone. */
enum err server_syncs_stored(struct store *s, const struct job *job) NODISCARD;
/* It is completed. */
enum err server_syncs_completed(struct store *s, const struct job *job) NODISCARD;
/* No trace of the job is left. */
enum err server_syncs_erase(struct store *s, int64_t job_no) NODISCARD;

/* Answers a server_sync.standing_get. */
enum err server_syncs_standing(sqlite3 *db, const char *server_id, struct arena *arena,
                               struct server_sync_standing *out) NODISCARD;

/* ---- rows that were undone ---- */
/* Sets the rows of the batch aside that are marked, in a job that a schedule began. */
enum err undone_rows_skip(struct store *s, const struct job *job, struct verdicts *v,
                          uint64_t *out_count) NODISCARD;

#endif

/* SPDX-License-Identifier: MIT
 * forgotten_rows.h - rows of accounts that are kept away, told apart before anything of them is
 * stored. They are counted in the receipt under their own name, as neither new nor rejected, and
 * belong to no plan. */
#ifndef PLAYBUS_ACTORS_HISTORY_FORGOTTEN_ROWS_H
#define PLAYBUS_ACTORS_HISTORY_FORGOTTEN_ROWS_H

#include "actors/history/jobs.h"
#include "actors/history/people.h"

/* The server that rows of the job are of, or would be; NULL if that is not known. */
enum err forgotten_server(struct store *s, const struct job *job, struct arena *arena,
                          const char **out) NODISCARD;
/* Marks the rows of store->batch that are kept away. */
enum err forgotten_rows_mark(struct store *s, const char *server_id, bool *out_forgotten) NODISCARD;
/* Is a rejected row of such an account? Its raw values name the user by id, or by name alone. */
bool forgotten_raw(const struct people *p, const char *server_id, const struct raw_cell *raw,
                   size_t count);
/* The same of a row of note_contents, on any server that a job told it of. */
enum err forgotten_content(sqlite3 *db, const struct people *p, int64_t content,
                           struct bytes packed, bool *out) NODISCARD;

#endif

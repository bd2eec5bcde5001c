/* SPDX-License-Identifier: MIT
 * source_rebuild.h - a private copy of a database in which an id is no key: one where it is. */
#ifndef PLAYBUS_ACTORS_TAUTULLI_SOURCE_REBUILD_H
#define PLAYBUS_ACTORS_TAUTULLI_SOURCE_REBUILD_H

#include "actors/tautulli/schema.h"
#include "actors/tautulli/source.h"

/* Copies what may be read of `db` into a new file in the staging folder, whose path is *out. Ids
 * must be whole and unique: NOT_TAUTULLI where those of session_history are not; a detail table
 * whose ids are not is left out, and marked so in `left_out`. Values keep their storage class.
 * `bytes` is about what the copy will need. */
enum err source_rebuild(sqlite3 *db, const struct schema *schema, const struct staging *staging,
                        uint64_t bytes, struct arena *arena, bool left_out[static TABLE_COUNT],
                        const char **out, struct refusal *out_why) NODISCARD;

#endif

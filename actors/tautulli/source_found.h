/* SPDX-License-Identifier: MIT
 * source_found.h - where a worker on another machine reads the rows of a lease: in a database below
 * its own allowed folders that holds the very rows that were planned. A path that it is told is
 * never opened; the checksum of the lease says which file is meant. */
#ifndef PLAYBUS_ACTORS_TAUTULLI_SOURCE_FOUND_H
#define PLAYBUS_ACTORS_TAUTULLI_SOURCE_FOUND_H

#include "actors/tautulli/source.h"
#include "proto/base/config.h"

/* Does this source hold the rows of the lease? */
bool source_holds(struct source *s, const struct lease_taken *l);
/* The newest that does, within some seconds. ROWS_NOT_HERE if none. The texts of `out_why` live in
 * the arena. */
enum err source_find(const struct config *config, const struct lease_taken *l, struct arena *arena,
                     struct source **out, struct refusal *out_why) NODISCARD;
/* A file system, by statfs(2), whose files other machines may write: of a database that is written
 * there no worker reads. */
bool source_is_far_system(int64_t type);

#endif

/* SPDX-License-Identifier: MIT
 * source_stage.h - private copies of sources that cannot be read where they are. */
#ifndef PLAYBUS_ACTORS_TAUTULLI_SOURCE_STAGE_H
#define PLAYBUS_ACTORS_TAUTULLI_SOURCE_STAGE_H

#include "actors/tautulli/source.h"
#include "actors/tautulli/source_place.h"

/* Nobody waits for the copy any more: what makes it stops at its next step. */
static inline bool stage_cancelled(const struct staging *staging)
{
    return staging->cancelled != NULL && atomic_load(staging->cancelled);
}

#define STAGED_NAME "tautulli.db" /* in a folder of its own, source-<random> */

/* Makes an empty folder in the staging folder; *out is the path its database will have, and
 * *out_place the same. */
enum err stage_new(const struct staging *staging, struct arena *arena, const char **out,
                   struct place *out_place, struct refusal *out_why) NODISCARD;
/* STAGING_FULL if `bytes` more would pass the quota or fill the disk. */
enum err stage_room(const struct staging *staging, uint64_t bytes, struct arena *arena,
                    struct refusal *out_why) NODISCARD;

/* A copy of the file with its -wal or -journal, merged into one plain file. DATABASE_BUSY if it
 * changed during each of three copies. */
enum err stage_copy(const struct place *from, const struct staging *staging, struct arena *arena,
                    const char **out, struct refusal *out_why) NODISCARD;
/* Merges the -wal beside a copy into it, or rolls back what its -journal says; no file of it grows
 * beyond the quota. DATABASE_DAMAGED for a -journal that names another file. */
enum err stage_settle(const struct place *copy, const struct staging *staging,
                      struct refusal *out_why) NODISCARD;
/* The one database of a zip, whatever it is called there, with its -wal. ARCHIVE_REFUSED where it
 * is not clear which one is meant, or for a wild ratio. */
enum err stage_archive(const struct place *from, const struct staging *staging, struct arena *arena,
                       const char **out, struct refusal *out_why) NODISCARD;
/* Would that be refused for what the zip lists? Of each member the first bytes are read. */
enum err archive_check(const struct place *from, struct arena *arena,
                       struct refusal *out_why) NODISCARD;

#endif

/* SPDX-License-Identifier: MIT
 * source.h - a Tautulli database opened as what it is: somebody else's file, and hostile input.
 *
 * It is never written and no file appears beside it. A file without a -wal is opened immutable and
 * watched (source_still_same); a live one with -wal and -shm read-only, where each transaction sees
 * the newest rows; anything else (zip, a -wal nobody has open, a folder that cannot be written, a
 * table whose id is no key) through a private copy in the staging folder. One thread at a time may
 * use a source. */
#ifndef PLAYBUS_ACTORS_TAUTULLI_SOURCE_H
#define PLAYBUS_ACTORS_TAUTULLI_SOURCE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/base/error.h"
#include "proto/base/own.h"
#include "proto/schema/schema.h"
#include "proto/wire/arena.h"

struct source;

/* Where private copies go: a folder of mode 0700 below DATA, and how many bytes all of it may hold.
 */
struct staging {
    const char *dir;
    uint64_t quota_bytes;
    const atomic_bool *cancelled; /* once true, a copy under way ends with TIMEOUT; NULL: never */
};

/* `path` is a resolved one. `staging` NULL: never stage (a worker), DATABASE_BUSY where that would
 * be needed. Refuses NOT_TAUTULLI, DATABASE_DAMAGED, DATABASE_BUSY, ARCHIVE_REFUSED, STAGING_FULL,
 * FILE_NOT_FOUND, ACCESS_DENIED; `out_why` is then filled, its texts in the arena. */
enum err source_open(const char *path, const struct staging *staging, struct arena *arena,
                     struct source **out, struct refusal *out_why) NODISCARD;
void source_close(struct source **s); /* leaves a staged copy where it is */

/* True if opening has to copy or unpack first, so a start answers before it opens. Cheap. */
bool source_opens_slowly(const char *path);
/* Of such a file what can be said at once: ARCHIVE_REFUSED for a zip without a database. */
enum err source_check_archive(const char *path, struct arena *arena,
                              struct refusal *out_why) NODISCARD;

/* The file workers open: the source itself or the staged copy. */
const char *source_path(const struct source *s);
const char *source_given_path(const struct source *s); /* as source_open() got it */
bool source_is_staged(const struct source *s);
uint64_t source_inode(const struct source *s); /* tells a replaced file from a changed one */
/* Of an immutable source: no -wal has appeared, same size, same mtime. Ask before and after each
 * lease; if false discard the lease and open again. Always true for live and staged ones. */
bool source_still_same(const struct source *s);

/* Removes a staged copy by its source_path(); a path outside the staging folder is left alone. */
void source_remove_staged(const char *staging_dir, const char *staged_path);
/* At the start of the coordinator: removes copies left by a dead one. */
void staging_sweep(const char *staging_dir);

/* Work after this moment (clock_monotonic_ms) fails with TIMEOUT; 0: no limit. */
void source_set_deadline(struct source *s, int64_t monotonic_ms);
/* What is being read ends with TIMEOUT too once `staging` is cancelled; it outlives the source. */
void source_watch(struct source *s, const struct staging *staging);
/* From any thread: what is being read ends with TIMEOUT, now and until source_set_deadline. */
void source_cancel(struct source *s);

/* ---- what the file says of itself; loaded once, valid until source_close ---- */
/* The most frequent library_sections.server_id; before v1.3.0 a made-up id, stable for the file's
 * first rows ("tautulli-" and 16 digits). Never NULL. */
const char *source_server_id(const struct source *s);
bool source_server_is_made_up(const struct source *s);
const char *source_version(const struct source *s); /* version_info, NULL if there is none */
/* Whether the newest plays may be missing because the file was copied without its -wal: a sentence
 * with what to do, or NULL. Reads a few rows; the caller sets the deadline. */
const char *source_missing_wal_hint(struct source *s);
uint64_t source_bytes(const struct source *s); /* with the -wal */
/* Friendly names are trimmed, and NULL where they are blank. */
const struct person *source_people(const struct source *s, size_t *out_count);
/* Active ones first, else in the file's order. */
const struct library *source_libraries(const struct source *s, size_t *out_count);

#endif

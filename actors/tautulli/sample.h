/* SPDX-License-Identifier: MIT
 * sample.h - the rows a source is recognised by, whatever its path or name: (row id, start) alone,
 * since owners change everything else. Samples go both ways: rows of the file are looked for in the
 * known sources, and rows of those in the file. */
#ifndef PLAYBUS_ACTORS_TAUTULLI_SAMPLE_H
#define PLAYBUS_ACTORS_TAUTULLI_SAMPLE_H

#include "actors/tautulli/source.h"

#define SAMPLE_MAX 64
#define FOUND_MAX 2000 /* two of each of a thousand sources */
#define KEY_PAGE 10000

/* The 32 oldest ids, 16 spread evenly, the 16 newest; in id order, without doubles, only rows whose
 * start is one that an import takes. A file of one such row gives one sample. */
enum err sample_take(struct source *s, struct row_key out[static SAMPLE_MAX],
                     size_t *out_count) NODISCARD;

/* Of each known source up to two rows that stand in this file too. In the arena. */
enum err sample_find(struct source *s, const struct source_samples *known, struct arena *arena,
                     struct row_key **out, size_t *out_count) NODISCARD;

/* Is this still the source that these rows were taken from? At least one of them stands there, and
 * none with another start. Rows that are gone count for nothing; no rows at all prove nothing, and
 * are the same. */
enum err sample_check(struct source *s, const struct row_key *kept, size_t count,
                      bool *out_same) NODISCARD;
/* Does the row stand there with that start? */
enum err sample_stands(struct source *s, const struct row_key *key, bool *out_there) NODISCARD;

/* The keys of up to KEY_PAGE rows from *from_id on that an import would not reject; moves *from_id
 * behind the last row looked at. *out_more is false at the end. */
enum err sample_page(struct source *s, int64_t *from_id, struct row_key out[static KEY_PAGE],
                     size_t *out_count, bool *out_more) NODISCARD;

#endif

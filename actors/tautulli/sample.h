/* SPDX-License-Identifier: MIT
 * sample.h - the rows a source is recognised by, whatever its path or name: a third the oldest ids,
 * a third spread evenly, a third the newest. */
#ifndef PLAYBUS_ACTORS_TAUTULLI_SAMPLE_H
#define PLAYBUS_ACTORS_TAUTULLI_SAMPLE_H

#include "actors/tautulli/source.h"

#define SAMPLE_MAX 64

/* In id order, without doubles, only rows whose start is a plausible integer. Texts in the arena.
 */
enum err sample_take(struct source *s, struct arena *arena, struct row_key out[static SAMPLE_MAX],
                     size_t *out_count) NODISCARD;

/* Does the row still stand there with that start? For a resume. */
enum err sample_check(struct source *s, const struct row_key *key, bool *out_same) NODISCARD;

#endif

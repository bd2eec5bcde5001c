/* SPDX-License-Identifier: MIT
 * validate.h - says what is in a database, as far as the time allows. */
#ifndef PLAYBUS_ACTORS_TAUTULLI_VALIDATE_H
#define PLAYBUS_ACTORS_TAUTULLI_VALIDATE_H

#include "actors/tautulli/source.h"

/* Counts in id order until `budget_ms` is over; `complete` says whether it came to the end.
 * already_imported is left 0 for the caller. Texts and lists live in the arena.
 * Damaged pages are a warning here, never an error; so is time running out. */
enum err validate_run(struct source *s, int64_t now_ms, int64_t budget_ms, struct arena *arena,
                      struct import_validated *out) NODISCARD;

#endif

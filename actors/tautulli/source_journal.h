/* SPDX-License-Identifier: MIT
 * source_journal.h - the -journal of a change that was never finished, as it lies beside a copy. */
#ifndef PLAYBUS_ACTORS_TAUTULLI_SOURCE_JOURNAL_H
#define PLAYBUS_ACTORS_TAUTULLI_SOURCE_JOURNAL_H

#include <stdbool.h>

#include "actors/tautulli/source_place.h"
#include "proto/base/error.h"
#include "proto/schema/schema.h"

/* It ends with the name of a super-journal: a file anywhere, which SQLite reads, and removes with
 * what that names in turn. A database is rolled back alone or not at all. */
bool journal_names_others(const struct place *place);
enum err journal_refuse(struct refusal *out_why) NODISCARD;

#endif

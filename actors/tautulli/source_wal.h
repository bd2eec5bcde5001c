/* SPDX-License-Identifier: MIT
 * source_wal.h - does the -wal beside a database belong to it? */
#ifndef PLAYBUS_ACTORS_TAUTULLI_SOURCE_WAL_H
#define PLAYBUS_ACTORS_TAUTULLI_SOURCE_WAL_H

#include "actors/tautulli/source_file.h"

/* False only where it is sure not to: SQLite itself never asks, and lays the pages of any -wal over
 * any database. A file that is written meanwhile is given the benefit of the doubt. */
bool wal_belongs(const struct place *place);

/* Refuses with the sentence for it, also for a mixture that turns out to be malformed. */
enum err wal_refuse(struct refusal *out_why) NODISCARD;

#endif

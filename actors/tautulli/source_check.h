/* SPDX-License-Identifier: MIT
 * source_check.h - is a file damaged, and if so: are rows lost, or only indexes? */
#ifndef PLAYBUS_ACTORS_TAUTULLI_SOURCE_CHECK_H
#define PLAYBUS_ACTORS_TAUTULLI_SOURCE_CHECK_H

#include "actors/tautulli/schema.h"

enum soundness {
    SOUND,
    INDEXES_DAMAGED, /* every row of every table that is read is there */
    TABLES_DAMAGED,
};

/* Looks at each page of the tables we read, and of their indexes. TIMEOUT and other errors of
 * reading are errors; damage never is. */
enum err source_check(sqlite3 *db, const struct schema *schema, struct arena *arena,
                      enum soundness *out) NODISCARD;

#endif

/* SPDX-License-Identifier: MIT
 * listing.h - pages of the log, newest first, read from the exact bytes that were signed. */
#ifndef PLAYBUS_ACTORS_AUDIT_LISTING_H
#define PLAYBUS_ACTORS_AUDIT_LISTING_H

#include "proto/store/sqlite.h"
#include "proto/wire/arena.h"

/* A page may be shorter than asked for, even empty, and not the last: a search looks through the
 * log for LISTING_MS at most. BAD_FIELD for a cursor that is none. */
#define LISTING_MS 1500
enum err listing_read(sqlite3 *reader, const struct audit_list *ask, struct arena *arena,
                      struct audit_listed *out) NODISCARD;

/* Is this entry one that was asked for? */
bool listing_matches(const struct audit_list *ask, const struct audit_entry *entry);

#endif

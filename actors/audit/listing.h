/* SPDX-License-Identifier: MIT
 * listing.h - pages of the log, newest first, read from the exact bytes that were signed. */
#ifndef PLAYBUS_ACTORS_AUDIT_LISTING_H
#define PLAYBUS_ACTORS_AUDIT_LISTING_H

#include "proto/store/sqlite.h"
#include "proto/wire/arena.h"

/* A page may be shorter than asked for, even empty, and not the last: a search looks through the
 * log for LISTING_MS at most. BAD_FIELD for a cursor that is none. */
#define LISTING_MS 1500
#define LISTING_LIMIT 100                   /* entries of a page, unless told */
#define LISTING_BYTES_MAX ((size_t)4 << 20) /* of a page */
enum err listing_read(sqlite3 *reader, const struct audit_list *ask, struct arena *arena,
                      struct audit_listed *out) NODISCARD;

/* Is this entry one that was asked for? `key` is the search_key of the `q`, or NULL. */
bool listing_matches(const struct audit_list *ask, const char *key,
                     const struct audit_entry *entry);
/* An entry with the number, hash and key of its row: n, bytes, hash, key_id. */
void listing_event(const struct audit_entry *entry, sqlite3_stmt *row, struct arena *arena,
                   struct audit_event *out);
/* Numbers below this one are wanted. */
enum err listing_cursor(const char *cursor, int64_t *out) NODISCARD;

#endif

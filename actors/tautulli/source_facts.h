/* SPDX-License-Identifier: MIT
 * source_facts.h - what a file says of itself: its server, users, libraries and version. */
#ifndef PLAYBUS_ACTORS_TAUTULLI_SOURCE_FACTS_H
#define PLAYBUS_ACTORS_TAUTULLI_SOURCE_FACTS_H

#include "actors/tautulli/source_db.h"

struct source_facts {
    const char *server_id;
    bool server_is_made_up;
    const char *version; /* NULL if there is none */
    struct person *people;
    size_t people_count;
    struct library *libraries;
    size_t library_count;
};

/* Texts and lists live in the arena. */
enum err source_facts_load(sqlite3 *db, const struct schema *schema, struct arena *arena,
                           struct source_facts *out) NODISCARD;

/* The newest start or stop among the last 64 rows that is not later than `latest_s`; 0: none. */
enum err source_newest_s(sqlite3 *db, const struct schema *schema, int64_t latest_s,
                         struct arena *arena, int64_t *out) NODISCARD;

/* The text of a column made safe to show: NULL for NULL and '', cut at `max` bytes. */
const char *column_text(sqlite3_stmt *statement, int column, size_t max, struct arena *arena);
/* The number in a column by the mapping's own rule (raw_number), whatever its storage class: 1 if
 * it is one, 0 if it is absent, -1 if it is something else. */
int column_number(sqlite3_stmt *statement, int column, int64_t *out);

#endif

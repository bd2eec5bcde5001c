/* SPDX-License-Identifier: MIT
 * number_set.h - some numbers of a table's rows, in an arena: a bit each, and where they are few a
 * list that SQL can walk. */
#ifndef PLAYBUS_ACTORS_HISTORY_NUMBER_SET_H
#define PLAYBUS_ACTORS_HISTORY_NUMBER_SET_H

#include "actors/history/query.h"

struct number_set {
    bool all;      /* every number is in it, the rest is not filled */
    uint8_t *bits; /* of numbers below `end` */
    int64_t end;
    size_t count;
    const char *list; /* JSON array; NULL: too many for one */
};

/* The first column of the statement's rows, none above `highest`. */
enum err number_set_read(struct arena *arena, sqlite3_stmt *rows, int64_t highest, size_t list_max,
                         struct number_set *out) NODISCARD;
/* Makes in_set(number, :set) known; :set is bound by number_set_bind. */
enum err number_set_function(sqlite3 *db) NODISCARD;
/* `set` outlives its use. */
void number_set_bind(sqlite3_stmt *stmt, const char *name, const struct number_set *set);

#endif

/* SPDX-License-Identifier: MIT
 * native.h - what a source calls a row, in a column of history.db: a number is that number, a text
 * stands behind NATIVE_PREFIX. The columns are of INTEGER affinity, which would turn the text
 * '00123' into the number 123; behind the prefix no text looks like a number, and a number never
 * meets a text that is written as it. */
#ifndef PLAYBUS_ACTORS_HISTORY_NATIVE_H
#define PLAYBUS_ACTORS_HISTORY_NATIVE_H

#include <sqlite3.h>
#include <stdbool.h>

#include "proto/schema/schema.h"
#include "proto/wire/arena.h"

#define NATIVE_PREFIX ':'

void native_bind(sqlite3_stmt *stmt, int at, const struct native_id *id);
/* The value of a column of the virtual table. */
void native_result(sqlite3_context *out, const struct native_id *id);
/* A text is copied into the arena. */
struct native_id native_read(sqlite3_stmt *row, int at, struct arena *arena);
/* For a person: a number as text, a text without its prefix; NULL for NULL. */
const char *native_text(sqlite3_stmt *row, int at, struct arena *arena);
struct native_id native_own(const struct native_id *id, struct arena *arena); /* a copy */

/* In room of its own. */
struct kept_native {
    int64_t number;               /* where there is no text */
    char text[NATIVE_ID_MAX + 1]; /* empty: a number */
};
void native_keep(struct kept_native *to, const struct native_id *id);
struct native_id native_kept(const struct kept_native *from); /* borrowed from there */
bool native_equal(const struct native_id *a, const struct native_id *b);

#endif

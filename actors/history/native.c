/* SPDX-License-Identifier: MIT
 * native.c - native ids to and from columns. */
#include "actors/history/native.h"

#include <stdio.h>
#include <string.h>

#include "proto/store/sqlite.h"

/* Returns the size. */
static int with_prefix(const struct native_id *id, char out[static NATIVE_ID_MAX + 1])
{
    size_t size = id->text.size <= NATIVE_ID_MAX ? id->text.size : NATIVE_ID_MAX;
    out[0] = NATIVE_PREFIX;
    memcpy(out + 1, id->text.data, size);
    return (int)size + 1;
}

void native_bind(sqlite3_stmt *stmt, int at, const struct native_id *id)
{
    char text[NATIVE_ID_MAX + 1];
    if (id->text.data == NULL) {
        stmt_number(stmt, at, id->number);
    } else {
        (void)sqlite3_bind_text(stmt, at, text, with_prefix(id, text), SQLITE_TRANSIENT);
    }
}

void native_result(sqlite3_context *out, const struct native_id *id)
{
    char text[NATIVE_ID_MAX + 1];
    if (id->text.data == NULL) {
        sqlite3_result_int64(out, id->number);
    } else {
        sqlite3_result_text(out, text, with_prefix(id, text), SQLITE_TRANSIENT);
    }
}

struct native_id native_read(sqlite3_stmt *row, int at, struct arena *arena)
{
    if (sqlite3_column_type(row, at) != SQLITE_TEXT) {
        return (struct native_id){.number = row_number(row, at)};
    }
    const char *text = native_text(row, at, arena);
    return (struct native_id){.text = {text, strlen(text)}};
}

const char *native_text(sqlite3_stmt *row, int at, struct arena *arena)
{
    const char *text = row_text(row, at);
    bool prefixed =
        text != NULL && sqlite3_column_type(row, at) == SQLITE_TEXT && text[0] == NATIVE_PREFIX;
    return arena_keep(arena, prefixed ? text + 1 : text);
}

struct native_id native_own(const struct native_id *id, struct arena *arena)
{
    struct native_id own = *id;
    if (own.text.data != NULL) {
        own.text.data = arena_text(arena, id->text.data, id->text.size);
    }
    return own;
}

void native_keep(struct kept_native *to, const struct native_id *id)
{
    int size = id->text.size <= NATIVE_ID_MAX ? (int)id->text.size : NATIVE_ID_MAX;
    to->number = id->number;
    (void)snprintf(to->text, sizeof to->text, "%.*s", size,
                   id->text.data != NULL ? (const char *)id->text.data : "");
}

struct native_id native_kept(const struct kept_native *from)
{
    return from->text[0] != '\0' ? (struct native_id){.text = {from->text, strlen(from->text)}}
                                 : (struct native_id){.number = from->number};
}

bool native_equal(const struct native_id *a, const struct native_id *b)
{
    bool texts = a->text.data != NULL && b->text.data != NULL;
    if (!texts) {
        return a->text.data == b->text.data && a->number == b->number;
    }
    return a->text.size == b->text.size && memcmp(a->text.data, b->text.data, a->text.size) == 0;
}

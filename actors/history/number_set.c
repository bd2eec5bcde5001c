/* SPDX-License-Identifier: MIT
 * number_set.c - numbers as bits: a test of one costs SQLite a function call and nothing else. */
#include "actors/history/number_set.h"

#define POINTER_TYPE "number_set"

enum { NUMBERS_MAX = 1 << 30 };

enum err number_set_read(struct arena *arena, sqlite3_stmt *rows, int64_t highest, size_t list_max,
                         struct number_set *out)
{
    if (highest >= NUMBERS_MAX) {
        return ERR_STORE_DAMAGED; /* no file of ours has so many */
    }
    sqlite3_str *list = sqlite3_str_new(NULL);
    bool row = true;
    enum err e = OK;
    *out = (struct number_set){.end = highest + 1};
    out->bits = arena_alloc(arena, (size_t)out->end / 8 + 1);
    while (e == OK && row) {
        e = stmt_row(rows, &row);
        int64_t number = e == OK && row ? row_number(rows, 0) : -1;
        if (number >= 0 && number < out->end) {
            out->bits[number / 8] |= (uint8_t)(1U << (number % 8));
            if (out->count++ < list_max) {
                sqlite3_str_appendf(list, "%c%lld", out->count == 1 ? '[' : ',', number);
            }
        }
    }
    sqlite3_str_appendall(list, out->count == 0 ? "[]" : "]");
    OWNED(db_free) char *text = sqlite3_str_finish(list);
    out->list = out->count <= list_max ? arena_keep(arena, text) : NULL;
    return e;
}

static void in_set(sqlite3_context *context, int count, sqlite3_value **values)
{
    (void)count;
    const struct number_set *set = sqlite3_value_pointer(values[1], POINTER_TYPE);
    int64_t number = sqlite3_value_int64(values[0]);
    bool in = set != NULL && set->all;
    if (set != NULL && !set->all && number >= 0 && number < set->end) {
        in = (set->bits[number / 8] >> (number % 8) & 1U) != 0;
    }
    sqlite3_result_int(context, in);
}

enum err number_set_function(sqlite3 *db)
{
    int code = sqlite3_create_function_v2(db, "in_set", 2, SQLITE_UTF8 | SQLITE_DIRECTONLY, NULL,
                                          in_set, NULL, NULL, NULL);
    return code == SQLITE_OK ? OK : db_error(db, code);
}

void number_set_bind(sqlite3_stmt *stmt, const char *name, const struct number_set *set)
{
    int at = sqlite3_bind_parameter_index(stmt, name);
    if (at > 0) {
        (void)sqlite3_bind_pointer(stmt, at, (void *)set, POINTER_TYPE, NULL);
    }
}

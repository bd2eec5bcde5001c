/* SPDX-License-Identifier: MIT
 * columns.c - reading by the schema's tables, so that a new column of a play is one row there. */
#include "actors/history/columns.h"

#include <string.h>

#include "proto/base/text.h"

const char *column_text(sqlite3_stmt *row, int at, struct arena *arena)
{
    const char *text = row_text(row, at);
    size_t size = (size_t)sqlite3_column_bytes(row, at);
    if (text == NULL || size == 0) {
        return NULL;
    }
    if (text_is_clean(text, size)) {
        return arena_text(arena, text, size);
    }
    char *safe = arena_alloc(arena, TEXT_MAX + 1);
    size_t safe_size = 0;
    (void)text_repair(text, size, safe, &safe_size);
    return safe;
}

void column_field(sqlite3_stmt *row, int at, const struct field *field, void *record,
                  struct arena *arena)
{
    char *value = (char *)record + field->offset;
    if (row_is_null(row, at)) {
        return;
    }
    if (field->type == TYPE_STR) {
        const char *text = column_text(row, at, arena);
        memcpy(value, &text, sizeof text);
        return;
    }
    int64_t number = row_number(row, at);
    double real = sqlite3_column_double(row, at);
    int small = (int)number;
    bool flag = number != 0;
    bool present = true;
    switch (field->type) {
    case TYPE_BOOL:
        memcpy(value, &flag, sizeof flag);
        break;
    case TYPE_ENUM:
        memcpy(value, &small, sizeof small);
        break;
    case TYPE_F64:
        memcpy(value, &real, sizeof real);
        break;
    default:
        memcpy(value, &number, sizeof number);
        break;
    }
    memcpy((char *)record + field->aux_offset, &present, sizeof present);
}

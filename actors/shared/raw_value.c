/* SPDX-License-Identifier: MIT
 * raw_value.c - one value as a file holds it, and the number in it, as SQLite leaves them. */
#include "actors/shared/raw_value.h"

#include <stdlib.h>
#include <string.h>

void raw_value_load(sqlite3_value *from, struct raw_value *out)
{
    out->size = 0;
    out->clean = false;
    switch (sqlite3_value_type(from)) {
    case SQLITE_INTEGER:
        out->type = RAW_INTEGER;
        out->integer = sqlite3_value_int64(from);
        return;
    case SQLITE_FLOAT:
        out->type = RAW_REAL;
        out->real = sqlite3_value_double(from);
        return;
    case SQLITE_TEXT:
        out->type = RAW_TEXT;
        out->bytes = (const char *)sqlite3_value_text(from);
        break;
    case SQLITE_BLOB:
        out->type = RAW_BLOB;
        out->bytes = sqlite3_value_blob(from);
        break;
    default:
        out->type = RAW_NULL;
        return;
    }
    out->size = out->bytes == NULL ? 0 : (uint32_t)sqlite3_value_bytes(from);
    out->bytes = out->bytes == NULL ? "" : out->bytes;
}

#define EXACT_MAX 9007199254740992.0 /* 2^53 */

static int real_number(double real, int64_t *out)
{
    if (!(real >= -EXACT_MAX && real <= EXACT_MAX)) {
        return -1; /* no double beyond is sure of its ones */
    }
    *out = (int64_t)real;
    return 1;
}

static int text_number(const struct raw_value *v, int64_t *out)
{
    char text[64];
    if (v->size == 0) {
        return 0;
    }
    if (v->size >= sizeof(text)) {
        return -1;
    }
    memcpy(text, v->bytes, v->size);
    text[v->size] = '\0';
    if (strspn(text, "0123456789+-.eE") != v->size) {
        return -1; /* strtod also knows words, blanks and hexadecimal */
    }
    char *end = NULL;
    double real = strtod(text, &end);
    return end == text || *end != '\0' ? -1 : real_number(real, out);
}

int raw_number(const struct raw_value *v, int64_t *out)
{
    switch ((enum raw_type)v->type) {
    case RAW_NULL:
        return 0;
    case RAW_INTEGER:
        *out = v->integer;
        return 1;
    case RAW_REAL:
        return real_number(v->real, out);
    case RAW_TEXT:
    case RAW_BLOB:
        return text_number(v, out);
    }
    return 0;
}

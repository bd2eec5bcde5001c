/* SPDX-License-Identifier: MIT
 * raw_value.h - one value as a file holds it, before anything is made of it. */
#ifndef PLAYBUS_ACTORS_SHARED_RAW_VALUE_H
#define PLAYBUS_ACTORS_SHARED_RAW_VALUE_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

enum raw_type { RAW_NULL, RAW_INTEGER, RAW_REAL, RAW_TEXT, RAW_BLOB };

/* One column as the file holds it. Text and blobs live as long as the row, text ends in NUL. */
struct raw_value {
    uint8_t type;  /* enum raw_type */
    bool clean;    /* text that needs no repair; false: not known */
    uint32_t size; /* of text and blobs */
    union {
        int64_t integer;
        double real;
        const char *bytes;
    };
};

/* Bytes stay SQLite's. */
void raw_value_load(sqlite3_value *from, struct raw_value *out);
/* 1 a number, 0 absent, -1 something else. */
int raw_number(const struct raw_value *v, int64_t *out);

#endif

/* SPDX-License-Identifier: MIT
 * row.h - one row being mapped: the raw values, the row they become, and what is noted on the way.
 */
#ifndef PLAYBUS_ACTORS_TAUTULLI_ROW_H
#define PLAYBUS_ACTORS_TAUTULLI_ROW_H

#include "actors/tautulli/raw_value.h"
#include "actors/tautulli/reader.h"
#include "actors/tautulli/schema.h"
#include "proto/wire/arena.h"

enum repair {
#define REPAIR(code, sentence) REPAIR_##code,
#include "proto/schema/repairs.def"
#undef REPAIR
    REPAIR_COUNT
};
_Static_assert(REPAIR_COUNT <= ROW_NOTES_MAX, "a row can carry each repair once");

#define NUMBER_TEXT_SIZE 24 /* a 64-bit number as text, and its NUL */
#define NUMBER_TEXTS 32 /* such texts of one row; keys are numbers in the file and text with us */

struct row {
    struct raw_value raw[COLUMN_COUNT]; /* RAW_NULL for absent ones */
    struct mapped_row out;
    struct arena *arena; /* of one row: repaired texts and raw cells */
    bool arena_used;
    uint64_t text_bytes; /* of all mapped texts */
    uint64_t note_bytes; /* of all raw cells, bounded by 64 KiB */
    char number_texts[NUMBER_TEXTS][NUMBER_TEXT_SIZE];
    size_t number_text_count;
    char *scratch;     /* TEXT_MAX + 1 bytes for text_repair */
    int64_t month_day; /* the day `month` was made for, in days since 1970 */
    char month[16];
};

void row_init(struct row *r);
void row_release(struct row *r);
/* Forgets the row before; raw values stay to be overwritten. */
void row_begin(struct row *r);

/* ---- notes ---- */
/* Adds the column's raw value to the row's note of that code. */
void row_note(struct row *r, enum repair code, enum column c);
void row_note_missing(struct row *r, enum repair code); /* without a raw value */
bool row_has_note(const struct row *r, enum repair code);
/* Rejects the row: one note with the whole raw row, as far as 64 KiB reach. */
void row_reject(struct row *r, enum err code, const struct schema *schema);

/* ---- values ---- */
/* NULL for NULL and ''; repaired and noted where it has to be. */
const char *row_take_text(struct row *r, enum column c);
/* False for absence; text that is no number is noted as `number`. */
bool row_take_number(struct row *r, enum column c, int64_t *out);

/* A number as text that lives as long as the row. */
const char *row_number_text(struct row *r, int64_t number);
const char *row_copy(struct row *r, const char *text);

#endif

/* SPDX-License-Identifier: MIT
 * row.h - one row of a source being mapped: the raw values, the row they become, and what is noted
 * on the way. Which column becomes what is the source's own business. */
#ifndef PLAYBUS_ACTORS_SHARED_ROW_H
#define PLAYBUS_ACTORS_SHARED_ROW_H

#include "actors/shared/raw_value.h"
#include "proto/base/error.h"
#include "proto/schema/schema.h"
#include "proto/wire/arena.h"

#define ROW_NOTES_MAX 20 /* of one row; repairs beyond that are not noted */

enum repair {
#define REPAIR(code, sentence) REPAIR_##code,
#include "proto/schema/repairs.def"
#undef REPAIR
    REPAIR_COUNT
};
_Static_assert(REPAIR_COUNT <= ROW_NOTES_MAX, "a row can carry each repair once");

/* What a row of a source becomes. All texts and lists are borrowed from whoever mapped it. */
struct mapped_row {
    int64_t position;           /* its place in the job's work */
    struct native_id native_id; /* what the source calls it, if not by its position */
    bool has_native_id;
    bool rejected;             /* notes[0] says why; play, stream and item are not set */
    struct play play;          /* all but position, native id, facet, item and the packed stream */
    bool has_stream, has_item; /* anything is known of it */
    struct stream stream;
    struct item item;
    int64_t item_hash;      /* XXH3 of the server and every column of `item` */
    const char *facet_user; /* NULL if unknown, as are the next two */
    const char *facet_library;
    const char *facet_month;              /* YYYY-MM */
    struct row_note notes[ROW_NOTES_MAX]; /* their `facet` is left to the caller */
    size_t note_count;
};

#define NUMBER_TEXT_SIZE 24 /* a 64-bit number as text, and its NUL */
#define NUMBER_TEXTS \
    32 /* such texts of one row; keys are numbers in many sources and text with us */

struct row {
    struct raw_value *raw;      /* owned; by column, RAW_NULL for absent ones */
    const char *const *columns; /* their full names */
    size_t column_count;
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

/* `columns`: their full names, constant. */
void row_init(struct row *r, size_t column_count, const char *const *columns);
void row_release(struct row *r);
/* Forgets the row before; raw values stay to be overwritten. */
void row_begin(struct row *r);

/* ---- notes ---- */
/* Adds the column's raw value to the row's note of that code. */
void row_note(struct row *r, enum repair code, unsigned column);
void row_note_missing(struct row *r, enum repair code); /* without a raw value */
bool row_has_note(const struct row *r, enum repair code);
/* Rejects the row: one note with the whole raw row, as far as 64 KiB reach. `there` says of each
 * column whether the source has it. */
void row_reject(struct row *r, enum err code, const bool *there);

/* ---- values ---- */
/* NULL for NULL and ''; repaired and noted where it has to be. */
const char *row_take_text(struct row *r, unsigned column);
/* False for absence; text that is no number is noted as `number`. */
bool row_take_number(struct row *r, unsigned column, int64_t *out);

/* A number as text that lives as long as the row. */
const char *row_number_text(struct row *r, int64_t number);
const char *row_copy(struct row *r, const char *text);
/* An IP address, freed of port and zone; what is none is noted and absent. */
const char *row_take_address(struct row *r, unsigned column);
/* YYYY-MM of a moment, until the row's next call; NULL beyond every calendar. */
const char *row_month(struct row *r, int64_t moment_s);

#endif

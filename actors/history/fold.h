/* SPDX-License-Identifier: MIT
 * fold.h - what several versions of one row say, as one: of each column the first value that is
 * known. A later version fills what is missing and overwrites nothing, with one exception: a row
 * without a stop is marked as unfinished by its source, so its pause and position go with the first
 * stop that comes. */
#ifndef PLAYBUS_ACTORS_HISTORY_FOLD_H
#define PLAYBUS_ACTORS_HISTORY_FOLD_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "proto/schema/schema.h"
#include "proto/wire/codec.h"

enum change {
#define CHANGE(kind, completed, changed) CHANGE_##kind,
#include "proto/schema/changes.def"
#undef CHANGE
    CHANGE_COUNT
};

/* "time", "user", … as the receipt has it. */
const char *change_name(enum change kind);

enum { FOLD_COLUMNS_MAX = 128 };

/* How one column of a play, stream or item is folded. */
struct fold_rule {
    uint8_t kind;  /* enum change */
    uint8_t known; /* enum known */
    bool kept; /* part of what a version says; false: computed from others, or the batch's own */
    bool with_stop; /* taken anew with the first stop */
};

struct fold_rules {
    const struct record_desc *record;
    struct fold_rule columns[FOLD_COLUMNS_MAX]; /* by the record's fields */
};

/* For desc_play(), desc_stream() or desc_item(). */
void fold_rules_init(struct fold_rules *rules, const struct record_desc *record);

/* What a version brought: bits by enum change. */
struct fold_result {
    uint32_t completed; /* kinds with a value that was missing */
    uint32_t changed;   /* kinds with a value other than the one shown, which stays */
};

/* What a version says of the end of a play: as much as the one shown; it is the first that has a
 * stop; or it has none, and its pause and position are not the last ones. */
enum ending { ENDING_SAME, ENDING_FIRST, ENDING_UNFINISHED };

/* Fills `shown` from `fresh`; cells are borrowed. */
void fold_cells(const struct fold_rules *rules, struct cell *shown, const struct cell *fresh,
                enum ending ending, struct fold_result *result);

static inline bool cell_equal(const struct cell *a, const struct cell *b)
{
    if (a->type != b->type) {
        return false;
    }
    switch (a->type) {
    case CELL_NIL:
        return true;
    case CELL_BOOL:
        return a->boolean == b->boolean;
    case CELL_F64:
        return a->f64 == b->f64;
    case CELL_STR:
    case CELL_BIN:
        return a->size == b->size && memcmp(a->bytes, b->bytes, a->size) == 0;
    default:
        return a->i64 == b->i64;
    }
}

#endif

/* SPDX-License-Identifier: MIT
 * fill.h - any record of the schema filled with valid values from its table, and two of them
 * compared: a new row is covered the day it is written. */
#ifndef PLAYBUS_TESTS_SUPPORT_FILL_H
#define PLAYBUS_TESTS_SUPPORT_FILL_H

#include "proto/schema/schema.h"
#include "proto/wire/arena.h"

/* The same seed gives the same record. Whole numbers stay below 2^53, as JSON wants them. */
void fill_record(const struct record_desc *r, uint64_t *seed, struct arena *arena, void *out);

/* NULL if both say the same; else the name of the first field that differs, as in "stats.seq". */
const char *record_difference(const struct record_desc *r, const void *a, const void *b,
                              struct arena *arena);

/* Calls `fn` with every record and every message of the schema. */
void for_each_record(void (*fn)(const struct record_desc *r, void *context), void *context);

#endif

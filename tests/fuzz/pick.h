/* SPDX-License-Identifier: MIT
 * pick.h - an input names the record it is for on its first line, so seeds keep their meaning when
 * the schema grows. */
#ifndef PLAYBUS_TESTS_FUZZ_PICK_H
#define PLAYBUS_TESTS_FUZZ_PICK_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/fill.h"

struct pick {
    const char *name;
    size_t name_size;
    const struct record_desc *found;
};

static inline void compare_name(const struct record_desc *r, void *context)
{
    struct pick *pick = context;
    if (strlen(r->name) == pick->name_size && memcmp(r->name, pick->name, pick->name_size) == 0) {
        pick->found = r;
    }
}

/* Moves *data past the first line. NULL if it names no record. */
static inline const struct record_desc *pick_record(const uint8_t **data, size_t *size)
{
    const uint8_t *end = *size > 0 ? memchr(*data, '\n', *size) : NULL;
    if (end == NULL) {
        return NULL;
    }
    struct pick pick = {.name = (const char *)*data, .name_size = (size_t)(end - *data)};
    for_each_record(compare_name, &pick);
    *size -= pick.name_size + 1;
    *data = end + 1;
    return pick.found;
}

/* Ends the run, and says which field was not the same afterwards. */
static inline void expect_same(const struct record_desc *r, const void *a, const void *b,
                               struct arena *arena)
{
    const char *difference = record_difference(r, a, b, arena);
    if (difference != NULL) {
        (void)fprintf(stderr, "%s: %s differs\n", r->name, difference);
        abort();
    }
}

/* Ends the run if `holds` does not. Unlike assert it is there in every build. */
static inline void expect(bool holds)
{
    if (!holds) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif

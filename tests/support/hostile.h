/* SPDX-License-Identifier: MIT
 * hostile.h - any record of the schema filled with what its table allows and nobody means. */
#ifndef PLAYBUS_TESTS_SUPPORT_HOSTILE_H
#define PLAYBUS_TESTS_SUPPORT_HOSTILE_H

#include "proto/schema/schema.h"
#include "proto/wire/arena.h"

enum hostility {
    HOSTILE_LEAST,    /* numbers as low as can be, texts and lists empty, only what must be there */
    HOSTILE_GREATEST, /* everything there, numbers, texts and lists at their bounds */
    HOSTILE_OTHERS,   /* everything there, in the name of others and of small numbers */
    HOSTILE_COUNT
};

extern const char *const hostility_names[HOSTILE_COUNT];

/* `job_id`: of a job that runs, for those that speak of others. */
void hostile_record(const struct record_desc *r, enum hostility how, const char *job_id,
                    struct arena *arena, void *out);

#endif

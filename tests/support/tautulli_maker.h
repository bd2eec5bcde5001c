/* SPDX-License-Identifier: MIT
 * tautulli_maker.h - makes databases in Tautulli's shape for tests, benches and the quick start.
 *
 * The same plan gives the same bytes of content every time. Widths, '' in numeric columns, repeated
 * metadata and indices are as Tautulli leaves them; with `dirty` every 20th row carries one of the
 * dirty kinds of tautulli_dirt.c, and what an import must make of them is known beforehand. */
#ifndef PLAYBUS_TESTS_SUPPORT_TAUTULLI_MAKER_H
#define PLAYBUS_TESTS_SUPPORT_TAUTULLI_MAKER_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/base/error.h"
#include "proto/base/own.h"

/* Generations of the schema, oldest first; named by a release that has it. */
enum tautulli_schema {
    SCHEMA_V1_0,
    SCHEMA_V1_2,
    SCHEMA_V1_3,
    SCHEMA_V1_4_25,
    SCHEMA_V2_0,
    SCHEMA_V2_2,
    SCHEMA_V2_7,
    SCHEMA_V2_12,
    SCHEMA_V2_17_2,
    SCHEMA_COUNT
};

struct row;

struct tautulli_plan {
    const char *path;
    enum tautulli_schema schema;
    int64_t rows;
    uint64_t seed;
    const char *server_id; /* of library_sections; NULL for the default one */
    int64_t first_id;
    int64_t id_step;
    int64_t start_s;     /* unix seconds of the first play */
    bool dirty;          /* every 20th row is one of the dirty kinds */
    bool future_columns; /* columns and a table that no release has yet */
    bool no_wal;         /* its header says that it was never written with a -wal */
    bool wal;            /* the last quarter of the rows only in a -wal beside the file */
    /* Makes the filled row that of another play; NULL: it stays as it is. */
    void (*adjust)(struct row *row, int64_t index, void *context);
    void *context;
};

/* What an import of the file must report, beside the ids of each dirty kind. */
struct tautulli_expected {
    int64_t total;
    int64_t imported;
    int64_t duplicates;
    int64_t errors;
    int64_t orphans; /* metadata rows without a history row: no plays */
};

/* 1,000 clean rows of v2.17.2 with ids from 1, starting in 2016. */
struct tautulli_plan tautulli_plan_default(const char *path);
bool tautulli_schema_named(const char *name, enum tautulli_schema *out_schema);

/* Replaces what is at plan->path. `manifest` (a path, or NULL) gets the expectations as JSON:
 * {rows, first_id, last_id, expected {total, imported, duplicates, errors, errors_by_code,
 * repairs}, orphans, kinds [{kind, outcome, code?, repair?, ids}]}. `out_expected` may be NULL. */
NODISCARD enum err tautulli_make(const struct tautulli_plan *plan, const char *manifest,
                                 struct tautulli_expected *out_expected);

/* Adds the row after the last one to a file made by the same plan, in separate transactions as
 * Tautulli writes it. Returns its id in `out_id`. */
NODISCARD enum err tautulli_append(const struct tautulli_plan *plan, int64_t index,
                                   int64_t *out_id);

#endif

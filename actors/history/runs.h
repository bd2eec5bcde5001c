/* SPDX-License-Identifier: MIT
 * runs.h - a set of row ids with their outcomes in few bytes: for each run of neighbours with one
 * outcome, the gap before it and its length (LEB128) and the outcome (one byte). A batch of 2,000
 * new rows is about five bytes; with it one job can be undone exactly. */
#ifndef PLAYBUS_ACTORS_HISTORY_RUNS_H
#define PLAYBUS_ACTORS_HISTORY_RUNS_H

#include <stdbool.h>
#include <stdint.h>

#include "actors/history/outcome.h"
#include "proto/schema/schema.h"
#include "proto/wire/codec.h"

struct run {
    int64_t first_id;
    uint64_t length; /* ids first_id … first_id + length - 1 */
    enum outcome outcome;
};

struct runs {
    struct buffer bytes;
    uint64_t end;   /* one past the newest encoded id, as unsigned */
    struct run run; /* not yet encoded; length 0: none */
};

/* Begins a set whose ids are all >= first_id. */
void runs_start(struct runs *r, int64_t first_id);
void runs_release(struct runs *r);
/* Ids must rise. */
void runs_add(struct runs *r, int64_t id, enum outcome outcome);
/* The encoded set, valid until the next runs_start. */
struct bytes runs_finish(struct runs *r);

/* Walks an encoded set: *at counts bytes from 0, *end starts as the set's first_id. False at the
 * end and at bytes that are no runs. */
bool runs_next(struct bytes bytes, size_t *at, uint64_t *end, struct run *out);

#endif

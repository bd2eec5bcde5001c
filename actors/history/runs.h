/* SPDX-License-Identifier: MIT
 * runs.h - which rows a transaction saw, in few bytes. Rows go by our own numbers, which are never
 * given twice; a run is some neighbours that are of one version and had one outcome: the gap to
 * where the run before ended (LEB128, zigzag: numbers may fall too), its length and version
 * (LEB128) and the outcome (one byte). A batch of 2,000 new rows is about six bytes; with it one
 * job can be undone exactly. */
#ifndef PLAYBUS_ACTORS_HISTORY_RUNS_H
#define PLAYBUS_ACTORS_HISTORY_RUNS_H

#include <stdbool.h>
#include <stdint.h>

#include "actors/history/outcome.h"
#include "proto/schema/schema.h"
#include "proto/wire/codec.h"

struct run {
    int64_t first_no; /* rows first_no … first_no + length - 1 */
    uint64_t length, version;
    enum outcome outcome;
};

struct runs {
    struct buffer bytes;
    int64_t end;    /* one past the newest encoded row */
    struct run run; /* not yet encoded; length 0: none */
};

void runs_start(struct runs *r);
void runs_release(struct runs *r);
void runs_add(struct runs *r, int64_t row_no, uint64_t version, enum outcome outcome);
/* The encoded set, valid until the next runs_start. */
struct bytes runs_finish(struct runs *r);

/* Walks an encoded set: *at counts bytes and *end rows, both from 0. False at the end and at bytes
 * that are no runs. */
bool runs_next(struct bytes bytes, size_t *at, int64_t *end, struct run *out);

/* A LEB128 number at *at, which moves past it; false if there is none. */
bool runs_number(struct bytes bytes, size_t *at, uint64_t *out);

#endif

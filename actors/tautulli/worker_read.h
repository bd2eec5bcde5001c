/* SPDX-License-Identifier: MIT
 * worker_read.h - the half of a worker that reads: one lease at a time into a batch, off the loop.
 */
#ifndef PLAYBUS_ACTORS_TAUTULLI_WORKER_READ_H
#define PLAYBUS_ACTORS_TAUTULLI_WORKER_READ_H

#include <stdbool.h>

#include "actors/shared/batch.h"
#include "actors/tautulli/rows_read.h"
#include "proto/base/config.h"
#include "proto/schema/schema.h"

#define LEASE_READ_MS 20000 /* what a lease may take to read; beyond, it is delivered short */

struct input; /* the opened source of one job and attempt; kept from lease to lease */

/* `elsewhere`: the settings of a worker on another machine, which looks for the rows in its own
 * allowed folders; borrowed. NULL: the path of the lease is opened. */
struct input *input_new(const struct config *elsewhere);
void input_close(struct input *in); /* nothing stays open; not while it reads */
void input_destroy(struct input **in);

struct reading {
    const struct lease_taken *lease; /* what to read */
    struct batch *batch;             /* reset, then filled; with a parcel filled further */
    const struct rows_sent *parcel;  /* its rows, if they were sent; NULL: they are read … */
    struct rows_reader *rows;        /* … with a parcel by this … */
    int64_t from_id;                 /* … and from here on */
    bool full;                       /* a row of the parcel had no room */
    bool whole;                      /* every row of the lease is in the batch */
    enum err code;                   /* why not, unless the batch was full */
    char text[256];                  /* a sentence for a person; empty: the code's own */
};

/* Blocks; meant for a thread of its own. Sets whole, code and text. */
void input_read(struct input *in, struct reading *r);

#endif

/* SPDX-License-Identifier: MIT
 * lease_sample.h - what some rows of a lease must be: drawn and mapped by the coordinator when it
 * cuts the range, compared by the history when the batch comes. It travels with the lease, sealed
 * with the lease's key, so that the worker learns neither which rows are looked at nor what is
 * expected of them, and nobody has to keep it. A sampled place is one row and the ids before it up
 * to the row below: one that is left out is found there, and so is one that was made up. */
#ifndef PLAYBUS_ACTORS_SHARED_LEASE_SAMPLE_H
#define PLAYBUS_ACTORS_SHARED_LEASE_SAMPLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "actors/shared/lease_mac.h"

enum {
    LEASE_SAMPLE_IN = 100, /* one row in so many */
    LEASE_SAMPLE_MAX = 24,
    LEASE_DIGEST_SIZE = 16,
    LEASE_SAMPLE_KEY_SIZE = 64,
    LEASE_SAMPLE_BYTES =
        24 + 16 + LEASE_SAMPLE_KEY_SIZE + LEASE_SAMPLE_MAX * (8 + 8 + LEASE_DIGEST_SIZE)
};

struct sampled {
    int64_t first_id, last_id; /* inclusive */
    unsigned char digest[LEASE_DIGEST_SIZE];
};

struct lease_sample {
    char worker[LEASE_SAMPLE_KEY_SIZE]; /* by its key: its instance up to the point */
    size_t count;
    struct sampled items[LEASE_SAMPLE_MAX]; /* in order of ids, apart from each other */
};

/* Is it of a worker on another machine, some of whose rows are compared? */
bool lease_is_sampled(const struct batch_commit *b);

/* Writes what the batch says of each place: its plays with their items and facets, rejected rows
 * and repairs. False: the batch cannot be read, and the digests are nobody's. */
bool lease_sample_digest(const unsigned char key[static LEASE_KEY_SIZE],
                         const struct batch_commit *b, struct lease_sample *places);

/* For this worker. `seal`: the lease's, LEASE_MAC_SIZE bytes, to which it is bound. Returns the
 * size. */
size_t lease_sample_seal(const unsigned char key[static LEASE_KEY_SIZE], const unsigned char *seal,
                         const struct lease_sample *sample, const char *worker,
                         unsigned char out[static LEASE_SAMPLE_BYTES]);
/* False: it is not what was sealed for this lease. */
bool lease_sample_open(const unsigned char key[static LEASE_KEY_SIZE], const unsigned char *seal,
                       struct bytes bytes, struct lease_sample *out);

/* The first place of which the batch says what is not as it was mapped here, as far as the batch
 * goes, into `out`, with what was delivered; false if there is none. */
bool lease_sample_differs(const unsigned char key[static LEASE_KEY_SIZE],
                          const struct batch_commit *b, const struct lease_sample *expected,
                          struct sampled *out);

/* Does each item of the batch stand there once, and for a play of it? Items are kept by a hash that
 * the worker names, whoever came first: others could be told of rows that are not its own. */
bool lease_items_belong(const struct batch_commit *b);

#endif

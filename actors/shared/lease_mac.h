/* SPDX-License-Identifier: MIT
 * lease_mac.h - the seal of a lease: made by its coordinator, checked by the history when the batch
 * comes, over the job, its attempt and adoption, the range and the worker. The key is known to
 * these two alone, so that a worker can deliver nothing but what it was given to read. */
#ifndef PLAYBUS_ACTORS_SHARED_LEASE_MAC_H
#define PLAYBUS_ACTORS_SHARED_LEASE_MAC_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/schema/schema.h"

enum { LEASE_KEY_SIZE = 32, LEASE_MAC_SIZE = 32 };

struct leased {
    const char *job_id, *worker; /* the worker's instance */
    uint64_t attempt, runner;
    int64_t first_id, last_id;
    uint64_t rows; /* planned ones */
    bool last;     /* the plan ends with it */
    double watched_percent;
    bool sampled; /* some of its rows are compared: lease_sample.h */
};

void lease_key_make(unsigned char out[static LEASE_KEY_SIZE]);
void lease_mac(const unsigned char key[static LEASE_KEY_SIZE], const struct leased *l,
               unsigned char out[static LEASE_MAC_SIZE]);
/* NULL: the batch lies within a lease of this worker that was sealed with the key. Else what is
 * wrong with it, as a constant sentence. */
const char *lease_mac_flaw(const unsigned char key[static LEASE_KEY_SIZE],
                           const struct batch_commit *b, const char *worker);

#endif

/* SPDX-License-Identifier: MIT
 * far_keys.h - what is held against workers on other machines: batches of theirs that lie within
 * their leases, whose sampled rows are right, and that cannot be stored. A lease of which one was
 * refused delivers nothing more; who brings several in one job is let in no more, which the door is
 * told until it has heard it. Of whom is let in no more, whoever revoked it, nothing is stored that
 * was sent before.
 *
 * A worker is known by its key, see worker_key.h. Bounded, and in memory
 * only: a later process gives as many chances again, and a key that was revoked sends nothing to
 * it. */
#ifndef PLAYBUS_ACTORS_HISTORY_FAR_KEYS_H
#define PLAYBUS_ACTORS_HISTORY_FAR_KEYS_H

#include <stdbool.h>
#include <stddef.h>

#include "actors/history/reorder_buffer.h"
#include "actors/shared/lease_mac.h"
#include "proto/bus/actor.h"

enum { FAR_KEYS_MAX = 128, FAR_SEALS_MAX = 128, FAR_WORKER_SIZE = 129, FAR_REFUSED_MAX = 3 };

struct far_key {
    char worker[FAR_WORKER_SIZE]; /* without what tells its processes apart; empty: a free place */
    char job_id[65];              /* of which these were refused */
    unsigned refused;             /* leases; FAR_REFUSED_MAX: the door is to be told */
    char reason[256];             /* of the last, for a person */
    bool gone;                    /* the door lets it in no more */
};

struct far_keys {
    struct far_key items[FAR_KEYS_MAX];
    unsigned char seals[FAR_SEALS_MAX][LEASE_MAC_SIZE]; /* of leases with a refused batch */
    size_t next, next_seal;      /* the place that is taken next: the oldest gives way */
    char asked[FAR_WORKER_SIZE]; /* the door is told of this one now; empty: of none */
};

/* The door lets this worker in no more. */
void far_keys_gone(struct far_keys *k, const char *worker);
/* NULL, or why this batch of this worker is not even looked at. */
const char *far_keys_flaw(const struct far_keys *k, const struct batch_commit *b,
                          const char *worker);
/* A batch could not be stored. True: with it there were too many, and the worker is let in no
 * more. Of a worker of this machine nothing is noted. */
bool far_keys_note(struct far_keys *k, const struct batch_commit *b, const char *worker,
                   const char *why);
/* Tells the door, as long as there is something to tell. */
void far_keys_tell(struct far_keys *k, struct actor *a);
/* Refuses what of this worker waits its turn; how many batches that were. */
size_t far_keys_refuse(struct actor *a, struct reorder_buffer *waiting, const char *worker,
                       enum err code);

#endif

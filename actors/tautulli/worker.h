/* SPDX-License-Identifier: MIT
 * worker.h - a worker's places for leases: while one batch is being committed the next waits in the
 * history's window and a third is being read, so neither side waits for the other. */
#ifndef PLAYBUS_ACTORS_TAUTULLI_WORKER_H
#define PLAYBUS_ACTORS_TAUTULLI_WORKER_H

#include "actors/shared/delivery.h"
#include "actors/tautulli/lease.h"
#include "actors/tautulli/worker_read.h"
#include "actors/tautulli/worker_rows.h"
#include "proto/bus/actor.h"

#define WORKER_SLOTS LEASE_PLACES

enum slot_step {
    SLOT_FREE,      /* nothing, or a pause before it asks again */
    SLOT_ASKING,    /* lease.take is under way */
    SLOT_LEASED,    /* waits to be read */
    SLOT_FETCHING,  /* rows.ask is under way, or will be repeated */
    SLOT_FETCHED,   /* a parcel of its rows waits to be read */
    SLOT_READING,   /* in the reading thread */
    SLOT_SENDING,   /* its batch is being delivered */
    SLOT_REPORTING, /* lease.done is under way, or will be repeated */
};

struct worker;

struct slot {
    struct worker *worker;
    uint64_t index;
    enum slot_step step;
    bool dropped;   /* its job is over: what is read is not delivered */
    unsigned tries; /* of its report */
    bool delivered; /* some of it is committed: up to `reached` */
    int64_t reached;
    const char *code;         /* what is reported instead of success; NULL: success */
    char text[256];           /* goes with the code */
    struct arena *arena;      /* texts of the lease */
    struct lease_taken lease; /* in every step after asking */
    struct reading reading;
    struct msg *parcel; /* kept: the rows_sent that waits, or is read; NULL: none */
    int64_t from_id;    /* where it begins, or the next one */
    unsigned fetches;   /* of the next one, in vain */
    struct delivery delivery;
    struct batch *batch;
};

struct worker {
    struct actor *actor;
    struct input *input;
    struct slot slots[WORKER_SLOTS];
    struct slot *reading; /* the one in the reading thread; NULL: none */
    struct worker_rows rows;
};

void worker_start(struct worker *w, struct actor *a);
void worker_stop(struct worker *w); /* when the reading thread has ended */

#endif

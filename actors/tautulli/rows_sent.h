/* SPDX-License-Identifier: MIT
 * rows_sent.h - what workers that have no file with the rows of their leases ask of the
 * coordinator.
 *
 * They ask ahead of what they map. A few parcels a worker may be asked for, and one is read at a
 * time, in the thread of the job, so that nothing here waits and no more than one is held. */
#ifndef PLAYBUS_ACTORS_TAUTULLI_ROWS_SENT_H
#define PLAYBUS_ACTORS_TAUTULLI_ROWS_SENT_H

#include "actors/tautulli/lease.h"
#include "proto/bus/actor.h"

#define ROWS_ASKS_MAX 64 /* of all workers */
#define ROWS_CREDIT 3    /* of one: two ahead, and the rest of what it maps */

struct coordinator;
struct import_job;

struct rows_asks {
    struct rows_ask_kept {
        struct msg *msg; /* owned */
        char worker[LEASE_WORKER_SIZE];
        uint64_t lease;
        int64_t from_id;
    } items[ROWS_ASKS_MAX]; /* the first is the one being read */
    size_t count;
};

enum err coordinator_on_rows_names(struct actor *a, const struct msg *m);
enum err coordinator_on_rows_ask(struct actor *a, const struct msg *m);
/* Has the next parcel read, if nothing else is done with the source. */
void rows_asks_read(struct coordinator *c, struct import_job *j);
void rows_asks_refuse(struct coordinator *c); /* leases of before are none any more */
void rows_asks_close(struct coordinator *c);

#endif

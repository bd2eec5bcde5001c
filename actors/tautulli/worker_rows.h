/* SPDX-License-Identifier: MIT
 * worker_rows.h - a worker on another machine that has no file with the rows of its leases: they
 * are sent. It asks for two parcels ahead of what it maps, and holds no more. */
#ifndef PLAYBUS_ACTORS_TAUTULLI_WORKER_ROWS_H
#define PLAYBUS_ACTORS_TAUTULLI_WORKER_ROWS_H

#include "actors/tautulli/rows_read.h"
#include "proto/bus/actor.h"

struct worker;
struct slot;

/* What becomes of a lease, by worker.c. */
struct slot_ends {
    void (*pause)(struct slot *s); /* free again after a moment */
    void (*report)(struct slot *s, enum err code, const char *text);
    void (*send)(struct slot *s); /* what is in its batch */
    void (*read_next)(struct worker *w);
};

struct worker_rows {
    const struct slot_ends *ends;
    char job_id[65]; /* whose rows are sent; empty: none's … */
    uint64_t attempt;
    int64_t until_ms; /* … before they are looked for again */
    uint64_t opened;  /* of what is known of the file */
    bool asking;      /* rows.names is under way, or will be repeated */
    unsigned tries;
    struct arena *arena; /* owned; of the names */
    struct person *people;
    struct library *libraries;
    size_t people_count, library_count;
    struct rows_reader *reader; /* owned; NULL until the names are here */
};

/* The lowest range whose slot is at this step, an enum slot_step: the one that the history waits
 * for before the others. */
struct slot *worker_lowest(struct worker *w, int step);
/* Has the rows of this lease been looked for in vain? */
bool worker_rows_are_sent(const struct worker *w, const struct lease_taken *l);
/* A lease was not found here. */
void worker_rows_begin(struct slot *s);
/* Asks for what may be asked for now. */
void worker_rows_fetch(struct worker *w);
/* Before a parcel is read, and when it was. */
void worker_rows_fill(struct slot *s);
void worker_rows_read(struct slot *s);
void worker_rows_let_go(struct slot *s); /* the parcel; harmless without one */
void worker_rows_rest(struct worker *w); /* nothing is leased: what is known is forgotten */
void worker_rows_release(struct worker *w);

#endif

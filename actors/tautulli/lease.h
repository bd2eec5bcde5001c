/* SPDX-License-Identifier: MIT
 * lease.h - the book of slices, ranges of ids that are not committed yet: who reads which, until
 * when.
 *
 * It lives in memory only; after a crash the rest is sliced again from the checkpoint. A range is
 * given out again as soon as its worker is gone, and at the latest LEASE_MS after the last renewal.
 * Nothing here is needed for exactness, which is the history's: the book only keeps workers busy
 * and finds the range that ends them. */
#ifndef PLAYBUS_ACTORS_TAUTULLI_LEASE_H
#define PLAYBUS_ACTORS_TAUTULLI_LEASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "actors/shared/lease_sample.h"
#include "actors/tautulli/refusers.h"
#include "proto/schema/schema.h"

#define LEASES_OUT_MAX 16 /* given out beyond the checkpoint */
#define LEASES_AHEAD 4    /* sliced beyond those, so that no worker waits for a slice */
#define LEASES_MAX (LEASES_OUT_MAX + LEASES_AHEAD)
#define LEASE_PLACES 6     /* leases a worker can hold: batches that come together share a commit */
#define LEASE_PLACES_MIN 3 /* one to read, one to come, one for the lowest range */
#define LEASE_MS 10000
#define LEASE_DEATHS_MAX 3 /* workers a range may end */
#define LEASE_FAR_ENDS_MAX \
    5 /* connections of workers elsewhere that may end while the range is read there */
#define LEASE_FAR_ENDS_ALONE 30 /* the same where nobody could read it here: a line may be bad */
#define LEASE_LOWEST_MS 90000   /* a worker elsewhere may hold the range that all wait for */
#define LEASE_WORKER_SIZE 129

struct lease {
    int64_t first_id, last_id; /* inclusive */
    uint64_t rows;             /* planned rows between them */
    uint64_t number;           /* 0 while nobody holds it; never used twice */
    char worker[LEASE_WORKER_SIZE];
    uint64_t slot;        /* which of the worker's places holds it */
    int64_t expires_ms;   /* monotonic clock */
    bool reading;         /* its worker said that it reads these rows now */
    bool damaged;         /* cannot be read; nothing behind it is given out */
    unsigned deaths;      /* workers that ended while they read it */
    unsigned tries;       /* times it was given back unread */
    bool checked;         /* a worker on another machine can tell that it has these rows … */
    int64_t checked_from; /* … of the whole slice, which may have been shortened since */
    uint64_t checked_rows, checksum;
    struct lease_sample sample; /* … and it is looked at what it makes of these */
    bool remote; /* its worker is on another machine: a lost connection is nobody's death */
    bool said;   /* … and says that some of it is committed, which the history has not told yet */
    bool uncounted;    /* its rows are to be counted before it is given out */
    unsigned far_ends; /* connections that ended while it was read over there */
    struct refusers refusers;
    int64_t lowest_from; /* since when a worker elsewhere holds it as the lowest; 0: it does not */
};

struct lease_book {
    struct lease items[LEASES_MAX]; /* in id order, without gaps between them */
    size_t count;
    uint64_t numbers; /* the last one used */
    int64_t next_id;  /* all below is committed, the history says */
    bool far_alone;   /* all are read elsewhere */
    size_t places;    /* leases that each worker may hold, at most LEASE_PLACES */
};

/* Numbers begin after `after`, so that those of an earlier incarnation stay unknown. */
void lease_book_init(struct lease_book *b, uint64_t after);
void lease_book_clear(struct lease_book *b);
size_t lease_book_room(const struct lease_book *b); /* ranges that may be added */
/* Ranges are added in id order; asserts that there is room. */
void lease_book_add(struct lease_book *b, int64_t first_id, int64_t last_id, uint64_t rows);
/* What its rows are known by elsewhere; of the range added last. */
void lease_book_add_check(struct lease_book *b, uint64_t rows, uint64_t checksum,
                          const struct lease_sample *sample);
/* The same for rows that cannot be read. */
void lease_book_add_damaged(struct lease_book *b, int64_t first_id, int64_t last_id);
/* The lowest range; NULL if there is none. */
const struct lease *lease_book_lowest(const struct lease_book *b);

/* Each of so many workers may hold its share of what is given out, and the lowest. */
void lease_book_share(struct lease_book *b, size_t workers);
/* The lowest free range for this place of the worker; the one it holds already, if any; NULL if
 * there is none to give. Its last place is for the lowest range of all, unless it holds that one:
 * batches wait for the lowest, so were every worker full of higher ones when the holder of the
 * lowest ends, nobody could take it. Valid until the book changes. */
const struct lease *lease_book_grant(struct lease_book *b, const char *worker, uint64_t slot,
                                     int64_t now_ms);
/* How many it holds whose rows it has not said to be delivered. */
size_t lease_book_held(const struct lease_book *b, const char *worker);
/* Did it say that it reads one now? */
bool lease_book_reads(const struct lease_book *b, const char *worker);
/* NULL if this worker does not hold it. */
const struct lease *lease_book_of(const struct lease_book *b, uint64_t number, const char *worker);
/* The worker lives, holds these leases, and reads the one numbered `reading` (0: none). What it
 * does not name it never heard of, or has done with: that runs out. */
void lease_book_renew(struct lease_book *b, const char *worker, const struct held_lease *held,
                      size_t held_count, uint64_t reading, int64_t now_ms);

/* The lease is committed up to last_id; what is left of it can be given out. False if unknown. */
bool lease_book_done(struct lease_book *b, uint64_t number, int64_t last_id, uint64_t rows_left);
/* The lease is committed up to last_id, and its worker has more to say about the rest. */
void lease_book_shorten(struct lease_book *b, uint64_t number, int64_t last_id, uint64_t rows_left);
/* Everything below next_id is committed, whoever did it. A range that is committed in part stays
 * whole, since nobody has counted the rows of the rest: whoever reads it hears how far it is. */
void lease_book_committed(struct lease_book *b, int64_t next_id);

/* ---- workers on other machines, of whose words none is believed before the history says it ----
 */

/* As lease_book_grant: only ranges that were checked, and not `many`: one for all of a key, and the
 * lowest where nobody holds it, for which what it has waits. */
const struct lease *lease_book_grant_remote(struct lease_book *b, const char *worker, uint64_t slot,
                                            bool many, int64_t now_ms);
/* It says that it has delivered some: the range waits for the history's word, LEASE_MS from the
 * last renewal at most. What is left of it is to be counted. */
void lease_book_said(struct lease_book *b, uint64_t number);
/* A range that is to be counted; NULL if none is. */
const struct lease *lease_book_uncounted(const struct lease_book *b);
void lease_book_counted(struct lease_book *b, int64_t first_id, uint64_t rows);
enum lease_fault {
    LEASE_FAULT_NONE,
    LEASE_FAULT_SILENT,    /* not renewed in time */
    LEASE_FAULT_IN_THE_WAY /* held the lowest range for too long, or said what is not so */
};
/* A worker elsewhere that is at fault, whose leases are taken back; to be asked until there is
 * none, before lease_book_expire. */
enum lease_fault lease_book_far_fault(struct lease_book *b, int64_t now_ms,
                                      char out_worker[static LEASE_WORKER_SIZE]);
/* Its worker has not got these rows: no try of reading them. */
void lease_book_decline(struct lease_book *b, uint64_t number);
/* The same: it has them, and cannot read or store them. */
void lease_book_refuse(struct lease_book *b, uint64_t number, enum err said);
/* It cannot be read elsewhere: whoever is here does. */
void lease_book_keep_here(struct lease_book *b, uint64_t number);
/* It is to read no more: all that processes of its key hold can be given out. */
void lease_book_far_gone(struct lease_book *b, const char *worker);
/* Has anybody else as much as it can hold, and read it all? It waits for what is below. */
bool lease_book_others_full(const struct lease_book *b, const char *worker, size_t places);
/* It was not read; returns how often that has happened to the range, 0 if the lease is unknown. */
unsigned lease_book_give_back(struct lease_book *b, uint64_t number);
/* The rows of the lease cannot be read. False if unknown. */
bool lease_book_damaged(struct lease_book *b, uint64_t number);

/* The worker is gone: its ranges can be given out. Returns the range that has now ended
 * LEASE_DEATHS_MAX workers while they read it, or NULL. */
const struct lease *lease_book_worker_gone(struct lease_book *b, const char *worker);
/* The same for every lease that was not renewed in time. */
const struct lease *lease_book_expire(struct lease_book *b, int64_t now_ms);

#endif

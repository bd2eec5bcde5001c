/* SPDX-License-Identifier: MIT
 * batches.h - the actor's own state, and its side of the batches. */
#ifndef PLAYBUS_ACTORS_HISTORY_BATCHES_H
#define PLAYBUS_ACTORS_HISTORY_BATCHES_H

#include "actors/history/active_jobs.h"
#include "actors/history/doubts.h"
#include "actors/history/far_keys.h"
#include "actors/history/queries.h"
#include "proto/bus/actor.h"

enum { INSTANCE_SIZE = 130 };

struct history_actor {
    struct history *h;                  /* owned */
    sqlite3 *reader_dbs[READING_LANES]; /* owned; each used by its reading thread alone */
    struct undo_figures *undo_figures;  /* owned; of the long one */
    struct found_titles *found_titles;  /* the same */
    struct outbox_relay *relay;         /* owned */
    struct doubts doubts;               /* of batches by workers on other machines */
    struct far_keys far_keys;           /* what is held against these */
    bool commit_due;                    /* a timer will commit what waits */
    bool pause_due;                     /* a timer will look for whose turn it is */
    bool own_due;                       /* a timer will go on with a job of our own */
    bool take_back_due;                 /* a timer will go on taking a job back */
    bool follow_due;                    /* a timer will take plays into the index */
    bool follow_failed;                 /* the last time it did not work, which was logged */
    char coordinators[operation_COUNT][INSTANCE_SIZE]; /* instance that is up; empty: away */
};

struct history *history_of(struct actor *a);
/* Tells everybody where this job stands. */
void history_publish(struct actor *a, struct active_job *active);

/* Handles batch.commit; the answer comes after the commit. */
enum err batches_take(struct actor *a, const struct msg *m);
/* Handles worker.gone. */
enum err batches_worker_gone(struct actor *a, const struct msg *m);
/* Commits what waits for something else than a batch. */
void batches_go_on(struct actor *a);
/* What its coordinator seals leases with; NULL data: nothing new. */
void batches_keep_key(struct active_job *active, struct bytes key);
/* Answers all that wait for this job: it goes on without them. */
void batches_refuse(struct actor *a, struct active_job *active, enum err code);

#endif

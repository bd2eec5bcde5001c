/* SPDX-License-Identifier: MIT
 * told.h - the audit log is told of every job that ends, whoever ended it: the entry is written in
 * the transaction that ends the job and delivered by history itself, so it works while the gateway
 * or playbus-audit are away. Its entry_id is made of job and attempt: one end is one entry. */
#ifndef PLAYBUS_ACTORS_HISTORY_TOLD_H
#define PLAYBUS_ACTORS_HISTORY_TOLD_H

#include "actors/history/jobs.h"
#include "proto/bus/actor.h"

/* Within the transaction that writes an ended job. */
enum err told_end(struct store *s, const struct job *job) NODISCARD;

/* In the loop, each second: delivers what waits, if anything does. */
struct teller {
    struct store *store; /* borrowed */
    struct arena *arena; /* owned: of the delivery under way; NULL: none */
    struct audit_record record;
};
void teller_look(struct teller *teller, struct actor *a);
void teller_release(struct teller *teller);

#endif

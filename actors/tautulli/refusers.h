/* SPDX-License-Identifier: MIT
 * refusers.h - who of other machines said that a range cannot be read or stored, a lie or not.
 *
 * Where nobody else reads, such a range would go round for ever. One worker alone is never
 * believed: several are, or all that are there, or those that found nobody to contradict them in
 * many tries. Each key counts once, however often it says so and however many processes it has; a
 * connection that is lost says nothing. */
#ifndef PLAYBUS_ACTORS_TAUTULLI_REFUSERS_H
#define PLAYBUS_ACTORS_TAUTULLI_REFUSERS_H

#include <stdbool.h>
#include <stddef.h>

#include "actors/shared/worker_key.h"
#include "proto/base/error.h"

#define REFUSERS_MAX 3  /* keys: as many as local workers that a range may end */
#define REFUSERS_MIN 2  /* where nobody else is there, … */
#define REFUSALS_MAX 10 /* … or they have said it so often */

struct refusers {
    char keys[REFUSERS_MAX][WORKER_KEY_SIZE];
    size_t count;
    unsigned times; /* all of them */
    enum err said;  /* by the last */
};

void refusers_add(struct refusers *r, const char *worker, enum err said);
bool refusers_have(const struct refusers *r, const char *worker);
/* It is to be believed; `others` are there that have not refused. */
bool refusers_suffice(const struct refusers *r, size_t others);

#endif

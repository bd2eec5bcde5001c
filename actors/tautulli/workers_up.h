/* SPDX-License-Identifier: MIT
 * workers_up.h - the import workers that are up, as far as they are remembered. Those of this
 * machine have places of their own: however many come from elsewhere, a worker here is known. */
#ifndef PLAYBUS_ACTORS_TAUTULLI_WORKERS_UP_H
#define PLAYBUS_ACTORS_TAUTULLI_WORKERS_UP_H

#include <stdbool.h>
#include <stddef.h>

#include "actors/tautulli/lease.h"

#define WORKERS_MAX \
    64 /* remembered here, as many as import.workers allows, and as many elsewhere */

struct workers_up {
    char names[2 * WORKERS_MAX][LEASE_WORKER_SIZE];
    size_t count;
};

/* Twice is harmless. */
void workers_up_add(struct workers_up *w, const char *name);
void workers_up_remove(struct workers_up *w, const char *name);

#endif

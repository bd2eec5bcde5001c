/* SPDX-License-Identifier: MIT
 * wal.h - the -wal of history.db stays small, or says who keeps it from that.
 *
 * Another program that leaves a read transaction open keeps SQLite from beginning the -wal anew: it
 * grows with all that is written. That is told while it lasts, and the room is given back then. */
#ifndef PLAYBUS_ACTORS_HISTORY_WAL_H
#define PLAYBUS_ACTORS_HISTORY_WAL_H

#include "actors/history/active_jobs.h"

/* Every second: checks the size, tells in the log and in the `notice` of all jobs, truncates. */
void wal_check(struct history *h);
void wal_release(struct wal_watch *w); /* after the database was closed */

#endif

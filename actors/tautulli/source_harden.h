/* SPDX-License-Identifier: MIT
 * source_harden.h - a connection to somebody else's file, and to hostile input. */
#ifndef PLAYBUS_ACTORS_TAUTULLI_SOURCE_HARDEN_H
#define PLAYBUS_ACTORS_TAUTULLI_SOURCE_HARDEN_H

#include <sqlite3.h>

/* What the connection is asked from now on can read Tautulli's tables and nothing else. It ends
 * with SQLITE_INTERRUPT once `out_of_time` says anything but 0. */
void source_harden(sqlite3 *db, int (*out_of_time)(void *), void *context);

#endif

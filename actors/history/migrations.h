/* SPDX-License-Identifier: MIT
 * migrations.h - the numbered steps from an empty file to the newest history.db. */
#ifndef PLAYBUS_ACTORS_HISTORY_MIGRATIONS_H
#define PLAYBUS_ACTORS_HISTORY_MIGRATIONS_H

#include <sqlite3.h>
#include <stddef.h>

#include "proto/base/error.h"
#include "proto/base/own.h"

/* Brings the file at `path`, open as `db`, to the newest version. A file written by a newer Playbus
 * is STORE_NEWER and stays untouched. A file that holds something is first copied to
 * `<path>.before-<version>`; a step is one transaction, so a kill between two leaves a valid file.
 */
enum err migrations_run(sqlite3 *db, const char *path) NODISCARD;
/* The same with steps of one's own; step i leads from version i to i + 1. */
enum err migrations_apply(sqlite3 *db, const char *path, const char *const *steps,
                          size_t count) NODISCARD;

#endif

/* SPDX-License-Identifier: MIT
 * migrations.h - the numbered steps from an empty file to the newest history.db. */
#ifndef PLAYBUS_ACTORS_HISTORY_MIGRATIONS_H
#define PLAYBUS_ACTORS_HISTORY_MIGRATIONS_H

#include <sqlite3.h>

#include "proto/base/error.h"
#include "proto/base/own.h"

/* Brings the file at `path`, open as `db`, to the newest version, as migrations_apply says. */
enum err migrations_run(sqlite3 *db, const char *path) NODISCARD;

#endif

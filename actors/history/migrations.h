/* SPDX-License-Identifier: MIT
 * migrations.h - the numbered steps from an empty file to the newest history.db. */
#ifndef PLAYBUS_ACTORS_HISTORY_MIGRATIONS_H
#define PLAYBUS_ACTORS_HISTORY_MIGRATIONS_H

#include <sqlite3.h>

#include "proto/base/error.h"
#include "proto/base/own.h"

/* Opens or makes history.db at `path` in its newest version, as store_file_open says. */
enum err migrations_open(const char *path, const char *pragmas, sqlite3 **out) NODISCARD;

#endif

/* SPDX-License-Identifier: MIT
 * migrate_versions.h - the part of the third step of history.db that is no SQL. */
#ifndef PLAYBUS_ACTORS_HISTORY_MIGRATE_VERSIONS_H
#define PLAYBUS_ACTORS_HISTORY_MIGRATE_VERSIONS_H

#include <sqlite3.h>

#include "proto/base/error.h"
#include "proto/base/own.h"

/* Values that jobs filled in (play_changes) become versions of their rows, run-lists over row ids
 * of the source become run-lists over our numbers, and sources that are one become families. */
enum err migrate_versions(sqlite3 *db) NODISCARD;

#endif

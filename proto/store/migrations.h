/* SPDX-License-Identifier: MIT
 * migrations.h - brings a database from an empty file to its newest version, step by step. */
#ifndef PLAYBUS_PROTO_STORE_MIGRATIONS_H
#define PLAYBUS_PROTO_STORE_MIGRATIONS_H

#include <sqlite3.h>
#include <stddef.h>

#include "proto/base/error.h"
#include "proto/base/own.h"

/* While a database is brought to its newest version, its name here stands in a file with the number
 * of the process that does it: that takes as long as the database is large. */
#define MIGRATION_MARK "run/migrating.%s"
#define MIGRATION_MARK_SIZE 80

/* By stores.def; how many steps there are is checked where they are. */
enum {
#define STORE(name, file, version) STORE_VERSION_##name = (version),
#include "proto/store/stores.def"
#undef STORE
};

/* What leads from one version to the next: the SQL first, then the function; both may be NULL. */
struct migration {
    const char *sql;
    enum err (*run)(sqlite3 *db);
};

/* Brings the file at `path`, open as `db`, to the newest version; step i leads from version i to
 * i + 1. A file written by a newer Playbus is STORE_NEWER and stays untouched. A file that holds
 * something is first copied to `<path>.before-<version>`; a step is one transaction, so a kill
 * between two leaves a valid file. */
enum err migrations_apply(sqlite3 *db, const char *path, const struct migration *steps,
                          size_t count) NODISCARD;

#endif

/* SPDX-License-Identifier: MIT
 * store_file.h - opens one of our databases as its only writer, or says what is wrong with it.
 *
 * A database that is made for the first time leaves a mark beside it, `<path>.made`. With it a file
 * that is empty or gone is told apart from one that never was, and is not silently made anew. */
#ifndef PLAYBUS_PROTO_STORE_STORE_FILE_H
#define PLAYBUS_PROTO_STORE_STORE_FILE_H

#include "proto/store/migrations.h"

#define STORE_MARK_SUFFIX ".made"

/* Opens `path`, sets `pragmas` and brings it to its newest version. STORE_DAMAGED: no database, or
 * none of ours; STORE_LOST: empty or gone though it was in use; STORE_NEWER; err_about_text() names
 * the file. */
enum err store_file_open(const char *path, const char *pragmas, const struct migration *steps,
                         size_t count, sqlite3 **out) NODISCARD;
/* Accepts NULL. The -wal stays, empty, and so does the -shm: a confined process may write to the
 * files of its database, and not remove any beside them. */
void store_file_close(sqlite3 **db);

#endif

/* SPDX-License-Identifier: MIT
 * source_vfs.h - SQLite's only way to a source and to a copy of one: three names in one folder.
 *
 * Nothing in a database, -wal or -journal can make it touch another file, whatever names they hold;
 * and no file is mapped, so one that is cut off while it is read gives an error and no SIGBUS. */
#ifndef PLAYBUS_ACTORS_TAUTULLI_SOURCE_VFS_H
#define PLAYBUS_ACTORS_TAUTULLI_SOURCE_VFS_H

#include <sqlite3.h>
#include <stdint.h>

#include "actors/tautulli/source_place.h"

enum vfs_use {
    VFS_IMMUTABLE, /* is read, and nobody writes it */
    VFS_LIVE,      /* is read with its newest rows while others write; needs its -wal and -shm */
    VFS_PRIVATE,   /* a copy of our own, written by nobody else */
};

/* SQLite's result; *out NULL on failure. No file of a private copy grows beyond `bytes_max`. */
int source_vfs_open(const struct place *place, enum vfs_use use, uint64_t bytes_max,
                    sqlite3 **out) NODISCARD;
void source_vfs_close(sqlite3 **db); /* cleanup for OWNED; every statement is finalized */

#endif

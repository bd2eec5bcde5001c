/* SPDX-License-Identifier: MIT
 * source_place.h - where a file lies: its folder, held open, and its name there. What is resolved
 * once stays resolved: a folder that is swapped for a link afterwards leads nowhere else. */
#ifndef PLAYBUS_ACTORS_TAUTULLI_SOURCE_PLACE_H
#define PLAYBUS_ACTORS_TAUTULLI_SOURCE_PLACE_H

#include <limits.h>
#include <stdbool.h>

#include "proto/base/own.h"

struct place {
    int folder; /* -1: none */
    char name[NAME_MAX + 1];
};

#define PLACE_NONE ((struct place){.folder = -1})

/* `path` is absolute and has no links in it. 0 or an errno: ENOTDIR for a link or a file where a
 * folder was. */
int place_open(const char *path, struct place *out) NODISCARD;
void place_release(struct place *p); /* cleanup for OWNED */

/* The regular file of that name with `suffix` behind it, to be read: a descriptor, or -1 and errno.
 * Follows no link and waits for nobody; EINVAL for a folder, FIFO, socket or device. */
int place_file(const struct place *p, const char *suffix) NODISCARD;
/* A file of our own there, to be written: made if need be, and emptied if `anew`. */
int place_make(const struct place *p, const char *suffix, bool anew) NODISCARD;
/* `out` has room for PLACE_NAME bytes. */
#define PLACE_NAME (NAME_MAX + 16)
const char *place_name(const struct place *p, const char *suffix, char *out);

/* One folder after the other from the root, none of them a link: a descriptor, or -1 and errno. */
int folder_open(const char *path) NODISCARD;

#endif

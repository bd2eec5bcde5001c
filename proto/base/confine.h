/* SPDX-License-Identifier: MIT
 * confine.h - shuts a process out of all files but those that are named, for good: by Landlock, of
 * Linux 5.13 and later. Threads and programs that it starts afterwards are shut out as well; files
 * that are open already stay usable. To be entered before the first thread is started. */
#ifndef PLAYBUS_PROTO_BASE_CONFINE_H
#define PLAYBUS_PROTO_BASE_CONFINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/base/error.h"

/* What may be done to a file, or to all that is and will be below a folder. */
enum confine_access {
    CONFINE_LIST = 1,    /* see which names a folder has */
    CONFINE_READ = 2,    /* read files, and list folders */
    CONFINE_WRITE = 4,   /* write to files that are there */
    CONFINE_NAMES = 8,   /* make, rename and remove files and folders */
    CONFINE_SOCKETS = 16 /* make sockets, and remove them */
};

struct confinement {
    int ruleset;       /* -1: the kernel has no Landlock */
    uint64_t rights;   /* all that it can take away */
    const char *apart; /* borrowed; a folder that no other path opens, see confine_allow_around */
};

/* `apart` is absolute and without links. */
enum err confine_open(struct confinement *c, const char *apart) NODISCARD;
void confine_close(struct confinement *c);
/* Allows `access` (of enum confine_access) to a path; one that is not there is passed over. */
enum err confine_allow(struct confinement *c, const char *path, unsigned access) NODISCARD;
/* The same for an absolute path, without what lies in the folder `apart`. Where that is below the
 * path, what is beside the way to it is allowed as it is now: files that come later into a folder
 * on that way are not. */
enum err confine_allow_around(struct confinement *c, const char *path, unsigned access) NODISCARD;
/* From here on nothing else can be opened. False in `out_confined`: the kernel has no Landlock. */
enum err confine_enter(struct confinement *c, bool *out_confined) NODISCARD;

#endif

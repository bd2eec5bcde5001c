/* SPDX-License-Identifier: MIT
 * folders.h - the libraries of a Jellyfin or Emby server, and which one an item is of: none of them
 * is told with an item, but the folders of each library are, and where an item's file lies. */
#ifndef PLAYBUS_ACTORS_SERVER_SYNC_JELLYFIN_FOLDERS_H
#define PLAYBUS_ACTORS_SERVER_SYNC_JELLYFIN_FOLDERS_H

#include <jansson.h>

#include "proto/schema/schema.h"
#include "proto/wire/arena.h"

enum { FOLDERS_MAX = 1000, LIBRARIES_MAX = 200 };

struct folders {
    struct library *libraries; /* in the arena, as what follows */
    size_t library_count;
    struct folder {
        const char *path; /* without a separator at its end */
        size_t size;
        const struct library *of;
    } * items;
    size_t count;
};

/* From the server's list; what is no library is passed over. NULL: there are none. */
void folders_take(struct folders *f, const json_t *list, const char *server_id,
                  struct arena *arena);
/* The library of the innermost folder that a file is in; NULL: none. */
const struct library *folders_library(const struct folders *f, const char *path);

#endif

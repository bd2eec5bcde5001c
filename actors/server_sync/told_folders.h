/* SPDX-License-Identifier: MIT
 * told_folders.h - what a Jellyfin or Emby server last said of its libraries, in servers.db: while
 * it cannot be asked its plays are told with the library that they had, and so are no other ones.
 */
#ifndef PLAYBUS_ACTORS_SERVER_SYNC_TOLD_FOLDERS_H
#define PLAYBUS_ACTORS_SERVER_SYNC_TOLD_FOLDERS_H

#include <jansson.h>

#include "actors/server_sync/servers.h"

/* Of the server `id`, which said that it is `identity`. What it told as before is not written;
 * what is too much is not kept, and neither is what it told before that. */
enum err told_folders_keep(struct servers *s, const char *id, const char *identity,
                           const json_t *folders) NODISCARD;
/* Owned by the caller; NULL: it never told, or that cannot be read. */
json_t *told_folders_read(struct servers *s, const char *id, const char *identity);

#endif

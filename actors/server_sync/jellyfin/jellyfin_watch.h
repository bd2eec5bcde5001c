/* SPDX-License-Identifier: MIT
 * jellyfin_watch.h - asks a Jellyfin or Emby server again and again what is being played there, and
 * keeps what has ended until a sync has stored it. What it saw goes with the process: the server's
 * other records tell of most of it. */
#ifndef PLAYBUS_ACTORS_SERVER_SYNC_JELLYFIN_JELLYFIN_WATCH_H
#define PLAYBUS_ACTORS_SERVER_SYNC_JELLYFIN_JELLYFIN_WATCH_H

#include "actors/server_sync/jellyfin/sessions.h"
#include "actors/server_sync/sync.h"

struct jellyfin_watch;

/* NULL: servers of that kind are not watched, or none is. */
struct jellyfin_watch *jellyfin_watch_open(struct actor *a, struct sync *sync);
void jellyfin_watch_close(struct jellyfin_watch **watch);

/* NULL of NULL. */
const struct told_list *jellyfin_watch_ended(const struct jellyfin_watch *watch);
/* The first ones of these. */
void jellyfin_watch_stored(struct jellyfin_watch *watch, size_t count);

#endif

/* SPDX-License-Identifier: MIT
 * watch.h - asks a server again and again what is being played there, where its kind can be asked.
 * What it sees lies in servers.db (watched_plays.h), from where the next sync takes what has ended:
 * the process may be killed anywhere, and the one after it goes on watching. */
#ifndef PLAYBUS_ACTORS_SERVER_SYNC_WATCH_WATCH_H
#define PLAYBUS_ACTORS_SERVER_SYNC_WATCH_WATCH_H

#include "actors/server_sync/sync.h"

struct watch;

/* NULL: servers of that kind are not watched, or none is. */
struct watch *watch_open(struct actor *a, struct sync *sync);
void watch_close(struct watch **watch);

#endif

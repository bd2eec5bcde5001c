/* SPDX-License-Identifier: MIT
 * syncs.h - the continuous syncs of all servers, side by side: one never waits for another. */
#ifndef PLAYBUS_ACTORS_SERVER_SYNC_SYNCS_H
#define PLAYBUS_ACTORS_SERVER_SYNC_SYNCS_H

#include "actors/server_sync/sync.h"

struct syncs;

struct syncs *syncs_open(struct actor *a, struct http_client *client, struct servers *servers);
void syncs_close(struct syncs **syncs); /* when the threads have ended, before the client */

/* Answers a server.sync. SERVER_NOT_FOUND, SERVER_DISABLED, SERVER_TOKEN_MISSING, SERVER_NOT_SYNCED
 * where nothing reads its kind; the history says what is in the way. */
enum err syncs_start(struct syncs *syncs, const struct msg *m) NODISCARD;
/* Answers server.sync_stop: SERVER_NOT_FOUND, NOT_RUNNING. */
enum err syncs_stop(struct syncs *syncs, const struct msg *m) NODISCARD;
/* How the sync of this server stands: completes what servers.db told of it. */
void syncs_view(struct syncs *syncs, struct server_view *server);
void syncs_on_progress(struct syncs *syncs, const struct sync_progress *e);
void syncs_history_is_up(struct syncs *syncs);

#endif

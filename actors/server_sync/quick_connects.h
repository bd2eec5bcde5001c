/* SPDX-License-Identifier: MIT
 * quick_connects.h - Jellyfin servers that are being added by Quick Connect: one of each session or
 * token.
 *
 * The secret of a code and the token it is exchanged for are in guarded memory alone. The secret is
 * wiped with the exchange; the token, when the server was added. One that comes to nothing, is
 * given up or left lying for ten minutes is ended on the server. */
#ifndef PLAYBUS_ACTORS_SERVER_SYNC_QUICK_CONNECTS_H
#define PLAYBUS_ACTORS_SERVER_SYNC_QUICK_CONNECTS_H

#include "actors/server_sync/servers.h"
#include "actors/shared/http_client.h"

struct quick_connects;

/* What is given is borrowed, until the end. */
struct quick_connects *quick_connects_open(struct actor *a, struct http_client *client,
                                           struct servers *servers) NODISCARD;
/* Before the client is closed, which ends what is still asked. */
void quick_connects_close(struct quick_connects **all);

/* The handlers of these commands. */
enum err quick_connect_open(struct quick_connects *all, const struct msg *m) NODISCARD;
enum err quick_connect_show(struct quick_connects *all, const struct msg *m) NODISCARD;
enum err quick_connect_add(struct quick_connects *all, const struct msg *m) NODISCARD;
enum err quick_connect_close(struct quick_connects *all, const struct msg *m) NODISCARD;

#endif

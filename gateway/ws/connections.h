/* SPDX-License-Identifier: MIT
 * connections.h - the registry of open sockets: one connection a socket, of one session or token.
 * It ends with that, or when that loses the role it had or is for other persons. */
#ifndef PLAYBUS_GATEWAY_WS_CONNECTIONS_H
#define PLAYBUS_GATEWAY_WS_CONNECTIONS_H

#include <stdbool.h>

#include "gateway/access/access.h"

#define CONNECTIONS_EACH_MAX 20 /* of one session or token */

struct connections;
struct connection;

struct connections *connections_new(struct access *access) NODISCARD;
/* No other thread may use them any more. */
void connections_destroy(struct connections **connections);

/* Any thread. */
bool connections_have_room(struct connections *connections, const struct caller *caller);
struct connection *connection_add(struct connections *connections,
                                  const struct caller *caller) NODISCARD;

/* The thread that serves the sockets. */
void connection_remove(struct connections *connections, struct connection *connection);
void connection_set_socket(struct connections *connections, struct connection *connection,
                           void *socket);
bool connection_is_of_admin(const struct connection *connection);
bool connection_has_ended(const struct connection *connection);
/* If a session or token has ended since the last call, and each second, for sessions end by the
 * clock too: marks the connections that have ended and calls `on_ended` with their sockets. */
void connections_check(struct connections *connections, void (*on_ended)(void *socket));

#endif

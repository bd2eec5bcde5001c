/* SPDX-License-Identifier: MIT
 * inbound.h - every byte that a client sends passes here before libmicrohttpd or libwebsockets gets
 * it. Neither has a hook for that, so this program has a recv(2) of its own, which both call (the
 * dynamic linker prefers a program's symbols to the C library's); sockets that are not watched here
 * are read as ever. Requests must be framed strictly (framing.h), WebSocket frames masked. */
#ifndef PLAYBUS_GATEWAY_GUARD_INBOUND_H
#define PLAYBUS_GATEWAY_GUARD_INBOUND_H

#include "proto/base/error.h"

enum inbound_kind { INBOUND_HTTP, INBOUND_WEBSOCKET };

/* Answers a request that cannot be passed on; its reader then sees the end of the connection. */
typedef void inbound_refuse_fn(int fd, enum err code, const char *why);

/* In the thread that reads the socket. `refuse` is of INBOUND_HTTP. */
void inbound_watch(int fd, enum inbound_kind kind, inbound_refuse_fn *refuse);
/* Before the descriptor is closed. */
void inbound_unwatch(int fd);

#endif

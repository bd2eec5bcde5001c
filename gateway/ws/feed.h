/* SPDX-License-Identifier: MIT
 * feed.h - the WebSocket side: a thread that adopts upgraded sockets and shows each client the
 * board. A client is a row of numbers (what it has seen), never a queue: its next message is
 * whatever is newest when its socket can be written, so a slow reader costs nothing and the last
 * push of a job is never lost. */
#ifndef PLAYBUS_GATEWAY_WS_FEED_H
#define PLAYBUS_GATEWAY_WS_FEED_H

#include <stdint.h>

#include "gateway/board.h"
#include "proto/base/error.h"
#include "proto/base/own.h"

#define FEED_CLIENTS_MAX 4096

struct feed;

/* The context sizes its tables by RLIMIT_NOFILE: raise that before. */
enum err feed_open(struct board *board, struct feed **out) NODISCARD;
/* Ends the thread and closes every client. */
void feed_close(struct feed **feed);

/* The two calls other threads may make. */
void feed_wake(struct feed *feed); /* the board changed */
/* Hands over a connected socket whose handshake is `head`. Takes `fd`: it is closed on BUSY too. */
enum err feed_adopt(struct feed *feed, int fd, const char *head, size_t size) NODISCARD;

struct feed_figures {
    uint64_t clients, accepted, pushed;
};
struct feed_figures feed_figures(struct feed *feed);

#endif

/* SPDX-License-Identifier: MIT
 * feed.h - the WebSocket side: a thread that adopts upgraded sockets and shows each client the
 * snapshot cache. A client is a row of numbers (what it has seen), never a queue: its next message
 * is whatever is newest when its socket can be written, so a slow reader costs nothing and the last
 * push of a job is never lost. */
#ifndef PLAYBUS_GATEWAY_WS_FEED_H
#define PLAYBUS_GATEWAY_WS_FEED_H

#include <stdbool.h>
#include <stdint.h>

#include "gateway/access/access.h"
#include "gateway/snapshot_cache.h"
#include "proto/base/error.h"
#include "proto/base/own.h"

#define FEED_CLIENTS_MAX 4096

struct feed;

/* The context sizes its tables by RLIMIT_NOFILE: raise that before. */
enum err feed_open(struct snapshot_cache *cache, struct access *access,
                   struct feed **out) NODISCARD;
/* Ends the thread and closes every client. */
void feed_close(struct feed **feed);

/* The calls other threads may make. */
void feed_wake(struct feed *feed); /* the snapshot cache changed */
/* Any thread: accounts may have changed; sockets whose session or token was ended close at once. */
void feed_recheck(struct feed *feed);
bool feed_has_room_for(struct feed *feed, const struct caller *caller);
/* Hands over a connected socket whose handshake is `head`. Takes `fd`: it is closed on BUSY too. It
 * is closed with 4401 when the caller's session or token ends or loses its role. */
enum err feed_adopt(struct feed *feed, int fd, const char *head, size_t size,
                    const struct caller *caller) NODISCARD;

struct feed_figures {
    uint64_t clients, accepted, pushed;
};
struct feed_figures feed_figures(struct feed *feed);

#endif

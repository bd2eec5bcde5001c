/* SPDX-License-Identifier: MIT
 * strangers.h - how many connections an address may open that end up saying nothing with a key
 * that is known. One that opens more is not heard for a while: the kernel drops what would begin a
 * connection, by a filter on the listening socket, so that a flood costs neither a handshake nor a
 * wakeup. Connections that are open go on; a connection that turns out to be a worker's counts
 * for nothing. Where all addresses together open too many, only those of workers are heard. */
#ifndef PLAYBUS_ACTORS_DOOR_STRANGERS_H
#define PLAYBUS_ACTORS_DOOR_STRANGERS_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "proto/base/error.h"

#define STRANGERS_MAX 64
#define STRANGERS_FILTER_MAX (STRANGERS_MAX * 5 + 8) /* instructions */

/* Connections at once and how fast that grows again, of one address and of all. */
enum {
    STRANGERS_OF_ONE = 64,
    STRANGERS_OF_ONE_PER_S = 4,
    STRANGERS_OF_ALL = 100,
    STRANGERS_OF_ALL_PER_S = 50,
    STRANGERS_SHUT_MS = 10000, /* one that opens too many */
    STRANGERS_ALL_SHUT_MS = 1000
};

/* An IPv4 address, or the network of an IPv6 one, of which each household has as many as it likes.
 */
struct origin {
    bool six;
    uint32_t words[2]; /* in the machine's order */
};

struct connection_budget {
    int64_t left;
    int64_t counted_ms; /* monotonic: of `left`; 0: nothing has come yet */
    int64_t shut_until_ms;
    bool shut;
};

struct stranger {
    struct origin origin;
    struct connection_budget budget;
    bool of_worker; /* a known key spoke from there */
};

struct strangers {
    struct stranger items[STRANGERS_MAX];
    size_t count;
    struct connection_budget all;
    bool changed;   /* the filter is to be set anew */
    uint64_t times; /* an address, or all, was shut; counter */
};

/* A connection was accepted; `peer` may be NULL: it has gone already, and nobody knows whose. */
void strangers_came(struct strangers *s, const struct sockaddr_storage *peer, int64_t now_ms);
/* It is a worker's, after all. */
void strangers_forgive(struct strangers *s, const struct sockaddr_storage *peer, int64_t now_ms);
/* From time to time: whose time is over is heard again. */
void strangers_tick(struct strangers *s, int64_t now_ms);
/* The filter for the listening socket as it is to be now; returns its length. */
size_t strangers_filter(const struct strangers *s,
                        struct sock_filter out[static STRANGERS_FILTER_MAX]);
/* Sets it. */
enum err strangers_apply(struct strangers *s, int listening) NODISCARD;

#endif

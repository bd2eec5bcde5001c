/* SPDX-License-Identifier: MIT
 * seats.h - by whose leave each socket is open: one seat a socket, of one session or token, until
 * that ends or loses the role it had. */
#ifndef PLAYBUS_GATEWAY_WS_SEATS_H
#define PLAYBUS_GATEWAY_WS_SEATS_H

#include <stdbool.h>

#include "gateway/access/access.h"

#define SEATS_EACH_MAX 20 /* of one session or token */

struct seats;
struct seat;

struct seats *seats_new(struct access *access) NODISCARD;
/* No other thread may use them any more. */
void seats_destroy(struct seats **seats);

/* Any thread. */
bool seats_free_for(struct seats *seats, const struct caller *caller);
struct seat *seat_take(struct seats *seats, const struct caller *caller) NODISCARD;

/* The thread that serves the sockets. */
void seat_leave(struct seats *seats, struct seat *seat);
void seat_set_socket(struct seats *seats, struct seat *seat, void *socket);
bool seat_has_ended(const struct seat *seat);
/* If a session or token has ended since the last call, and each second, for sessions end by the
 * clock too: marks the seats that lost their leave and calls `on_ended` with their sockets. */
void seats_look(struct seats *seats, void (*on_ended)(void *socket));

#endif

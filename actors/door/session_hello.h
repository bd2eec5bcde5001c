/* SPDX-License-Identifier: MIT
 * session_hello.h - what makes a worker's process a peer of the broker's, known there before
 * anything that it asks. */
#ifndef PLAYBUS_ACTORS_DOOR_SESSION_HELLO_H
#define PLAYBUS_ACTORS_DOOR_SESSION_HELLO_H

#include "actors/door/sessions.h"

/* What the broker is told of it, as a new message. */
enum err session_hello(struct session *s, zmq_msg_t *out_body) NODISCARD;
/* Tells it that; its worker's own hello may wait behind a batch. False: it could not be sent. */
bool session_say_hello(struct session *s);
/* The broker hears of it before it hears what it asks, by the same socket: else nobody would be
 * told of the end of one that takes leases at once. False: the broker is away. */
bool session_greet(struct session *s);

#endif

/* SPDX-License-Identifier: MIT
 * handshake.h - checks a WebSocket handshake and writes the head that libwebsockets is given in its
 * place, so that no byte of a stranger's HTTP ever reaches that parser. */
#ifndef PLAYBUS_GATEWAY_WS_HANDSHAKE_H
#define PLAYBUS_GATEWAY_WS_HANDSHAKE_H

#include <stddef.h>

#include "gateway/guard/head.h"

#define HANDSHAKE_HEAD_SIZE 256

/* RFC 6455 section 4.2.1. NULL if it can be accepted, else a sentence that says why not. */
const char *handshake_flaw(const struct head *head, const struct head_facts *facts);
/* The synthetic head for a handshake without a flaw: no extensions, no subprotocol. Returns its
 * size. */
size_t handshake_head(const struct head *head, char out[static HANDSHAKE_HEAD_SIZE]);

#endif

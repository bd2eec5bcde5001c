/* SPDX-License-Identifier: MIT
 * listen.h - the one port, and the note that says where it is. */
#ifndef PLAYBUS_GATEWAY_LISTEN_H
#define PLAYBUS_GATEWAY_LISTEN_H

#include <stdint.h>

#include "proto/base/error.h"
#include "proto/base/own.h"

#define ADDRESS_SIZE 80

struct listen_place {
    int socket;
    uint16_t port;              /* the real one, where 0 was asked for */
    char address[ADDRESS_SIZE]; /* host:port as it stands in a URL */
};

/* `setting` is host:port with a loopback address, [v6]:port or localhost:port. Anything else is
 * BAD_SETTING, and the log says why. */
enum err listen_open(const char *setting, struct listen_place *out) NODISCARD;
/* Writes run/gateway.address, whole or not at all, readable by the service's user alone. */
enum err listen_publish(const struct listen_place *place) NODISCARD;
void listen_withdraw(void);

#endif

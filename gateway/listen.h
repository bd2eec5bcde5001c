/* SPDX-License-Identifier: MIT
 * listen.h - the one port, and the note that says where it is. */
#ifndef PLAYBUS_GATEWAY_LISTEN_H
#define PLAYBUS_GATEWAY_LISTEN_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/base/config.h"
#include "proto/base/error.h"
#include "proto/base/own.h"

#define ADDRESS_SIZE 80

struct listen_place {
    int socket;
    uint16_t port;              /* the real one, where 0 was asked for */
    char address[ADDRESS_SIZE]; /* host:port as it stands in a URL */
    bool plain_lan;             /* reachable beyond this machine without TLS, as allowed */
};

/* gateway.listen is ADDRESS:port, [v6]:port or localhost:port. Beyond loopback only behind a proxy
 * (gateway.public_url and gateway.trusted_proxies) or with gateway.allow_plain_lan; anything else
 * is BAD_SETTING, and the log says what to do. */
enum err listen_open(const struct config *config, struct listen_place *out) NODISCARD;
/* Writes run/gateway.address, whole or not at all, readable by the service's user alone. */
enum err listen_publish(const struct listen_place *place) NODISCARD;
void listen_withdraw(void);

#endif

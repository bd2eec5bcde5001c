/* SPDX-License-Identifier: MIT
 * listen.h - the one port, and the note that says where it is. */
#ifndef PLAYBUS_GATEWAY_LISTEN_H
#define PLAYBUS_GATEWAY_LISTEN_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/base/config.h"
#include "proto/base/endpoint.h"
#include "proto/base/error.h"
#include "proto/base/own.h"

struct listen_place {
    int socket;
    uint16_t port;                    /* the real one, where 0 was asked for */
    char address[ENDPOINT_TEXT_SIZE]; /* as it stands in a URL */
    bool plain_lan;                   /* reachable beyond this machine without TLS, as allowed */
};

/* Opens what endpoint_from_settings allows, and writes the note of it aside. */
enum err listen_open(const struct config *config, struct listen_place *out) NODISCARD;
/* Puts the note in place, run/gateway.address; who may read it is as with run/cli.token. */
enum err listen_publish(void) NODISCARD;
void listen_withdraw(void);

#endif

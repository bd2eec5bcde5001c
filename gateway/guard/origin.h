/* SPDX-License-Identifier: MIT
 * origin.h - under which names the gateway may be spoken to: the loopback names with its own port,
 * and gateway.public_url. A page that points its own name at 127.0.0.1 (DNS rebinding) meets 421, a
 * page of another origin 403. */
#ifndef PLAYBUS_GATEWAY_GUARD_ORIGIN_H
#define PLAYBUS_GATEWAY_GUARD_ORIGIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/base/error.h"
#include "proto/base/own.h"

struct origins {
    uint16_t port;         /* of the listening socket */
    char public_scheme[8]; /* http or https; empty if there is no public_url */
    char public_host[256];
    uint16_t public_port;
};

/* `public_url` is empty or scheme://host[:port][/]; anything else is BAD_SETTING. */
enum err origins_init(struct origins *o, uint16_t port, const char *public_url) NODISCARD;
bool origins_host_allowed(const struct origins *o, const char *host, size_t size);
bool origins_origin_allowed(const struct origins *o, const char *origin, size_t size);

#endif

/* SPDX-License-Identifier: MIT
 * origin.h - under which names the gateway may be spoken to: the loopback names with its own port,
 * gateway.public_url, and on a plain LAN this machine's name and any IP address. A page that points
 * its own name at 127.0.0.1 (DNS rebinding) meets 421, a page of another origin 403. */
#ifndef PLAYBUS_GATEWAY_GUARD_ORIGIN_H
#define PLAYBUS_GATEWAY_GUARD_ORIGIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/guard/address.h"
#include "gateway/guard/head.h"
#include "proto/base/error.h"
#include "proto/base/own.h"

#define LAN_HOSTS_MAX 8

struct origins {
    uint16_t port;         /* of the listening socket */
    char public_scheme[8]; /* http or https; empty if there is no public_url */
    char public_host[256];
    uint16_t public_port;
    char machine[256]; /* its name, with gateway.allow_plain_lan; "": loopback names only */
    struct lan_host {
        char host[256];
        uint16_t port;
    } lan[LAN_HOSTS_MAX]; /* of gateway.lan_hosts */
    size_t lan_count;
};

/* `plain_lan`: IP addresses and the machine's own name (bare and .local) with our port are names of
 * ours too; neither can be pointed elsewhere by a stranger. `public_url` is empty or
 * scheme://host[:port][/]; anything else is BAD_SETTING. */
enum err origins_init(struct origins *o, uint16_t port, const char *public_url,
                      bool plain_lan) NODISCARD;
/* Names of ours too: `setting` is gateway.lan_hosts, what people of the network type where a port
 * is forwarded to ours, as "nas.local:80 nas", separated by spaces. Else BAD_SETTING. */
enum err origins_add_lan(struct origins *o, const char *setting) NODISCARD;
bool origins_host_allowed(const struct origins *o, const char *host, size_t size);
/* Does it name `here`, to which the connection goes, and our own port? Whoever comes through a
 * forwarded port has typed another. */
bool origins_host_is(const struct origins *o, const char *host, size_t size,
                     const struct address *here);
/* Do browsers trust pages under this allowed name: over TLS, or from this machine? */
bool origins_host_trustworthy(const struct origins *o, const char *host, size_t size);
/* `host` is the allowed one of the same call: a page under one of our own names may call that name
 * alone, a page under gateway.public_url any. */
bool origins_origin_allowed(const struct origins *o, const struct head_line *origin,
                            const struct head_line *host);

#endif

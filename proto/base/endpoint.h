/* SPDX-License-Identifier: MIT
 * endpoint.h - an IP address and a port to listen at, as text and as the system wants it: what the
 * gateway binds, and what the command line looks at before. */
#ifndef PLAYBUS_PROTO_BASE_ENDPOINT_H
#define PLAYBUS_PROTO_BASE_ENDPOINT_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "proto/base/config.h"
#include "proto/base/error.h"
#include "proto/base/own.h"

#define ENDPOINT_TEXT_SIZE 80 /* "[::1]:65535" and longer ones, with the NUL */

struct endpoint {
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } at;
    socklen_t size;
};

/* ADDRESS:port, [v6]:port or localhost:port; BAD_SETTING for anything else. */
enum err endpoint_parse(const char *text, struct endpoint *out) NODISCARD;
/* gateway.listen. Beyond loopback only behind a proxy (gateway.public_url and
 * gateway.trusted_proxies) or with gateway.allow_plain_lan; anything else is BAD_SETTING, and the
 * log says what to do. */
enum err endpoint_from_settings(const struct config *config, struct endpoint *out) NODISCARD;
bool endpoint_is_loopback(const struct endpoint *e);

/* A socket bound to it, to be closed by the caller. ADDRESS_TAKEN: another program has it.
 * ADDRESS_REFUSED: it cannot be bound; errno says why. */
enum err endpoint_bind(const struct endpoint *e, int *out_socket) NODISCARD;
/* Where the socket really is: the port may have been 0. */
void endpoint_of_socket(int socket, struct endpoint *out);

uint16_t endpoint_port(const struct endpoint *e);
void endpoint_text(const struct endpoint *e, char out[static ENDPOINT_TEXT_SIZE]);

#endif

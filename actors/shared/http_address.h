/* SPDX-License-Identifier: MIT
 * http_address.h - which addresses an HTTP client of ours may connect to. */
#ifndef PLAYBUS_ACTORS_SHARED_HTTP_ADDRESS_H
#define PLAYBUS_ACTORS_SHARED_HTTP_ADDRESS_H

#include <netinet/in.h>
#include <stdbool.h>

/* False for link-local, metadata, unspecified, multicast and broadcast addresses, also as an IPv4
 * address inside an IPv6 one; and for what is no IP address. */
bool http_address_is_allowed(const struct sockaddr *address);
/* Is it one of this machine's own? */
bool http_address_is_own(const struct sockaddr *address, socklen_t size);

#endif

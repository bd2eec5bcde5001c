/* SPDX-License-Identifier: MIT
 * http_address.h - which addresses an HTTP client of ours may connect to. */
#ifndef PLAYBUS_ACTORS_SHARED_HTTP_ADDRESS_H
#define PLAYBUS_ACTORS_SHARED_HTTP_ADDRESS_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdbool.h>

/* False for link-local, metadata, unspecified, multicast and broadcast addresses, also as an IPv4
 * address inside an IPv6 one; and for what is no IP address. */
bool http_address_is_allowed(const struct sockaddr *address);
/* Is it one of this machine's own? */
bool http_address_is_own(const struct sockaddr *address, socklen_t size);

/* A Plex server's certificate is for the name A-B-C-D.ID.plex.direct, which says its address: many
 * routers refuse to resolve it to one of the own network. False if it is no such name. */
bool http_address_of_plex_direct(const char *host, char out[static INET6_ADDRSTRLEN]);

#endif

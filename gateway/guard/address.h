/* SPDX-License-Identifier: MIT
 * address.h - where a request comes from: the peer of the socket, or, where the peer is a proxy of
 * gateway.trusted_proxies, whom that proxy names. Nobody else's X-Forwarded-For is believed. */
#ifndef PLAYBUS_GATEWAY_GUARD_ADDRESS_H
#define PLAYBUS_GATEWAY_GUARD_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "gateway/guard/head.h"
#include "proto/base/error.h"
#include "proto/base/own.h"

#define ADDRESS_TEXT_SIZE 50 /* an IPv6 address with "/64", and the NUL */
#define PROXIES_MAX 64

/* IPv4 as ::ffff:a.b.c.d, so that both compare alike. */
struct address {
    uint8_t bytes[16];
};

struct proxies {
    struct network {
        struct address base;
        unsigned bits; /* of 128 that must agree */
    } networks[PROXIES_MAX];
    size_t count;
};

/* `setting`: addresses or networks (10.0.0.0/8, fd00::/8) separated by spaces; else BAD_SETTING. */
enum err proxies_init(struct proxies *proxies, const char *setting) NODISCARD;
bool proxies_trust(const struct proxies *proxies, const struct address *address);

/* An address as text: 192.0.2.1, 2001:db8::1, [2001:db8::1], either of the last two with a port. */
bool address_parse(const char *text, size_t size, struct address *out);
/* Anything but IPv4 and IPv6 is ::, which nobody has. */
struct address address_of_socket(const struct sockaddr *socket);
bool address_is_loopback(const struct address *address);
void address_text(const struct address *address, char out[static ADDRESS_TEXT_SIZE]);
/* Also what limits count: an IPv4 address, or the /64 of an IPv6 address: its owner has all of it.
 */
void address_texts(const struct address *address, char out[static ADDRESS_TEXT_SIZE],
                   char out_group[static ADDRESS_TEXT_SIZE]);

/* The client behind `peer`: the rightmost hop of X-Forwarded-For that is not trusted, if `peer` is.
 * A hop that is no address ends the search at the one before it. */
struct address address_of_client(const struct proxies *proxies, const struct address *peer,
                                 const struct head *head);
/* Did a proxy add its headers? */
bool address_is_forwarded(const struct head *head);

#endif

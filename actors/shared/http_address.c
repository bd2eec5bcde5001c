/* SPDX-License-Identifier: MIT
 * http_address.c - the networks that no media server is in, and where IPv6 carries IPv4 addresses.
 *
 * Loopback, private networks and 100.64.0.0/10 (carriers, VPNs) are left out of them on purpose:
 * that is where people's servers are. */
#include "actors/shared/http_address.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "proto/base/own.h"

struct network {
    uint8_t prefix[16];
    unsigned bits;
};

static const struct network forbidden_v4[] = {
    {{0}, 8},                   /* unspecified: the kernel takes it for this machine */
    {{169, 254}, 16},           /* link-local, and most clouds' metadata */
    {{100, 100, 100, 200}, 32}, /* metadata */
    {{224}, 4},                 /* multicast */
    {{255, 255, 255, 255}, 32}, /* broadcast */
};

static const struct network forbidden_v6[] = {
    {{0xfe, 0x80}, 10},                                                     /* link-local */
    {{0xff}, 8},                                                            /* multicast */
    {{0xfd, 0, 0x0e, 0xc2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x02, 0x54}, 128}, /* metadata */
};

/* Where in an address of this network four bytes are an IPv4 address. */
static const struct {
    struct network network;
    size_t at;
} carriers[] = {
    {{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 96}, 12}, /* mapped: RFC 4291, 2.5.5.2 */
    {{{0}, 96}, 12},                   /* compatible: RFC 4291, 2.5.5.1; and the unspecified one */
    {{{0, 0x64, 0xff, 0x9b}, 96}, 12}, /* NAT64: RFC 6052, 2.1 */
    {{{0x20, 0x02}, 16}, 2},           /* 6to4: RFC 3056, 2 */
};

static bool is_in(const uint8_t *address, const struct network *network)
{
    size_t whole = network->bits / 8;
    unsigned rest = network->bits % 8;
    return memcmp(address, network->prefix, whole) == 0 &&
           (rest == 0 || (address[whole] ^ network->prefix[whole]) >> (8 - rest) == 0);
}

static bool is_in_any(const uint8_t *address, const struct network *networks, size_t count)
{
    size_t i = 0;
    while (i < count && !is_in(address, &networks[i])) {
        i++;
    }
    return i < count;
}

static bool v4_is_allowed(const uint8_t *address)
{
    return !is_in_any(address, forbidden_v4, COUNT_OF(forbidden_v4));
}

static bool v6_is_allowed(const uint8_t *address)
{
    if (memcmp(address, &in6addr_loopback, sizeof(in6addr_loopback)) == 0) {
        return true; /* by its bits it would be a compatible one */
    }
    for (size_t i = 0; i < COUNT_OF(carriers); i++) {
        if (is_in(address, &carriers[i].network)) {
            return v4_is_allowed(address + carriers[i].at);
        }
    }
    return !is_in_any(address, forbidden_v6, COUNT_OF(forbidden_v6));
}

bool http_address_is_allowed(const struct sockaddr *address)
{
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    switch (address->sa_family) {
    case AF_INET:
        memcpy(&v4, address, sizeof(v4));
        return v4_is_allowed((const uint8_t *)&v4.sin_addr);
    case AF_INET6:
        memcpy(&v6, address, sizeof(v6));
        return v6_is_allowed(v6.sin6_addr.s6_addr);
    default:
        return false;
    }
}

bool http_address_is_own(const struct sockaddr *address, socklen_t size)
{
    struct sockaddr_storage at = {0};
    memcpy(&at, address, size < sizeof(at) ? size : sizeof(at));
    /* Of either family the port is the two bytes after the family's name. */
    ((struct sockaddr_in *)&at)->sin_port = 0;
    OWNED(fd_release) int probe = socket(at.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    return probe >= 0 && bind(probe, (const struct sockaddr *)&at, size) == 0;
}

/* The first label of a name, with its dashes as what an address of this family has instead. */
static bool label_is_address(const char *host, int family, char out[static INET6_ADDRSTRLEN])
{
    struct in6_addr unused;
    int length = (int)strcspn(host, ".");
    snprintf(out, INET6_ADDRSTRLEN, "%.*s", length, host);
    for (char *dash = strchr(out, '-'); dash != NULL; dash = strchr(dash, '-')) {
        *dash = family == AF_INET ? '.' : ':';
    }
    return length < INET6_ADDRSTRLEN && inet_pton(family, out, &unused) == 1;
}

bool http_address_of_plex_direct(const char *host, char out[static INET6_ADDRSTRLEN])
{
    static const char domain[] = ".plex.direct";
    size_t length = strlen(host);
    size_t tail = sizeof(domain) - 1;
    return length > tail && strcasecmp(host + length - tail, domain) == 0 &&
           (label_is_address(host, AF_INET, out) || label_is_address(host, AF_INET6, out));
}

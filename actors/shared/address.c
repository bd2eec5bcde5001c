/* SPDX-License-Identifier: MIT
 * address.c - IP addresses as players report them: with ports, zones and IPv4 inside IPv6. */
#include "actors/shared/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>

enum family { FAMILY_NONE, FAMILY_IPV4, FAMILY_IPV6, FAMILY_MAPPED };

static enum family family_of(const char *text, struct in6_addr *out)
{
    if (inet_pton(AF_INET, text, out) == 1) {
        return FAMILY_IPV4;
    }
    if (inet_pton(AF_INET6, text, out) != 1) {
        return FAMILY_NONE;
    }
    return IN6_IS_ADDR_V4MAPPED(out) ? FAMILY_MAPPED : FAMILY_IPV6;
}

static bool is_port(const char *text)
{
    return text[0] != '\0' && strlen(text) <= 5 && strspn(text, "0123456789") == strlen(text);
}

/* 1.2.3.4:32400, [::1]:32400, [::1], fe80::1%eth0: true if something was taken off. */
static bool strip(char *text)
{
    struct in6_addr unused;
    bool stripped = false;
    if (text[0] == '[') {
        char *end = strchr(text, ']');
        if (end != NULL && (end[1] == '\0' || (end[1] == ':' && is_port(end + 2)))) {
            *end = '\0';
            memmove(text, text + 1, strlen(text));
            stripped = true;
        }
    } else {
        char *colon = strrchr(text, ':');
        if (colon != NULL && strchr(text, '.') != NULL && is_port(colon + 1) &&
            family_of(text, &unused) == FAMILY_NONE) {
            *colon = '\0';
            stripped = true;
        }
    }
    char *zone = strchr(text, '%');
    if (zone != NULL && zone[1] != '\0') {
        *zone = '\0';
        stripped = true;
    }
    return stripped;
}

enum address_kind address_clean(const char *text, char out[static ADDRESS_SIZE])
{
    struct in6_addr found;
    enum family family = family_of(text, &found);
    if (family == FAMILY_IPV4 || family == FAMILY_IPV6) {
        return ADDRESS_AS_IS;
    }
    bool stripped = false;
    if (family == FAMILY_NONE) {
        size_t size = strlen(text);
        if (size >= ADDRESS_SIZE) {
            return ADDRESS_INVALID;
        }
        memcpy(out, text, size + 1);
        stripped = strip(out);
        family = family_of(out, &found);
    }
    if (family == FAMILY_MAPPED) {
        /* The last four of its sixteen bytes are the IPv4 address (RFC 4291, 2.5.5.2). */
        (void)inet_ntop(AF_INET, &found.s6_addr[12], out, ADDRESS_SIZE);
    }
    if (family == FAMILY_NONE) {
        return ADDRESS_INVALID;
    }
    return stripped ? ADDRESS_STRIPPED : ADDRESS_UNMAPPED;
}

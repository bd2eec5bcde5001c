/* SPDX-License-Identifier: MIT
 * address.c - IP addresses as players report them: with ports, zones and IPv4 inside IPv6. */
#include "actors/tautulli/address.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

static bool is_ipv4(const char *text)
{
    struct in_addr found;
    return inet_pton(AF_INET, text, &found) == 1;
}

static bool is_ipv6(const char *text)
{
    struct in6_addr found;
    return inet_pton(AF_INET6, text, &found) == 1;
}

static bool is_port(const char *text)
{
    return text[0] != '\0' && strlen(text) <= 5 && strspn(text, "0123456789") == strlen(text);
}

/* 1.2.3.4:32400, [::1]:32400, [::1], fe80::1%eth0: true if something was taken off. */
static bool strip(char *text)
{
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
        if (colon != NULL && strchr(text, '.') != NULL && is_port(colon + 1) && !is_ipv6(text)) {
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
    bool mapped = strncasecmp(text, "::ffff:", 7) == 0;
    if (!mapped && (is_ipv4(text) || is_ipv6(text))) {
        return ADDRESS_AS_IS;
    }
    size_t size = strlen(text);
    if (size >= ADDRESS_SIZE) {
        return ADDRESS_INVALID;
    }
    memcpy(out, text, size + 1);
    bool stripped = strip(out);
    mapped = strncasecmp(out, "::ffff:", 7) == 0;
    if (mapped && is_ipv4(out + 7)) {
        memmove(out, out + 7, strlen(out + 7) + 1);
    } else if (!is_ipv4(out) && !is_ipv6(out)) {
        return ADDRESS_INVALID;
    }
    return stripped ? ADDRESS_STRIPPED : ADDRESS_UNMAPPED;
}

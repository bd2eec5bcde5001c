/* SPDX-License-Identifier: MIT
 * origin.c - compares Host and Origin with the names the gateway is known by. Both are read into
 * scheme, host and port first, so that a default port left out or a capital letter changes nothing.
 */
#include "gateway/guard/origin.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/utsname.h>

struct place {
    char scheme[8];
    char host[256];
    uint16_t port;
};

static uint16_t default_port(const char *scheme)
{
    return strcmp(scheme, "https") == 0 ? 443 : 80;
}

static bool parse_port(const char *text, size_t size, uint16_t *out)
{
    unsigned port = 0;
    for (size_t i = 0; i < size; i++) {
        if (!isdigit((unsigned char)text[i])) {
            return false;
        }
        port = port * 10 + (unsigned)(text[i] - '0');
    }
    *out = (uint16_t)port;
    return size > 0 && size <= 5 && port > 0 && port <= UINT16_MAX;
}

/* host, host:port or [v6]:port; place->scheme decides the port when none is given. */
static bool parse_authority(const char *text, size_t size, struct place *place)
{
    const char *end = text + size;
    const char *close = size > 0 && text[0] == '[' ? memchr(text, ']', size) : NULL;
    const char *from = close != NULL ? close : text;
    const char *colon = memchr(from, ':', (size_t)(end - from));
    const char *host_end = colon != NULL ? colon : end;
    size_t host_size = (size_t)(host_end - text);
    if (host_size == 0 || host_size >= sizeof place->host) {
        return false;
    }
    for (size_t i = 0; i < host_size; i++) {
        place->host[i] = (char)tolower((unsigned char)text[i]);
    }
    place->host[host_size] = '\0';
    if (strcspn(place->host, "/@?#\\ \t,") != host_size) {
        return false;
    }
    place->port = default_port(place->scheme);
    return colon == NULL || parse_port(colon + 1, (size_t)(end - colon - 1), &place->port);
}

static bool parse_origin(const char *text, size_t size, struct place *place)
{
    static const char *const schemes[] = {"http", "https"};
    for (size_t i = 0; i < COUNT_OF(schemes); i++) {
        size_t length = strlen(schemes[i]);
        if (size > length + 3 && strncasecmp(text, schemes[i], length) == 0 &&
            memcmp(text + length, "://", 3) == 0) {
            snprintf(place->scheme, sizeof place->scheme, "%s", schemes[i]);
            return parse_authority(text + length + 3, size - length - 3, place);
        }
    }
    return false;
}

static bool is_loopback_name(const char *host)
{
    struct address literal;
    return strcmp(host, "localhost") == 0 ||
           (address_parse(host, strlen(host), &literal) && address_is_loopback(&literal));
}

/* A name that a browser of the network may have typed; `o->machine` has no dot. */
static bool is_lan_name(const struct origins *o, const char *host)
{
    struct address literal;
    size_t size = strlen(o->machine);
    if (size == 0) {
        return false;
    }
    bool mine = strncmp(host, o->machine, size) == 0 &&
                (host[size] == '\0' || strcmp(host + size, ".local") == 0);
    return mine || address_parse(host, strlen(host), &literal);
}

static bool is_forwarded_name(const struct origins *o, const struct place *place)
{
    for (size_t i = 0; i < o->lan_count; i++) {
        if (place->port == o->lan[i].port && strcmp(place->host, o->lan[i].host) == 0) {
            return true;
        }
    }
    return false;
}

/* Ours, whoever asks, in plain HTTP: with our own port, or one that is forwarded to it. */
static bool is_own_name(const struct origins *o, const struct place *place)
{
    if (is_forwarded_name(o, place)) {
        return true;
    }
    return place->port == o->port && (is_loopback_name(place->host) || is_lan_name(o, place->host));
}

static void name_machine(struct origins *o)
{
    struct utsname system;
    if (uname(&system) != 0) {
        return;
    }
    for (size_t i = 0; system.nodename[i] != '\0' && system.nodename[i] != '.'; i++) {
        o->machine[i] = (char)tolower((unsigned char)system.nodename[i]);
    }
}

enum err origins_init(struct origins *o, uint16_t port, const char *public_url, bool plain_lan)
{
    *o = (struct origins){.port = port};
    if (plain_lan) {
        name_machine(o);
    }
    if (public_url == NULL || public_url[0] == '\0') {
        return OK;
    }
    struct place place = {0};
    size_t size = strlen(public_url);
    size -= public_url[size - 1] == '/' ? 1 : 0;
    if (!parse_origin(public_url, size, &place)) {
        return ERR_BAD_SETTING;
    }
    memcpy(o->public_scheme, place.scheme, sizeof place.scheme);
    memcpy(o->public_host, place.host, sizeof place.host);
    o->public_port = place.port;
    return OK;
}

enum err origins_add_lan(struct origins *o, const char *setting)
{
    for (const char *at = setting + strspn(setting, " "); *at != '\0'; at += strspn(at, " ")) {
        struct place place = {.scheme = "http"};
        size_t size = strcspn(at, " ");
        if (o->lan_count == LAN_HOSTS_MAX || !parse_authority(at, size, &place)) {
            return ERR_BAD_SETTING;
        }
        struct lan_host *host = &o->lan[o->lan_count++];
        memcpy(host->host, place.host, sizeof place.host);
        host->port = place.port;
        at += size;
    }
    return OK;
}

bool origins_host_is(const struct origins *o, const char *host, size_t size,
                     const struct address *here)
{
    struct place place = {.scheme = "http"};
    struct address literal;
    if (!parse_authority(host, size, &place) || place.port != o->port) {
        return false;
    }
    if (address_is_loopback(here)) {
        return is_loopback_name(place.host);
    }
    return address_parse(place.host, strlen(place.host), &literal) &&
           memcmp(&literal, here, sizeof literal) == 0;
}

bool origins_host_allowed(const struct origins *o, const char *host, size_t size)
{
    struct place place = {.scheme = "http"};
    if (parse_authority(host, size, &place) && is_own_name(o, &place)) {
        return true;
    }
    memcpy(place.scheme, o->public_scheme, sizeof place.scheme);
    return o->public_host[0] != '\0' && parse_authority(host, size, &place) &&
           strcmp(place.host, o->public_host) == 0 && place.port == o->public_port;
}

bool origins_host_trustworthy(const struct origins *o, const char *host, size_t size)
{
    struct place place = {.scheme = "http"};
    bool own = parse_authority(host, size, &place) && is_own_name(o, &place);
    return own ? is_loopback_name(place.host) : strcmp(o->public_scheme, "https") == 0;
}

/* A page we served calls us by the name it came under. Another address with our port may be another
 * machine's; only behind a proxy, under the public name, Host may say something else. */
static bool is_page_of(const struct origins *o, const struct place *page,
                       const struct head_line *host)
{
    struct place called = {.scheme = "http"};
    return strcmp(page->scheme, "http") == 0 && is_own_name(o, page) &&
           parse_authority(host->value, host->value_size, &called) && page->port == called.port &&
           strcmp(page->host, called.host) == 0;
}

bool origins_origin_allowed(const struct origins *o, const struct head_line *origin,
                            const struct head_line *host)
{
    struct place place = {0};
    if (!parse_origin(origin->value, origin->value_size, &place)) {
        return false; /* "null" too: sandboxed pages and files have no business here */
    }
    if (is_page_of(o, &place, host)) {
        return true;
    }
    return strcmp(place.scheme, o->public_scheme) == 0 && strcmp(place.host, o->public_host) == 0 &&
           place.port == o->public_port;
}

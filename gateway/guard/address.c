/* SPDX-License-Identifier: MIT
 * address.c - addresses, networks, and the walk through X-Forwarded-For from its end: each proxy
 * appends the peer it saw, so everything left of the first hop that is not ours may be forged. */
#include "gateway/guard/address.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const uint8_t v4_prefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

static bool is_v4(const struct address *address)
{
    return memcmp(address->bytes, v4_prefix, sizeof v4_prefix) == 0;
}

static bool parse_bare(const char *text, struct address *out)
{
    struct address address;
    memcpy(address.bytes, v4_prefix, sizeof v4_prefix);
    if (inet_pton(AF_INET, text, address.bytes + sizeof v4_prefix) != 1 &&
        inet_pton(AF_INET6, text, address.bytes) != 1) {
        return false;
    }
    *out = address;
    return true;
}

/* Is it "" or ":" and a port? */
static bool is_port(const char *text)
{
    size_t digits = text[0] == ':' ? strspn(text + 1, "0123456789") : 0;
    return text[0] == '\0' || (digits > 0 && digits <= 5 && text[1 + digits] == '\0');
}

bool address_parse(const char *text, size_t size, struct address *out)
{
    char copy[INET6_ADDRSTRLEN + sizeof "[]:65535"];
    if (size == 0 || size >= sizeof copy || memchr(text, '\0', size) != NULL) {
        return false;
    }
    memcpy(copy, text, size);
    copy[size] = '\0';
    if (copy[0] == '[') {
        char *close = strchr(copy, ']');
        if (close == NULL || !is_port(close + 1)) {
            return false;
        }
        *close = '\0';
        return strchr(copy, ':') != NULL && parse_bare(copy + 1, out);
    }
    char *colon = strchr(copy, ':');
    if (colon != NULL && strchr(colon + 1, ':') == NULL && is_port(colon)) {
        *colon = '\0'; /* one colon: an IPv4 address with a port */
    }
    return parse_bare(copy, out);
}

struct address address_of_socket(const struct sockaddr *socket)
{
    struct address address = {0};
    if (socket->sa_family == AF_INET) {
        struct sockaddr_in v4;
        memcpy(&v4, socket, sizeof v4);
        memcpy(address.bytes, v4_prefix, sizeof v4_prefix);
        memcpy(address.bytes + sizeof v4_prefix, &v4.sin_addr, 4);
    } else if (socket->sa_family == AF_INET6) {
        struct sockaddr_in6 v6;
        memcpy(&v6, socket, sizeof v6);
        memcpy(address.bytes, &v6.sin6_addr, sizeof address.bytes);
    }
    return address;
}

bool address_is_loopback(const struct address *address)
{
    static const struct address v6 = {{[15] = 1}};
    return is_v4(address) ? address->bytes[12] == 127 : memcmp(address, &v6, sizeof v6) == 0;
}

void address_text(const struct address *address, char out[static ADDRESS_TEXT_SIZE])
{
    if (is_v4(address)) {
        inet_ntop(AF_INET, address->bytes + sizeof v4_prefix, out, ADDRESS_TEXT_SIZE);
    } else {
        inet_ntop(AF_INET6, address->bytes, out, ADDRESS_TEXT_SIZE);
    }
}

void address_texts(const struct address *address, char out[static ADDRESS_TEXT_SIZE],
                   char out_group[static ADDRESS_TEXT_SIZE])
{
    address_text(address, out);
    if (is_v4(address)) {
        memcpy(out_group, out, ADDRESS_TEXT_SIZE);
        return;
    }
    struct address network = *address;
    memset(network.bytes + 8, 0, 8);
    address_text(&network, out_group);
    size_t size = strlen(out_group);
    snprintf(out_group + size, ADDRESS_TEXT_SIZE - size, "/64");
}

/* ---- trusted proxies ---- */

static bool parse_network(const char *text, size_t size, struct network *out)
{
    const char *slash = memchr(text, '/', size);
    size_t address_size = slash != NULL ? (size_t)(slash - text) : size;
    struct network network = {.bits = 128};
    if (!address_parse(text, address_size, &network.base)) {
        return false;
    }
    if (slash != NULL) {
        size_t digits = size - address_size - 1;
        unsigned offset = is_v4(&network.base) ? 96 : 0;
        if (digits == 0 || digits > 3 || strspn(slash + 1, "0123456789") < digits) {
            return false;
        }
        network.bits = offset + (unsigned)strtoul(slash + 1, NULL, 10);
    }
    *out = network;
    return network.bits <= 128;
}

enum err proxies_init(struct proxies *proxies, const char *setting)
{
    *proxies = (struct proxies){0};
    for (const char *at = setting + strspn(setting, " ,"); *at != '\0';) {
        size_t size = strcspn(at, " ,");
        if (proxies->count == PROXIES_MAX ||
            !parse_network(at, size, &proxies->networks[proxies->count])) {
            return ERR_BAD_SETTING;
        }
        proxies->count++;
        at += size;
        at += strspn(at, " ,");
    }
    return OK;
}

static bool contains(const struct network *network, const struct address *address)
{
    unsigned whole = network->bits / 8;
    unsigned rest = network->bits % 8;
    if (memcmp(network->base.bytes, address->bytes, whole) != 0) {
        return false;
    }
    unsigned mask = (0xff00U >> rest) & 0xffU;
    return rest == 0 || ((network->base.bytes[whole] ^ address->bytes[whole]) & mask) == 0;
}

bool proxies_trust(const struct proxies *proxies, const struct address *address)
{
    for (size_t i = 0; i < proxies->count; i++) {
        if (contains(&proxies->networks[i], address)) {
            return true;
        }
    }
    return false;
}

/* ---- the client ---- */

/* One line of X-Forwarded-For, from its end. True: the client was found, or nothing left of here
 * can be believed. */
static bool walk_line(const struct proxies *proxies, const struct head_line *line,
                      struct address *client)
{
    const char *end = line->value + line->value_size;
    for (;;) {
        const char *begin = end;
        while (begin > line->value && begin[-1] != ',') {
            begin--;
        }
        const char *from = begin, *to = end;
        while (from < to && isspace((unsigned char)*from)) {
            from++;
        }
        while (to > from && isspace((unsigned char)to[-1])) {
            to--;
        }
        if (!address_parse(from, (size_t)(to - from), client) || !proxies_trust(proxies, client)) {
            return true;
        }
        if (begin == line->value) {
            return false;
        }
        end = begin - 1;
    }
}

struct address address_of_client(const struct proxies *proxies, const struct address *peer,
                                 const struct head *head)
{
    struct address client = *peer;
    if (proxies->count == 0 || !proxies_trust(proxies, peer)) {
        return client;
    }
    for (size_t i = head->count; i > 0; i--) {
        if (head_line_named(&head->lines[i - 1], "X-Forwarded-For") &&
            walk_line(proxies, &head->lines[i - 1], &client)) {
            break;
        }
    }
    return client;
}

bool address_is_forwarded(const struct head *head)
{
    /* How the names begin that proxies, load balancers and tunnels add. */
    static const char *const prefixes[] = {
        "Forwarded",   "X-Forwarded",   "X-Real-",   "Via",       "X-Original-", "X-Client-",
        "Client-IP",   "True-Client-",  "CF-",       "CDN-",      "Fastly-",     "Fly-",
        "X-Cluster-",  "X-Envoy-",      "X-Azure-",  "X-ARR-",    "X-Amz-Cf-",   "X-Amzn-",
        "X-Appengine", "X-Cloud-Trace", "X-Google-", "X-Vercel-", "X-NF-",       "X-Remote-",
        "X-Proxy",     "X-Originating", "Proxy-",    "WL-Proxy-", "Tailscale-",  "Ngrok-",
        "Akamai-",     "X-Akamai-",     "X-Sucuri-", "X-Host",    "X-Varnish",   "X-Haproxy-",
        "X-Traefik-",  "X-Nginx-",      "X-Coming-", "Incap-",    "X-Edge-",     "X-Ingress-",
    };
    for (size_t i = 0; i < head->count && i < HEAD_LINES_MAX; i++) {
        const struct head_line *line = &head->lines[i];
        for (size_t k = 0; k < COUNT_OF(prefixes); k++) {
            if (head_line_may_begin(line, prefixes[k]) && head_line_begins(line, prefixes[k])) {
                return true;
            }
        }
    }
    return false;
}

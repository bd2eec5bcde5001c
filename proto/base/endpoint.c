/* SPDX-License-Identifier: MIT
 * endpoint.c - numbers only: no name is looked up, so that what is loopback stays loopback. */
#include "proto/base/endpoint.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "proto/base/log.h"

static bool parse_port(const char *text, uint16_t *out)
{
    char *end = NULL;
    long port = strtol(text, &end, 10);
    *out = (uint16_t)port;
    return text[0] >= '0' && text[0] <= '9' && *end == '\0' && port <= UINT16_MAX;
}

enum err endpoint_parse(const char *text, struct endpoint *out)
{
    char host[64] = "";
    uint16_t port = 0;
    const char *colon = strrchr(text, ':');
    if (colon == NULL || (size_t)(colon - text) >= sizeof host || !parse_port(colon + 1, &port)) {
        return ERR_BAD_SETTING;
    }
    memcpy(host, text, (size_t)(colon - text));
    size_t size = strlen(host);
    struct endpoint e = {.size = sizeof e.at.v4};
    if (host[0] == '[' && host[size - 1] == ']') {
        host[size - 1] = '\0';
        e.size = sizeof e.at.v6;
        e.at.v6.sin6_family = AF_INET6;
        e.at.v6.sin6_port = htons(port);
        if (inet_pton(AF_INET6, host + 1, &e.at.v6.sin6_addr) != 1) {
            return ERR_BAD_SETTING;
        }
        *out = e;
        return OK;
    }
    e.at.v4.sin_family = AF_INET;
    e.at.v4.sin_port = htons(port);
    const char *address = strcmp(host, "localhost") == 0 ? "127.0.0.1" : host;
    if (inet_pton(AF_INET, address, &e.at.v4.sin_addr) != 1) {
        return ERR_BAD_SETTING;
    }
    *out = e;
    return OK;
}

enum err endpoint_from_settings(const struct config *config, struct endpoint *out)
{
    const char *setting = config_text(config, SETTING_gateway_listen);
    enum err e = endpoint_parse(setting, out);
    if (e != OK) {
        log_error("gateway.listen=%s is not an address and a port, as in 127.0.0.1:8674", setting);
        return e;
    }
    if (!endpoint_is_loopback(out) && !config_may_listen_beyond_loopback(config)) {
        log_error("gateway.listen=%s is beyond this machine, and passwords would cross the network "
                  "unencrypted: put a proxy with TLS in front and set gateway.public_url and "
                  "gateway.trusted_proxies, or set gateway.allow_plain_lan = yes if you trust "
                  "everyone on the network",
                  setting);
        return ERR_BAD_SETTING;
    }
    return OK;
}

bool endpoint_is_loopback(const struct endpoint *e)
{
    if (e->at.any.sa_family == AF_INET6) {
        return IN6_IS_ADDR_LOOPBACK(&e->at.v6.sin6_addr);
    }
    return ntohl(e->at.v4.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
}

enum err endpoint_bind(const struct endpoint *e, int *out_socket)
{
    int fd = socket(e->at.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) {
        return ERR_ADDRESS_REFUSED;
    }
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
    if (bind(fd, &e->at.any, e->size) != 0) {
        int why = errno;
        (void)close(fd);
        errno = why;
        return why == EADDRINUSE ? ERR_ADDRESS_TAKEN : ERR_ADDRESS_REFUSED;
    }
    *out_socket = fd;
    return OK;
}

void endpoint_of_socket(int socket, struct endpoint *out)
{
    *out = (struct endpoint){.size = sizeof out->at};
    (void)getsockname(socket, &out->at.any, &out->size);
}

uint16_t endpoint_port(const struct endpoint *e)
{
    return ntohs(e->at.any.sa_family == AF_INET6 ? e->at.v6.sin6_port : e->at.v4.sin_port);
}

void endpoint_text(const struct endpoint *e, char out[static ENDPOINT_TEXT_SIZE])
{
    char host[INET6_ADDRSTRLEN] = "";
    bool six = e->at.any.sa_family == AF_INET6;
    (void)inet_ntop(six ? AF_INET6 : AF_INET,
                    six ? (const void *)&e->at.v6.sin6_addr : (const void *)&e->at.v4.sin_addr,
                    host, sizeof host);
    (void)snprintf(out, ENDPOINT_TEXT_SIZE, six ? "[%s]:%u" : "%s:%u", host, endpoint_port(e));
}

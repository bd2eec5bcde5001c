/* SPDX-License-Identifier: MIT
 * listen.c - opens the listening socket. Passwords and cookies cross it unencrypted, so it stays on
 * loopback unless the settings say that a proxy encrypts or that the network is trusted. */
#include "gateway/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "proto/base/log.h"

#define NOTE "run/gateway.address"
#define BACKLOG 512

struct wanted {
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } at;
    socklen_t size;
};

static bool parse_port(const char *text, uint16_t *out)
{
    char *end = NULL;
    long port = strtol(text, &end, 10);
    *out = (uint16_t)port;
    return text[0] >= '0' && text[0] <= '9' && *end == '\0' && port <= UINT16_MAX;
}

static enum err parse(const char *setting, struct wanted *out)
{
    char host[64] = "";
    uint16_t port = 0;
    const char *colon = strrchr(setting, ':');
    if (colon == NULL || (size_t)(colon - setting) >= sizeof host ||
        !parse_port(colon + 1, &port)) {
        return ERR_BAD_SETTING;
    }
    memcpy(host, setting, (size_t)(colon - setting));
    size_t size = strlen(host);
    if (host[0] == '[' && host[size - 1] == ']') {
        host[size - 1] = '\0';
        *out = (struct wanted){.size = sizeof out->at.v6};
        out->at.v6.sin6_family = AF_INET6;
        out->at.v6.sin6_port = htons(port);
        return inet_pton(AF_INET6, host + 1, &out->at.v6.sin6_addr) == 1 ? OK : ERR_BAD_SETTING;
    }
    const char *address = strcmp(host, "localhost") == 0 ? "127.0.0.1" : host;
    *out = (struct wanted){.size = sizeof out->at.v4};
    out->at.v4.sin_family = AF_INET;
    out->at.v4.sin_port = htons(port);
    return inet_pton(AF_INET, address, &out->at.v4.sin_addr) == 1 ? OK : ERR_BAD_SETTING;
}

static bool is_loopback(const struct wanted *wanted)
{
    if (wanted->at.any.sa_family == AF_INET6) {
        return IN6_IS_ADDR_LOOPBACK(&wanted->at.v6.sin6_addr);
    }
    return (ntohl(wanted->at.v4.sin_addr.s_addr) >> 24) == 127;
}

/* The address as the system gave it: the port may have been 0. */
static void describe(struct listen_place *place)
{
    struct wanted got = {.size = sizeof got.at};
    char host[INET6_ADDRSTRLEN] = "";
    getsockname(place->socket, &got.at.any, &got.size);
    if (got.at.any.sa_family == AF_INET6) {
        inet_ntop(AF_INET6, &got.at.v6.sin6_addr, host, sizeof host);
        place->port = ntohs(got.at.v6.sin6_port);
        snprintf(place->address, sizeof place->address, "[%s]:%u", host, place->port);
        return;
    }
    inet_ntop(AF_INET, &got.at.v4.sin_addr, host, sizeof host);
    place->port = ntohs(got.at.v4.sin_port);
    snprintf(place->address, sizeof place->address, "%s:%u", host, place->port);
}

static enum err read_plain_lan(const struct config *config, bool *out)
{
    const char *text = config_text(config, SETTING_gateway_plain_lan);
    *out = strcmp(text, "yes") == 0;
    if (!*out && strcmp(text, "no") != 0) {
        log_error("gateway.allow_plain_lan=%s is neither yes nor no", text);
        return ERR_BAD_SETTING;
    }
    return OK;
}

enum err listen_open(const struct config *config, struct listen_place *out)
{
    const char *setting = config_text(config, SETTING_gateway_listen);
    bool plain_lan = false;
    struct wanted wanted;
    if (read_plain_lan(config, &plain_lan) != OK) {
        return ERR_BAD_SETTING;
    }
    if (parse(setting, &wanted) != OK) {
        log_error("gateway.listen=%s is not an address and a port, as in 127.0.0.1:8674", setting);
        return ERR_BAD_SETTING;
    }
    if (!is_loopback(&wanted) && !config_may_listen_beyond_loopback(config)) {
        log_error("gateway.listen=%s is beyond this machine, and passwords would cross the network "
                  "unencrypted: put a proxy with TLS in front and set gateway.public_url and "
                  "gateway.trusted_proxies, or set gateway.allow_plain_lan = yes if you trust "
                  "everyone on the network",
                  setting);
        return ERR_BAD_SETTING;
    }
    struct listen_place place = {.plain_lan = plain_lan && !is_loopback(&wanted)};
    place.socket = socket(wanted.at.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (place.socket < 0) {
        return ERR_SYSTEM;
    }
    setsockopt(place.socket, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
    if (bind(place.socket, &wanted.at.any, wanted.size) != 0 ||
        listen(place.socket, BACKLOG) != 0) {
        log_error("cannot listen on %s: %s", setting, strerror(errno));
        close(place.socket);
        return ERR_SYSTEM;
    }
    describe(&place);
    *out = place;
    return OK;
}

enum err listen_publish(const struct listen_place *place)
{
    int fd = open(NOTE ".new", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        return ERR_SYSTEM;
    }
    bool written = dprintf(fd, "%s\n", place->address) > 0;
    close(fd);
    return written && rename(NOTE ".new", NOTE) == 0 ? OK : ERR_SYSTEM;
}

void listen_withdraw(void)
{
    unlink(NOTE);
}

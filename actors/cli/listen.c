/* SPDX-License-Identifier: MIT
 * listen.c - binds the address once and lets it go; the gateway binds it for good. */
#include "actors/cli/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* "127.0.0.1:8674" or "[::1]:8674". */
static bool split(const char *listen, char host[static 64], char port[static 8])
{
    const char *colon = strrchr(listen, ':');
    if (colon == NULL || colon == listen || strlen(colon + 1) > 5) {
        return false;
    }
    bool bracketed = listen[0] == '[' && colon[-1] == ']';
    const char *from = bracketed ? listen + 1 : listen;
    size_t size = (size_t)(colon - from) - (bracketed ? 1 : 0);
    if (size == 0 || size >= 64 || strspn(colon + 1, "0123456789") != strlen(colon + 1)) {
        return false;
    }
    (void)snprintf(host, 64, "%.*s", (int)size, from);
    (void)snprintf(port, 8, "%s", colon + 1);
    return port[0] != '\0' && strtol(port, NULL, 10) <= 65535;
}

static bool is_loopback(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET) {
        const struct sockaddr_in *four = (const struct sockaddr_in *)(const void *)address;
        return ntohl(four->sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
    }
    const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)(const void *)address;
    return address->sa_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&six->sin6_addr);
}

static void describe(const struct sockaddr_storage *at, char out[static LISTEN_SIZE])
{
    char host[INET6_ADDRSTRLEN] = "";
    if (at->ss_family == AF_INET6) {
        const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)(const void *)at;
        (void)inet_ntop(AF_INET6, &six->sin6_addr, host, sizeof(host));
        (void)snprintf(out, LISTEN_SIZE, "[%s]:%u", host, ntohs(six->sin6_port));
        return;
    }
    const struct sockaddr_in *four = (const struct sockaddr_in *)(const void *)at;
    (void)inet_ntop(AF_INET, &four->sin_addr, host, sizeof(host));
    (void)snprintf(out, LISTEN_SIZE, "%s:%u", host, ntohs(four->sin_port));
}

static enum err bind_once(const struct addrinfo *at, char out[static LISTEN_SIZE])
{
    const int on = 1;
    struct sockaddr_storage got;
    socklen_t size = sizeof(got);
    (void)memset(&got, 0, sizeof(got));
    int fd = socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return ERR_SYSTEM;
    }
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    int failed = bind(fd, at->ai_addr, at->ai_addrlen);
    int why = errno;
    if (failed == 0) {
        failed = getsockname(fd, (struct sockaddr *)(void *)&got, &size);
    }
    (void)close(fd);
    errno = why;
    if (failed != 0) {
        return why == EADDRINUSE ? ERR_ADDRESS_TAKEN : ERR_SYSTEM;
    }
    describe(&got, out);
    return OK;
}

enum err listen_settle(const char *listen, bool beyond_loopback, char out[static LISTEN_SIZE])
{
    char host[64];
    char port[8];
    struct addrinfo *found = NULL;
    const struct addrinfo wanted = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    if (!split(listen, host, port) || getaddrinfo(host, port, &wanted, &found) != 0) {
        return ERR_BAD_SETTING;
    }
    bool may = beyond_loopback || is_loopback(found->ai_addr);
    enum err e = may ? bind_once(found, out) : ERR_BAD_SETTING;
    freeaddrinfo(found);
    return e;
}

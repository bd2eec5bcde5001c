/* SPDX-License-Identifier: MIT
 * server.h - a small real HTTP server for the tests of the client, and not a kind one: a thread a
 * connection, an answer by the path that is asked for. */
#ifndef PLAYBUS_TESTS_UNIT_HTTP_SERVER_H
#define PLAYBUS_TESTS_UNIT_HTTP_SERVER_H

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "proto/base/own.h"

struct server {
    int listener;
    uint16_t port;
    SSL_CTX *tls;          /* NULL: plain */
    pthread_mutex_t mutex; /* guards what follows */
    int connections;       /* that were ever made */
    int requests;
    char head[8192]; /* of the newest request */
};

struct visit { /* one connection, in its own thread */
    struct server *server;
    int fd;
    SSL *tls;
    char head[8192];
};

static inline ssize_t visit_receive(struct visit *v, void *out, size_t room)
{
    return v->tls != NULL ? SSL_read(v->tls, out, (int)room) : recv(v->fd, out, room, 0);
}

/* False once the client is gone. */
static inline bool visit_send(struct visit *v, const void *bytes, size_t size)
{
    const char *at = bytes;
    while (size > 0) {
        ssize_t sent =
            v->tls != NULL ? SSL_write(v->tls, at, (int)size) : send(v->fd, at, size, MSG_NOSIGNAL);
        if (sent <= 0) {
            return false;
        }
        at += sent;
        size -= (size_t)sent;
    }
    return true;
}

static inline bool visit_say(struct visit *v, const char *text)
{
    return visit_send(v, text, strlen(text));
}

static inline bool visit_answer(struct visit *v, const char *head, const void *body, size_t size)
{
    char line[512];
    snprintf(line, sizeof(line), "HTTP/1.1 %s\r\nContent-Length: %zu\r\n\r\n", head, size);
    return visit_say(v, line) && visit_send(v, body, size);
}

/* Nothing more is said, until the client gives up. */
static inline bool visit_wait(struct visit *v)
{
    char byte;
    while (visit_receive(v, &byte, 1) > 0) {
    }
    return false;
}

static inline bool visit_repeat(struct visit *v, const char *text, int pause_ms)
{
    struct pollfd gone = {.fd = v->fd, .events = POLLIN};
    while (poll(&gone, 1, pause_ms) == 0) {
        if (!visit_say(v, text)) {
            return false;
        }
    }
    return false;
}

/* The head of the next request; false at the end of the connection. */
static inline bool visit_read(struct visit *v)
{
    size_t size = 0;
    v->head[0] = '\0';
    while (strstr(v->head, "\r\n\r\n") == NULL && size < sizeof(v->head) - 1) {
        ssize_t got = visit_receive(v, v->head + size, sizeof(v->head) - 1 - size);
        if (got <= 0) {
            return false;
        }
        size += (size_t)got;
        v->head[size] = '\0';
        if (v->head[0] == 0x16) { /* a TLS handshake */
            (void)visit_answer(v, "400 Bad Request", "", 0);
            return false;
        }
    }
    pthread_mutex_lock(&v->server->mutex);
    v->server->requests++;
    memcpy(v->server->head, v->head, sizeof(v->head));
    pthread_mutex_unlock(&v->server->mutex);
    return true;
}

/* The test's: answers v->head; false closes the connection. */
static bool visit_serve(struct visit *v);

static inline void *visit_run(void *visit)
{
    OWNED(free_bytes) void *owner = visit;
    struct visit *v = visit;
    v->tls = v->server->tls != NULL ? SSL_new(v->server->tls) : NULL;
    bool met = v->tls == NULL || (SSL_set_fd(v->tls, v->fd) == 1 && SSL_accept(v->tls) == 1);
    while (met && visit_read(v) && visit_serve(v)) {
    }
    SSL_free(v->tls);
    close(v->fd);
    return NULL;
}

static inline void *server_run(void *server)
{
    struct server *s = server;
    for (;;) {
        int fd = accept4(s->listener, NULL, NULL, SOCK_CLOEXEC);
        if (fd < 0) {
            return NULL;
        }
        const int at_once = 1;
        (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof(at_once));
        struct visit *v = must_alloc(sizeof(*v));
        *v = (struct visit){.server = s, .fd = fd};
        pthread_mutex_lock(&s->mutex);
        s->connections++;
        pthread_mutex_unlock(&s->mutex);
        pthread_t thread;
        if (pthread_create(&thread, NULL, visit_run, v) != 0) {
            abort();
        }
        pthread_detach(thread);
    }
}

/* Serves a free port of 127.0.0.1 until the test program ends; `tls`: NULL for plain HTTP. */
static inline void server_start(struct server *s, SSL_CTX *tls)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof(at);
    pthread_t thread;
    *s = (struct server){.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), .tls = tls};
    signal(SIGPIPE, SIG_IGN); /* OpenSSL writes to clients that are gone */
    pthread_mutex_init(&s->mutex, NULL);
    if (bind(s->listener, (struct sockaddr *)&at, size) != 0 || listen(s->listener, 128) != 0 ||
        getsockname(s->listener, (struct sockaddr *)&at, &size) != 0 ||
        pthread_create(&thread, NULL, server_run, s) != 0) {
        abort();
    }
    pthread_detach(thread);
    s->port = ntohs(at.sin_port);
}

#endif

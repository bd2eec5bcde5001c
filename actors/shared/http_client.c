/* SPDX-License-Identifier: MIT
 * http_client.c - libcurl in an actor's loop: it says which descriptors and which timer it waits
 * for, and is called when they are ready.
 *
 * A `done` is called only from here, when libcurl is not at work, so it may ask and cancel. */
#include "actors/shared/http_client.h"

#include <assert.h>
#include <malloc.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#include "actors/shared/http_request.h"

enum { CONNECTIONS_KEPT = 16 };

struct http_client {
    struct actor *actor;
    CURLM *multi;    /* owned */
    int timer;       /* libcurl's; 0: none */
    int over_timer;  /* for what ended without libcurl; 0: none */
    uint64_t serial; /* of the newest request */
    size_t count;
    bool closing;
    struct http_ports own_ports;
    LIST_HEAD(, http_request) requests; /* owned */
};

const char *http_end_name(enum http_end end)
{
    static const char *const names[] = {
        [HTTP_ANSWERED] = "ANSWERED",
        [HTTP_UNREACHABLE] = "UNREACHABLE",
        [HTTP_NO_SUCH_HOST] = "NO_SUCH_HOST",
        [HTTP_TIMED_OUT] = "TIMED_OUT",
        [HTTP_CERTIFICATE] = "CERTIFICATE",
        [HTTP_TOO_LARGE] = "TOO_LARGE",
        [HTTP_CUT] = "CUT",
        [HTTP_FORBIDDEN_ADDRESS] = "FORBIDDEN_ADDRESS",
        [HTTP_CANCELLED] = "CANCELLED",
        [HTTP_BAD_URL] = "BAD_URL",
    };
    return names[end];
}

/* ---- what ended ---- */

static void tell(struct http_client *c, struct http_request *request, CURLcode code)
{
    OWNED(http_request_destroy) struct http_request *r = request;
    LIST_REMOVE(r, link);
    c->count--;
    http_request_tell(r, c->actor, code);
}

static void tell_finished(struct http_client *c)
{
    int left = 0;
    const CURLMsg *message = NULL;
    while ((message = curl_multi_info_read(c->multi, &left)) != NULL) {
        struct http_request *r = NULL;
        CURLcode code = message->data.result;
        (void)curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&r);
        (void)curl_multi_remove_handle(c->multi, message->easy_handle);
        tell(c, r, code);
    }
}

/* One a turn, so that a `done` that asks for the impossible again and again stops nothing else. */
static void on_over(struct actor *a, void *client)
{
    struct http_client *c = client;
    struct http_request *r = LIST_FIRST(&c->requests);
    struct http_request *first = NULL; /* the oldest is the last of the list */
    bool more = false;
    for (; r != NULL; r = LIST_NEXT(r, link)) {
        more = more || first != NULL;
        first = r->over ? r : first;
    }
    c->over_timer = more ? actor_after(a, 0, on_over, c) : 0;
    if (first != NULL) {
        tell(c, first, CURLE_OK);
    }
}

static void tell_later(struct http_client *c)
{
    if (c->over_timer == 0) {
        c->over_timer = actor_after(c->actor, 0, on_over, c);
    }
}

/* ---- what libcurl waits for ---- */

static void act(struct http_client *c, curl_socket_t fd, int ready)
{
    int running = 0;
    (void)curl_multi_socket_action(c->multi, fd, ready, &running);
    tell_finished(c);
}

static void on_ready(struct actor *a, int fd, short ready, void *client)
{
    (void)a;
    int events = ((ready & ZMQ_POLLIN) != 0 ? CURL_CSELECT_IN : 0) |
                 ((ready & ZMQ_POLLOUT) != 0 ? CURL_CSELECT_OUT : 0) |
                 ((ready & ZMQ_POLLERR) != 0 ? CURL_CSELECT_ERR : 0);
    act(client, fd, events);
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *client, void *unused)
{
    (void)easy;
    (void)unused;
    struct http_client *c = client;
    short events = (short)((what == CURL_POLL_IN || what == CURL_POLL_INOUT ? ZMQ_POLLIN : 0) |
                           (what == CURL_POLL_OUT || what == CURL_POLL_INOUT ? ZMQ_POLLOUT : 0));
    if (events == 0) {
        actor_unwatch_fd(c->actor, fd);
    } else {
        actor_watch_fd(c->actor, fd, events, on_ready, c);
    }
    return 0;
}

static void on_timer(struct actor *a, void *client)
{
    (void)a;
    struct http_client *c = client;
    c->timer = 0;
    act(c, CURL_SOCKET_TIMEOUT, 0);
}

static int on_timer_wanted(CURLM *multi, long ms, void *client)
{
    (void)multi;
    struct http_client *c = client;
    if (c->timer != 0) {
        actor_cancel(c->actor, c->timer);
    }
    c->timer = ms >= 0 ? actor_after(c->actor, ms, on_timer, c) : 0;
    return 0;
}

/* ---- libcurl's memory: the heads that it sends hold tokens, so all that it frees is wiped ---- */

static void free_wiped(void *piece)
{
    if (piece != NULL) {
        OPENSSL_cleanse(piece, malloc_usable_size(piece));
        free(piece);
    }
}

static void *grow_wiped(void *piece, size_t size)
{
    void *grown = malloc(size > 0 ? size : 1);
    if (grown != NULL && piece != NULL) {
        size_t had = malloc_usable_size(piece);
        memcpy(grown, piece, had < size ? had : size);
        free_wiped(piece);
    }
    return grown;
}

/* ---- the client ---- */

struct http_client *http_client_open(struct actor *a)
{
    if (curl_global_init_mem(CURL_GLOBAL_DEFAULT, malloc, free_wiped, grow_wiped, strdup, calloc) !=
        CURLE_OK) {
        log_error("libcurl cannot be used");
        return NULL;
    }
    struct http_client *c = must_alloc(sizeof(*c));
    c->actor = a;
    c->multi = curl_multi_init();
    LIST_INIT(&c->requests);
    (void)curl_multi_setopt(c->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    (void)curl_multi_setopt(c->multi, CURLMOPT_SOCKETDATA, c);
    (void)curl_multi_setopt(c->multi, CURLMOPT_TIMERFUNCTION, on_timer_wanted);
    (void)curl_multi_setopt(c->multi, CURLMOPT_TIMERDATA, c);
    (void)curl_multi_setopt(c->multi, CURLMOPT_MAXCONNECTS, (long)CONNECTIONS_KEPT);
    return c;
}

static void give_up(struct http_client *c, struct http_request *r, const char *why)
{
    if (!r->over) {
        (void)curl_multi_remove_handle(c->multi, r->easy);
        http_request_give_up(r, HTTP_CANCELLED, why);
    }
}

void http_client_close(struct http_client **client)
{
    struct http_client *c = TAKE(*client);
    if (c == NULL) {
        return;
    }
    c->closing = true;
    while (!LIST_EMPTY(&c->requests)) {
        struct http_request *r = LIST_FIRST(&c->requests);
        give_up(c, r, "this process ends");
        tell(c, r, CURLE_OK);
    }
    (void)curl_multi_cleanup(c->multi);
    actor_cancel(c->actor, c->timer);
    actor_cancel(c->actor, c->over_timer);
    curl_global_cleanup();
    free(c);
}

void http_client_forbid_port(struct http_client *client, uint16_t port)
{
    struct http_ports *own = &client->own_ports;
    assert(own->count < HTTP_PORTS_MAX);
    own->port[own->count++] = port;
}

void http_client_forbid_listener(struct http_client *client, const struct config *config)
{
    const char *listen = config_text(config, SETTING_gateway_listen);
    const char *colon = listen != NULL ? strrchr(listen, ':') : NULL;
    long port = colon != NULL ? strtol(colon + 1, NULL, 10) : 0;
    if (port > 0 && port <= UINT16_MAX) {
        http_client_forbid_port(client, (uint16_t)port);
    }
}

uint64_t http_ask(struct http_client *client, const struct http_ask *ask, http_done *done,
                  void *context)
{
    assert(!client->closing);
    struct http_request *r = http_request_new(ask, &client->own_ports);
    r->handle = ++client->serial;
    r->done = done;
    r->context = context;
    if (!r->over && client->count >= HTTP_UNDER_WAY_MAX) {
        http_request_give_up(r, HTTP_CANCELLED, "too many requests are under way");
    }
    if (!r->over && curl_multi_add_handle(client->multi, r->easy) != CURLM_OK) {
        http_request_give_up(r, HTTP_CANCELLED, "libcurl does not take the request");
    }
    LIST_INSERT_HEAD(&client->requests, r, link);
    client->count++;
    if (r->over) {
        tell_later(client);
    }
    return r->handle;
}

void http_cancel(struct http_client *client, uint64_t handle)
{
    struct http_request *r = LIST_FIRST(&client->requests);
    while (r != NULL && r->handle != handle) {
        r = LIST_NEXT(r, link);
    }
    if (r != NULL) {
        give_up(client, r, "it was cancelled");
        tell_later(client);
    }
}

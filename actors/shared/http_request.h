/* SPDX-License-Identifier: MIT
 * http_request.h - one request of the HTTP client: what libcurl is told, and what it met. For
 * http_client.c only. */
#ifndef PLAYBUS_ACTORS_SHARED_HTTP_REQUEST_H
#define PLAYBUS_ACTORS_SHARED_HTTP_REQUEST_H

#include <curl/curl.h>
#include <stdbool.h>
#include <sys/queue.h>

#include "actors/shared/http_client.h"
#include "actors/shared/http_tls.h"
#include "proto/wire/codec.h"

struct http_ports {
    uint16_t port[HTTP_PORTS_MAX];
    size_t count;
};

struct http_request {
    LIST_ENTRY(http_request) link;
    uint64_t handle;
    http_done *done;
    void *context;
    const struct http_ports *own_ports; /* the client's */

    CURL *easy;                           /* owned */
    CURLU *url;                           /* owned */
    struct curl_slist *headers, *resolve; /* owned */
    bool secure;                          /* https */
    struct http_certificate certificate;

    struct buffer body; /* owned */
    size_t body_max, head_size;
    http_take *take; /* NULL: the body is kept */
    void *take_context;

    bool over;                  /* it ended without libcurl, so as `end` says */
    enum http_end end;          /* of what we ended ourselves; else ANSWERED */
    const char *why;            /* of the same, a constant text; else NULL */
    bool opened, passed;        /* an address of the host was allowed; one was passed over */
    unsigned packings;          /* Content-Encoding lines of this head */
    char said[CURL_ERROR_SIZE]; /* by libcurl, of the error */
    char *location;             /* owned; of a redirect; NULL: none */
};

/* Never NULL. One that cannot be sent is over. */
struct http_request *http_request_new(const struct http_ask *ask,
                                      const struct http_ports *own_ports);
void http_request_destroy(struct http_request **r);

/* It is over, and why: a constant text. */
void http_request_give_up(struct http_request *r, enum http_end end, const char *why);
/* Calls `done`. `code` is what libcurl said of it, CURLE_OK if it is over. */
void http_request_tell(struct http_request *r, struct actor *a, CURLcode code);

#endif

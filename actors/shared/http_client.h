/* SPDX-License-Identifier: MIT
 * http_client.h - asks HTTP servers from an actor's loop, and trusts them with nothing.
 *
 * Nothing blocks, a name that is never resolved included. Only http and https; redirects are told
 * and not followed; proxy, .netrc and cookies are not used; TLS is at least 1.2 and always
 * verified. Bodies are counted as they are after unpacking. Of a name's addresses those are passed
 * over that no media server has: link-local, the metadata services of clouds, unspecified,
 * multicast and broadcast, however they are wrapped in IPv6, and ports of our own on this machine.
 */
#ifndef PLAYBUS_ACTORS_SHARED_HTTP_CLIENT_H
#define PLAYBUS_ACTORS_SHARED_HTTP_CLIENT_H

#include <stddef.h>
#include <stdint.h>

#include "proto/bus/actor.h"

struct http_client;

enum {
    HTTP_UNDER_WAY_MAX = 256, /* requests of a client; one more is told as HTTP_CANCELLED */
    HTTP_HEAD_MAX = 65536,    /* bytes of an answer's head; beyond: HTTP_TOO_LARGE */
    HTTP_PORTS_MAX = 16       /* ports of our own */
};

enum http_end {
    HTTP_ANSWERED,    /* with any status; a redirect is one too */
    HTTP_UNREACHABLE, /* refused, no route, or no TLS there */
    HTTP_NO_SUCH_HOST,
    HTTP_TIMED_OUT,         /* by the deadline, or silent for too long */
    HTTP_CERTIFICATE,       /* not verified: see certificate_sha256 */
    HTTP_TOO_LARGE,         /* head or body */
    HTTP_CUT,               /* ended before it was whole, or was no HTTP */
    HTTP_FORBIDDEN_ADDRESS, /* the host has no address that may be asked */
    HTTP_CANCELLED,         /* by http_cancel or http_client_close, or too many are under way */
    HTTP_BAD_URL            /* the address, a header or the body cannot be sent as it is */
};

struct http_header {
    const char *name;
    const char *value;
};

/* What comes of a body that is not kept. `whole`: bytes it will have, -1 if that was not said.
 * False: it is not wanted any more, and the request ends as TOO_LARGE. */
typedef bool http_take(void *context, struct bytes piece, int64_t whole);

struct http_ask {
    const char *url;
    const struct http_header *headers;
    size_t headers_count;
    struct bytes post;         /* the body of a POST; NULL data: a GET */
    size_t body_max;           /* bytes of the answer's body, unpacked */
    http_take *take;           /* is given the body of a 200 in place of its being kept; or NULL */
    void *take_context;        /* lives until the request is cancelled, or `done` is called */
    int64_t deadline_ms;       /* of clock_monotonic_ms() */
    int64_t silence_max_ms;    /* without a byte; whole seconds; 0: a minute */
    const char *pinned_sha256; /* 64 hexadecimal digits of the only certificate to be trusted, its
                                  name and dates aside; NULL: as the system's authorities say */
};

struct http_answer { /* lives as long as the call of `done` */
    enum http_end end;
    int status;                     /* ANSWERED: 200, 404, …; else 0 */
    const char *content_type;       /* "" if none was said */
    const char *location;           /* a redirect: where to, as a whole address in ASCII; else "" */
    struct bytes body;              /* ANSWERED: whole */
    int64_t date_ms;                /* the server's clock, to the second; 0: it does not say */
    int64_t retry_after_ms;         /* at most an hour; -1: none was said */
    const char *detail;             /* for a log and a person; never "" but when ANSWERED */
    const char *certificate_sha256; /* CERTIFICATE: of the one that was shown; else "" */
};

typedef void http_done(struct actor *a, const struct http_answer *answer, void *context);

/* NULL if libcurl cannot be used. The certificates of authorities are the system's, or those in
 * the file that the variable SSL_CERT_FILE names. */
struct http_client *http_client_open(struct actor *a) NODISCARD;
/* Calls `done` of all that is under way, with HTTP_CANCELLED. Not from within a `done`. */
void http_client_close(struct http_client **client);
/* From now on this port of any address of this machine is not asked. */
void http_client_forbid_port(struct http_client *client, uint16_t port);
/* The same of the gateway's: it is not asked as if it were a media server. */
void http_client_forbid_listener(struct http_client *client, const struct config *config);

/* Copies what it needs of `ask`. `done` is called exactly once, from the loop, never from within
 * this call. The handle is for http_cancel. */
uint64_t http_ask(struct http_client *client, const struct http_ask *ask, http_done *done,
                  void *context);
/* Harmless if it has ended. Takes no time, and no byte is sent any more; `done` follows. */
void http_cancel(struct http_client *client, uint64_t handle);

const char *http_end_name(enum http_end end); /* "ANSWERED", for the log */

#endif

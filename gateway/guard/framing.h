/* SPDX-License-Identifier: MIT
 * framing.h - where requests begin and end in the bytes of a connection, read strictly (RFC 9112):
 * every line ends with CR LF, lengths are numbers, chunks are well formed. libmicrohttpd is lenient
 * there, and two programs that disagree about an end see different requests; it also answers some
 * flaws with a page of its own. So it only ever gets bytes that passed here. */
#ifndef PLAYBUS_GATEWAY_GUARD_FRAMING_H
#define PLAYBUS_GATEWAY_GUARD_FRAMING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/base/error.h"

enum framing_state {
    FRAMING_BEGIN, /* before a request; empty lines may stand there */
    FRAMING_REQUEST_LINE,
    FRAMING_FIELD, /* at the beginning of a line */
    FRAMING_NAME,
    FRAMING_VALUE,
    FRAMING_BODY,
    FRAMING_CHUNK_SIZE,
    FRAMING_CHUNK_EXTENSION,
    FRAMING_CHUNK_DATA,
    FRAMING_CHUNK_END,
};

/* Of one connection; zeroed, it is at the beginning of a request. */
struct framing {
    enum framing_state state;
    bool cr;              /* CR was read, LF must follow */
    bool chunked, length; /* what the head said */
    bool trailer;         /* the fields are those behind the last chunk */
    bool http_1_0;
    unsigned lines, separators, digits, spaces;
    size_t head_size;
    uint64_t left; /* of the body or chunk */
    char name[20], value[20];
    size_t name_size, value_size;
    unsigned requests; /* that ended */
    enum err code;     /* of its flaw; else OK */
    const char *why;   /* a sentence about it */
};

/* How many of the bytes may be passed on: all, or those before a flaw, which `code` and `why` then
 * tell; after that it is not called again. */
size_t framing_take(struct framing *f, const char *bytes, size_t size);

#endif

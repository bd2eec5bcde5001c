/* SPDX-License-Identifier: MIT
 * head.h - what a request's head may look like. libmicrohttpd 0.9.75 accepts heads that two
 * programs read differently (request smuggling); these are refused here, before anything acts on
 * them. */
#ifndef PLAYBUS_GATEWAY_GUARD_HEAD_H
#define PLAYBUS_GATEWAY_GUARD_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/base/error.h"
#include "proto/base/own.h"

#define HEAD_LINES_MAX 100
#define HEAD_BYTES_MAX 16384

struct head_line {
    const char *name, *value; /* borrowed; not terminated */
    size_t name_size, value_size;
};

struct head {
    const char *method, *target, *version; /* as in "GET", "/api/v1/ws?x=1", "HTTP/1.1" */
    struct head_line lines[HEAD_LINES_MAX];
    size_t count;      /* lines met; beyond HEAD_LINES_MAX they are counted only */
    size_t byte_count; /* of names and values */
    /* Not NULL: method, version and lines still lie where they were received, around this place of
     * the target, each terminator overwritten by a NUL. What is between them can be looked at. */
    const char *target_at;
    size_t size; /* of the whole head, from the method to the empty line; set with target_at */
};

/* What the checks found out on the way. */
struct head_facts {
    int64_t content_length; /* -1: none given */
    bool chunked;
    bool expects_continue;
    struct head_line host, origin, content_type; /* value NULL: absent */
};

/* Most names differ in their first letter, which costs no call. */
static inline bool head_line_may_begin(const struct head_line *line, const char *prefix)
{
    return line->name_size > 0 && ((line->name[0] ^ prefix[0]) & ~0x20) == 0;
}

void head_add(struct head *head, const struct head_line *line);

/* OK, BAD_REQUEST or TOO_LARGE; `out_why` gets a sentence. A head that fails leaves open where its
 * request ends: answer, then close the connection. */
enum err head_check(const struct head *head, struct head_facts *out,
                    const char **out_why) NODISCARD;

/* The only line of that name; NULL if there is none. */
const struct head_line *head_find(const struct head *head, const char *name);
size_t head_count(const struct head *head, const char *name);
/* Is `token` one of the comma-separated items of all lines of that name? Case does not matter. */
bool head_has_token(const struct head *head, const char *name, const char *token);
bool head_line_named(const struct head_line *line, const char *name);    /* case does not matter */
bool head_line_begins(const struct head_line *line, const char *prefix); /* its name; likewise */
bool head_line_is(const struct head_line *line, const char *text);       /* its value; likewise */

/* application/json or application/octet-stream, with any parameters? */
bool head_media_is(const struct head_line *content_type, const char *media_type);

#endif

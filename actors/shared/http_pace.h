/* SPDX-License-Identifier: MIT
 * http_pace.h - when one server may be asked next: never hastily, not before the time it named, and
 * less and less often while it fails. One of each server; the clock is the caller's. */
#ifndef PLAYBUS_ACTORS_SHARED_HTTP_PACE_H
#define PLAYBUS_ACTORS_SHARED_HTTP_PACE_H

#include <stdbool.h>
#include <stdint.h>

#include "actors/shared/http_client.h"

enum {
    HTTP_PACE_FAILURES_MAX = 3, /* in a row; from then on one request alone tries */
    HTTP_PACE_WAIT_MAX_MS = 300000
};

struct http_pace {
    int64_t gap_ms;        /* between the beginnings of two requests; the caller's choice */
    int64_t wait_max_ms;   /* after failures; the caller's choice; 0: HTTP_PACE_WAIT_MAX_MS */
    int64_t not_before_ms; /* monotonic clock */
    unsigned failures;     /* in a row */
    unsigned under_way;
};

/* How long to wait until it may be asked; 0: now. -1: until what is under way has ended. */
int64_t http_pace_wait_ms(const struct http_pace *p, int64_t now_ms);
void http_pace_began(struct http_pace *p, int64_t now_ms);
/* What came of one that began. */
void http_pace_ended(struct http_pace *p, const struct http_answer *answer, int64_t now_ms);
/* It failed too often: others may say so instead of waiting. */
bool http_pace_is_broken(const struct http_pace *p);

#endif

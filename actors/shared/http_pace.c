/* SPDX-License-Identifier: MIT
 * http_pace.c - a circuit breaker and a pace for one server.
 *
 * Each failure in a row doubles the wait, from one second to five minutes. After three only one
 * request at a time is let through, and the first that succeeds ends it all. */
#include "actors/shared/http_pace.h"

#include <assert.h>

enum { FIRST_WAIT_MS = 1000, DOUBLINGS_MAX = 16 };

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

bool http_pace_is_broken(const struct http_pace *p)
{
    return p->failures >= HTTP_PACE_FAILURES_MAX;
}

int64_t http_pace_wait_ms(const struct http_pace *p, int64_t now_ms)
{
    if (http_pace_is_broken(p) && p->under_way > 0) {
        return -1;
    }
    return later(p->not_before_ms - now_ms, 0);
}

void http_pace_began(struct http_pace *p, int64_t now_ms)
{
    p->under_way++;
    p->not_before_ms = later(p->not_before_ms, now_ms + p->gap_ms);
}

/* Does the server say no to everybody, and not only to what was asked? */
static bool is_failure(const struct http_answer *answer)
{
    switch (answer->end) {
    case HTTP_ANSWERED:
        return answer->status == 429 || answer->status >= 500;
    case HTTP_TOO_LARGE:
        return false;
    default:
        return true;
    }
}

static int64_t wait_after(const struct http_pace *p)
{
    unsigned failures = p->failures;
    int64_t most_ms = p->wait_max_ms > 0 ? p->wait_max_ms : HTTP_PACE_WAIT_MAX_MS;
    unsigned doublings = failures - 1 < DOUBLINGS_MAX ? failures - 1 : DOUBLINGS_MAX;
    int64_t ms = (int64_t)FIRST_WAIT_MS << doublings;
    return ms < most_ms ? ms : most_ms;
}

void http_pace_ended(struct http_pace *p, const struct http_answer *answer, int64_t now_ms)
{
    assert(p->under_way > 0);
    p->under_way--;
    if (answer->end == HTTP_CANCELLED || answer->end == HTTP_BAD_URL) {
        return; /* the server has not been heard */
    }
    bool failed = is_failure(answer);
    p->failures = failed ? p->failures + 1 : 0;
    if (failed) {
        p->not_before_ms = later(p->not_before_ms, now_ms + wait_after(p));
    }
    if (answer->retry_after_ms >= 0 && failed) {
        p->not_before_ms = later(p->not_before_ms, now_ms + answer->retry_after_ms);
    }
}

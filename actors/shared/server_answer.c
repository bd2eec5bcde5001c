/* SPDX-License-Identifier: MIT
 * server_answer.c - one table for all that ask servers, so that the same answer is the same trouble
 * whoever met it. */
#include "actors/shared/server_answer.h"

#include <stdio.h>

enum { AWAY_MS = 60000, FAILED_MS = 20000, MAINTENANCE_MS = 1800000 };

enum err server_answer_end(const struct http_answer *answer, bool pinned)
{
    switch (answer->end) {
    case HTTP_NO_SUCH_HOST:
        return ERR_SERVER_HOST_UNKNOWN;
    case HTTP_TIMED_OUT:
        return ERR_SERVER_TIMED_OUT;
    case HTTP_CERTIFICATE:
        return pinned ? ERR_SERVER_CERTIFICATE_CHANGED : ERR_SERVER_CERTIFICATE;
    case HTTP_TOO_LARGE:
        return ERR_SERVER_FLOODS;
    case HTTP_CUT:
        return ERR_SERVER_FAILED;
    case HTTP_FORBIDDEN_ADDRESS:
        return ERR_SERVER_ADDRESS_FORBIDDEN;
    default:
        return ERR_SERVER_UNREACHABLE;
    }
}

enum err server_answer_status(const struct http_answer *answer, enum err forbidden,
                              bool says_maintenance)
{
    bool comes_back = says_maintenance || answer->body.size == 0 || answer->retry_after_ms >= 0;
    switch (answer->status) {
    case 401:
        return ERR_SERVER_TOKEN_REFUSED;
    case 403:
        return forbidden;
    case 404:
        return ERR_SERVER_PATH_MISSING;
    case 429:
        return ERR_SERVER_BUSY;
    case 503:
        return comes_back ? ERR_SERVER_MAINTENANCE : ERR_SERVER_FAILED;
    default:
        return answer->status >= 300 && answer->status < 400 ? ERR_SERVER_REDIRECTS
                                                             : ERR_SERVER_FAILED;
    }
}

void server_answer_text(enum err code, const struct http_answer *answer,
                        char out[static SERVER_ANSWER_TEXT_SIZE])
{
    out[0] = '\0';
    if (code == ERR_SERVER_FAILED && answer->status != 0 && answer->status != 200) {
        (void)snprintf(out, SERVER_ANSWER_TEXT_SIZE, "%s: HTTP status %d", err_sentence(code),
                       answer->status);
    } else if (code == ERR_SERVER_REDIRECTS) {
        (void)snprintf(out, SERVER_ANSWER_TEXT_SIZE, "%s: %.300s", err_sentence(code),
                       answer->location);
    }
}

int64_t server_wait_ms(enum err code)
{
    switch (code) {
    case ERR_SERVER_MAINTENANCE:
    case ERR_SERVER_BUSY:
        return MAINTENANCE_MS;
    case ERR_SERVER_UNREACHABLE:
    case ERR_SERVER_HOST_UNKNOWN:
    case ERR_SERVER_TIMED_OUT:
    case ERR_ACTOR_AWAY:
    case ERR_TIMEOUT:
    case ERR_BUSY:
        return AWAY_MS;
    case ERR_SERVER_FAILED:
        return FAILED_MS;
    default:
        return 0;
    }
}

bool server_may_heal(enum err code)
{
    return server_wait_ms(code) > 0;
}

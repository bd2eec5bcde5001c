/* SPDX-License-Identifier: MIT
 * http_retry_after.c - the forms of Retry-After that servers and proxies really send. */
#include "actors/shared/http_retry_after.h"

#include <curl/curl.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static int64_t clamp(int64_t ms)
{
    int64_t least = ms > 0 ? ms : 0;
    return least < HTTP_RETRY_AFTER_MAX_MS ? least : HTTP_RETRY_AFTER_MAX_MS;
}

int64_t http_retry_after_ms(const char *value, int64_t wall_ms)
{
    if (value == NULL) {
        return -1;
    }
    char *end = NULL;
    size_t number = strspn(value, " \t0123456789.");
    double ms = ceil(strtod(value, &end) * 1000); /* up: nobody comes too early */
    if (end > value && value[number] == '\0' && end[strspn(end, " \t")] == '\0') {
        return ms < (double)HTTP_RETRY_AFTER_MAX_MS ? (int64_t)ms : HTTP_RETRY_AFTER_MAX_MS;
    }
    time_t when = curl_getdate(value, NULL);
    return when == -1 ? -1 : clamp((int64_t)when * 1000 - wall_ms);
}

/* SPDX-License-Identifier: MIT
 * http_retry_after.h - how long a server wants to be left alone (RFC 9110, 10.2.3). */
#ifndef PLAYBUS_ACTORS_SHARED_HTTP_RETRY_AFTER_H
#define PLAYBUS_ACTORS_SHARED_HTTP_RETRY_AFTER_H

#include <stdint.h>

#define HTTP_RETRY_AFTER_MAX_MS INT64_C(3600000)

/* Seconds, also with a fraction, or a date; 0 to an hour whatever was said. -1: NULL, or neither.
 */
int64_t http_retry_after_ms(const char *value, int64_t wall_ms);

#endif

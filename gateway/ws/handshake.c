/* SPDX-License-Identifier: MIT
 * handshake.c - RFC 6455 section 4.2.1, in full. libwebsockets 4.1.6 takes any version silently and
 * its permessage-deflate is old: both are settled here, before it sees the connection. */
#include "gateway/ws/handshake.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define KEY_SIZE 24 /* 16 bytes in base64 */

static bool is_key(const struct head_line *line)
{
    if (line->value_size != KEY_SIZE || memcmp(line->value + KEY_SIZE - 2, "==", 2) != 0) {
        return false;
    }
    for (size_t i = 0; i < KEY_SIZE - 2; i++) {
        char c = line->value[i];
        if (!isalnum((unsigned char)c) && c != '+' && c != '/') {
            return false;
        }
    }
    /* 16 bytes leave four of the last character's six bits unused; they must be zero. */
    return strchr("AQgw", line->value[KEY_SIZE - 3]) != NULL;
}

const char *handshake_flaw(const struct head *head, const struct head_facts *facts)
{
    const struct head_line *version = head_find(head, "Sec-WebSocket-Version");
    const struct head_line *key = head_find(head, "Sec-WebSocket-Key");
    if (strcmp(head->method, "GET") != 0 || strcmp(head->version, "HTTP/1.1") != 0) {
        return "A WebSocket handshake is a GET in HTTP/1.1";
    }
    if (!head_has_token(head, "Upgrade", "websocket") ||
        !head_has_token(head, "Connection", "upgrade")) {
        return "A WebSocket handshake needs Upgrade: websocket and Connection: Upgrade";
    }
    if (facts->chunked || facts->content_length > 0) {
        return "A WebSocket handshake has no body";
    }
    if (version == NULL || head_count(head, "Sec-WebSocket-Version") != 1 ||
        !head_line_is(version, "13")) {
        return "The only WebSocket version understood is 13";
    }
    if (key == NULL || head_count(head, "Sec-WebSocket-Key") != 1 || !is_key(key)) {
        return "Sec-WebSocket-Key is not 16 bytes in base64";
    }
    return NULL;
}

size_t handshake_head(const struct head *head, char out[static HANDSHAKE_HEAD_SIZE])
{
    const struct head_line *key = head_find(head, "Sec-WebSocket-Key");
    int size = snprintf(out, HANDSHAKE_HEAD_SIZE,
                        "GET /api/v1/ws HTTP/1.1\r\n"
                        "Host: playbus\r\n"
                        "Upgrade: websocket\r\n"
                        "Connection: Upgrade\r\n"
                        "Sec-WebSocket-Version: 13\r\n"
                        "Sec-WebSocket-Key: %.*s\r\n\r\n",
                        KEY_SIZE, key->value);
    return (size_t)size;
}

/* SPDX-License-Identifier: MIT
 * server_address.c - libcurl's own parser reads the address, so that what was checked is what is
 * asked. */
#include "actors/server_sync/server_address.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <curl/curl.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

static void url_release(CURLU **url)
{
    curl_url_cleanup(*url);
    *url = NULL;
}

static void part_release(char **part)
{
    curl_free(*part);
    *part = NULL;
}

static bool has_part(CURLU *url, CURLUPart part)
{
    OWNED(part_release) char *text = NULL;
    return curl_url_get(url, part, &text, 0) == CURLUE_OK;
}

static const char *flaw_of(CURLU *url)
{
    OWNED(part_release) char *scheme = NULL;
    (void)curl_url_get(url, CURLUPART_SCHEME, &scheme, 0);
    if (scheme == NULL || (strcmp(scheme, "http") != 0 && strcmp(scheme, "https") != 0)) {
        return "The address of a server begins with http:// or https://";
    }
    if (has_part(url, CURLUPART_USER) || has_part(url, CURLUPART_PASSWORD)) {
        return "The address of a server has no name or password in it; the token is given apart";
    }
    if (has_part(url, CURLUPART_QUERY) || has_part(url, CURLUPART_FRAGMENT)) {
        return "The address of a server ends before any ? or #; the token is given apart";
    }
    return NULL;
}

/* The host in lower case: names of hosts know no case. */
static const char *origin_text(CURLU *url, struct arena *arena)
{
    OWNED(part_release) char *scheme = NULL;
    OWNED(part_release) char *host = NULL;
    OWNED(part_release) char *port = NULL;
    (void)curl_url_get(url, CURLUPART_SCHEME, &scheme, 0);
    (void)curl_url_get(url, CURLUPART_HOST, &host, 0);
    (void)curl_url_get(url, CURLUPART_PORT, &port, CURLU_NO_DEFAULT_PORT);
    if (scheme == NULL || host == NULL || host[0] == '\0') {
        return NULL;
    }
    for (char *c = host; *c != '\0'; c++) {
        *c = (char)tolower((unsigned char)*c);
    }
    return arena_format(arena, "%s://%s%s%s", scheme, host, port != NULL ? ":" : "",
                        port != NULL ? port : "");
}

enum err server_address_read(const char *text, struct arena *arena, const char **out,
                             const char **out_why)
{
    OWNED(url_release) CURLU *url = curl_url();
    OWNED(part_release) char *path = NULL;
    *out_why = "This is not the address of a server, as http://192.168.1.10:32400";
    if (url == NULL || curl_url_set(url, CURLUPART_URL, text, CURLU_GUESS_SCHEME) != CURLUE_OK) {
        return ERR_BAD_FIELD;
    }
    const char *flaw = flaw_of(url);
    const char *origin = flaw == NULL ? origin_text(url, arena) : NULL;
    if (origin == NULL || curl_url_get(url, CURLUPART_PATH, &path, 0) != CURLUE_OK) {
        *out_why = flaw != NULL ? flaw : *out_why;
        return ERR_BAD_FIELD;
    }
    size_t size = strlen(path);
    while (size > 0 && path[size - 1] == '/') {
        size--;
    }
    *out = arena_format(arena, "%s%.*s", origin, (int)size, path);
    return OK;
}

static size_t origin_size(const char *address)
{
    const char *host = strstr(address, "://");
    host = host != NULL ? host + 3 : address;
    return (size_t)(host - address) + strcspn(host, "/");
}

bool server_address_same_origin(const char *a, const char *b)
{
    size_t size = origin_size(a);
    return size == origin_size(b) && memcmp(a, b, size) == 0;
}

bool server_address_is_local(const char *address)
{
    char host[INET6_ADDRSTRLEN] = "";
    struct in_addr v4;
    struct in6_addr v6;
    const char *begin = strstr(address, "://") + 3;
    begin += *begin == '[';
    (void)snprintf(host, sizeof host, "%.*s", (int)strcspn(begin, begin[-1] == '[' ? "]" : ":/"),
                   begin);
    return strcmp(host, "localhost") == 0 ||
           (inet_pton(AF_INET, host, &v4) == 1 && (ntohl(v4.s_addr) >> 24) == IN_LOOPBACKNET) ||
           (inet_pton(AF_INET6, host, &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6));
}

bool server_address_is_encrypted(const char *address)
{
    return strncmp(address, "https:", strlen("https:")) == 0;
}

bool fingerprint_read(const char *text, char out[static FINGERPRINT_SIZE])
{
    size_t size = 0;
    for (const char *c = text; *c != '\0'; c++) {
        if (*c == ':') {
            continue;
        }
        if (!isxdigit((unsigned char)*c) || size == FINGERPRINT_SIZE - 1) {
            return false;
        }
        out[size++] = (char)tolower((unsigned char)*c);
    }
    out[size] = '\0';
    return size == FINGERPRINT_SIZE - 1;
}

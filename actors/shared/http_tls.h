/* SPDX-License-Identifier: MIT
 * http_tls.h - whether the certificate of a server is the one to be trusted. */
#ifndef PLAYBUS_ACTORS_SHARED_HTTP_TLS_H
#define PLAYBUS_ACTORS_SHARED_HTTP_TLS_H

#include <curl/curl.h>

#define HTTP_FINGERPRINT_SIZE 65 /* SHA-256 in hexadecimal digits, and the NUL */

struct http_certificate {
    char pinned[HTTP_FINGERPRINT_SIZE]; /* "": the authorities decide */
    char seen[HTTP_FINGERPRINT_SIZE];   /* of the newest handshake; "" before it */
};

/* Sets what libcurl's handle verifies by. Both live until the transfer is over. CURLE_OK or what
 * libcurl says. */
CURLcode http_tls_prepare(CURL *easy, struct http_certificate *certificate);

#endif

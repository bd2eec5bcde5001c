/* SPDX-License-Identifier: MIT
 * http_tls.c - every handshake verifies: the chain and the name by the system's authorities, or
 * exactly the one certificate that a person confirmed.
 *
 * libcurl can pin a public key only, which other certificates may have too; so OpenSSL asks us. It
 * does so for a whole handshake alone: none is abbreviated by an earlier session, and a connection
 * made for a pin serves that one request. */
#include "actors/shared/http_tls.h"

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool read_fingerprint(const X509 *leaf, char out[static HTTP_FINGERPRINT_SIZE])
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    if (leaf == NULL || X509_digest(leaf, EVP_sha256(), digest, &size) != 1 ||
        size * 2 + 1 != HTTP_FINGERPRINT_SIZE) {
        return false;
    }
    for (unsigned i = 0; i < size; i++) {
        static const char digits[] = "0123456789abcdef";
        out[2 * i] = digits[digest[i] >> 4];
        out[2 * i + 1] = digits[digest[i] & 15];
    }
    out[HTTP_FINGERPRINT_SIZE - 1] = '\0';
    return true;
}

static int verify(X509_STORE_CTX *chain, void *context)
{
    struct http_certificate *certificate = context;
    if (!read_fingerprint(X509_STORE_CTX_get0_cert(chain), certificate->seen)) {
        X509_STORE_CTX_set_error(chain, X509_V_ERR_APPLICATION_VERIFICATION);
        return 0;
    }
    if (*certificate->pinned == '\0') {
        return X509_verify_cert(chain);
    }
    bool same = strcasecmp(certificate->seen, certificate->pinned) == 0;
    X509_STORE_CTX_set_error(chain, same ? X509_V_OK : X509_V_ERR_APPLICATION_VERIFICATION);
    return same;
}

static CURLcode on_context(CURL *easy, void *context, void *certificate)
{
    (void)easy;
    SSL_CTX_set_cert_verify_callback(context, verify, certificate);
    /* A later handshake of the same connection would ask us after the request is gone. */
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION);
    return CURLE_OK;
}

CURLcode http_tls_prepare(CURL *easy, struct http_certificate *certificate)
{
    bool pinned = *certificate->pinned != '\0';
    const char *authorities = getenv("SSL_CERT_FILE");
    unsigned bad = 0;
    bad |= curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    bad |= curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
    bad |= curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, pinned ? 0L : 2L);
    bad |= curl_easy_setopt(easy, CURLOPT_SSL_SESSIONID_CACHE, 0L);
    bad |= curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, pinned ? 1L : 0L);
    bad |= curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, on_context);
    bad |= curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, certificate);
    /* libcurl keeps the authorities for a day, but not those of a folder. */
    bad |= curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
    if (pinned) {
        bad |= curl_easy_setopt(easy, CURLOPT_CAINFO, NULL); /* none is needed, nor kept */
        bad |= curl_easy_setopt(easy, CURLOPT_CA_CACHE_TIMEOUT, 0L);
    } else if (authorities != NULL && *authorities != '\0') {
        bad |= curl_easy_setopt(easy, CURLOPT_CAINFO, authorities);
    }
    return bad == 0 ? CURLE_OK : CURLE_FAILED_INIT;
}

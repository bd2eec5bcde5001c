/* SPDX-License-Identifier: MIT
 * certificate.h - certificates for the tests of the client, made as they are needed. */
#ifndef PLAYBUS_TESTS_UNIT_HTTP_CERTIFICATE_H
#define PLAYBUS_TESTS_UNIT_HTTP_CERTIFICATE_H

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

enum { DAY_S = 86400 };

struct identity {
    EVP_PKEY *key;
    X509 *certificate;
};

static inline void certificate_must(bool done)
{
    if (!done) {
        ERR_print_errors_fp(stderr);
        abort();
    }
}

static inline void certificate_extend(X509 *certificate, int what, const char *value)
{
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, what, value);
    certificate_must(extension != NULL && X509_add_ext(certificate, extension, -1) == 1);
    X509_EXTENSION_free(extension);
}

/* Signed by `issuer`, or by itself where there is none. `names`: "IP:127.0.0.1"; NULL: it is an
 * authority. Valid for so many days from now on, or until so many days ago. `key`: NULL for a new
 * one. */
static inline struct identity certificate_make(const struct identity *issuer, const char *names,
                                               long days, EVP_PKEY *key)
{
    static long serial;
    struct identity made = {.key = key, .certificate = X509_new()};
    if (key == NULL) {
        made.key = EVP_EC_gen("P-256");
    } else {
        EVP_PKEY_up_ref(key);
    }
    const struct identity *by = issuer != NULL ? issuer : &made;
    X509_NAME *subject = X509_get_subject_name(made.certificate);
    certificate_must(made.key != NULL && X509_set_version(made.certificate, X509_VERSION_3) == 1);
    ASN1_INTEGER_set(X509_get_serialNumber(made.certificate), ++serial);
    X509_gmtime_adj(X509_getm_notBefore(made.certificate), -100L * DAY_S);
    X509_gmtime_adj(X509_getm_notAfter(made.certificate), days * DAY_S);
    X509_set_pubkey(made.certificate, made.key);
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                               (const unsigned char *)(names != NULL ? "server" : "authority"), -1,
                               -1, 0);
    X509_set_issuer_name(made.certificate,
                         issuer != NULL ? X509_get_subject_name(issuer->certificate) : subject);
    certificate_extend(made.certificate, NID_basic_constraints,
                       names != NULL ? "critical,CA:FALSE" : "critical,CA:TRUE");
    if (names != NULL) {
        certificate_extend(made.certificate, NID_subject_alt_name, names);
    }
    certificate_must(X509_sign(made.certificate, by->key, EVP_sha256()) > 0);
    return made;
}

static inline void certificate_release(struct identity *who)
{
    EVP_PKEY_free(who->key);
    X509_free(who->certificate);
    *who = (struct identity){0};
}

static inline void certificate_write(const struct identity *who, const char *path)
{
    FILE *file = fopen(path, "we");
    certificate_must(file != NULL && PEM_write_X509(file, who->certificate) == 1 &&
                     fclose(file) == 0);
}

static inline void certificate_fingerprint(const struct identity *who, char out[static 65])
{
    unsigned char digest[32];
    unsigned size = 0;
    certificate_must(X509_digest(who->certificate, EVP_sha256(), digest, &size) == 1);
    for (unsigned i = 0; i < size; i++) {
        snprintf(out + 2 * (size_t)i, 3, "%02x", digest[i]);
    }
}

static inline SSL_CTX *certificate_context(const struct identity *who)
{
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    certificate_must(context != NULL && SSL_CTX_use_certificate(context, who->certificate) == 1 &&
                     SSL_CTX_use_PrivateKey(context, who->key) == 1);
    return context;
}

#endif

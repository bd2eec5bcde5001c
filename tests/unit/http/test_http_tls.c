/* SPDX-License-Identifier: MIT
 * test_http_tls.c - which servers an HTTP client of ours believes: those that an authority vouches
 * for under the name that was asked, or the one whose certificate a person confirmed. Nobody else
 * sees a byte of the request. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/children.h"
#include "tests/unit/http/asker.h"
#include "tests/unit/http/certificate.h"
#include "tests/unit/http/server.h"

enum which { TRUSTED, MISNAMED, EXPIRED, OWN, OWN_RENEWED, OWN_EXPIRED, OLD_TLS, PLAIN, SERVERS };

static struct server servers[SERVERS];
static char fingerprints[SERVERS][65];
static char *folder;

static bool visit_serve(struct visit *v)
{
    return visit_answer(v, "200 OK", "hello", 5);
}

static void start(struct child *c)
{
    child_start(c, "asker", folder);
    child_expect(c, "ready");
}

static int requests_of(enum which which)
{
    pthread_mutex_lock(&servers[which].mutex);
    int requests = servers[which].requests;
    pthread_mutex_unlock(&servers[which].mutex);
    return requests;
}

static void ask(struct child *c, enum which which, const char *pin)
{
    child_tell(c, "ask it 5000 1000 %s https://127.0.0.1:%d/", pin, servers[which].port);
}

/* It is refused, with the certificate's fingerprint, and never learns what was asked. */
static void expect_refused(struct child *c, enum which which, const char *pin)
{
    char line[512];
    int before = requests_of(which);
    ask(c, which, pin);
    child_line(c, line, sizeof(line));
    assert_non_null(strstr(line, "it CERTIFICATE "));
    assert_string_equal(strrchr(line, ' ') + 1, fingerprints[which]);
    assert_int_equal(requests_of(which), before);
}

/* ---- tests ---- */

static void an_authority_vouches_for_the_name_that_is_asked(void **state)
{
    (void)state;
    struct child c;
    start(&c);
    ask(&c, TRUSTED, "-");
    child_expect_next(&c, "it ANSWERED 200  retry=-1 hello");
    ask(&c, TRUSTED, "-");
    child_expect_next(&c, "it ANSWERED 200  retry=-1 hello");
    assert_int_equal(servers[TRUSTED].connections, 1);
    expect_refused(&c, MISNAMED, "-");
    expect_refused(&c, EXPIRED, "-");
    expect_refused(&c, OWN, "-");
    assert_int_equal(child_end(&c), 0);
}

static void a_confirmed_certificate_is_trusted_whatever_its_name_and_date(void **state)
{
    (void)state;
    struct child c;
    start(&c);
    ask(&c, OWN, fingerprints[OWN]);
    child_expect_next(&c, "it ANSWERED 200  retry=-1 hello");
    ask(&c, OWN_EXPIRED, fingerprints[OWN_EXPIRED]);
    child_expect_next(&c, "it ANSWERED 200  retry=-1 hello");
    assert_int_equal(child_end(&c), 0);
}

static void a_pin_trusts_that_certificate_alone(void **state)
{
    (void)state;
    struct child c;
    start(&c);
    expect_refused(&c, OWN_RENEWED, fingerprints[OWN]); /* of the same key */
    expect_refused(&c, TRUSTED, fingerprints[OWN]);     /* whoever vouches for it */
    assert_int_equal(child_end(&c), 0);
}

static void without_authorities_a_pin_holds_and_nothing_else_does(void **state)
{
    (void)state;
    struct child c;
    char *path = must_strdup(getenv("SSL_CERT_FILE"));
    setenv("SSL_CERT_FILE", "/nowhere/at/all", 1);
    start(&c);
    setenv("SSL_CERT_FILE", path, 1);
    free_text(&path);
    ask(&c, TRUSTED, "-");
    child_expect(&c, "it CERTIFICATE");
    ask(&c, OWN, fingerprints[OWN]);
    child_expect_next(&c, "it ANSWERED 200  retry=-1 hello");
    assert_int_equal(child_end(&c), 0);
}

static void what_one_request_trusts_the_next_need_not(void **state)
{
    (void)state;
    struct child c;
    start(&c);
    ask(&c, OWN, fingerprints[OWN]);
    child_expect_next(&c, "it ANSWERED 200  retry=-1 hello");
    expect_refused(&c, OWN, fingerprints[TRUSTED]);
    expect_refused(&c, OWN, "-");
    ask(&c, TRUSTED, "-");
    child_expect_next(&c, "it ANSWERED 200  retry=-1 hello");
    expect_refused(&c, TRUSTED, fingerprints[OWN]);
    assert_int_equal(child_end(&c), 0);
}

static void a_pin_that_cannot_hold_is_refused(void **state)
{
    (void)state;
    struct child c;
    start(&c);
    child_tell(&c, "ask it 5000 1000 abc https://127.0.0.1:%d/", servers[OWN].port);
    child_expect_next(&c, "it BAD_URL this is no SHA-256 of a certificate");
    child_tell(&c, "ask it 5000 1000 %s0 https://127.0.0.1:%d/", fingerprints[OWN],
               servers[OWN].port);
    child_expect_next(&c, "it BAD_URL this is no SHA-256 of a certificate");
    child_tell(&c, "ask it 5000 1000 %s http://127.0.0.1:%d/", fingerprints[OWN],
               servers[PLAIN].port);
    child_expect_next(&c, "it BAD_URL a pinned certificate needs https");
    assert_int_equal(child_end(&c), 0);
}

static void without_tls_of_today_there_is_no_connection(void **state)
{
    (void)state;
    struct child c;
    start(&c);
    ask(&c, OLD_TLS, fingerprints[OLD_TLS]);
    child_expect(&c, "it UNREACHABLE");
    ask(&c, PLAIN, "-");
    child_expect(&c, "it UNREACHABLE");
    assert_int_equal(requests_of(OLD_TLS), 0);
    assert_int_equal(child_end(&c), 0);
}

/* ---- servers ---- */

/* Takes `who`. */
static void serve(enum which which, struct identity who)
{
    SSL_CTX *context = certificate_context(&who);
    if (which == OLD_TLS) {
        certificate_must(SSL_CTX_set_cipher_list(context, "DEFAULT:@SECLEVEL=0") == 1 &&
                         SSL_CTX_set_min_proto_version(context, TLS1_VERSION) == 1 &&
                         SSL_CTX_set_max_proto_version(context, TLS1_1_VERSION) == 1);
    }
    certificate_fingerprint(&who, fingerprints[which]);
    certificate_release(&who);
    server_start(&servers[which], context);
}

static void start_servers(void)
{
    char path[256];
    struct identity authority = certificate_make(NULL, NULL, 10, NULL);
    struct identity own = certificate_make(NULL, "DNS:elsewhere.test", 10, NULL);
    snprintf(path, sizeof(path), "%s/authority.pem", folder);
    certificate_write(&authority, path);
    setenv("SSL_CERT_FILE", path, 1);
    serve(TRUSTED, certificate_make(&authority, "IP:127.0.0.1", 10, NULL));
    serve(MISNAMED, certificate_make(&authority, "DNS:elsewhere.test", 10, NULL));
    serve(EXPIRED, certificate_make(&authority, "IP:127.0.0.1", -1, NULL));
    serve(OWN_RENEWED, certificate_make(NULL, "DNS:elsewhere.test", 10, own.key));
    serve(OWN, own);
    serve(OWN_EXPIRED, certificate_make(NULL, "DNS:elsewhere.test", -1, NULL));
    serve(OLD_TLS, certificate_make(&authority, "IP:127.0.0.1", 10, NULL));
    server_start(&servers[PLAIN], NULL);
    certificate_release(&authority);
}

int main(int argc, char **argv)
{
    int status = 0;
    if (child_plays(argc, argv, asker_roles, &status)) {
        return status;
    }
    folder = children_folder();
    start_servers();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_authority_vouches_for_the_name_that_is_asked),
        cmocka_unit_test(a_confirmed_certificate_is_trusted_whatever_its_name_and_date),
        cmocka_unit_test(a_pin_trusts_that_certificate_alone),
        cmocka_unit_test(without_authorities_a_pin_holds_and_nothing_else_does),
        cmocka_unit_test(what_one_request_trusts_the_next_need_not),
        cmocka_unit_test(a_pin_that_cannot_hold_is_refused),
        cmocka_unit_test(without_tls_of_today_there_is_no_connection),
    };
    status = cmocka_run_group_tests(tests, NULL, NULL);
    children_remove_folder(&folder);
    return status;
}

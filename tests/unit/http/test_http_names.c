/* SPDX-License-Identifier: MIT
 * test_http_names.c - whom an HTTP client of ours connects to: names that are never resolved hold
 * nobody up, and addresses that no media server has are passed over, by name and by number.
 *
 * The resolver is played by this program: libcurl finds its getaddrinfo() before the system's. */
#include <dlfcn.h>
#include <netdb.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "proto/base/clock.h"
#include "tests/support/children.h"
#include "tests/unit/http/asker.h"
#include "tests/unit/http/server.h"

enum { AT_ONCE_MS = 5000 }; /* also on a busy machine; the name takes for ever */

static struct server server, other;
static char *folder;

static const struct {
    const char *name;
    const char *addresses[4];
} names[] = {
    {"server.test", {"127.0.0.1"}},
    {"metadata.test", {"169.254.169.254", "fd00:ec2::254"}},
    {"mapped.test", {"::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::1"}},
    {"mixed.test", {"169.254.169.254", "0.0.0.0", "127.0.0.1"}},
};

typedef int resolver_fn(const char *, const char *, const struct addrinfo *, struct addrinfo **);

static int resolve_number(const char *number, const char *service, const struct addrinfo *hints,
                          struct addrinfo **out)
{
    struct addrinfo wanted = *hints;
    resolver_fn *system_resolver = NULL;
    *(void **)&system_resolver = dlsym(RTLD_NEXT, "getaddrinfo");
    wanted.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
    wanted.ai_family = AF_UNSPEC;
    return system_resolver(number, service, &wanted, out);
}

int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
                struct addrinfo **out)
{
    while (strcmp(name, "never.test") == 0) {
        pause();
    }
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        struct addrinfo **end = out;
        if (strcmp(name, names[i].name) != 0) {
            continue;
        }
        for (size_t n = 0; n < COUNT_OF(names[i].addresses) && names[i].addresses[n]; n++) {
            if (resolve_number(names[i].addresses[n], service, hints, end) != 0) {
                abort();
            }
            end = &(*end)->ai_next;
        }
        return 0;
    }
    return EAI_NONAME;
}

static bool visit_serve(struct visit *v)
{
    char head[256];
    snprintf(head, sizeof(head), "302 Found\r\nLocation: http://127.0.0.1:%d/stolen", other.port);
    if (strstr(v->head, "/odd ") != NULL) {
        return visit_answer(v, "303 See Other\r\nLocation: http://nas.test/\xe9\x1b[2J\xc3\xa4", "",
                            0);
    }
    return strstr(v->head, "/away ") != NULL ? visit_answer(v, head, "", 0)
                                             : visit_answer(v, "200 OK", "hello", 5);
}

static int connections_of(struct server *s)
{
    pthread_mutex_lock(&s->mutex);
    int connections = s->connections;
    pthread_mutex_unlock(&s->mutex);
    return connections;
}

static void start(struct child *c)
{
    child_start(c, "asker", folder);
    child_expect(c, "ready");
}

/* ---- tests ---- */

static void a_name_that_is_never_resolved_holds_nobody_up(void **state)
{
    (void)state;
    struct child c;
    start(&c);
    child_tell(&c, "ask other 60000 1000 - http://never.test/");
    child_tell(&c, "ask never 60000 1000 - http://never.test/");
    int64_t began_ms = clock_monotonic_ms();
    child_tell(&c, "cancel");
    child_expect_next(&c, "never CANCELLED it was cancelled");
    child_tell(&c, "ask late 300 1000 - http://never.test/");
    child_expect(&c, "late TIMED_OUT");
    child_tell(&c, "ask here 5000 1000 - http://server.test:%d/", server.port);
    child_expect(&c, "here ANSWERED 200");
    assert_int_equal(child_end(&c), 0);
    assert_true(clock_monotonic_ms() - began_ms < 300 + AT_ONCE_MS);
}

static void a_name_without_an_address_is_told(void **state)
{
    (void)state;
    struct child c;
    start(&c);
    child_tell(&c, "ask none 5000 1000 - http://nobody.test/");
    child_expect(&c, "none NO_SUCH_HOST");
    assert_int_equal(child_end(&c), 0);
}

static void what_no_media_server_has_is_not_connected_to(void **state)
{
    (void)state;
    static const char *const urls[] = {
        "http://metadata.test/",
        "http://mapped.test/",
        "http://169.254.169.254/",
        "http://2852039166/",
        "http://0xa9fea9fe/",
        "http://[::ffff:169.254.169.254]/",
        "http://[64:ff9b::169.254.169.254]/",
        "http://[2002:a9fe:a9fe::]/",
        "http://100.100.100.200/",
        "http://[fd00:ec2::254]/",
        "http://[fe80::1]/",
        "http://0/",
        "http://[::]/",
        "http://224.0.0.251/",
        "http://[ff02::1]/",
        "http://255.255.255.255/",
    };
    struct child c;
    start(&c);
    for (size_t i = 0; i < COUNT_OF(urls); i++) {
        child_tell(&c, "ask it 2000 1000 - %s", urls[i]);
        child_expect_next(&c, "it FORBIDDEN_ADDRESS the host has no address that may be asked");
    }
    assert_int_equal(child_end(&c), 0);
}

static void the_address_is_passed_over_and_not_the_host(void **state)
{
    (void)state;
    struct child c;
    start(&c);
    child_tell(&c, "ask it 5000 1000 - http://mixed.test:%d/", server.port);
    child_expect(&c, "it ANSWERED 200");
    assert_int_equal(child_end(&c), 0);
}

static void a_plex_direct_name_needs_no_resolver(void **state)
{
    (void)state;
    struct child c;
    start(&c);
    child_tell(&c, "ask it 5000 1000 - http://127-0-0-1.0a1b2c.plex.direct:%d/", server.port);
    child_expect(&c, "it ANSWERED 200");
    child_tell(&c, "ask it 5000 1000 - http://169-254-169-254.0a1b2c.plex.direct:%d/", server.port);
    child_expect(&c, "it FORBIDDEN_ADDRESS");
    child_tell(&c, "ask it 5000 1000 - http://fe80--1.0a1b2c.plex.direct:%d/", server.port);
    child_expect(&c, "it FORBIDDEN_ADDRESS");
    child_tell(&c, "ask it 5000 1000 - http://nonsense.0a1b2c.plex.direct:%d/", server.port);
    child_expect(&c, "it NO_SUCH_HOST");
    assert_int_equal(child_end(&c), 0);
}

static void ports_of_our_own_are_not_asked_on_this_machine(void **state)
{
    (void)state;
    static const char *const hosts[] = {"127.0.0.1", "127.0.0.2", "server.test",
                                        "[::ffff:127.0.0.1]"};
    struct child c;
    start(&c);
    int before = connections_of(&server);
    child_tell(&c, "forbid %d", server.port);
    for (size_t i = 0; i < COUNT_OF(hosts); i++) {
        child_tell(&c, "ask it 5000 1000 - http://%s:%d/", hosts[i], server.port);
        child_expect(&c, "it FORBIDDEN_ADDRESS");
    }
    assert_int_equal(connections_of(&server), before);
    child_tell(&c, "ask it 5000 1000 - http://127.0.0.1:%d/", other.port);
    child_expect(&c, "it ANSWERED 200");
    assert_int_equal(child_end(&c), 0);
}

static void a_redirect_is_told_and_brings_nothing_to_another_host(void **state)
{
    (void)state;
    char expected[128];
    struct child c;
    start(&c);
    int before = connections_of(&other);
    snprintf(expected, sizeof(expected), "it ANSWERED 302  retry=-1 http://127.0.0.1:%d/stolen",
             other.port);
    child_tell(&c, "ask it 5000 1000 - http://127.0.0.1:%d/away", server.port);
    child_expect_next(&c, expected);
    assert_int_equal(child_end(&c), 0);
    assert_int_equal(connections_of(&other), before);
}

/* It stands in sentences, which have to be sendable. */
static void where_a_redirect_leads_is_told_in_ascii(void **state)
{
    (void)state;
    struct child c;
    start(&c);
    char words[128];
    snprintf(words, sizeof(words), "ask odd 5000 1000 - http://127.0.0.1:%d/odd", server.port);
    child_tell(&c, "%s", words);
    child_expect_next(&c, "odd ANSWERED 303  retry=-1 http://nas.test/??[2J??");
    assert_int_equal(child_end(&c), 0);
}

static void no_proxy_of_the_environment_sees_a_token(void **state)
{
    (void)state;
    char proxy[64];
    struct child c;
    int before = connections_of(&other);
    snprintf(proxy, sizeof(proxy), "http://127.0.0.1:%d", other.port);
    setenv("http_proxy", proxy, 1);
    setenv("ALL_PROXY", proxy, 1);
    start(&c);
    child_tell(&c, "ask it 5000 1000 - http://server.test:%d/", server.port);
    child_expect(&c, "it ANSWERED 200");
    assert_int_equal(child_end(&c), 0);
    assert_int_equal(connections_of(&other), before);
    assert_non_null(strstr(server.head, "X-Plex-Token: secret\r\n"));
    assert_non_null(strstr(server.head, "X-Empty:\r\n"));
    assert_non_null(strstr(server.head, "User-Agent: playbus/"));
}

int main(int argc, char **argv)
{
    int status = 0;
    if (child_plays(argc, argv, asker_roles, &status)) {
        return status;
    }
    folder = children_folder();
    server_start(&server, NULL);
    server_start(&other, NULL);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_that_is_never_resolved_holds_nobody_up),
        cmocka_unit_test(a_name_without_an_address_is_told),
        cmocka_unit_test(what_no_media_server_has_is_not_connected_to),
        cmocka_unit_test(the_address_is_passed_over_and_not_the_host),
        cmocka_unit_test(a_plex_direct_name_needs_no_resolver),
        cmocka_unit_test(ports_of_our_own_are_not_asked_on_this_machine),
        cmocka_unit_test(a_redirect_is_told_and_brings_nothing_to_another_host),
        cmocka_unit_test(where_a_redirect_leads_is_told_in_ascii),
        cmocka_unit_test(no_proxy_of_the_environment_sees_a_token),
    };
    status = cmocka_run_group_tests(tests, NULL, NULL);
    children_remove_folder(&folder);
    return status;
}

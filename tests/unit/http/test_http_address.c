/* SPDX-License-Identifier: MIT
 * test_http_address.c - which addresses may be asked. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <sys/un.h>

#include "actors/shared/http_address.h"
#include "proto/base/own.h"

static struct sockaddr_storage address_of(const char *text)
{
    struct sockaddr_storage at = {0};
    struct sockaddr_in *v4 = (struct sockaddr_in *)&at;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&at;
    at.ss_family = strchr(text, ':') != NULL ? AF_INET6 : AF_INET;
    void *bytes = at.ss_family == AF_INET ? (void *)&v4->sin_addr : (void *)&v6->sin6_addr;
    assert_int_equal(inet_pton(at.ss_family, text, bytes), 1);
    return at;
}

static bool is_allowed(const char *text)
{
    struct sockaddr_storage at = address_of(text);
    return http_address_is_allowed((const struct sockaddr *)&at);
}

static void where_media_servers_are_may_be_asked(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "127.0.0.1",   "10.0.0.1",        "172.16.3.4",        "192.168.1.20",
        "100.64.0.1",  "100.100.100.199", "93.184.215.14",     "169.253.255.255",
        "169.255.0.0", "223.255.255.255", "1.0.0.0",           "255.255.255.254",
        "::1",         "fd00::1",         "fd00:ec2::253",     "2001:db8::1",
        "fec0::1",     "::ffff:10.0.0.1", "64:ff9b::10.0.0.1", "2002:c0a8:0101::1",
        "fe00::1",
    };
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        if (!is_allowed(texts[i])) {
            fail_msg("%s is refused", texts[i]);
        }
    }
}

static void where_none_are_is_refused_however_it_is_wrapped(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "169.254.0.0",
        "169.254.169.254",
        "169.254.255.255",
        "100.100.100.200",
        "0.0.0.0",
        "0.255.255.255",
        "224.0.0.1",
        "239.255.255.250",
        "255.255.255.255",
        "::",
        "fe80::1",
        "febf::1",
        "ff02::1",
        "fd00:ec2::254",
        "::ffff:169.254.169.254",
        "::ffff:0.0.0.0",
        "::169.254.169.254",
        "64:ff9b::169.254.169.254",
        "64:ff9b::100.100.100.200",
        "2002:a9fe:a9fe::1",
        "2002:0000:0000::1",
        "2002:e000:0001::1",
    };
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        if (is_allowed(texts[i])) {
            fail_msg("%s is allowed", texts[i]);
        }
    }
    const struct sockaddr_un file = {.sun_family = AF_UNIX};
    assert_false(http_address_is_allowed((const struct sockaddr *)&file));
}

static void this_machine_knows_its_own_addresses(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool own;
    } cases[] = {{"127.0.0.1", true}, {"127.1.2.3", true}, {"192.0.2.1", false}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct sockaddr_storage at = address_of(cases[i].text);
        ((struct sockaddr_in *)&at)->sin_port = htons(80);
        assert_int_equal(
            http_address_is_own((const struct sockaddr *)&at, sizeof(struct sockaddr_in)),
            cases[i].own);
    }
}

static void a_plex_direct_name_says_its_address(void **state)
{
    (void)state;
    static const struct {
        const char *host, *address;
    } cases[] = {
        {"192-168-1-20.0a1b2c.plex.direct", "192.168.1.20"},
        {"192-168-1-20.0a1b2c.PLEX.direct", "192.168.1.20"},
        {"2001-db8-0-0-0-0-0-1.0a1b2c.plex.direct", "2001:db8:0:0:0:0:0:1"},
        {"2001-db8--1.0a1b2c.plex.direct", "2001:db8::1"},
        {"192-168-1.0a1b2c.plex.direct", NULL},
        {"192-168-1-20-0000000000000000000000000000000000000.0a.plex.direct", NULL},
        {"192-168-1-20.plex.direct.example", NULL},
        {"192-168-1-20.0a1b2c.plex-direct", NULL},
        {"plex.direct", NULL},
        {".plex.direct", NULL},
        {"", NULL},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char address[INET6_ADDRSTRLEN];
        bool found = http_address_of_plex_direct(cases[i].host, address);
        assert_int_equal(found, cases[i].address != NULL);
        if (found) {
            assert_string_equal(address, cases[i].address);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(where_media_servers_are_may_be_asked),
        cmocka_unit_test(where_none_are_is_refused_however_it_is_wrapped),
        cmocka_unit_test(a_plex_direct_name_says_its_address),
        cmocka_unit_test(this_machine_knows_its_own_addresses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT
 * test_address.c - whom a request is counted against, and whose word is taken for it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "gateway/guard/address.h"

static struct address parsed(const char *text)
{
    struct address address;
    assert_true(address_parse(text, strlen(text), &address));
    return address;
}

/* The client of a request from `peer` with up to two X-Forwarded-For lines. */
static const char *client(const char *trusted, const char *peer, const char *first,
                          const char *second)
{
    static char text[ADDRESS_TEXT_SIZE];
    struct proxies proxies;
    struct head head = {0};
    const char *lines[] = {first, second};
    for (size_t i = 0; i < COUNT_OF(lines); i++) {
        if (lines[i] != NULL) {
            struct head_line line = {"x-forwarded-for", lines[i], 15, strlen(lines[i])};
            head_add(&head, &line);
        }
    }
    assert_int_equal(proxies_init(&proxies, trusted), OK);
    struct address from = parsed(peer);
    struct address found = address_of_client(&proxies, &from, &head);
    address_text(&found, text);
    return text;
}

static void a_stranger_is_not_believed_whom_it_stands_for(void **state)
{
    (void)state;
    assert_string_equal(client("", "203.0.113.9", "10.1.1.1", NULL), "203.0.113.9");
    assert_string_equal(client("127.0.0.1", "203.0.113.9", "10.1.1.1", NULL), "203.0.113.9");
    assert_string_equal(client("10.0.0.0/8", "11.0.0.1", "10.1.1.1", NULL), "11.0.0.1");
}

static void the_client_is_the_rightmost_hop_that_is_no_proxy_of_ours(void **state)
{
    (void)state;
    const char *ours = "127.0.0.1 10.0.0.0/8 ::1 fd00::/8";
    assert_string_equal(client(ours, "127.0.0.1", "203.0.113.9", NULL), "203.0.113.9");
    assert_string_equal(client(ours, "::1", "6.6.6.6, 203.0.113.9 , 10.1.2.3", NULL),
                        "203.0.113.9");
    assert_string_equal(client(ours, "127.0.0.1", "6.6.6.6, 203.0.113.9", "10.2.2.2, fd00::7"),
                        "203.0.113.9");
    assert_string_equal(client(ours, "127.0.0.1", "[2001:db8::5]:443", NULL), "2001:db8::5");
    assert_string_equal(client(ours, "127.0.0.1", "203.0.113.9:5060", NULL), "203.0.113.9");
}

static void what_is_no_address_ends_the_search_where_it_stands(void **state)
{
    (void)state;
    const char *ours = "127.0.0.1 10.0.0.0/8";
    assert_string_equal(client(ours, "127.0.0.1", "203.0.113.9, unknown", NULL), "127.0.0.1");
    assert_string_equal(client(ours, "127.0.0.1", "203.0.113.9, , 10.0.0.4", NULL), "10.0.0.4");
    assert_string_equal(client(ours, "127.0.0.1", "", NULL), "127.0.0.1");
    assert_string_equal(client(ours, "127.0.0.1", "10.0.0.1, 10.0.0.2", NULL), "10.0.0.1");
    assert_string_equal(client(ours, "127.0.0.1", NULL, NULL), "127.0.0.1");
}

static void networks_end_at_any_bit(void **state)
{
    (void)state;
    struct proxies proxies;
    assert_int_equal(proxies_init(&proxies, "192.168.4.0/22,  2001:db8:8000::/33"), OK);
    struct address in[] = {parsed("192.168.7.255"), parsed("::ffff:192.168.4.1"),
                           parsed("2001:db8:ffff::1")};
    struct address out[] = {parsed("192.168.8.0"), parsed("2001:db8:7fff::1"),
                            parsed("::192.168.4.1")};
    for (size_t i = 0; i < COUNT_OF(in); i++) {
        assert_true(proxies_trust(&proxies, &in[i]));
        assert_false(proxies_trust(&proxies, &out[i]));
    }
}

static void a_list_that_is_not_understood_is_a_bad_setting(void **state)
{
    (void)state;
    static const char *const bad[] = {"proxy.example", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/8x",
                                      "::1/129",       "10.0.0",      "/8",        "10.0.0.1;"};
    struct proxies proxies;
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        if (proxies_init(&proxies, bad[i]) != ERR_BAD_SETTING) {
            fail_msg("%s was taken", bad[i]);
        }
    }
}

static void an_ipv6_client_is_counted_with_its_whole_network(void **state)
{
    (void)state;
    char text[ADDRESS_TEXT_SIZE];
    char one[ADDRESS_TEXT_SIZE], other[ADDRESS_TEXT_SIZE], v4[ADDRESS_TEXT_SIZE];
    struct address a = parsed("2001:db8:1:2::1"), b = parsed("2001:db8:1:2:ffff::9");
    struct address c = parsed("192.0.2.1");
    address_texts(&a, text, one);
    address_texts(&b, text, other);
    address_texts(&c, text, v4);
    assert_string_equal(one, "2001:db8:1:2::/64");
    assert_string_equal(one, other);
    assert_string_equal(v4, "192.0.2.1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stranger_is_not_believed_whom_it_stands_for),
        cmocka_unit_test(the_client_is_the_rightmost_hop_that_is_no_proxy_of_ours),
        cmocka_unit_test(what_is_no_address_ends_the_search_where_it_stands),
        cmocka_unit_test(networks_end_at_any_bit),
        cmocka_unit_test(a_list_that_is_not_understood_is_a_bad_setting),
        cmocka_unit_test(an_ipv6_client_is_counted_with_its_whole_network),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

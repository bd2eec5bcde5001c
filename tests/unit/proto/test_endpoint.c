/* SPDX-License-Identifier: MIT
 * test_endpoint.c - what may be listened at, and that it is known before anything is started. */
#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "proto/base/endpoint.h"

static bool is_loopback(const char *text)
{
    struct endpoint e;
    assert_int_equal(endpoint_parse(text, &e), OK);
    return endpoint_is_loopback(&e);
}

static void an_address_and_a_port_are_told_from_anything_else(void **state)
{
    static const char *const wrong[] = {"",       "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536",
                                        ":80",    "127.1:80",  "[::1]",      "127.0.0.1:80a",
                                        "nas:80", "::1:80",    "[]:80",      "127.0.0.1:-1"};
    struct endpoint e;
    (void)state;
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        assert_int_equal(endpoint_parse(wrong[i], &e), ERR_BAD_SETTING);
    }
    assert_true(is_loopback("127.0.0.1:0"));
    assert_true(is_loopback("127.9.9.9:8674"));
    assert_true(is_loopback("localhost:8674"));
    assert_true(is_loopback("[::1]:8674"));
    assert_false(is_loopback("0.0.0.0:0"));
    assert_false(is_loopback("192.0.2.1:80"));
    assert_false(is_loopback("[::]:80"));
}

static enum err settle(const char *listen)
{
    OWNED(config_close) struct config *config = NULL;
    struct endpoint e;
    setenv("PLAYBUS_GATEWAY_LISTEN", listen, 1);
    assert_int_equal(config_open("/tmp", &config), OK);
    unsetenv("PLAYBUS_GATEWAY_LISTEN");
    return endpoint_from_settings(config, &e);
}

static void beyond_loopback_is_listened_at_only_where_the_settings_allow_it(void **state)
{
    (void)state;
    assert_int_equal(settle("127.0.0.1:0"), OK);
    assert_int_equal(settle("0.0.0.0:0"), ERR_BAD_SETTING);
    assert_int_equal(settle("[::]:80"), ERR_BAD_SETTING);
    setenv("PLAYBUS_GATEWAY_ALLOW_PLAIN_LAN", "yes", 1);
    assert_int_equal(settle("0.0.0.0:0"), OK);
    unsetenv("PLAYBUS_GATEWAY_ALLOW_PLAIN_LAN");
}

static void an_endpoint_is_written_as_it_is_read(void **state)
{
    static const char *const texts[] = {"127.0.0.1:8674", "[::1]:65535", "0.0.0.0:1"};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        struct endpoint e;
        char text[ENDPOINT_TEXT_SIZE];
        assert_int_equal(endpoint_parse(texts[i], &e), OK);
        endpoint_text(&e, text);
        assert_string_equal(text, texts[i]);
    }
}

static void port_zero_becomes_one_that_is_free_and_one_in_use_is_told_as_such(void **state)
{
    struct endpoint e;
    int fd = -1;
    int again = -1;
    (void)state;
    assert_int_equal(endpoint_parse("127.0.0.1:0", &e), OK);
    assert_int_equal(endpoint_bind(&e, &fd), OK);
    assert_int_equal(listen(fd, 1), 0);
    endpoint_of_socket(fd, &e);
    assert_int_not_equal(endpoint_port(&e), 0);
    assert_int_equal(endpoint_bind(&e, &again), ERR_ADDRESS_TAKEN);
    (void)close(fd);
    assert_int_equal(endpoint_bind(&e, &again), OK);
    (void)close(again);
}

static void an_address_of_another_machine_is_told_with_its_reason(void **state)
{
    struct endpoint e;
    int fd = -1;
    (void)state;
    assert_int_equal(endpoint_parse("192.0.2.7:0", &e), OK);
    assert_int_equal(endpoint_bind(&e, &fd), ERR_ADDRESS_REFUSED);
    assert_int_equal(errno, EADDRNOTAVAIL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_address_and_a_port_are_told_from_anything_else),
        cmocka_unit_test(beyond_loopback_is_listened_at_only_where_the_settings_allow_it),
        cmocka_unit_test(an_endpoint_is_written_as_it_is_read),
        cmocka_unit_test(port_zero_becomes_one_that_is_free_and_one_in_use_is_told_as_such),
        cmocka_unit_test(an_address_of_another_machine_is_told_with_its_reason),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

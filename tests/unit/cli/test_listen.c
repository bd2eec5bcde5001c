/* SPDX-License-Identifier: MIT
 * test_listen.c - an address that cannot be served is told before anything is started. */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "actors/cli/listen.h"

static enum err listen_check(const char *listen)
{
    char settled[LISTEN_SIZE];
    return listen_settle(listen, false, settled);
}

static void port_zero_becomes_one_that_is_free(void **state)
{
    char settled[LISTEN_SIZE];
    char again[LISTEN_SIZE];
    (void)state;
    assert_int_equal(listen_settle("127.0.0.1:0", false, settled), OK);
    assert_string_not_equal(settled, "127.0.0.1:0");
    assert_int_equal(listen_settle(settled, false, again), OK);
    assert_string_equal(settled, again);
}

static void only_a_loopback_address_and_a_port_will_do(void **state)
{
    (void)state;
    assert_int_equal(listen_check("127.0.0.1:0"), OK);
    assert_int_equal(listen_check("127.9.9.9:0"), OK);
    assert_int_equal(listen_check("0.0.0.0:0"), ERR_BAD_SETTING);
    assert_int_equal(listen_check("192.0.2.1:80"), ERR_BAD_SETTING);
    assert_int_equal(listen_check("127.0.0.1"), ERR_BAD_SETTING);
    assert_int_equal(listen_check("127.0.0.1:"), ERR_BAD_SETTING);
    assert_int_equal(listen_check("127.0.0.1:65536"), ERR_BAD_SETTING);
    assert_int_equal(listen_check("127.0.0.1:80a"), ERR_BAD_SETTING);
    assert_int_equal(listen_check(":80"), ERR_BAD_SETTING);
    assert_int_equal(listen_check(""), ERR_BAD_SETTING);
}

static void any_address_will_do_beyond_loopback(void **state)
{
    char settled[LISTEN_SIZE];
    (void)state;
    assert_int_equal(listen_settle("0.0.0.0:0", true, settled), OK);
    assert_int_equal(strncmp(settled, "0.0.0.0:", 8), 0);
    assert_int_equal(listen_settle("192.0.2.1", true, settled), ERR_BAD_SETTING);
}

static void a_port_in_use_is_told_as_such(void **state)
{
    char listen_at[32];
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(at);
    (void)state;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&at, size), 0);
    assert_int_equal(listen(fd, 1), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &size), 0);
    (void)snprintf(listen_at, sizeof(listen_at), "127.0.0.1:%u", ntohs(at.sin_port));
    assert_int_equal(listen_check(listen_at), ERR_ADDRESS_TAKEN);
    (void)close(fd);
    assert_int_equal(listen_check(listen_at), OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(port_zero_becomes_one_that_is_free),
        cmocka_unit_test(only_a_loopback_address_and_a_port_will_do),
        cmocka_unit_test(any_address_will_do_beyond_loopback),
        cmocka_unit_test(a_port_in_use_is_told_as_such),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

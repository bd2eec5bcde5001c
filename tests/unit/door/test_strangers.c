/* SPDX-License-Identifier: MIT
 * test_strangers.c - who opens too many connections is not heard for a while, and others are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "actors/door/strangers.h"

#define NOW 1000000

static struct strangers strangers;

static int setup(void **state)
{
    (void)state;
    strangers = (struct strangers){0};
    return 0;
}

static struct sockaddr_storage address(const char *text, uint32_t plus)
{
    struct sockaddr_storage out = {0};
    struct sockaddr_in *four = (struct sockaddr_in *)&out;
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)&out;
    if (inet_pton(AF_INET, text, &four->sin_addr) == 1) {
        four->sin_family = AF_INET;
        four->sin_addr.s_addr = htonl(ntohl(four->sin_addr.s_addr) + plus);
    } else {
        assert_int_equal(inet_pton(AF_INET6, text, &six->sin6_addr), 1);
        six->sin6_family = AF_INET6;
    }
    return out;
}

static void come(const char *text, uint32_t plus, int count, int64_t now_ms)
{
    const struct sockaddr_storage from = address(text, plus);
    for (int i = 0; i < count; i++) {
        strangers_came(&strangers, &from, now_ms);
    }
}

static size_t count_shut(void)
{
    size_t count = 0;
    for (size_t i = 0; i < strangers.count; i++) {
        count += strangers.items[i].budget.shut ? 1 : 0;
    }
    return count;
}

static void who_opens_too_many_is_shut_out_for_a_while(void **state)
{
    (void)state;
    come("192.0.2.1", 0, STRANGERS_OF_ONE - 1, NOW);
    assert_int_equal(count_shut(), 0);
    assert_false(strangers.changed);
    come("192.0.2.1", 0, 1, NOW);
    assert_int_equal(count_shut(), 1);
    assert_true(strangers.changed);
    assert_false(strangers.all.shut);
    strangers_tick(&strangers, NOW + STRANGERS_SHUT_MS - 1);
    assert_int_equal(count_shut(), 1);
    strangers_tick(&strangers, NOW + STRANGERS_SHUT_MS);
    assert_int_equal(count_shut(), 0);
    come("192.0.2.1", 0, STRANGERS_OF_ONE_PER_S * STRANGERS_SHUT_MS / 1000 - 1,
         NOW + STRANGERS_SHUT_MS);
    assert_int_equal(count_shut(), 0); /* what has grown meanwhile, and no more */
    come("192.0.2.1", 0, 1, NOW + STRANGERS_SHUT_MS);
    assert_int_equal(count_shut(), 1);
}

static void who_comes_slowly_or_is_a_worker_is_never_shut_out(void **state)
{
    (void)state;
    const struct sockaddr_storage worker = address("::ffff:192.0.2.2", 0);
    for (int i = 0; i < 1000; i++) {
        come("192.0.2.1", 0, 1, NOW + (int64_t)i * 250);
        come("::ffff:192.0.2.2", 0, 1, NOW + (int64_t)i * 250);
        strangers_forgive(&strangers, &worker, NOW + (int64_t)i * 250);
    }
    assert_int_equal(strangers.count, 2);
    assert_int_equal(count_shut(), 0);
    assert_false(strangers.all.shut);
}

static void a_network_of_ipv6_is_one_and_mapped_ipv4_is_ipv4(void **state)
{
    (void)state;
    come("2001:db8::1", 0, 1, NOW);
    come("2001:db8::ffff:1", 0, 1, NOW);
    come("2001:db8:0:1::1", 0, 1, NOW);
    come("192.0.2.1", 0, 1, NOW);
    come("::ffff:192.0.2.1", 0, 1, NOW);
    assert_int_equal(strangers.count, 3);
}

static void very_many_shut_out_all_but_workers_and_take_no_more_room(void **state)
{
    (void)state;
    const struct sockaddr_storage worker = address("192.0.2.1", 0);
    come("192.0.2.1", 0, 1, NOW);
    strangers_forgive(&strangers, &worker, NOW);
    come("198.51.100.9", 0, STRANGERS_OF_ONE, NOW);
    for (uint32_t i = 0; i < 1000; i++) {
        come("203.0.113.0", i, 1, NOW + 1);
    }
    assert_true(strangers.all.shut);
    assert_int_equal(strangers.count, STRANGERS_MAX);
    assert_true(strangers.items[0].of_worker);
    assert_int_equal(count_shut(), 1);
    strangers_tick(&strangers, NOW + 1 + STRANGERS_ALL_SHUT_MS);
    assert_false(strangers.all.shut);
}

static void who_has_gone_already_counts_among_all(void **state)
{
    (void)state;
    for (int i = 0; i < STRANGERS_OF_ALL; i++) {
        strangers_came(&strangers, NULL, NOW);
    }
    assert_true(strangers.all.shut);
    assert_int_equal(strangers.count, 0);
}

/* ---- what the kernel makes of it ---- */

static int listen_at(const struct sockaddr *at, socklen_t size, struct sockaddr_storage *out)
{
    int fd = socket(at->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int no = 0;
    socklen_t room = sizeof(*out);
    if (at->sa_family == AF_INET6) {
        assert_int_equal(setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof(no)), 0);
    }
    assert_int_equal(bind(fd, at, size), 0);
    assert_int_equal(listen(fd, 16), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)out, &room), 0);
    return fd;
}

static bool is_heard(const char *from, in_port_t port, int wait_ms)
{
    struct sockaddr_storage local = address(from, 0);
    bool six = local.ss_family == AF_INET6;
    struct sockaddr_in four_at = {
        .sin_family = AF_INET, .sin_port = port, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr_in6 six_at = {
        .sin6_family = AF_INET6, .sin6_port = port, .sin6_addr = in6addr_loopback};
    const void *to = six ? (const void *)&six_at : (const void *)&four_at;
    socklen_t size = six ? sizeof(six_at) : sizeof(four_at);
    int fd = socket(local.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)&local, size), 0);
    int e = connect(fd, to, size);
    struct pollfd item = {.fd = fd, .events = POLLOUT};
    bool heard =
        e == 0 || (errno == EINPROGRESS && poll(&item, 1, wait_ms) == 1 && item.revents == POLLOUT);
    close(fd);
    return heard;
}

enum { PATIENCE_MS = 5000, IN_VAIN_MS = 100 };

static void check_kernel(int listening, in_port_t port)
{
    const struct sockaddr_storage worker = address("127.0.0.9", 0);
    setup(NULL);
    come("127.0.0.7", 0, STRANGERS_OF_ONE, NOW);
    come("127.0.0.9", 0, 1, NOW);
    strangers_forgive(&strangers, &worker, NOW);
    assert_int_equal(strangers_apply(&strangers, listening), OK);
    assert_false(strangers.changed);
    assert_false(is_heard("127.0.0.7", port, IN_VAIN_MS));
    assert_true(is_heard("127.0.0.8", port, PATIENCE_MS));
    come("127.0.1.0", 0, STRANGERS_OF_ALL, NOW);
    assert_int_equal(strangers_apply(&strangers, listening), OK);
    assert_false(is_heard("127.0.0.7", port, IN_VAIN_MS));
    assert_false(is_heard("127.0.0.8", port, IN_VAIN_MS));
    assert_true(is_heard("127.0.0.9", port, PATIENCE_MS));
    strangers_tick(&strangers, NOW + STRANGERS_SHUT_MS);
    assert_int_equal(strangers_apply(&strangers, listening), OK);
    assert_true(is_heard("127.0.0.7", port, PATIENCE_MS));
}

static void the_kernel_hears_ipv4_as_it_is_told(void **state)
{
    (void)state;
    const struct sockaddr_in any = {.sin_family = AF_INET};
    struct sockaddr_storage at = {0};
    int listening = listen_at((const struct sockaddr *)&any, sizeof(any), &at);
    check_kernel(listening, ((struct sockaddr_in *)&at)->sin_port);
    close(listening);
}

static void the_kernel_hears_both_families_as_it_is_told(void **state)
{
    (void)state;
    const struct sockaddr_in6 any = {.sin6_family = AF_INET6};
    struct sockaddr_storage at = {0};
    int probe = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in6 loopback = {.sin6_family = AF_INET6, .sin6_addr = in6addr_loopback};
    bool there =
        probe >= 0 && bind(probe, (const struct sockaddr *)&loopback, sizeof(loopback)) == 0;
    close(probe);
    if (!there) {
        skip(); /* this machine has no IPv6 */
    }
    int listening = listen_at((const struct sockaddr *)&any, sizeof(any), &at);
    in_port_t port = ((struct sockaddr_in6 *)&at)->sin6_port;
    check_kernel(listening, port);
    assert_true(is_heard("::1", port, PATIENCE_MS));
    come("::1", 0, STRANGERS_OF_ONE, NOW);
    assert_int_equal(strangers_apply(&strangers, listening), OK);
    assert_false(is_heard("::1", port, IN_VAIN_MS));
    close(listening);
}

/* As long as it can be: all addresses are shut, and of IPv6. */
static void the_longest_filter_has_room(void **state)
{
    (void)state;
    struct sock_filter code[STRANGERS_FILTER_MAX];
    strangers.count = STRANGERS_MAX;
    for (size_t i = 0; i < STRANGERS_MAX; i++) {
        strangers.items[i].origin = (struct origin){.six = true, .words = {(uint32_t)i, 1}};
        strangers.items[i].budget.shut = true;
    }
    assert_in_range(strangers_filter(&strangers, code), STRANGERS_MAX * 5, STRANGERS_FILTER_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(who_opens_too_many_is_shut_out_for_a_while, setup),
        cmocka_unit_test_setup(who_comes_slowly_or_is_a_worker_is_never_shut_out, setup),
        cmocka_unit_test_setup(a_network_of_ipv6_is_one_and_mapped_ipv4_is_ipv4, setup),
        cmocka_unit_test_setup(very_many_shut_out_all_but_workers_and_take_no_more_room, setup),
        cmocka_unit_test_setup(who_has_gone_already_counts_among_all, setup),
        cmocka_unit_test_setup(the_kernel_hears_ipv4_as_it_is_told, setup),
        cmocka_unit_test_setup(the_kernel_hears_both_families_as_it_is_told, setup),
        cmocka_unit_test_setup(the_longest_filter_has_room, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

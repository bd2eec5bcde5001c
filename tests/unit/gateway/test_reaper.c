/* SPDX-License-Identifier: MIT
 * test_reaper.c - who fills the table of connections loses his own, not others'. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gateway/guard/reaper.h"

#define PAIRS 8

static const struct reaper_limits limits = {.all = 4, .strangers = 3};

struct fixture {
    struct reaper *reaper;
    int pairs[PAIRS][2]; /* ours, the client's */
    struct watched *watched[PAIRS];
};

static int set_up(void **state)
{
    static struct fixture f;
    f = (struct fixture){.reaper = reaper_new(&limits)};
    for (size_t i = 0; i < PAIRS; i++) {
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, f.pairs[i]), 0);
    }
    *state = &f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    reaper_destroy(&f->reaper);
    for (size_t i = 0; i < PAIRS; i++) {
        close(f->pairs[i][0]);
        close(f->pairs[i][1]);
    }
    return 0;
}

static void add(struct fixture *f, size_t i, enum trust trust)
{
    f->watched[i] = reaper_add(f->reaper, f->pairs[i][0], trust, 0);
}

static bool is_open(const struct fixture *f, size_t i)
{
    char byte;
    return recv(f->pairs[i][1], &byte, 1, 0) < 0; /* nothing to read, as opposed to the end */
}

static void beyond_the_strangers_share_the_longest_idle_stranger_goes(void **state)
{
    struct fixture *f = *state;
    for (size_t i = 0; i < 3; i++) {
        add(f, i, TRUST_STRANGER);
    }
    reaper_set_idle(f->reaper, f->watched[0]); /* it has just been used */
    add(f, 3, TRUST_STRANGER);
    assert_true(is_open(f, 0) && !is_open(f, 1) && is_open(f, 2) && is_open(f, 3));
}

static void a_place_is_kept_for_who_is_signed_in_and_for_loopback(void **state)
{
    struct fixture *f = *state;
    add(f, 0, TRUST_LOOPBACK);
    add(f, 1, TRUST_STRANGER);
    reaper_set_signed_in(f->reaper, f->watched[1]);
    for (size_t i = 2; i < PAIRS; i++) {
        add(f, i, TRUST_STRANGER);
    }
    assert_true(is_open(f, 0) && is_open(f, 1));
    assert_true(!is_open(f, 2) && !is_open(f, 5) && is_open(f, 6) && is_open(f, 7));
}

static void what_is_busy_stays_and_the_newest_too(void **state)
{
    struct fixture *f = *state;
    for (size_t i = 0; i < 4; i++) {
        add(f, i, TRUST_LOOPBACK);
        reaper_set_busy(f->watched[i]);
    }
    add(f, 4, TRUST_LOOPBACK);
    assert_true(is_open(f, 0) && is_open(f, 3) && is_open(f, 4));
    reaper_set_idle(f->reaper, f->watched[2]);
    add(f, 5, TRUST_LOOPBACK);
    assert_true(is_open(f, 0) && is_open(f, 2) && !is_open(f, 4) && is_open(f, 5));
}

static void what_has_ended_counts_no_more(void **state)
{
    struct fixture *f = *state;
    for (size_t i = 0; i < 3; i++) {
        add(f, i, TRUST_STRANGER);
    }
    reaper_arm(f->watched[1], 10);
    reaper_sweep(f->reaper, 11);
    assert_false(is_open(f, 1));
    add(f, 3, TRUST_STRANGER);
    assert_true(is_open(f, 0) && is_open(f, 2) && is_open(f, 3));
    reaper_remove(f->reaper, f->watched[1]);
    reaper_remove(f->reaper, f->watched[0]);
    add(f, 4, TRUST_STRANGER);
    assert_true(is_open(f, 2) && is_open(f, 3) && is_open(f, 4));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(beyond_the_strangers_share_the_longest_idle_stranger_goes,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_place_is_kept_for_who_is_signed_in_and_for_loopback,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_busy_stays_and_the_newest_too, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_has_ended_counts_no_more, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

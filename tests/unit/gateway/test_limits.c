/* SPDX-License-Identifier: MIT
 * test_limits.c - one caller's flood is its own, and costs no memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "gateway/guard/limits.h"

static const struct limit ten_a_minute = {.calls = 10, .per_ms = 60000};

static void beyond_the_limit_the_wait_that_is_told_is_enough_and_no_longer(void **state)
{
    (void)state;
    OWNED(limits_destroy) struct limits *limits = limits_new();
    for (int i = 0; i < 10; i++) {
        assert_int_equal(limits_take(limits, "trigger", "anna", &ten_a_minute, 1000), 0);
    }
    int64_t wait = limits_take(limits, "trigger", "anna", &ten_a_minute, 1000);
    assert_int_equal(wait, 6000);
    assert_true(limits_take(limits, "trigger", "anna", &ten_a_minute, 1000 + wait - 1) > 0);
    assert_int_equal(limits_take(limits, "trigger", "anna", &ten_a_minute, 1000 + wait), 0);
    assert_true(limits_take(limits, "trigger", "anna", &ten_a_minute, 1000 + wait) > 0);
}

static void callers_and_kinds_of_calls_do_not_share_a_limit(void **state)
{
    (void)state;
    OWNED(limits_destroy) struct limits *limits = limits_new();
    struct limit once = {.calls = 1, .per_ms = 1000};
    assert_int_equal(limits_take(limits, "trigger", "anna", &once, 5), 0);
    assert_true(limits_take(limits, "trigger", "anna", &once, 5) > 0);
    assert_int_equal(limits_take(limits, "trigger", "bert", &once, 5), 0);
    assert_int_equal(limits_take(limits, "passive", "anna", &once, 5), 0);
}

static void who_calls_now_is_not_pushed_out_by_many_who_called_before(void **state)
{
    (void)state;
    OWNED(limits_destroy) struct limits *limits = limits_new();
    char who[32];
    int64_t now = 1000;
    for (int i = 0; i < 100000; i++, now++) {
        snprintf(who, sizeof who, "stranger-%d", i);
        assert_int_equal(limits_take(limits, "passive", who, &ten_a_minute, now), 0);
    }
    for (int i = 0; i < 10; i++) {
        assert_int_equal(limits_take(limits, "trigger", "anna", &ten_a_minute, now), 0);
    }
    assert_true(limits_take(limits, "trigger", "anna", &ten_a_minute, now) > 0);
}

static void a_million_a_second_is_a_limit_too(void **state)
{
    (void)state;
    OWNED(limits_destroy) struct limits *limits = limits_new();
    struct limit many = {.calls = 1000000, .per_ms = 1000};
    for (int i = 0; i < 1000000; i++) {
        assert_int_equal(limits_take(limits, "passive", "anna", &many, 7), 0);
    }
    assert_true(limits_take(limits, "passive", "anna", &many, 7) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(beyond_the_limit_the_wait_that_is_told_is_enough_and_no_longer),
        cmocka_unit_test(callers_and_kinds_of_calls_do_not_share_a_limit),
        cmocka_unit_test(who_calls_now_is_not_pushed_out_by_many_who_called_before),
        cmocka_unit_test(a_million_a_second_is_a_limit_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

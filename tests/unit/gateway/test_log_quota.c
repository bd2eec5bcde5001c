/* SPDX-License-Identifier: MIT
 * test_log_quota.c - a flood of lines becomes a few and a number. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "gateway/guard/log_quota.h"

static void a_flood_is_a_few_lines_a_second_and_a_count_told_once(void **state)
{
    (void)state;
    struct log_quota quota = LOG_QUOTA(3);
    int written = 0;
    for (int i = 0; i < 1000; i++) {
        written += log_quota_take(&quota, 5000 + i / 2) ? 1 : 0;
    }
    assert_int_equal(written, 3);
    assert_int_equal(log_quota_left_out(&quota, 5999), 0); /* the second is not over */
    assert_int_equal(log_quota_left_out(&quota, 6000), 997);
    assert_int_equal(log_quota_left_out(&quota, 6000), 0);
    assert_true(log_quota_take(&quota, 6000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_flood_is_a_few_lines_a_second_and_a_count_told_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

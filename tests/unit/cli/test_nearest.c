/* SPDX-License-Identifier: MIT
 * test_nearest.c - how much one name is like another. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "actors/cli/nearest.h"

static void the_distance_is_that_of_single_slips(void **state)
{
    (void)state;
    assert_int_equal(nearest_distance("alice", "alice"), 0);
    assert_int_equal(nearest_distance("alicf", "alice"), 1);
    assert_int_equal(nearest_distance("alce", "alice"), 1);
    assert_int_equal(nearest_distance("aliice", "alice"), 1);
    assert_int_equal(nearest_distance("", "bob"), 3);
    assert_int_equal(nearest_distance("kitten", "sitting"), 3);
}

static void names_of_any_length_are_compared(void **state)
{
    char a[1000];
    char b[1000];
    (void)state;
    memset(a, 'a', sizeof a - 1);
    memset(b, 'b', sizeof b - 1);
    a[sizeof a - 1] = b[sizeof b - 1] = '\0';
    assert_int_equal(nearest_distance(a, a), 0);
    assert_true(nearest_distance(a, b) > 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_distance_is_that_of_single_slips),
        cmocka_unit_test(names_of_any_length_are_compared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

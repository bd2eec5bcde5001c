/* SPDX-License-Identifier: MIT
 * test_sync_schedule.c - when a server is looked at next, and from when on it is read. */
#include "actors/server_sync/sync_schedule.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define DAY_MS INT64_C(86400000)
#define NOW (1000 * DAY_MS)

static void what_heals_is_told_from_what_waits_for_a_person_and_from_what_is_no_error(void **state)
{
    (void)state;
    assert_int_equal(sync_outcome_of(OK), SYNC_WELL);
    assert_int_equal(sync_outcome_of(ERR_SERVER_PLUGIN_FAILS), SYNC_WELL);
    assert_int_equal(sync_outcome_of(ERR_SERVER_MAINTENANCE), SYNC_ABSENT);
    assert_int_equal(sync_outcome_of(ERR_SERVER_UNREACHABLE), SYNC_FAILED);
    assert_int_equal(sync_outcome_of(ERR_SERVER_TOKEN_REFUSED), SYNC_FATAL);
    assert_int_equal(sync_outcome_of(ERR_SERVER_ANOTHER), SYNC_FATAL);
    assert_int_equal(sync_outcome_of(ERR_SERVER_CERTIFICATE_CHANGED), SYNC_FATAL);
    assert_int_equal(sync_outcome_of(ERR_SERVER_FLOODS), SYNC_FATAL);
}

static void failures_double_the_wait_up_to_an_hour(void **state)
{
    (void)state;
    static const int minutes[] = {1, 2, 4, 8, 16, 32, 60, 60};
    for (unsigned i = 0; i < sizeof minutes / sizeof minutes[0]; i++) {
        assert_int_equal((int)sync_wait_minutes(SYNC_FAILED, 15, i + 1), minutes[i]);
    }
    assert_int_equal((int)sync_wait_minutes(SYNC_FAILED, 15, UINT32_MAX), 60);
    assert_int_equal((int)sync_wait_minutes(SYNC_WELL, 15, 0), 15);
    assert_int_equal((int)sync_wait_minutes(SYNC_ABSENT, 15, 7), 2);
}

static void looks_are_spread_by_a_tenth(void **state)
{
    (void)state;
    assert_int_equal((int)(sync_spread(100, 0) + 0.5), 90);
    assert_int_equal((int)(sync_spread(100, 0.5) + 0.5), 100);
    assert_true(sync_spread(100, 0.999) < 110);
}

static void a_server_is_read_whole_at_first_and_each_week_and_else_with_an_overlap(void **state)
{
    (void)state;
    bool whole = false;
    struct server_sync_standing standing = {0};
    assert_int_equal(sync_since(&standing, NOW, DAY_MS, &whole), 0);
    assert_true(whole);
    standing = (struct server_sync_standing){.has_complete_to = true,
                                             .complete_to = NOW - DAY_MS,
                                             .has_whole_at = true,
                                             .whole_at = NOW - 6 * DAY_MS};
    assert_int_equal(sync_since(&standing, NOW, DAY_MS, &whole), NOW - 3 * DAY_MS);
    assert_false(whole);
    standing.whole_at = NOW - 7 * DAY_MS;
    assert_int_equal(sync_since(&standing, NOW, DAY_MS, &whole), 0);
    assert_true(whole);
    standing.whole_at = NOW + 30 * DAY_MS; /* the clock was set back */
    (void)sync_since(&standing, NOW, DAY_MS, &whole);
    assert_true(whole);
}

static void what_could_not_be_read_is_owed_until_all_was_read_after_it(void **state)
{
    (void)state;
    struct server_sync_standing standing = {.has_whole_at = true, .whole_at = NOW - DAY_MS};
    assert_false(sync_owes(&standing, 0));
    assert_false(sync_owes(&standing, NOW - 2 * DAY_MS));
    assert_true(sync_owes(&standing, NOW));
    standing.has_whole_at = false;
    assert_true(sync_owes(&standing, NOW));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_heals_is_told_from_what_waits_for_a_person_and_from_what_is_no_error),
        cmocka_unit_test(failures_double_the_wait_up_to_an_hour),
        cmocka_unit_test(looks_are_spread_by_a_tenth),
        cmocka_unit_test(a_server_is_read_whole_at_first_and_each_week_and_else_with_an_overlap),
        cmocka_unit_test(what_could_not_be_read_is_owed_until_all_was_read_after_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT
 * test_clock.c - ISO 8601 both ways, and which texts are no time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* clang-format off: cmocka wants the four above first */
#include <cmocka.h>
/* clang-format on */

#include "proto/base/clock.h"

static void assert_both_ways(int64_t ms, const char *text)
{
    char written[CLOCK_TEXT_SIZE];
    int64_t read = 0;
    clock_to_text(ms, written);
    assert_string_equal(written, text);
    assert_int_equal(clock_from_text(text, &read), OK);
    assert_true(read == ms);
}

static void times_survive_as_text(void **state)
{
    (void)state;
    assert_both_ways(0, "1970-01-01T00:00:00Z");
    assert_both_ways(1736433000123, "2025-01-09T14:30:00.123Z");
    assert_both_ways(-1, "1969-12-31T23:59:59.999Z");
    assert_both_ways(951782400000, "2000-02-29T00:00:00Z");
    assert_both_ways(CLOCK_MIN_MS, "0001-01-01T00:00:00Z");
    assert_both_ways(CLOCK_MAX_MS, "9999-12-31T23:59:59.999Z");
}

static void assert_reads(const char *text, int64_t ms)
{
    int64_t read = 0;
    assert_int_equal(clock_from_text(text, &read), OK);
    assert_true(read == ms);
}

static void dates_offsets_and_fractions_are_understood(void **state)
{
    (void)state;
    assert_reads("2025-01-09", 1736380800000);
    assert_reads("2025-01-09T14:30Z", 1736433000000);
    assert_reads("2025-01-09T15:30:00+01:00", 1736433000000);
    assert_reads("2025-01-09T09:00:00-0530", 1736433000000);
    assert_reads("2025-01-09T14:30:00.5Z", 1736433000500);
    assert_reads("2025-01-09T14:30:00.123456789Z", 1736433000123);
}

static void what_is_no_time_is_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {"",
                                        "yesterday",
                                        "2025",
                                        "2025-1-9",
                                        "2025-13-01",
                                        "2025-02-29",
                                        "2025-01-00",
                                        "1900-02-29",
                                        "0000-01-01",
                                        "2025-01-09T",
                                        "2025-01-09T14:30",
                                        "2025-01-09T24:00Z",
                                        "2025-01-09T14:60Z",
                                        "2025-01-09T14:30:60Z",
                                        "2025-01-09T14:30:00.Z",
                                        "2025-01-09T14:30:00Zx",
                                        "2025-01-09 14:30:00Z",
                                        "2025-01-09T14:30:00+1",
                                        "-025-01-09",
                                        "9999-12-31T23:59:59-01:00",
                                        "1736433000",
                                        "2025-01-09T14:30:00+24:00"};
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        int64_t untouched = 7;
        assert_int_equal(clock_from_text(wrong[i], &untouched), ERR_BAD_FIELD);
        assert_int_equal(untouched, 7);
    }
}

static void times_beyond_text_are_cut_to_its_ends(void **state)
{
    (void)state;
    char text[CLOCK_TEXT_SIZE];
    clock_to_text(INT64_MAX, text);
    assert_string_equal(text, "9999-12-31T23:59:59.999Z");
    clock_to_text(INT64_MIN, text);
    assert_string_equal(text, "0001-01-01T00:00:00Z");
}

static int64_t a_fixed_moment(void)
{
    return 42;
}

static void tests_can_set_the_wall_clock_and_give_it_back(void **state)
{
    (void)state;
    clock_set_wall(a_fixed_moment);
    assert_int_equal(clock_wall_ms(), 42);
    clock_set_wall(NULL);
    assert_true(clock_wall_ms() > INT64_C(1700000000000));
}

static int64_t moment;

static int64_t a_moment(void)
{
    return moment;
}

static void the_steady_clock_goes_on_when_the_wall_clock_is_set(void **state)
{
    (void)state;
    moment = 1000000;
    clock_set_wall(a_moment);
    int64_t before = clock_steady_ms();
    assert_in_range(before, 1000000, 1060000);
    moment = 5;
    int64_t after = clock_steady_ms();
    assert_in_range(after - before, 0, 60000);
    moment = INT64_C(9000000000000);
    assert_in_range(clock_steady_ms() - after, 0, 60000);
    clock_set_wall(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_survive_as_text),
        cmocka_unit_test(dates_offsets_and_fractions_are_understood),
        cmocka_unit_test(what_is_no_time_is_refused),
        cmocka_unit_test(times_beyond_text_are_cut_to_its_ends),
        cmocka_unit_test(the_steady_clock_goes_on_when_the_wall_clock_is_set),
        cmocka_unit_test(tests_can_set_the_wall_clock_and_give_it_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

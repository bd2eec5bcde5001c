/* SPDX-License-Identifier: MIT
 * test_times.c - a person's days, months and years begin and end on their own clock. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "actors/cli/times.h"

static void use_zone(const char *zone)
{
    assert_int_equal(setenv("TZ", zone, 1), 0);
    tzset();
}

static void assert_bound(const char *text, bool end, const char *expected)
{
    char out[CLOCK_TEXT_SIZE];
    assert_true(time_bound(text, end, out));
    assert_string_equal(out, expected);
}

/* Summer time from the last Sunday of March to the last one of October. */
static const char berlin[] = "CET-1CEST,M3.5.0,M10.5.0/3";

static void a_date_is_the_midnight_of_the_zone_and_its_end_belongs_to_it(void **state)
{
    (void)state;
    use_zone(berlin);
    assert_bound("2026-05-11", false, "2026-05-10T22:00:00Z");
    assert_bound("2026-05-11", true, "2026-05-11T22:00:00Z");
    assert_bound("2026-12-31", true, "2026-12-31T23:00:00Z");
    assert_bound("2026-05", false, "2026-04-30T22:00:00Z");
    assert_bound("2026-10", true, "2026-10-31T23:00:00Z");
    assert_bound("2026-12", true, "2026-12-31T23:00:00Z");
    assert_bound("2026", false, "2025-12-31T23:00:00Z");
    assert_bound("2026", true, "2026-12-31T23:00:00Z");
    assert_bound("2024-02-29", true, "2024-02-29T23:00:00Z");
}

static void a_time_is_the_zones_unless_it_names_its_own(void **state)
{
    (void)state;
    use_zone(berlin);
    assert_bound("2026-05-11T14:03", false, "2026-05-11T12:03:00Z");
    assert_bound("2026-05-11 14:03:22", true, "2026-05-11T12:03:22Z");
    assert_bound("2026-05-11T14:03Z", false, "2026-05-11T14:03:00Z");
    assert_bound("2026-05-11 14:03-03:00", false, "2026-05-11T17:03:00Z");
    times_use_utc();
    assert_bound("2026-05-11", false, "2026-05-11T00:00:00Z");
}

static void what_is_no_time_is_refused(void **state)
{
    static const char *const wrong[] = {
        "",         "26",          "2026-13", "2026-02-30", "2026/05",      "yesterday!",
        "2026-5-1", "2026-05-11T", "2o26",    "2026-05-1x", "2026-05-11Z1", "2026-05-11T25:00"};
    char out[CLOCK_TEXT_SIZE];
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_false(time_bound(wrong[i], false, out));
    }
}

static void times_are_printed_on_the_clock_of_the_zone_which_is_named(void **state)
{
    char out[TIME_SIZE];
    (void)state;
    use_zone(berlin);
    assert_string_equal(time_text("2026-05-11T22:30:00Z", out), "2026-05-12 00:30");
    assert_string_equal(time_with_zone("2026-01-11T22:30:05.7Z", out), "2026-01-11 23:30:05 CET");
    assert_string_equal(time_title("started", out), "started CET/CEST");
    times_use_utc();
    assert_string_equal(time_with_zone("2026-05-11T22:30:00Z", out), "2026-05-11 22:30:00 UTC");
    assert_string_equal(time_title("started", out), "started UTC");
    assert_string_equal(time_text("", out), "-");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_date_is_the_midnight_of_the_zone_and_its_end_belongs_to_it),
        cmocka_unit_test(a_time_is_the_zones_unless_it_names_its_own),
        cmocka_unit_test(what_is_no_time_is_refused),
        cmocka_unit_test(times_are_printed_on_the_clock_of_the_zone_which_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

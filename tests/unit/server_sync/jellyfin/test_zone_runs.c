/* SPDX-License-Identifier: MIT
 * test_zone_runs.c - a time of the plugin stays what it was read as first, whatever zone its server
 * has since. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "actors/server_sync/jellyfin/zone_runs.h"
#include "proto/base/own.h"

#define HOUR INT64_C(3600)
#define DAY (24 * HOUR)
#define JANUARY INT64_C(1767225600)
#define JULY (JANUARY + 181 * DAY)

static struct zone_runs zone;
static char text[ZONE_RUNS_TEXT_MAX];

static int64_t said(int64_t local_s, int64_t ahead_h)
{
    return zone_runs_utc(&zone, local_s, local_s - ahead_h * HOUR);
}

static void read_again(void)
{
    size_t size = zone_runs_write(&zone, text);
    assert_true(size > 0);
    zone = (struct zone_runs){.count = 7};
    zone_runs_read(&zone, (struct bytes){text, size});
}

static void what_was_read_stays_and_what_comes_is_of_the_new_zone(void **state)
{
    (void)state;
    zone.count = 0;
    for (int day = 0; day < 20; day++) {
        assert_int_equal(said(JANUARY + day * DAY, 1), JANUARY + day * DAY - HOUR);
    }
    assert_int_equal(zone.count, 1);
    assert_int_equal(said(JULY, 2), JULY - 2 * HOUR);
    read_again();
    assert_int_equal(zone.count, 2);
    assert_int_equal(said(JANUARY + 3 * DAY, -5), JANUARY + 3 * DAY - HOUR);
    assert_int_equal(said(JULY, -4), JULY - 2 * HOUR);
    assert_int_equal(said(JULY + DAY, -4), JULY + DAY + 4 * HOUR);
    assert_int_equal(said(JULY + DAY, 9), JULY + DAY + 4 * HOUR);
}

static void a_run_does_not_grow_over_another_season(void **state)
{
    (void)state;
    zone.count = 0;
    (void)said(JANUARY, 1);
    (void)said(JANUARY + 364 * DAY, 1);
    assert_int_equal(said(JULY, 2), JULY - 2 * HOUR); /* a row that stands out of order */
    assert_int_equal(said(JANUARY - DAY, 1), JANUARY - DAY - HOUR);
    assert_int_equal(zone.count, 4);
    for (size_t i = 1; i < zone.count; i++) {
        assert_true(zone.runs[i - 1].until < zone.runs[i].from);
    }
}

static void of_too_many_the_oldest_give_way(void **state)
{
    (void)state;
    zone.count = 0;
    for (int i = 0; i < ZONE_RUNS_MAX + 10; i++) {
        (void)said(JANUARY + i * 30 * DAY, i % 2);
    }
    assert_int_equal(zone.count, ZONE_RUNS_MAX);
    assert_int_equal(zone.runs[0].from, JANUARY + 10 * 30 * DAY);
    (void)said(JANUARY, 0);
    assert_int_equal(zone.count, ZONE_RUNS_MAX);
    read_again();
    assert_int_equal(zone.count, ZONE_RUNS_MAX);
}

static void what_is_no_zone_or_nothing_we_wrote_is_not_kept(void **state)
{
    (void)state;
    zone.count = 0;
    assert_int_equal(said(JANUARY, 40), JANUARY - 40 * HOUR);
    assert_int_equal(zone.count, 0);
    assert_int_equal(zone_runs_write(&zone, text), 0);
    static const char *const wrong[] = {
        "",           "zones 2\n1 2 3\n", "zones 1\n2 1 0\n", "zones 1\n1 2 999999\n",
        "zones 1\nx", "zones 1\n1 2"};
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        zone_runs_read(&zone, (struct bytes){wrong[i], strlen(wrong[i])});
        assert_int_equal(zone.count, 0);
    }
    zone_runs_read(&zone, (struct bytes){0});
    assert_int_equal(zone.count, 0);
    const char twice[] = "zones 1\n1 5 0\n3 9 0\n";
    zone_runs_read(&zone, (struct bytes){twice, strlen(twice)});
    assert_int_equal(zone.count, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_read_stays_and_what_comes_is_of_the_new_zone),
        cmocka_unit_test(a_run_does_not_grow_over_another_season),
        cmocka_unit_test(of_too_many_the_oldest_give_way),
        cmocka_unit_test(what_is_no_zone_or_nothing_we_wrote_is_not_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

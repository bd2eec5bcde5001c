/* SPDX-License-Identifier: MIT
 * test_far_workers.c - who is barred, for how long, and that it is forgotten with the job. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "actors/tautulli/far_workers.h"

#define KEY "import-worker#00112233445566778899aabbccddeeff"

static void each_strike_bars_longer_until_rows_of_it_are_stored(void **state)
{
    (void)state;
    struct far_workers f = {0};
    far_workers_begin(&f, "job", 1);
    assert_false(far_workers_is_barred(&f, KEY ".1", 0));
    assert_true(far_workers_strike(&f, KEY ".1", 1000, 0));
    assert_false(far_workers_strike(&f, KEY ".1", 1000, 999));
    assert_true(far_workers_is_barred(&f, KEY ".1", 999));
    assert_false(far_workers_is_barred(&f, KEY ".1", 1000));
    assert_true(far_workers_strike(&f, KEY ".1", 1000, 1000));
    assert_true(far_workers_is_barred(&f, KEY ".1", 2999));
    far_workers_said(&f, KEY ".1", 3000);
    assert_true(far_workers_strike(&f, KEY ".1", 1000, 3000));
    assert_true(far_workers_is_barred(&f, KEY ".1", 6999));
    far_workers_brought(&f, KEY ".1", 0, 3000);
    assert_true(far_workers_strike(&f, KEY ".1", 1000, 7000));
    assert_false(far_workers_is_barred(&f, KEY ".1", 8000));
    assert_true(far_workers_strike(&f, KEY ".1", FAR_IN_THE_WAY_MS, 7500)); /* worse than before */
    for (int i = 0; i < 100; i++) {
        (void)far_workers_strike(&f, KEY ".1", FAR_IN_THE_WAY_MS, 8000);
    }
    assert_false(far_workers_is_barred(&f, KEY ".1", 8000 + FAR_BARRED_MAX_MS));
}

static void what_passes_bars_for_a_moment(void **state)
{
    (void)state;
    static const enum err ours[] = {ERR_BUSY, ERR_ACTOR_AWAY, ERR_TIMEOUT, ERR_SAMPLE_DIFFERS};
    for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++) {
        assert_int_equal(far_workers_strike_ms(ours[i]), FAR_FAILED_MS);
    }
    assert_int_equal(far_workers_strike_ms(ERR_ROWS_NOT_HERE), FAR_NO_ROWS_MS);
    assert_int_equal(far_workers_strike_ms(ERR_SYSTEM), FAR_NO_ROWS_MS);
}

static void a_key_is_known_in_all_its_processes_and_forgotten_with_the_job(void **state)
{
    (void)state;
    struct far_workers f = {0};
    far_workers_begin(&f, "job", 1);
    (void)far_workers_strike(&f, KEY ".1", 1000, 0);
    far_workers_brought(&f, "import-worker#other.1", 0, 0);
    assert_true(far_workers_is_barred(&f, KEY ".2", 0));
    assert_false(far_workers_is_barred(&f, "import-worker#0011", 0));
    assert_true(far_workers_has_rows(&f, "import-worker#other.7"));
    far_workers_begin(&f, "job", 1);
    assert_true(far_workers_is_barred(&f, KEY ".2", 0));
    far_workers_begin(&f, "job", 2);
    assert_false(far_workers_is_barred(&f, KEY ".2", 0));
    assert_false(far_workers_has_rows(&f, "import-worker#other.7"));
}

static void who_costs_more_than_it_brings_is_left_idle_longer_each_time(void **state)
{
    (void)state;
    struct far_workers f = {0};
    far_workers_begin(&f, "job", 1);
    far_workers_brought(&f, KEY ".1", 10000, 0);
    assert_false(far_workers_waited(&f, KEY ".1", 10000 + FAR_COST_ROWS, 0));
    assert_true(far_workers_waited(&f, KEY ".2", 1, 0));
    assert_true(far_workers_is_barred(&f, KEY ".1", FAR_IDLE_MS - 1));
    assert_false(far_workers_is_barred(&f, KEY ".1", FAR_IDLE_MS));
    assert_true(far_workers_waited(&f, KEY ".1", FAR_COST_ROWS + 1, FAR_IDLE_MS));
    assert_true(far_workers_is_barred(&f, KEY ".1", 3 * FAR_IDLE_MS - 1));
    assert_false(far_workers_is_barred(&f, KEY ".1", 3 * FAR_IDLE_MS));
}

static void why_one_is_barred_is_kept_and_each_change_counted(void **state)
{
    (void)state;
    struct far_workers f = {0};
    far_workers_begin(&f, "job", 1);
    uint64_t changes = f.changes;
    far_workers_brought(&f, KEY ".1", 1, 0);
    assert_int_equal(f.changes, changes);
    assert_true(far_workers_strike(&f, KEY ".1", FAR_NO_ROWS_MS, 0));
    assert_int_equal(f.items[0].because, idle_reason_cannot_read);
    assert_false(far_workers_strike(&f, KEY ".1", FAR_FAILED_MS, 1)); /* it is barred for longer */
    assert_int_equal(f.changes, changes + 1);
    assert_true(far_workers_strike(&f, KEY ".1", FAR_IN_THE_WAY_MS, 2));
    assert_int_equal(f.items[0].because, idle_reason_not_delivered);
    assert_true(far_workers_waited(&f, "import-worker#other.1", FAR_COST_ROWS + 1, 0));
    assert_int_equal(f.items[1].because, idle_reason_slower);
    far_workers_bar(&f, KEY ".1", 3);
    assert_int_equal(f.items[0].because, idle_reason_differs);
    assert_int_equal(f.changes, changes + 4);
    far_workers_begin(&f, "job", 1);
    assert_int_equal(f.changes, changes + 4);
    far_workers_begin(&f, "other", 1);
    assert_int_equal(f.changes, changes + 5);
}

static void what_is_long_past_counts_less(void **state)
{
    (void)state;
    struct far_workers f = {0};
    far_workers_begin(&f, "job", 1);
    far_workers_brought(&f, KEY ".1", 1000000, 0);
    for (int i = 0; i < 1000; i++) {
        far_workers_fade(&f);
    }
    assert_true(far_workers_waited(&f, KEY ".1", FAR_COST_ROWS + 100, 0));
}

static void where_the_table_is_full_who_is_barred_longest_stays(void **state)
{
    (void)state;
    struct far_workers f = {0};
    char name[32];
    far_workers_begin(&f, "job", 1);
    (void)far_workers_strike(&f, KEY ".1", FAR_IN_THE_WAY_MS, 0);
    for (int i = 0; i < 3 * FAR_WORKERS_MAX; i++) {
        (void)snprintf(name, sizeof(name), "import-worker#%d.1", i);
        far_workers_brought(&f, name, 0, i);
    }
    assert_true(far_workers_is_barred(&f, KEY ".1", 1));
    assert_true(far_workers_has_rows(&f, name));
    assert_int_equal(f.count, FAR_WORKERS_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_strike_bars_longer_until_rows_of_it_are_stored),
        cmocka_unit_test(what_passes_bars_for_a_moment),
        cmocka_unit_test(a_key_is_known_in_all_its_processes_and_forgotten_with_the_job),
        cmocka_unit_test(who_costs_more_than_it_brings_is_left_idle_longer_each_time),
        cmocka_unit_test(why_one_is_barred_is_kept_and_each_change_counted),
        cmocka_unit_test(what_is_long_past_counts_less),
        cmocka_unit_test(where_the_table_is_full_who_is_barred_longest_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT
 * test_refusals.c - a flood of refusals is counted, and never more than a bounded number of entries
 * a minute, whatever kinds and addresses it has. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "gateway/audit/refusals.h"

#define NOW INT64_C(1700000000000)

static int make(void **state)
{
    *state = refusals_new();
    return 0;
}

static int unmake(void **state)
{
    refusals_destroy((struct refusals **)state);
    return 0;
}

static enum refusal_way add(struct refusals *r, const char *group, enum err code, int64_t now)
{
    struct refusal_count *count = NULL;
    return refusals_add(r, group, code, now, &count);
}

/* What all counts that have grown say together. */
static uint64_t grown(struct refusals *r)
{
    uint64_t sum = 0;
    for (const struct refusal_count *c = refusals_grown(r); c != NULL; c = refusals_grown(r)) {
        sum += c->count;
    }
    return sum;
}

static void ten_of_a_kind_from_an_address_stand_alone_and_the_rest_is_counted(void **state)
{
    struct refusals *r = *state;
    for (int i = 0; i < REFUSALS_EACH; i++) {
        assert_int_equal(add(r, "192.0.2.1", ERR_NOT_SIGNED_IN, NOW + i), REFUSAL_ALONE);
    }
    assert_int_equal(add(r, "192.0.2.1", ERR_NOT_SIGNED_IN, NOW + 20), REFUSAL_FIRST);
    for (int i = 0; i < 5000; i++) {
        assert_int_equal(add(r, "192.0.2.1", ERR_NOT_SIGNED_IN, NOW + 30), REFUSAL_COUNTED);
    }
    assert_int_equal(add(r, "192.0.2.1", ERR_CSRF_FAILED, NOW + 40), REFUSAL_ALONE);
    assert_int_equal(add(r, "192.0.2.2", ERR_NOT_SIGNED_IN, NOW + 40), REFUSAL_ALONE);
    assert_int_equal(grown(r), 5001);
    assert_int_equal(grown(r), 0);
}

static void after_a_minute_the_next_ones_stand_alone_again(void **state)
{
    struct refusals *r = *state;
    for (int i = 0; i < 20; i++) {
        (void)add(r, "192.0.2.1", ERR_NOT_SIGNED_IN, NOW);
    }
    assert_int_equal(grown(r), 10);
    int64_t later = NOW + REFUSALS_MINUTE_MS;
    assert_int_equal(add(r, "192.0.2.1", ERR_NOT_SIGNED_IN, later), REFUSAL_ALONE);
}

static void a_count_that_was_not_written_yet_is_never_forgotten(void **state)
{
    struct refusals *r = *state;
    for (int i = 0; i < 20; i++) {
        (void)add(r, "192.0.2.1", ERR_NOT_SIGNED_IN, NOW);
    }
    int64_t later = NOW + REFUSALS_MINUTE_MS + 1;
    assert_int_equal(add(r, "192.0.2.1", ERR_NOT_SIGNED_IN, later), REFUSAL_COUNTED);
    assert_int_equal(grown(r), 11);
    assert_int_equal(add(r, "192.0.2.1", ERR_NOT_SIGNED_IN, later), REFUSAL_ALONE);
}

static void a_flood_from_ever_new_addresses_makes_a_bounded_number_of_entries(void **state)
{
    static const enum err kinds[] = {ERR_NOT_SIGNED_IN, ERR_FOREIGN_HOST, ERR_RATE_LIMITED};
    struct refusals *r = *state;
    unsigned entries = 0;
    unsigned told = 0;
    for (int i = 0; i < 100000; i++) {
        char group[32];
        snprintf(group, sizeof group, "2001:db8:%x:%x::/64", i >> 8, i & 255);
        enum refusal_way way = add(r, group, kinds[i % 3], NOW + i / 2);
        entries += way != REFUSAL_COUNTED;
        told += way == REFUSAL_ALONE;
    }
    assert_true(entries <= REFUSALS_TOTAL + COUNT_OF(kinds));
    assert_int_equal(told + grown(r), 100000);
}

static void the_clock_may_fall(void **state)
{
    struct refusals *r = *state;
    for (int i = 0; i < 50; i++) {
        (void)add(r, "192.0.2.1", ERR_NOT_SIGNED_IN, NOW);
    }
    (void)grown(r);
    assert_int_equal(add(r, "192.0.2.1", ERR_NOT_SIGNED_IN, NOW - 3600000), REFUSAL_ALONE);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, make, unmake)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(ten_of_a_kind_from_an_address_stand_alone_and_the_rest_is_counted),
        TEST(after_a_minute_the_next_ones_stand_alone_again),
        TEST(a_count_that_was_not_written_yet_is_never_forgotten),
        TEST(a_flood_from_ever_new_addresses_makes_a_bounded_number_of_entries),
        TEST(the_clock_may_fall),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT
 * test_sessions.c - whose place a new session gets where all are taken. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
/* clang-format off: cmocka wants the four above first */
#include <cmocka.h>
/* clang-format on */

#include "actors/door/sessions.h"
#include "proto/base/own.h"

struct table {
    struct sessions all;
    struct session made[SESSIONS_MAX];
};

/* In order: `count` sessions of each key, heard one after the other. */
static void fill(struct table *t, const size_t *counts, size_t keys)
{
    t->all = (struct sessions){0};
    for (size_t key = 0; key < keys; key++) {
        for (size_t i = 0; i < counts[key]; i++) {
            struct session *s = &t->made[t->all.count];
            *s = (struct session){.heard_ms = (int64_t)(1000 - t->all.count)};
            (void)snprintf(s->key_id, sizeof(s->key_id), "%zu", key);
            t->all.items[t->all.count++] = s;
        }
    }
    assert_int_equal(t->all.count, SESSIONS_MAX);
}

static void four_keys_leave_a_fifth_its_share(void **state)
{
    (void)state;
    static struct table t;
    const size_t counts[] = {16, 16, 16, 16};
    fill(&t, counts, COUNT_OF(counts));
    size_t got = 0;
    for (int place = 0; (place = sessions_place_for(&t.all, "new")) >= 0; got++) {
        struct session *s = t.all.items[place];
        (void)snprintf(s->key_id, sizeof(s->key_id), "new");
        assert_true(got <= SESSIONS_MAX);
    }
    assert_int_equal(got, SESSIONS_MAX / 5);
    assert_int_equal(sessions_place_for(&t.all, "0"), -1); /* and nobody takes it back */
    assert_int_equal(sessions_place_for(&t.all, "3"), -1);
}

static void the_longest_silent_of_the_key_with_most_goes(void **state)
{
    (void)state;
    static struct table t;
    const size_t counts[] = {15, 16, 16, 17};
    fill(&t, counts, COUNT_OF(counts));
    t.made[50].heard_ms = 1;
    t.made[3].heard_ms = 0; /* of a key with fewer */
    assert_int_equal(sessions_place_for(&t.all, "new"), 50);
    assert_int_equal(sessions_place_for(&t.all, "0"), 50);
    assert_int_equal(sessions_place_for(&t.all, "1"), -1);
}

static void where_each_has_one_none_goes(void **state)
{
    (void)state;
    static struct table t;
    size_t counts[SESSIONS_MAX];
    for (size_t i = 0; i < SESSIONS_MAX; i++) {
        counts[i] = 1;
    }
    fill(&t, counts, COUNT_OF(counts));
    assert_int_equal(sessions_place_for(&t.all, "new"), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(four_keys_leave_a_fifth_its_share),
        cmocka_unit_test(the_longest_silent_of_the_key_with_most_goes),
        cmocka_unit_test(where_each_has_one_none_goes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

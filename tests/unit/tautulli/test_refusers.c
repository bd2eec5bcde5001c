/* SPDX-License-Identifier: MIT
 * test_refusers.c - how many have to say that a range cannot be read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
/* clang-format off: cmocka wants the four above first */
#include <cmocka.h>
/* clang-format on */

#include "actors/tautulli/refusers.h"

static void one_key_is_never_believed(void **state)
{
    (void)state;
    struct refusers r = {0};
    for (int i = 0; i < 100; i++) {
        char name[64];
        (void)snprintf(name, sizeof(name), "import-worker#0011.%d", i);
        refusers_add(&r, name, ERR_BATCH_REFUSED);
        assert_false(refusers_suffice(&r, 0));
    }
    assert_int_equal(r.count, 1);
}

static void several_are_or_all_that_are_there(void **state)
{
    (void)state;
    struct refusers r = {0};
    refusers_add(&r, "import-worker#0011.1", ERR_BATCH_REFUSED);
    refusers_add(&r, "import-worker#0022.1", ERR_BAD_FIELD);
    assert_true(refusers_have(&r, "import-worker#0022.7"));
    assert_false(refusers_have(&r, "import-worker#0033.1"));
    assert_false(refusers_suffice(&r, 1));
    assert_true(refusers_suffice(&r, 0));
    refusers_add(&r, "import-worker#0033.1", ERR_ROW_TOO_LARGE);
    assert_true(refusers_suffice(&r, 1));
    assert_int_equal(r.said, ERR_ROW_TOO_LARGE);
    refusers_add(&r, "import-worker#0044.1", ERR_ROW_TOO_LARGE);
    assert_int_equal(r.count, REFUSERS_MAX);
}

static void one_that_is_there_and_reads_nothing_holds_nobody_up_for_ever(void **state)
{
    (void)state;
    struct refusers r = {0};
    refusers_add(&r, "import-worker#0011.1", ERR_BATCH_REFUSED);
    while (r.times < REFUSALS_MAX) {
        assert_false(refusers_suffice(&r, 1));
        refusers_add(&r, "import-worker#0022.1", ERR_BATCH_REFUSED);
    }
    assert_true(refusers_suffice(&r, 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_key_is_never_believed),
        cmocka_unit_test(several_are_or_all_that_are_there),
        cmocka_unit_test(one_that_is_there_and_reads_nothing_holds_nobody_up_for_ever),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT
 * test_preflight.c - bytes that promise more than they hold are refused before anything is
 * allocated. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
/* clang-format off: cmocka wants the four above first */
#include <cmocka.h>
/* clang-format on */

#include "proto/base/own.h"
#include "proto/wire/preflight.h"

static enum err of(const char *bytes, size_t size)
{
    return preflight(bytes, size);
}
#define OF(literal) of(literal, sizeof(literal) - 1)

static void one_whole_value_of_every_type_passes(void **state)
{
    (void)state;
    assert_int_equal(OF("\xC0"), OK);
    assert_int_equal(OF("\xC3"), OK);
    assert_int_equal(OF("\x7F"), OK);
    assert_int_equal(OF("\xE0"), OK);
    assert_int_equal(OF("\xCC\xFF"), OK);
    assert_int_equal(OF("\xD3\0\0\0\0\0\0\0\1"), OK);
    assert_int_equal(OF("\xCA\0\0\0\0"), OK);
    assert_int_equal(OF("\xCB\0\0\0\0\0\0\0\0"), OK);
    assert_int_equal(OF("\xA3xyz"), OK);
    assert_int_equal(OF("\xDB\0\0\0\1x"), OK);
    assert_int_equal(OF("\xC4\1x"), OK);
    assert_int_equal(OF("\x80"), OK);
    assert_int_equal(OF("\x93\1\x92\2\3\x81\4\5"), OK);
    assert_int_equal(OF("\xDC\0\2\1\2"), OK);
    assert_int_equal(OF("\xDF\0\0\0\1\1\2"), OK);
}

static void a_head_that_claims_gigabytes_is_refused(void **state)
{
    (void)state;
    assert_int_equal(OF("\xDD\xFF\xFF\xFF\xFF"), ERR_BAD_MESSAGE);
    assert_int_equal(OF("\xDF\xFF\xFF\xFF\xFF"), ERR_BAD_MESSAGE);
    assert_int_equal(OF("\xDB\xFF\xFF\xFF\xFF"), ERR_BAD_MESSAGE);
    assert_int_equal(OF("\xC6\xFF\xFF\xFF\xFFx"), ERR_BAD_MESSAGE);
    assert_int_equal(OF("\x91\xDD\x7F\xFF\xFF\xFF"), ERR_BAD_MESSAGE);
}

static void nothing_cut_bytes_and_bytes_left_over_are_refused(void **state)
{
    (void)state;
    assert_int_equal(preflight(NULL, 0), ERR_BAD_MESSAGE);
    assert_int_equal(OF("\x92\1"), ERR_BAD_MESSAGE);
    assert_int_equal(OF("\x81\1"), ERR_BAD_MESSAGE);
    assert_int_equal(OF("\xA2x"), ERR_BAD_MESSAGE);
    assert_int_equal(OF("\xCD\0"), ERR_BAD_MESSAGE);
    assert_int_equal(OF("\xDC\0"), ERR_BAD_MESSAGE);
    assert_int_equal(OF("\x01\x02"), ERR_BAD_MESSAGE);
    assert_int_equal(OF("\x80\xC0"), ERR_BAD_MESSAGE);
}

static void the_unused_byte_and_extension_types_are_refused(void **state)
{
    (void)state;
    assert_int_equal(OF("\xC1"), ERR_BAD_MESSAGE);
    assert_int_equal(OF("\xD4\1\1"), ERR_BAD_MESSAGE);
    assert_int_equal(OF("\xD8\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1"), ERR_BAD_MESSAGE);
    assert_int_equal(OF("\xC7\1\1\1"), ERR_BAD_MESSAGE);
}

static void nesting_ends_at_sixteen(void **state)
{
    (void)state;
    char deep[18];
    memset(deep, (char)0x91, sizeof(deep));
    deep[16] = 1;
    assert_int_equal(preflight(deep, 17), OK);
    deep[16] = (char)0x91;
    deep[17] = 1;
    assert_int_equal(preflight(deep, 18), ERR_BAD_MESSAGE);
    deep[16] = (char)0x90; /* an empty one is a level too */
    assert_int_equal(preflight(deep, 17), ERR_BAD_MESSAGE);
    /* Levels are given back when a container ends. */
    char wide[256] = {(char)0xDC, 0, 126};
    for (size_t i = 0; i < 126; i++) {
        wide[3 + 2 * i] = (char)0x91;
        wide[4 + 2 * i] = 1;
    }
    assert_int_equal(preflight(wide, 3 + 2 * 126), OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_whole_value_of_every_type_passes),
        cmocka_unit_test(a_head_that_claims_gigabytes_is_refused),
        cmocka_unit_test(nothing_cut_bytes_and_bytes_left_over_are_refused),
        cmocka_unit_test(the_unused_byte_and_extension_types_are_refused),
        cmocka_unit_test(nesting_ends_at_sixteen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT
 * test_address.c - one address, however it is spelt. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "actors/shared/address.h"
#include "proto/base/own.h"

static void every_spelling_of_a_mapped_address_becomes_the_ipv4_one(void **state)
{
    static const struct {
        const char *text;
        enum address_kind kind;
    } spellings[] = {
        {"::ffff:192.168.1.9", ADDRESS_UNMAPPED},
        {"::FFFF:192.168.1.9", ADDRESS_UNMAPPED},
        {"::ffff:c0a8:109", ADDRESS_UNMAPPED},
        {"::FfFf:C0A8:0109", ADDRESS_UNMAPPED},
        {"0:0:0:0:0:ffff:192.168.1.9", ADDRESS_UNMAPPED},
        {"0:0:0:0:0:FFFF:c0a8:109", ADDRESS_UNMAPPED},
        {"0000:0000:0000:0000:0000:ffff:c0a8:0109", ADDRESS_UNMAPPED},
        {"0::ffff:192.168.1.9", ADDRESS_UNMAPPED},
        {"[::ffff:192.168.1.9]", ADDRESS_STRIPPED},
        {"[::ffff:c0a8:109]:32400", ADDRESS_STRIPPED},
        {"[0:0:0:0:0:ffff:c0a8:109%eth0]:32400", ADDRESS_STRIPPED},
        {"::ffff:192.168.1.9:32400", ADDRESS_STRIPPED},
        {"::ffff:192.168.1.9%eth0", ADDRESS_STRIPPED},
        {"192.168.1.9:32400", ADDRESS_STRIPPED},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(spellings); i++) {
        char out[ADDRESS_SIZE] = "";
        assert_int_equal(address_clean(spellings[i].text, out), spellings[i].kind);
        assert_string_equal(out, "192.168.1.9");
    }
}

static void other_addresses_stay_and_what_is_none_is_said(void **state)
{
    static const char *const good[] = {"10.0.0.1", "::1", "fe80::1", "::ffff:0:10.0.0.1",
                                       "2001:db8::ffff:10.0.0.1"};
    static const char *const bad[] = {
        "",     "unknown", "::ffff:", "::ffff:1.2.3", "::ffff:1.2.3.999", "1.2.3.4:port",
        "[::1", "%eth0"};
    (void)state;
    char out[ADDRESS_SIZE];
    for (size_t i = 0; i < COUNT_OF(good); i++) {
        assert_int_equal(address_clean(good[i], out), ADDRESS_AS_IS);
    }
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        assert_int_equal(address_clean(bad[i], out), ADDRESS_INVALID);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_spelling_of_a_mapped_address_becomes_the_ipv4_one),
        cmocka_unit_test(other_addresses_stay_and_what_is_none_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

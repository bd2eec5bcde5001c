/* SPDX-License-Identifier: MIT
 * test_http_retry_after.c - every form of Retry-After is understood, and none makes us wait for
 * ever or hurry. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "actors/shared/http_retry_after.h"
#include "proto/base/own.h"

static void what_is_said_becomes_a_wait_of_an_hour_at_most(void **state)
{
    (void)state;
    const int64_t now_ms = INT64_C(1700000000500); /* Tue, 14 Nov 2023 22:13:20.5 GMT */
    static const struct {
        const char *value;
        int64_t ms;
    } cases[] = {
        {NULL, -1},
        {"", -1},
        {"soon", -1},
        {"-5", -1},
        {"1.2.3", -1},
        {"0", 0},
        {"30", 30000},
        {"005", 5000},
        {" 5 ", 5000},
        {"1.5", 1500},
        {"0.0001", 1},
        {"3600", 3600000},
        {"3601", 3600000},
        {"99999999999999999999999999", 3600000},
        {"Tue, 14 Nov 2023 22:13:50 GMT", 29500},
        {"Tuesday, 14-Nov-23 22:13:50 GMT", 29500},
        {"Tue Nov 14 22:13:50 2023", 29500},
        {"Tue, 14 Nov 2023 22:13:20 GMT", 0},
        {"Thu, 01 Jan 1970 00:00:01 GMT", 0},
        {"Fri, 31 Dec 9999 23:59:59 GMT", 3600000},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        if (http_retry_after_ms(cases[i].value, now_ms) != cases[i].ms) {
            fail_msg("%s is %lld", cases[i].value,
                     (long long)http_retry_after_ms(cases[i].value, now_ms));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_said_becomes_a_wait_of_an_hour_at_most),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

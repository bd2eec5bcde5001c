/* SPDX-License-Identifier: MIT
 * test_http_pace.c - a server is asked politely, left alone while it fails, and asked as before
 * once it is back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "actors/shared/http_pace.h"

static const struct http_answer fine = {.end = HTTP_ANSWERED, .status = 200, .retry_after_ms = -1};
static const struct http_answer denied = {
    .end = HTTP_ANSWERED, .status = 401, .retry_after_ms = -1};
static const struct http_answer broken = {
    .end = HTTP_ANSWERED, .status = 500, .retry_after_ms = -1};
static const struct http_answer gone = {.end = HTTP_UNREACHABLE, .retry_after_ms = -1};
static const struct http_answer cancelled = {.end = HTTP_CANCELLED, .retry_after_ms = -1};

/* Asks at `now_ms`, which has to be possible. */
static void ask(struct http_pace *p, const struct http_answer *answer, int64_t now_ms)
{
    assert_int_equal(http_pace_wait_ms(p, now_ms), 0);
    http_pace_began(p, now_ms);
    http_pace_ended(p, answer, now_ms);
}

static void requests_keep_their_distance(void **state)
{
    (void)state;
    struct http_pace p = {.gap_ms = 100};
    ask(&p, &fine, 1000);
    assert_int_equal(http_pace_wait_ms(&p, 1000), 100);
    assert_int_equal(http_pace_wait_ms(&p, 1099), 1);
    ask(&p, &denied, 1100); /* an answer to us alone */
    ask(&p, &fine, 1200);
    assert_false(http_pace_is_broken(&p));
}

static void each_failure_doubles_the_wait_up_to_five_minutes(void **state)
{
    (void)state;
    static const int64_t waits_ms[] = {1000,  2000,   4000,   8000,   16000, 32000,
                                       64000, 128000, 256000, 300000, 300000};
    struct http_pace p = {0};
    int64_t now_ms = 0;
    for (size_t i = 0; i < COUNT_OF(waits_ms); i++) {
        ask(&p, i % 2 == 0 ? &gone : &broken, now_ms);
        assert_int_equal(http_pace_wait_ms(&p, now_ms), waits_ms[i]);
        now_ms += waits_ms[i];
    }
    ask(&p, &fine, now_ms);
    assert_int_equal(http_pace_wait_ms(&p, now_ms), 0);
    p.failures = 1000; /* a week of it */
    ask(&p, &gone, now_ms);
    assert_int_equal(http_pace_wait_ms(&p, now_ms), 300000);
}

static void a_broken_server_is_tried_by_one_alone(void **state)
{
    (void)state;
    struct http_pace p = {0};
    ask(&p, &gone, 0);
    ask(&p, &gone, 1000);
    assert_false(http_pace_is_broken(&p));
    ask(&p, &gone, 3000);
    assert_true(http_pace_is_broken(&p));
    assert_int_equal(http_pace_wait_ms(&p, 7000), 0);
    http_pace_began(&p, 7000);
    assert_int_equal(http_pace_wait_ms(&p, 8000), -1);
    http_pace_ended(&p, &cancelled, 9000); /* says nothing of the server */
    assert_true(http_pace_is_broken(&p));
    ask(&p, &fine, 9000);
    assert_false(http_pace_is_broken(&p));
    http_pace_began(&p, 9000);
    assert_int_equal(http_pace_wait_ms(&p, 9000), 0);
}

static void the_time_that_the_server_names_is_kept(void **state)
{
    (void)state;
    struct http_pace p = {0};
    const struct http_answer busy = {.end = HTTP_ANSWERED, .status = 429, .retry_after_ms = 30000};
    const struct http_answer hasty = {.end = HTTP_ANSWERED, .status = 503, .retry_after_ms = 0};
    ask(&p, &busy, 0);
    assert_int_equal(http_pace_wait_ms(&p, 0), 30000);
    ask(&p, &hasty, 30000);
    assert_int_equal(http_pace_wait_ms(&p, 30000), 2000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests_keep_their_distance),
        cmocka_unit_test(each_failure_doubles_the_wait_up_to_five_minutes),
        cmocka_unit_test(a_broken_server_is_tried_by_one_alone),
        cmocka_unit_test(the_time_that_the_server_names_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

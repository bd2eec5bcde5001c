/* SPDX-License-Identifier: MIT
 * test_fair_queue.c - many questions of one caller delay another's by one at most. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "gateway/guard/fair_queue.h"

static const struct fair_limits two_at_once = {
    .running = 2, .running_each = 1, .waiting = 12, .waiting_each = 10};

static void who_asks_once_is_next_after_who_asks_ten_times(void **state)
{
    (void)state;
    OWNED(fair_queue_destroy) struct fair_queue *queue = fair_queue_new(&two_at_once);
    struct turn many[10] = {0}, one = {0};
    for (size_t i = 0; i < 10; i++) {
        assert_int_equal(fair_queue_join(queue, "anna", &many[i], 0), OK);
    }
    assert_ptr_equal(fair_queue_next(queue), &many[0]);
    assert_null(fair_queue_next(queue)); /* her share is taken, a place is free */
    assert_int_equal(fair_queue_join(queue, "bert", &one, 0), OK);
    assert_ptr_equal(fair_queue_next(queue), &one);
    fair_queue_leave(queue, &many[0]);
    assert_ptr_equal(fair_queue_next(queue), &many[1]);
    for (size_t i = 0; i < 10; i++) {
        fair_queue_leave(queue, &many[i]);
    }
    fair_queue_leave(queue, &one);
}

static void callers_take_turns_where_places_are_scarce(void **state)
{
    (void)state;
    const struct fair_limits one_at_once = {
        .running = 1, .running_each = 1, .waiting = 10, .waiting_each = 10};
    OWNED(fair_queue_destroy) struct fair_queue *queue = fair_queue_new(&one_at_once);
    struct turn turns[6] = {0};
    static const char *const callers[] = {"anna", "anna", "anna", "bert", "bert", "carl"};
    static const size_t served[] = {0, 3, 5, 1, 4, 2};
    for (size_t i = 0; i < 6; i++) {
        assert_int_equal(fair_queue_join(queue, callers[i], &turns[i], 0), OK);
    }
    for (size_t i = 0; i < 6; i++) {
        assert_ptr_equal(fair_queue_next(queue), &turns[served[i]]);
        fair_queue_leave(queue, &turns[served[i]]);
    }
    assert_null(fair_queue_next(queue));
}

static void too_many_of_one_and_too_many_of_all_are_refused_but_never_a_patient_one(void **state)
{
    (void)state;
    OWNED(fair_queue_destroy) struct fair_queue *queue = fair_queue_new(&two_at_once);
    struct turn many[12] = {0}, more = {0}, patient = {.patient = true};
    for (size_t i = 0; i < 10; i++) {
        assert_int_equal(fair_queue_join(queue, "anna", &many[i], 0), OK);
    }
    assert_int_equal(fair_queue_join(queue, "anna", &more, 0), ERR_RATE_LIMITED);
    assert_int_equal(fair_queue_join(queue, "bert", &many[10], 0), OK);
    assert_int_equal(fair_queue_join(queue, "bert", &many[11], 0), OK);
    assert_int_equal(fair_queue_join(queue, "carl", &more, 0), ERR_BUSY);
    fair_queue_leave(queue, &more); /* it never joined */
    assert_int_equal(fair_queue_join(queue, "anna", &patient, 0), OK);
    for (size_t i = 0; i < 12; i++) {
        fair_queue_leave(queue, &many[i]);
    }
    assert_ptr_equal(fair_queue_next(queue), &patient);
    fair_queue_leave(queue, &patient);
}

static void who_waits_too_long_is_found_and_can_leave_from_the_middle(void **state)
{
    (void)state;
    OWNED(fair_queue_destroy) struct fair_queue *queue = fair_queue_new(&two_at_once);
    struct turn patient = {.patient = true}, late = {0}, fresh = {0}, last = {0};
    assert_int_equal(fair_queue_join(queue, "anna", &patient, 10), OK);
    assert_int_equal(fair_queue_join(queue, "anna", &late, 20), OK);
    assert_int_equal(fair_queue_join(queue, "anna", &fresh, 30), OK);
    assert_null(fair_queue_late(queue, 20));
    assert_ptr_equal(fair_queue_late(queue, 25), &late);
    assert_false(fair_queue_own_fault(&late));
    fair_queue_leave(queue, &late);
    assert_null(fair_queue_late(queue, 25));
    fair_queue_leave(queue, &fresh);
    assert_int_equal(fair_queue_join(queue, "anna", &last, 40), OK);
    assert_ptr_equal(fair_queue_next(queue), &patient);
    assert_true(fair_queue_own_fault(&last));
    fair_queue_leave(queue, &patient);
    assert_ptr_equal(fair_queue_next(queue), &last);
    fair_queue_leave(queue, &last);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_asks_once_is_next_after_who_asks_ten_times),
        cmocka_unit_test(callers_take_turns_where_places_are_scarce),
        cmocka_unit_test(too_many_of_one_and_too_many_of_all_are_refused_but_never_a_patient_one),
        cmocka_unit_test(who_waits_too_long_is_found_and_can_leave_from_the_middle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

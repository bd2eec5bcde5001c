/* SPDX-License-Identifier: MIT
 * test_state.c - a machine moves along its table and nowhere else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/support/drawing.h"

enum { CLOSED, OPEN, BROKEN };

static const struct state_table door = {
    .name = "door",
    .states = {[CLOSED] = "closed", [OPEN] = "open", [BROKEN] = "broken"},
    .next = {[CLOSED] = STATE_BIT(OPEN), [OPEN] = STATE_BIT(CLOSED) | STATE_BIT(BROKEN)},
};

static void a_move_in_the_table_is_made(void **state)
{
    (void)state;
    struct state s = {.table = &door};
    assert_true(state_move(&s, OPEN, NULL));
    assert_string_equal(state_name(&s), "open");
    assert_true(state_move(&s, OPEN, "a move to where it is"));
}

static void a_move_that_is_not_in_the_table_is_refused(void **state)
{
    (void)state;
    struct state s = {.table = &door};
    assert_false(state_move(&s, BROKEN, NULL));
    assert_false(state_move(&s, STATES_MAX, NULL));
    assert_string_equal(state_name(&s), "closed");
}

static void a_move_of_a_state_that_is_kept_elsewhere_is_looked_up(void **state)
{
    (void)state;
    assert_true(state_may(&door, OPEN, BROKEN));
    assert_false(state_may(&door, BROKEN, OPEN));
    assert_false(state_may(&door, STATES_MAX, OPEN));
}

static void a_line_of_a_drawing_tells_what_may_follow(void **state)
{
    (void)state;
    unsigned from = 9;
    assert_int_equal(drawing_line(" *   open ----> closed, broken   it is shut", &door, &from),
                     STATE_BIT(CLOSED) | STATE_BIT(BROKEN));
    assert_int_equal(from, OPEN);
    assert_int_equal(drawing_line(" *   closed -> open\n", &door, &from), STATE_BIT(OPEN));
    assert_int_equal(drawing_line(" * a door - and its states.", &door, &from), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_move_in_the_table_is_made),
        cmocka_unit_test(a_move_of_a_state_that_is_kept_elsewhere_is_looked_up),
        cmocka_unit_test(a_line_of_a_drawing_tells_what_may_follow),
        cmocka_unit_test(a_move_that_is_not_in_the_table_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

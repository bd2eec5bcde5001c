/* SPDX-License-Identifier: MIT
 * test_job_states.c - the runner's table is as it is drawn. */
#include "actors/shared/job_runner_parts.h"
#include "tests/support/drawing.h"

static void the_table_of_the_runner_is_as_it_is_drawn(void **state)
{
    (void)state;
    drawing_check("actors/shared/job_runner.h", &job_runner_moves);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_of_the_runner_is_as_it_is_drawn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

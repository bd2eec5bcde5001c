/* SPDX-License-Identifier: MIT
 * test_worker_read.c - what a worker says of a lease it has read. */
#include "actors/tautulli/worker_read.h"
#include "tests/unit/tautulli/fixture.h"

#include "actors/tautulli/plan.h"

static void a_lease_that_ends_at_the_damage_is_whole(void **state)
{
    struct fixture *f = *state;
    fixture_make(f, SCHEMA_V2_17_2, 2000);
    fixture_damage(f, 20);
    assert_int_equal(source_open(f->path, &f->staging, f->arena, &f->source, &f->why), OK);
    struct plan plan;
    int64_t last = 0;
    uint64_t rows = 0;
    assert_int_equal(plan_make(f->source, 0, &plan), OK);
    assert_int_equal(plan_slice(f->source, plan.first_id, plan.last_id, 2000, &last, &rows), OK);

    struct lease_taken lease = {.job_id = "job", .path = f->path, .server_id = "server"};
    lease.planned_at = clock_wall_ms();
    lease.first_id = plan.first_id;
    lease.last_id = last;
    struct batch *batch = batch_new();
    struct input *input = input_new(NULL);
    struct reading r = {.lease = &lease, .batch = batch};
    input_read(input, &r);
    assert_int_equal(r.code, OK);
    assert_true(r.whole);
    assert_int_equal(batch_rows(batch), rows);

    lease.first_id = last + 1;
    lease.last_id = plan.last_id;
    input_read(input, &r);
    assert_int_equal(r.code, ERR_DATABASE_DAMAGED);
    assert_false(r.whole);
    assert_int_equal(batch_rows(batch), 0);
    input_destroy(&input);
    batch_destroy(&batch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_lease_that_ends_at_the_damage_is_whole, fixture_setup,
                                        fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT
 * test_turns.c - whose batch is written next, by what each job has had. */
#include "tests/unit/history/fixture.h"

#include "actors/history/active_jobs.h"

enum { NOW = 100000 };

struct three {
    struct history h;
    struct active_job flood, small, ended;
};

static int setup(void **state)
{
    struct three *three = must_alloc(sizeof *three);
    three->h.active_jobs = &three->flood;
    three->flood.next = &three->small;
    three->small.next = &three->ended;
    three->flood.job.status = three->small.job.status = status_running;
    three->ended.job.status = status_completed;
    *state = three;
    return 0;
}

static int teardown(void **state)
{
    free_bytes(state);
    return 0;
}

static void who_had_more_pauses_while_another_is_at_work(void **state)
{
    struct three *three = *state;
    turn_begin(&three->small, NOW);
    turn_taken(&three->flood, NOW - 50, NOW);
    assert_false(turn_waits(&three->h, &three->flood, NOW)); /* it has brought nothing */
    turn_heard(&three->small, NOW);
    assert_true(turn_waits(&three->h, &three->flood, NOW));
    assert_true(turn_waits(&three->h, &three->flood, NOW + 449));
    assert_false(turn_waits(&three->h, &three->flood, NOW + 450));
    assert_false(turn_waits(&three->h, &three->small, NOW));
}

static void who_is_at_it_for_long_is_left_half_of_the_time(void **state)
{
    struct three *three = *state;
    turn_begin(&three->small, NOW - 60000);
    turn_heard(&three->small, NOW);
    turn_taken(&three->flood, NOW - 50, NOW);
    assert_true(turn_waits(&three->h, &three->flood, NOW + 49));
    assert_false(turn_waits(&three->h, &three->flood, NOW + 50));
}

static void nobody_pauses_for_who_had_more(void **state)
{
    struct three *three = *state;
    turn_taken(&three->flood, NOW - 50, NOW);
    turn_begin(&three->small, NOW);
    turn_taken(&three->small, NOW, NOW + 60);
    assert_false(turn_waits(&three->h, &three->flood, NOW + 60));
    assert_true(turn_waits(&three->h, &three->small, NOW + 60));
}

static void who_is_alone_never_pauses(void **state)
{
    struct three *three = *state;
    turn_begin(&three->ended, NOW);
    turn_heard(&three->ended, NOW);
    turn_begin(&three->small, NOW - 2000);
    turn_heard(&three->small, NOW - 2000); /* it hangs */
    turn_taken(&three->flood, NOW - 50, NOW);
    assert_false(turn_waits(&three->h, &three->flood, NOW));
    turn_heard(&three->small, NOW + 10); /* it does not any more */
    assert_true(turn_waits(&three->h, &three->flood, NOW + 10));
    three->small.job.status = status_cancelled;
    assert_false(turn_waits(&three->h, &three->flood, NOW + 10));
}

static void a_pause_has_an_end_however_long_a_transaction_took(void **state)
{
    struct three *three = *state;
    turn_begin(&three->small, NOW);
    turn_taken(&three->flood, NOW - 9000, NOW);
    turn_heard(&three->small, NOW + 1900);
    assert_true(turn_waits(&three->h, &three->flood, NOW + 1999));
    assert_false(turn_waits(&three->h, &three->flood, NOW + 2000));
}

/* What the flood, which always has a batch, had of two minutes in which each second another small
 * job began, per cent. */
static int64_t share_of_flood(struct three *three)
{
    int64_t now = NOW;
    int64_t due = NOW;
    turn_begin(&three->flood, now);
    while (now < NOW + 120000) {
        if (now >= due) {
            turn_begin(&three->small, now);
            turn_taken(&three->small, now, now + 5);
            due = now + 1000;
            now += 5;
        }
        if (turn_waits(&three->h, &three->flood, now)) {
            now += 10;
        } else {
            turn_taken(&three->flood, now, now + 50);
            now += 50;
        }
    }
    return three->flood.turn.spent_ms / 1200;
}

static void who_is_many_one_after_the_other_is_not_given_way_to_for_ever(void **state)
{
    assert_in_range(share_of_flood(*state), 38, 46);
}

static void who_only_begins_takes_nothing(void **state)
{
    struct three *three = *state;
    turn_begin(&three->flood, NOW);
    for (int64_t now = NOW; now < NOW + 5000; now += 50) {
        turn_begin(&three->small, now);
        assert_false(turn_waits(&three->h, &three->flood, now));
        turn_taken(&three->flood, now, now + 50);
    }
}

static void who_just_began_is_given_way_to_again_in_another_minute(void **state)
{
    struct three *three = *state;
    (void)share_of_flood(three);
    turn_begin(&three->small, NOW + 240000);
    turn_heard(&three->small, NOW + 240000);
    turn_taken(&three->flood, NOW + 240000, NOW + 240050);
    assert_true(turn_waits(&three->h, &three->flood, NOW + 240400));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(who_had_more_pauses_while_another_is_at_work, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(who_is_at_it_for_long_is_left_half_of_the_time, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(nobody_pauses_for_who_had_more, setup, teardown),
        cmocka_unit_test_setup_teardown(who_is_alone_never_pauses, setup, teardown),
        cmocka_unit_test_setup_teardown(a_pause_has_an_end_however_long_a_transaction_took, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(
            who_is_many_one_after_the_other_is_not_given_way_to_for_ever, setup, teardown),
        cmocka_unit_test_setup_teardown(who_only_begins_takes_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(who_just_began_is_given_way_to_again_in_another_minute,
                                        setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

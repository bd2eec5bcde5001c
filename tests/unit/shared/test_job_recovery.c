/* SPDX-License-Identifier: MIT
 * test_job_recovery.c - a job goes on where the history has it, whoever of the two was away. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/unit/shared/counter.h"

static const struct role roles[] = {
    {"history", &stand_in_history, NULL}, {"counter", &counter, NULL}, {NULL, NULL, NULL}};

static void restart_history(struct world *w)
{
    child_kill(&w->history);
    child_start(&w->history, "history", w->data);
}

static void a_history_that_restarts_is_told_the_phase_again_and_the_job_goes_on(void **state)
{
    struct world *w = *state;
    go_on_with(w, "one");
    history_does(w, "commit 30");
    restart_history(w);
    child_expect(&w->history, "jobs.unfinished to compare");
    child_expect(&w->history, "job.phase importing nothing");
    history_does(w, "commit 31");
    expect_without(&w->coordinator, "committed one 31", "recall");
}

static void a_checkpoint_that_fell_back_is_delivered_from_again(void **state)
{
    struct world *w = *state;
    go_on_with(w, "one");
    history_does(w, "commit 30");
    child_expect(&w->coordinator, "committed one 30");
    history_does(w, "silently 20");
    restart_history(w);
    child_expect(&w->coordinator, "recall one");
    child_expect(&w->coordinator, "deliver one from 20");
}

static void a_job_that_ended_while_nobody_heard_is_closed(void **state)
{
    struct world *w = *state;
    go_on_with(w, "one");
    history_does(w, "silently -1");
    restart_history(w);
    child_expect(&w->coordinator, "close one");
}

static void a_coordinator_that_was_killed_goes_on_at_the_checkpoint(void **state)
{
    struct world *w = *state;
    go_on_with(w, "one");
    history_does(w, "commit 60");
    child_kill(&w->coordinator);
    child_start(&w->coordinator, "counter", w->data);
    child_expect(&w->history, "jobs.unfinished to adopt");
    child_expect(&w->coordinator, "deliver one from 60 by 2, page 60");
}

static void a_job_that_somebody_else_adopted_is_given_up_and_adopted_again(void **state)
{
    struct world *w = *state;
    go_on_with(w, "one");
    history_does(w, "runner");
    restart_history(w);
    child_expect(&w->history, "jobs.unfinished to compare");
    child_expect(&w->coordinator, "close one");
    child_expect(&w->history, "jobs.unfinished to adopt");
    child_expect(&w->coordinator, "deliver one from 1 by 3, page 1");
}

static void a_job_that_stalls_is_compared_with_what_the_history_has(void **state)
{
    struct world *w = *state;
    go_on_with(w, "one");
    history_does(w, "commit 90");
    child_expect(&w->coordinator, "committed one 90");
    history_does(w, "silently 80");
    child_tell(&w->coordinator, "done");
    child_expect(&w->history, "jobs.unfinished");
    child_expect(&w->coordinator, "deliver one from 80");
}

/* An adoption that came late: all that is delivered is refused as another's. */
static void a_job_that_does_not_move_is_compared_with_what_the_history_has(void **state)
{
    struct world *w = *state;
    go_on_with(w, "one");
    history_does(w, "runner");
    child_expect(&w->history, "jobs.unfinished to compare");
    child_expect(&w->coordinator, "close one");
    child_expect(&w->history, "jobs.unfinished to adopt");
}

static void no_answer_to_a_stall_check_is_asked_for_again(void **state)
{
    struct world *w = *state;
    go_on_with(w, "one");
    history_does(w, "keep jobs.unfinished 1");
    history_does(w, "silently -1");
    child_tell(&w->coordinator, "done");
    child_expect(&w->history, "jobs.unfinished");
    child_expect(&w->history, "jobs.unfinished");
    child_expect(&w->coordinator, "close one");
}

/* Nothing is told of a job without news: a refusal is all there is. */
static void a_start_that_is_refused_finds_the_job_that_nobody_has(void **state)
{
    struct world *w = *state;
    history_does(w, "job one 1");
    history_does(w, "refuse job.create SYNC_RUNNING 1");
    history_does(w, "ask two");
    child_expect(&w->history, "refused SYNC_RUNNING");
    child_expect(&w->coordinator, "deliver one from 1");
}

static void no_answer_to_the_first_question_is_asked_for_again(void **state)
{
    struct world *w = *state;
    history_does(w, "job one 1");
    history_does(w, "keep jobs.unfinished 1");
    child_kill(&w->coordinator);
    child_start(&w->coordinator, "counter", w->data);
    child_expect(&w->history, "jobs.unfinished to adopt");
    child_expect(&w->history, "jobs.unfinished to adopt");
    child_expect(&w->coordinator, "deliver one from 1");
}

static void how_the_history_ended_a_job_is_heard(void **state)
{
    struct world *w = *state;
    go_on_with(w, "one");
    history_does(w, "end error DISK_FULL");
    child_expect(&w->coordinator, "ended DISK_FULL");
    go_on_with(w, "two");
    history_does(w, "end cancelled");
    child_expect(&w->coordinator, "ended NOT_RUNNING");
    go_on_with(w, "three");
    history_does(w, "end completed");
    child_expect(&w->coordinator, "ended OK");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, counter_world, world_close)

int main(int argc, char **argv)
{
    int status = 0;
    if (child_plays(argc, argv, roles, &status)) {
        return status;
    }
    const struct CMUnitTest tests[] = {
        TEST(a_history_that_restarts_is_told_the_phase_again_and_the_job_goes_on),
        TEST(a_checkpoint_that_fell_back_is_delivered_from_again),
        TEST(a_job_that_ended_while_nobody_heard_is_closed),
        TEST(a_coordinator_that_was_killed_goes_on_at_the_checkpoint),
        TEST(a_job_that_somebody_else_adopted_is_given_up_and_adopted_again),
        TEST(a_job_that_stalls_is_compared_with_what_the_history_has),
        TEST(a_job_that_does_not_move_is_compared_with_what_the_history_has),
        TEST(no_answer_to_a_stall_check_is_asked_for_again),
        TEST(a_start_that_is_refused_finds_the_job_that_nobody_has),
        TEST(no_answer_to_the_first_question_is_asked_for_again),
        TEST(how_the_history_ended_a_job_is_heard),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT
 * test_job_runner.c - a job's life in its coordinator, over the real bus: each state, and each
 * answer that comes late, twice or never. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/unit/shared/counter.h"

static const struct role roles[] = {
    {"history", &stand_in_history, NULL}, {"counter", &counter, NULL}, {NULL, NULL, NULL}};

static void take_file(const struct world *w, const char *name)
{
    char path[256];
    (void)snprintf(path, sizeof(path), "%s/%s", w->data, name);
    assert_int_equal(unlink(path), 0);
}

/* ---- starting ---- */

static void a_start_is_made_planned_delivered_and_closed_when_the_history_ends_it(void **state)
{
    struct world *w = *state;
    child_tell(&w->history, "ask one");
    child_expect(&w->history, "job.create one");
    child_expect(&w->history, "job.phase planning nothing");
    child_expect(&w->history, "source.samples one");
    child_expect(&w->history, "started one");
    child_expect(&w->history, "job.plan one");
    child_expect(&w->history, "job.phase importing nothing");
    child_expect(&w->coordinator, "open");
    child_expect(&w->coordinator, "plan");
    child_expect(&w->coordinator, "deliver one from 1");
    history_does(w, "commit 51");
    child_expect(&w->coordinator, "committed one 51");
    history_does(w, "end completed");
    child_expect(&w->coordinator, "recall one");
    child_expect(&w->coordinator, "close one");
    child_expect(&w->coordinator, "release one");
}

static void a_source_that_opens_slowly_is_opened_after_its_job_is_made(void **state)
{
    struct world *w = *state;
    put_file(w, "slow");
    child_tell(&w->history, "ask one");
    child_expect(&w->history, "job.create one");
    child_expect(&w->history, "job.phase opening nothing");
    child_expect(&w->history, "started one");
    child_expect(&w->coordinator, "open");
    child_expect(&w->coordinator, "deliver one from 1");
}

static void a_start_without_its_source_makes_no_job(void **state)
{
    struct world *w = *state;
    take_file(w, "source");
    child_tell(&w->history, "ask one");
    expect_without(&w->history, "refused FILE_NOT_FOUND no source", "job.create");
    child_expect(&w->coordinator, "release one");
}

static void a_start_the_history_refuses_closes_its_source(void **state)
{
    struct world *w = *state;
    history_does(w, "refuse job.create SYNC_RUNNING 1");
    child_tell(&w->history, "ask one");
    child_expect(&w->history, "refused SYNC_RUNNING");
    child_expect(&w->coordinator, "close one");
    child_expect(&w->coordinator, "release one");
    child_tell(&w->history, "ask two");
    child_expect(&w->coordinator, "deliver two");
}

static void a_start_with_a_known_job_id_is_answered_and_changes_nothing(void **state)
{
    struct world *w = *state;
    go_on_with(w, "one");
    child_tell(&w->history, "ask one");
    child_expect(&w->history, "started one");
    history_does(w, "commit 7");
    expect_without(&w->coordinator, "committed one 7", "recall");
}

static void what_is_committed_of_its_attempt_is_known_before_the_next_record(void **state)
{
    struct world *w = *state;
    go_on_with(w, "one");
    history_does(w, "committed one 2 9"); /* another attempt */
    history_does(w, "committed two 1 8");
    history_does(w, "committed one 1 7");
    child_expect_next(&w->coordinator, "committed one 7");
}

static void a_known_job_that_the_coordinator_has_not_got_is_gone_on_with(void **state)
{
    struct world *w = *state;
    history_does(w, "job one 1");
    child_tell(&w->history, "ask one");
    child_expect(&w->history, "started one");
    child_expect(&w->coordinator, "deliver one from 1");
}

static void a_resume_of_another_source_is_refused_and_its_job_ended(void **state)
{
    struct world *w = *state;
    put_file(w, "other");
    child_tell(&w->history, "ask one resume");
    child_expect(&w->history, "refused RESUME_MISMATCH");
    child_expect(&w->history, "job.fail RESUME_MISMATCH");
    child_expect(&w->coordinator, "close one");
}

static void a_start_that_nobody_answers_is_refused_and_its_job_found_later(void **state)
{
    struct world *w = *state;
    history_does(w, "keep job.create 1");
    child_tell(&w->history, "ask one");
    child_expect(&w->history, "refused TIMEOUT");
    child_expect(&w->coordinator, "release one");
    history_does(w, "answer"); /* too late; and yet the job runs */
    history_does(w, "commit 1");
    child_expect(&w->coordinator, "deliver one from 1");
}

static void more_starts_than_there_is_room_for_are_refused_at_once(void **state)
{
    struct world *w = *state;
    history_does(w, "keep job.create 8");
    for (int i = 0; i < RUNNER_STARTS_MAX; i++) {
        child_tell(&w->history, "ask j%d", i);
    }
    for (int i = 0; i < RUNNER_STARTS_MAX; i++) {
        child_expect(&w->history, "job.create j");
    }
    child_tell(&w->history, "ask more");
    child_expect(&w->history, "refused BUSY");
}

static void starts_under_way_are_closed_when_the_coordinator_stops(void **state)
{
    struct world *w = *state;
    history_does(w, "keep job.create 1");
    child_tell(&w->history, "ask one");
    child_expect(&w->history, "job.create one");
    kill(w->coordinator.pid, SIGTERM);
    child_expect(&w->coordinator, "close one");
    child_expect(&w->coordinator, "closed");
    assert_int_equal(child_wait(&w->coordinator), 0);
    child_start(&w->coordinator, "counter", w->data);
    child_expect(&w->history, "jobs.unfinished");
}

/* ---- answers that come late, twice, never ---- */

static void a_late_answer_about_an_earlier_job_moves_no_other(void **state)
{
    struct world *w = *state;
    history_does(w, "keep job.plan 2");
    child_tell(&w->history, "ask one");
    child_expect(&w->history, "job.plan one");
    history_does(w, "end cancelled");
    child_expect(&w->coordinator, "close one");
    child_tell(&w->history, "ask two");
    child_expect(&w->history, "job.plan two");
    history_does(w, "answer"); /* about one: refused, for two runs */
    history_does(w, "commit 2");
    expect_without(&w->coordinator, "committed two 2", "recall");
    history_does(w, "answer");
    child_expect(&w->coordinator, "deliver two");
}

static void a_plan_is_offered_again_after_a_refusal_that_passes(void **state)
{
    struct world *w = *state;
    history_does(w, "refuse job.plan BUSY 2");
    child_tell(&w->history, "ask one");
    for (int i = 0; i < 3; i++) {
        child_expect(&w->history, "job.plan one");
        child_expect(&w->coordinator, "plan");
    }
    child_expect(&w->coordinator, "deliver one from 1");
}

static void a_plan_that_is_refused_ends_the_job_with_that_code(void **state)
{
    struct world *w = *state;
    history_does(w, "refuse job.plan DISK_FULL 1");
    child_tell(&w->history, "ask one");
    child_expect(&w->history, "job.fail DISK_FULL");
    child_expect(&w->coordinator, "close one");
}

static void a_plan_of_a_job_that_was_stopped_closes_it(void **state)
{
    struct world *w = *state;
    history_does(w, "refuse job.plan STALE_ATTEMPT 1");
    child_tell(&w->history, "ask one");
    child_expect(&w->history, "job.plan one");
    child_expect(&w->coordinator, "close one");
    child_tell(&w->history, "silently -1");
    expect_without(&w->history, "done silently -1", "job.fail"); /* it is over: nothing to end */
}

static void an_end_that_nobody_takes_is_asked_again_and_its_late_answer_ignored(void **state)
{
    struct world *w = *state;
    go_on_with(w, "one");
    history_does(w, "keep job.fail 1");
    child_tell(&w->coordinator, "fail");
    child_expect(&w->history, "job.fail POISON_BATCH seven ended three workers");
    child_expect(&w->history, "job.fail POISON_BATCH seven ended three workers");
    child_expect(&w->coordinator, "close one");
    child_tell(&w->history, "ask two");
    child_expect(&w->coordinator, "deliver two");
    history_does(w, "answer"); /* of the first job.fail */
    history_does(w, "commit 3");
    expect_without(&w->coordinator, "committed two 3", "recall");
}

static void a_phase_is_told_again_until_it_was_heard(void **state)
{
    struct world *w = *state;
    history_does(w, "keep source.samples 1");
    child_tell(&w->history, "ask one");
    child_expect(&w->history, "source.samples one");
    history_does(w, "refuse job.phase BUSY 1");
    history_does(w, "answer");
    child_expect(&w->history, "job.phase importing nothing");
    child_expect(&w->history, "job.phase importing nothing");
    history_does(w, "keep job.phase 3");
    child_tell(&w->coordinator, "reopen");
    child_expect(&w->history, "job.phase opening nothing");
    child_expect(&w->history, "job.phase planning nothing");
    child_expect(&w->history, "job.phase importing nothing");
    child_expect(&w->history, "job.phase importing nothing"); /* when nobody answered in time */
}

static void a_phase_of_a_job_that_was_stopped_before_it_came_closes_it(void **state)
{
    struct world *w = *state;
    history_does(w, "refuse job.phase NOT_RUNNING 99"); /* it stays so, should an answer get lost */
    child_tell(&w->history, "ask one");
    child_expect(&w->coordinator, "release one");
}

/* ---- the source ---- */

static void a_source_that_is_away_is_waited_for(void **state)
{
    struct world *w = *state;
    take_file(w, "source");
    history_does(w, "job one 1");
    history_does(w, "record one 1 running");
    child_expect(&w->history, "job.phase opening nothing");
    child_expect(&w->history, "job.phase waiting source");
    child_expect(&w->coordinator, "open");
    child_expect(&w->coordinator, "open");
    put_file(w, "source");
    child_expect(&w->coordinator, "deliver one from 1");
}

static void a_source_that_stays_away_ends_its_job(void **state)
{
    struct world *w = *state;
    take_file(w, "source");
    history_does(w, "job one 1");
    history_does(w, "record one 1 running");
    child_expect(&w->history, "job.phase waiting source");
    child_expect(&w->history, "job.fail FILE_NOT_FOUND no source");
    child_expect(&w->coordinator, "release one");
    put_file(w, "source");
    child_tell(&w->history, "ask two");
    child_expect(&w->coordinator, "deliver two");
}

static void a_source_that_changed_is_opened_and_delivered_again_from_what_is_committed(void **state)
{
    struct world *w = *state;
    go_on_with(w, "one");
    history_does(w, "commit 40");
    child_expect(&w->coordinator, "committed one 40");
    child_tell(&w->coordinator, "reopen");
    child_expect(&w->coordinator, "recall one");
    child_expect(&w->coordinator, "close one");
    child_expect(&w->coordinator, "open");
    child_expect(&w->coordinator, "plan");
    child_expect(&w->coordinator, "deliver one from 40");
}

static void a_source_that_goes_away_while_it_is_planned_is_opened_again(void **state)
{
    struct world *w = *state;
    history_does(w, "keep source.samples 1");
    child_tell(&w->history, "ask one");
    child_expect(&w->history, "source.samples one");
    take_file(w, "source");
    history_does(w, "answer");
    child_expect(&w->history, "job.phase waiting source");
    put_file(w, "source");
    child_expect(&w->coordinator, "deliver one from 1");
}

/* ---- stopping ---- */

static void a_job_that_is_cancelled_while_it_opens_gives_up_its_thread(void **state)
{
    struct world *w = *state;
    put_file(w, "hold");
    history_does(w, "job one 1");
    history_does(w, "record one 1 running");
    child_expect(&w->coordinator, "open");
    history_does(w, "end cancelled");
    expect_without(&w->coordinator, "close one", "interrupt");
    child_expect(&w->coordinator, "release one");
    take_file(w, "hold");
    child_tell(&w->history, "ask two");
    child_expect(&w->coordinator, "deliver two");
}

static void a_job_that_is_cancelled_while_a_thread_works_is_interrupted(void **state)
{
    struct world *w = *state;
    go_on_with(w, "one");
    put_file(w, "hold");
    child_tell(&w->coordinator, "work");
    child_expect(&w->coordinator, "work");
    history_does(w, "end cancelled");
    child_expect(&w->coordinator, "interrupt one");
    expect_without(&w->coordinator, "release one", "worked");
}

static void a_job_that_fails_while_a_thread_works_is_ended_after_it(void **state)
{
    struct world *w = *state;
    go_on_with(w, "one");
    put_file(w, "hold");
    child_tell(&w->coordinator, "work");
    child_expect(&w->coordinator, "work");
    child_tell(&w->coordinator, "fail");
    child_expect(&w->coordinator, "recall one");
    take_file(w, "hold");
    child_expect(&w->history, "job.fail POISON_BATCH");
    expect_without(&w->coordinator, "release one", "worked");
}

static void a_new_job_takes_the_place_of_one_that_ended_unheard(void **state)
{
    struct world *w = *state;
    go_on_with(w, "one");
    history_does(w, "silently -1");
    child_tell(&w->history, "ask two");
    child_expect(&w->coordinator, "recall one");
    child_expect(&w->coordinator, "deliver two from 1");
}

static void a_record_from_before_a_resume_ends_nothing(void **state)
{
    struct world *w = *state;
    history_does(w, "job one 2");
    history_does(w, "record one 2 running");
    child_expect(&w->coordinator, "deliver one from 1");
    history_does(w, "record one 1 cancelled");
    history_does(w, "commit 9");
    expect_without(&w->coordinator, "committed one 9", "recall");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, counter_world, world_close)

int main(int argc, char **argv)
{
    int status = 0;
    if (child_plays(argc, argv, roles, &status)) {
        return status;
    }
    const struct CMUnitTest tests[] = {
        TEST(a_start_is_made_planned_delivered_and_closed_when_the_history_ends_it),
        TEST(a_source_that_opens_slowly_is_opened_after_its_job_is_made),
        TEST(a_start_without_its_source_makes_no_job),
        TEST(a_start_the_history_refuses_closes_its_source),
        TEST(a_start_with_a_known_job_id_is_answered_and_changes_nothing),
        TEST(what_is_committed_of_its_attempt_is_known_before_the_next_record),
        TEST(a_known_job_that_the_coordinator_has_not_got_is_gone_on_with),
        TEST(a_resume_of_another_source_is_refused_and_its_job_ended),
        TEST(a_start_that_nobody_answers_is_refused_and_its_job_found_later),
        TEST(more_starts_than_there_is_room_for_are_refused_at_once),
        TEST(starts_under_way_are_closed_when_the_coordinator_stops),
        TEST(a_late_answer_about_an_earlier_job_moves_no_other),
        TEST(a_plan_is_offered_again_after_a_refusal_that_passes),
        TEST(a_plan_that_is_refused_ends_the_job_with_that_code),
        TEST(a_plan_of_a_job_that_was_stopped_closes_it),
        TEST(an_end_that_nobody_takes_is_asked_again_and_its_late_answer_ignored),
        TEST(a_phase_is_told_again_until_it_was_heard),
        TEST(a_phase_of_a_job_that_was_stopped_before_it_came_closes_it),
        TEST(a_source_that_is_away_is_waited_for),
        TEST(a_source_that_stays_away_ends_its_job),
        TEST(a_source_that_changed_is_opened_and_delivered_again_from_what_is_committed),
        TEST(a_source_that_goes_away_while_it_is_planned_is_opened_again),
        TEST(a_job_that_is_cancelled_while_it_opens_gives_up_its_thread),
        TEST(a_job_that_is_cancelled_while_a_thread_works_is_interrupted),
        TEST(a_job_that_fails_while_a_thread_works_is_ended_after_it),
        TEST(a_new_job_takes_the_place_of_one_that_ended_unheard),
        TEST(a_record_from_before_a_resume_ends_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

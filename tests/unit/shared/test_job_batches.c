/* SPDX-License-Identifier: MIT
 * test_job_batches.c - a coordinator that makes its batches itself, and leaves out of its driver
 * whatever it can, over the real bus: one batch at a time, from the checkpoint on, to the last. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "actors/shared/job_runner.h"
#include "tests/support/children.h"
#include "tests/unit/shared/stand_in_history.h"

#define BATCH 40

static void plan(struct runner_job *job)
{
    (void)job;
}

static void fill_plan(struct runner_job *job, struct job_plan *out)
{
    (void)job;
    *out = (struct job_plan){
        .first_id = 1, .last_id = STAND_IN_LAST_ID, .total = STAND_IN_LAST_ID, .server_id = "s"};
}

static bool next_batch(struct runner_job *job, int64_t from, struct batch_commit *out)
{
    int64_t to = from + BATCH - 1;
    out->last_id = to < job->task.last_id ? to : job->task.last_id;
    PUT(out, last, out->last_id == job->task.last_id);
    say("batch of %s from %lld to %lld%s", job->task.job_id, (long long)from,
        (long long)out->last_id, out->last ? ", the last" : "");
    return true;
}

static const struct job_driver making = {.name = "make",
                                         .operation = operation_tautulli_import,
                                         .job_size = sizeof(struct runner_job),
                                         .plan = plan,
                                         .fill_plan = fill_plan,
                                         .next_batch = next_batch};

static enum err on_start(struct actor *a, const struct msg *m)
{
    const struct job_create create = {.job_id = msg_import_start(m)->job_id,
                                      .operation = operation_tautulli_import};
    return job_runner_start(actor_self(a), m, &create);
}

static enum err on_progress(struct actor *a, const struct msg *m)
{
    job_runner_on_progress(actor_self(a), msg_sync_progress(m));
    return OK;
}

static enum err on_changed(struct actor *a, const struct msg *m)
{
    const struct actor_changed *e = msg_actor_changed(m);
    if (strcmp(e->actor, HISTORY) == 0 && e->condition == actor_condition_up) {
        job_runner_history_is_up(actor_self(a));
    }
    return OK;
}

static enum err begin(struct actor *a)
{
    job_runner_open(actor_self(a), a, &making);
    return OK;
}

static void end(struct actor *a)
{
    job_runner_close(actor_self(a));
}

static const struct actor_spec counter = {.name = "counter",
                                          .summary = "Makes batches for tests",
                                          .self_size = sizeof(struct job_runner),
                                          .start = begin,
                                          .stop = end,
                                          .on = {[MSG_import_start] = on_start,
                                                 [MSG_sync_progress] = on_progress,
                                                 [MSG_actor_changed] = on_changed}};

static const struct role roles[] = {
    {"history", &stand_in_history, NULL}, {"counter", &counter, NULL}, {NULL, NULL, NULL}};

static int setup(void **state)
{
    struct world *w = world_open();
    child_start(&w->coordinator, "counter", w->data);
    child_expect(&w->history, "jobs.unfinished");
    *state = w;
    return 0;
}

static void each_row_is_in_one_batch_and_the_last_says_so(void **state)
{
    struct world *w = *state;
    child_tell(&w->history, "ask one");
    child_expect(&w->history, "started one");
    child_expect_next(&w->coordinator, "batch of one from 1 to 40");
    child_expect_next(&w->coordinator, "batch of one from 41 to 80");
    child_expect_next(&w->coordinator, "batch of one from 81 to 100, the last");
}

static void the_next_batch_is_made_when_the_one_before_is_committed(void **state)
{
    struct world *w = *state;
    history_does(w, "keep batch.commit 1");
    child_tell(&w->history, "ask one");
    child_expect(&w->history, "batch.commit");
    child_expect_next(&w->coordinator, "batch of one from 1 to 40");
    history_does(w, "commit 31"); /* a record tells the checkpoint before the answer does */
    history_does(w, "answer");
    child_expect_next(&w->coordinator, "batch of one from 41 to 80");
}

static void a_batch_that_straddles_the_checkpoint_is_made_again_from_there(void **state)
{
    struct world *w = *state;
    history_does(w, "refuse batch.commit BATCH_STRADDLES 1");
    child_tell(&w->history, "ask one");
    child_expect_next(&w->coordinator, "batch of one from 1 to 40");
    child_expect_next(&w->coordinator, "batch of one from 1 to 40");
    child_expect_next(&w->coordinator, "batch of one from 41 to 80");
}

static void what_is_answered_after_the_end_of_its_job_moves_no_other(void **state)
{
    struct world *w = *state;
    history_does(w, "keep batch.commit 1");
    child_tell(&w->history, "ask one");
    child_expect(&w->history, "batch.commit");
    child_expect_next(&w->coordinator, "batch of one from 1 to 40");
    history_does(w, "end cancelled");
    child_tell(&w->history, "ask two");
    child_expect(&w->history, "started two");
    child_expect(&w->history, "job.phase importing");
    history_does(w, "answer");
    child_expect_next(&w->coordinator, "batch of two from 1 to 40");
}

static void
a_batch_of_a_job_that_is_over_is_not_sent_again_before_the_history_was_asked(void **state)
{
    struct world *w = *state;
    history_does(w, "refuse batch.commit STALE_ATTEMPT 1");
    child_tell(&w->history, "ask one");
    child_expect_next(&w->coordinator, "batch of one from 1 to 40");
    child_expect(&w->history, "job.plan");
    child_expect(&w->history, "batch.commit");
    child_expect_next(&w->history, "jobs.unfinished to compare");
    child_expect_next(&w->coordinator, "batch of one from 1 to 40");
}

static void a_batch_that_is_refused_ends_the_job_with_that_code(void **state)
{
    struct world *w = *state;
    history_does(w, "refuse batch.commit BATCH_REFUSED 1");
    child_tell(&w->history, "ask one");
    child_expect(&w->history, "job.fail BATCH_REFUSED");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, world_close)

int main(int argc, char **argv)
{
    int status = 0;
    if (child_plays(argc, argv, roles, &status)) {
        return status;
    }
    const struct CMUnitTest tests[] = {
        TEST(each_row_is_in_one_batch_and_the_last_says_so),
        TEST(the_next_batch_is_made_when_the_one_before_is_committed),
        TEST(a_batch_that_straddles_the_checkpoint_is_made_again_from_there),
        TEST(what_is_answered_after_the_end_of_its_job_moves_no_other),
        TEST(a_batch_of_a_job_that_is_over_is_not_sent_again_before_the_history_was_asked),
        TEST(a_batch_that_is_refused_ends_the_job_with_that_code),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

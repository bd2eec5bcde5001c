/* SPDX-License-Identifier: MIT
 * test_job_audit.c - every end of a job waits for the audit log, once. */
#include "tests/unit/history/fixture.h"

#include "proto/store/outbox.h"

static struct audit_record waiting(struct fixture *f)
{
    struct audit_record record;
    assert_int_equal(outbox_take(f->h->store->db, f->now, f->arena, &record), OK);
    return record;
}

static void expect_end(struct fixture *f, const char *outcome)
{
    struct audit_record record = waiting(f);
    assert_int_equal(record.entries_count, 1);
    assert_string_equal(record.entries[0].action, "job_ended");
    assert_string_equal(record.entries[0].outcome, outcome);
    assert_string_equal(record.entries[0].job_id, "job-1");
    assert_string_equal(record.entries[0].target, "/data/tautulli.db");
}

static void a_stopped_job_is_told_in_the_transaction_that_stops_it(void **state)
{
    struct fixture *f = *state;
    fixture_planned_job(f, "job-1", 1, 2, 2);
    assert_int_equal(waiting(f).entries_count, 0);
    fixture_stop_import(f);
    expect_end(f, "cancelled");
}

static void a_completed_job_is_told_with_its_figures(void **state)
{
    struct fixture *f = *state;
    struct active_job *active = fixture_planned_job(f, "job-1", 1, 1, 1);
    struct batch_maker b = {.first_id = 1, .last_id = 1, .planned = 1};
    maker_play(&b, 1, 1000, "alice");
    fixture_commit(f, active, &b, OK);
    expect_end(f, "completed");
    assert_non_null(strstr(waiting(f).entries[0].params, "\"imported\":1,"));
}

static void a_failed_job_is_told_with_its_code(void **state)
{
    struct fixture *f = *state;
    struct active_job *active = NULL;
    fixture_planned_job(f, "job-1", 1, 2, 2);
    struct job_fail ask = {.job_id = "job-1", .attempt = 1, .code = "FILE_NOT_FOUND"};
    assert_int_equal(lifecycle_fail(f->h, &ask, f->now, &active), OK);
    expect_end(f, "error");
    assert_non_null(strstr(waiting(f).entries[0].params, "FILE_NOT_FOUND"));
}

static void an_empty_plan_is_told_as_completed(void **state)
{
    struct fixture *f = *state;
    fixture_planned_job(f, "job-1", 1, 0, 0);
    expect_end(f, "completed");
}

static void each_attempt_has_an_end_of_its_own(void **state)
{
    struct fixture *f = *state;
    fixture_planned_job(f, "job-1", 1, 2, 2);
    fixture_stop_import(f);
    struct job_create ask = fixture_start(f, "job-2");
    struct job_created made;
    struct refusal why;
    PUT(&ask, resume, true);
    ask.has_dry_run = false;
    assert_int_equal(lifecycle_create(f->h, &ask, f->now, f->arena, &made, &why), OK);
    fixture_stop_import(f);
    struct audit_record record = waiting(f);
    assert_int_equal(record.entries_count, 2);
    assert_string_not_equal(record.entries[0].entry_id, record.entries[1].entry_id);
    assert_string_equal(record.entries[1].job_id, "job-1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(a_stopped_job_is_told_in_the_transaction_that_stops_it),
        FIXTURE_TEST(a_completed_job_is_told_with_its_figures),
        FIXTURE_TEST(a_failed_job_is_told_with_its_code),
        FIXTURE_TEST(an_empty_plan_is_told_as_completed),
        FIXTURE_TEST(each_attempt_has_an_end_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

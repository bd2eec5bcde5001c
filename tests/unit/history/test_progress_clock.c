/* SPDX-License-Identifier: MIT
 * test_progress_clock.c - what is told of a job neither falls nor jumps when the clock is set. */
#include "tests/unit/history/fixture.h"

#include "actors/history/progress.h"

static void seq_rises_over_jobs_even_when_the_clock_falls(void **state)
{
    struct fixture *f = *state;
    struct active_job *active = fixture_planned_job(f, "job-1", 1, 2, 2);
    struct progress p;
    progress_fill(active, f->now, f->arena, &p);
    uint64_t seq = p.seq;
    fixture_stop_import(f);
    fixture_tick(f, -3600 * 1000); /* and the process was started again since */
    fixture_reopen(f);
    active = fixture_planned_job(f, "job-2", 1, 2, 2);
    progress_fill(active, f->now, f->arena, &p);
    assert_true(p.seq > seq);
}

static struct progress told(struct fixture *f, int64_t ms_later)
{
    struct progress p;
    fixture_tick(f, ms_later);
    progress_fill(active_job_by_id(f->h, "job-1"), f->now, f->arena, &p);
    return p;
}

static void seq_never_falls_though_the_process_is_killed_again_and_again(void **state)
{
    struct fixture *f = *state;
    fixture_planned_job(f, "job-1", 1, 2, 2);
    fixture_set_ms = -3600 * 1000L;
    uint64_t seq = told(f, 0).seq;
    for (int i = 0; i < 20; i++) {
        fixture_tick(f, -3); /* each process begins with the wall clock as it is */
        fixture_reopen(f);
        for (int k = 0; k < 10; k++) {
            struct progress p = told(f, 0);
            assert_true(p.seq > seq);
            seq = p.seq;
        }
    }
}

static void a_clock_that_is_set_moves_neither_elapsed_nor_rate(void **state)
{
    struct fixture *f = *state;
    struct active_job *active = fixture_planned_job(f, "job-1", 1, 2, 2);
    assert_true(told(f, 4000).elapsed_seconds == 4);
    fixture_set_ms = -3600 * 1000L;
    assert_true(told(f, 4000).elapsed_seconds == 8);
    fixture_set_ms = 365 * 86400 * 1000L;
    fixture_store_one(f, active, 1);
    assert_true(told(f, 1500).elapsed_seconds == 10);
    assert_true(progress_rate(active) > 0.05);
    fixture_stop_import(f);
    struct progress p = told(f, 0);
    assert_true(p.elapsed_seconds == 11);
    assert_true(p.end_time - p.start_time >= 365 * 86400 * 1000L); /* dates are the clock's */
}

static void a_clock_that_is_set_while_history_is_away_moves_elapsed_by_seconds_at_most(void **state)
{
    static const int64_t sets[] = {-3600, 365 * 86400, 0, -20 * 86400};
    struct fixture *f = *state;
    fixture_planned_job(f, "job-1", 1, 2, 2);
    double elapsed = told(f, 60000).elapsed_seconds;
    for (size_t i = 0; i < COUNT_OF(sets); i++) {
        active_job_keep(f->h, active_job_by_id(f->h, "job-1"), f->now);
        double before = told(f, 4000).elapsed_seconds;
        assert_true(before == elapsed + 4);
        fixture_set_ms = sets[i] * 1000;
        fixture_reopen(f);
        elapsed = told(f, 0).elapsed_seconds;
        assert_true(elapsed >= before && elapsed <= before + 10);
    }
}

static void what_was_imported_last_is_last_though_the_clock_was_a_year_ahead_before(void **state)
{
    struct fixture *f = *state;
    struct import_status status = {0};
    fixture_set_ms = 365 * 86400 * 1000L;
    fixture_store_one(f, fixture_planned_job(f, "job-1", 1, 1, 1), 1);
    fixture_set_ms = 0;
    fixture_store_one(f, fixture_planned_job(f, "job-2", 1, 1, 1), 1);
    assert_int_equal(lifecycle_outlook(f->h, operation_tautulli_import, f->arena, &status), OK);
    assert_string_equal(status.last_success.job_id, "job-2");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(seq_rises_over_jobs_even_when_the_clock_falls),
        FIXTURE_TEST(seq_never_falls_though_the_process_is_killed_again_and_again),
        FIXTURE_TEST(a_clock_that_is_set_moves_neither_elapsed_nor_rate),
        FIXTURE_TEST(a_clock_that_is_set_while_history_is_away_moves_elapsed_by_seconds_at_most),
        FIXTURE_TEST(what_was_imported_last_is_last_though_the_clock_was_a_year_ahead_before),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT
 * test_server_syncs.c - how far the sync of a server is moves with its rows alone; what a schedule
 * found nothing by leaves no trace; rows that were undone stay away from it. */
#include "actors/history/server_syncs.h"

#include "proto/schema/operations.h"
#include "tests/unit/history/fixture.h"

static struct active_job *begin_sync(struct fixture *f, const char *job_id, bool scheduled,
                                     bool whole)
{
    struct job_created made;
    struct job_planned planned;
    struct refusal why = {0};
    struct job_create ask = {.job_id = job_id,
                             .operation = operation_server_sync,
                             .title = "Home",
                             .server_id = "registered"};
    PUT(&ask, scheduled, scheduled);
    PUT(&ask, whole, whole);
    assert_int_equal(lifecycle_create(f->h, &ask, f->now, f->arena, &made, &why), OK);
    struct job_plan plan = fixture_plan(f, made.task.job_id, 1, 1000, 10);
    plan.attempt = made.task.attempt; /* it may go on with one that was stopped */
    plan.server_id = plan.own_server_id = "machine";
    plan.planned_at = 50000;
    PUT(&plan, kind, source_kind_plex);
    assert_int_equal(lifecycle_plan(f->h, &plan, f->now, f->arena, &planned), OK);
    return active_job_by_id(f->h, made.task.job_id);
}

static struct active_job *begin(struct fixture *f, const char *job_id, bool scheduled)
{
    return begin_sync(f, job_id, scheduled, true);
}

/* Rows of these native ids, each at a second of its own; then the job is completed. */
static void store(struct fixture *f, struct active_job *active, int from, int to)
{
    struct batch_maker b = {.first_id = 1, .last_id = 1000, .planned = 10};
    char id[16];
    for (int i = from; i <= to; i++) {
        snprintf(id, sizeof id, "row-%d", i);
        maker_named(&b, 1 + i - from, id, i * 1000);
    }
    fixture_commit(f, active, &b, OK);
}

static struct server_sync_standing standing(struct fixture *f)
{
    struct server_sync_standing out;
    assert_int_equal(server_syncs_standing(f->h->store->db, "registered", f->arena, &out), OK);
    return out;
}

static void how_far_it_is_moves_when_its_job_is_completed(void **state)
{
    struct fixture *f = *state;
    assert_false(standing(f).has_complete_to);
    struct active_job *active = begin(f, "job-1", false);
    assert_false(standing(f).has_complete_to);
    store(f, active, 1, 5);
    const struct server_sync_standing now = standing(f);
    assert_int_equal(now.complete_to, 5000);
    assert_int_equal(now.checked_at, 50000);
    assert_int_equal(now.whole_at, 50000);
    assert_int_equal(now.newest_play_at, 5000);
    assert_int_equal(fixture_number(f, "SELECT count(*) FROM plays"), 5);
    assert_int_equal(fixture_number(f, "SELECT server_id = 'machine' FROM sources"), 1);
}

static void a_play_from_the_future_moves_it_no_further_than_the_plan(void **state)
{
    struct fixture *f = *state;
    store(f, begin(f, "job-1", false), 60, 61);
    assert_int_equal(standing(f).newest_play_at, 61000);
    assert_int_equal(standing(f).complete_to, 50000);
}

static void a_scheduled_sync_without_news_leaves_no_trace(void **state)
{
    struct fixture *f = *state;
    store(f, begin(f, "job-1", false), 1, 5);
    struct active_job *active = begin(f, "job-2", true);
    assert_true(job_is_silent(&active->job));
    store(f, active, 1, 5);
    assert_true(active_jobs_forget_silent(f->h));
    assert_int_equal(fixture_number(f, "SELECT count(*) FROM jobs"), 1);
    assert_int_equal(fixture_number(f, "SELECT count(*) FROM job_batches WHERE job_no <> 1"), 0);
    active = active_job_find(f->h, operation_server_sync, "registered");
    assert_string_equal(active->job.job_id, "job-1");
    fixture_reopen(f);
    assert_string_equal(active_job_find(f->h, operation_server_sync, "registered")->job.job_id,
                        "job-1");
}

/* A card that was told of it would never hear of its end. */
static void who_is_refused_by_one_is_not_told_of_it(void **state)
{
    struct fixture *f = *state;
    store(f, begin(f, "job-1", false), 1, 5);
    struct active_job *active = begin(f, "job-2", true);
    struct job_created made;
    struct refusal why = {0};
    const struct job_create ask = {.job_id = "job-3",
                                   .operation = operation_server_sync,
                                   .title = "Home",
                                   .server_id = "registered"};
    assert_int_equal(lifecycle_create(f->h, &ask, f->now, f->arena, &made, &why),
                     operations[operation_server_sync].one_runs);
    assert_false(why.has_stats);
    assert_null(why.job_id);
    assert_true(job_is_silent(&active->job));
}

static void of_one_with_news_only_these_are_told(void **state)
{
    struct fixture *f = *state;
    store(f, begin(f, "job-1", false), 1, 5);
    struct active_job *active = begin(f, "job-2", true);
    store(f, active, 4, 7);
    assert_false(job_is_silent(&active->job));
    assert_int_equal(active->job.imported, 2);
    assert_int_equal(active->job.total, 2);
    assert_int_equal(active->job.duplicate, 0);
    assert_false(active_jobs_forget_silent(f->h));
}

static void a_row_that_is_rejected_again_and_again_is_told_of_once(void **state)
{
    struct fixture *f = *state;
    for (int i = 0; i < 3; i++) {
        char id[16];
        snprintf(id, sizeof id, "job-%d", i);
        struct active_job *active = begin(f, id, true);
        struct batch_maker b = {.first_id = 1, .last_id = 1000, .planned = 10};
        maker_reject(&b, 1, "VIEWED_AT_INVALID");
        fixture_commit(f, active, &b, OK);
        assert_int_equal(active->job.errors, i == 0);
        assert_int_equal(active_jobs_forget_silent(f->h), i > 0);
    }
    assert_int_equal(fixture_number(f, "SELECT count(*) FROM jobs"), 1);
    assert_int_equal(fixture_number(f, "SELECT count(*) FROM notes"), 1);
}

static void one_that_ended_early_is_gone_on_with(void **state)
{
    struct fixture *f = *state;
    struct active_job *active = begin(f, "job-1", false);
    struct batch_maker b = {.first_id = 1, .last_id = 5, .planned = 5, .cursor = {"here", 4}};
    maker_named(&b, 1, "row-1", 1000);
    fixture_commit(f, active, &b, OK);
    const struct job_fail fail = {.job_id = "job-1", .attempt = 1, .code = "SERVER_UNREACHABLE"};
    assert_int_equal(lifecycle_fail(f->h, &fail, f->now, &active), OK);
    struct job_created made;
    struct refusal why = {0};
    struct job_create ask = {.job_id = "job-2",
                             .operation = operation_server_sync,
                             .title = "Home",
                             .server_id = "registered"};
    PUT(&ask, scheduled, true);
    PUT(&ask, whole, true);
    assert_int_equal(lifecycle_create(f->h, &ask, f->now, f->arena, &made, &why), OK);
    assert_string_equal(made.task.job_id, "job-1");
    assert_int_equal(made.task.attempt, 2);
    assert_int_equal(made.task.next_id, 6);
    assert_memory_equal(made.task.cursor.data, "here", 4);
}

static void one_that_fails_before_it_brought_anything_leaves_no_trace_either(void **state)
{
    struct fixture *f = *state;
    struct active_job *active = begin(f, "job-1", true);
    const struct job_fail fail = {.job_id = "job-1", .attempt = 1, .code = "SERVER_UNREACHABLE"};
    assert_int_equal(lifecycle_fail(f->h, &fail, f->now, &active), OK);
    assert_true(active_jobs_forget_silent(f->h));
    assert_int_equal(fixture_number(f, "SELECT count(*) FROM jobs"), 0);
    assert_null(active_job_find(f->h, operation_server_sync, "registered"));
    begin(f, "job-2", true);
    const struct job_stop stop = {.operation = operation_server_sync, .server_id = "registered"};
    assert_int_equal(lifecycle_stop(f->h, &stop, f->now, &active), OK);
    assert_false(active_jobs_forget_silent(f->h)); /* a person did that */
}

static void one_that_meets_a_full_disk_leaves_no_trace_either(void **state)
{
    struct fixture *f = *state;
    store(f, begin(f, "job-1", false), 1, 5);
    lifecycle_disk_full(f->h, begin(f, "job-2", true), f->now);
    assert_int_equal(fixture_number(f, "SELECT count(*) FROM jobs"), 1);
    assert_true(active_jobs_forget_silent(f->h));
    assert_string_equal(active_job_find(f->h, operation_server_sync, "registered")->job.job_id,
                        "job-1");
    fixture_reopen(f);
    assert_false(active_jobs_forget_silent(f->h));
    assert_false(job_is_silent(&begin(f, "job-3", false)->job));
}

/* As an undo does with the rows that started at this second and before. */
static void undo_until(struct fixture *f, int64_t second)
{
    char sql[256];
    snprintf(sql, sizeof sql,
             "INSERT INTO undone_rows SELECT source_id, native_id, started_at FROM plays"
             " WHERE started_at <= %lld; DELETE FROM plays WHERE started_at <= %lld",
             (long long)second * 1000, (long long)second * 1000);
    assert_int_equal(db_exec(f->h->store->db, sql), OK);
    assert_true(standing(f).undone_rows);
}

static void rows_that_were_undone_stay_away_from_a_schedule_until_a_person_syncs(void **state)
{
    struct fixture *f = *state;
    store(f, begin(f, "job-1", false), 1, 5);
    undo_until(f, 2);
    struct active_job *active = begin(f, "job-2", true);
    store(f, active, 1, 6);
    assert_int_equal(active->job.imported, 1);
    assert_int_equal(active->job.total, 1);
    assert_int_equal(fixture_number(f, "SELECT count(*) FROM plays"), 4);
    active = begin(f, "job-3", false);
    store(f, active, 1, 6);
    assert_false(standing(f).undone_rows);
    assert_int_equal(active->job.imported, 2);
    assert_int_equal(fixture_number(f, "SELECT count(*) FROM plays"), 6);
}

/* Jellyfin and Emby name a play by its user and item alone. */
static void a_new_play_of_what_was_undone_is_stored(void **state)
{
    struct fixture *f = *state;
    store(f, begin(f, "job-1", false), 1, 5);
    undo_until(f, 2);
    struct batch_maker again = {.first_id = 1, .last_id = 1000, .planned = 10};
    maker_named(&again, 1, "row-2", 2000);
    maker_named(&again, 2, "row-2", 9000);
    struct active_job *active = begin(f, "job-2", true);
    fixture_commit(f, active, &again, OK);
    assert_int_equal(active->job.imported, 1);
    assert_int_equal(fixture_number(f, "SELECT max(started_at) FROM plays"), 9000);
    assert_int_equal(fixture_number(f, "SELECT min(started_at) FROM plays"), 3000);
}

static void a_person_who_reads_a_part_brings_back_that_part_alone(void **state)
{
    struct fixture *f = *state;
    store(f, begin(f, "job-1", false), 1, 5);
    undo_until(f, 3);
    struct batch_maker part = {.first_id = 1, .last_id = 1000, .planned = 10};
    maker_named(&part, 1, "row-1", 1000);
    struct active_job *active = begin_sync(f, "job-2", false, false);
    fixture_commit(f, active, &part, OK);
    assert_true(standing(f).undone_rows);
    store(f, begin(f, "job-3", true), 1, 5);
    assert_int_equal(fixture_number(f, "SELECT min(started_at) FROM plays"), 1000);
    assert_int_equal(fixture_number(f, "SELECT count(*) FROM plays"), 3);
}

static void a_person_s_sync_that_is_stopped_leaves_the_rest_marked(void **state)
{
    struct fixture *f = *state;
    store(f, begin(f, "job-1", false), 1, 5);
    undo_until(f, 3);
    struct active_job *active = begin(f, "job-2", false);
    const struct job_stop stop = {.operation = operation_server_sync, .server_id = "registered"};
    assert_int_equal(lifecycle_stop(f->h, &stop, f->now, &active), OK);
    assert_true(standing(f).undone_rows);
    store(f, begin(f, "job-3", false), 3, 5); /* the server has no more than that */
    assert_false(standing(f).undone_rows);
}

/* Made by 0.3.0. */
static void a_file_of_the_version_before_gets_its_tables_and_leaves_a_backup(void **state)
{
    struct fixture *f = *state;
    char copy[128];
    assert_int_equal(db_exec(f->h->store->db,
                             "ALTER TABLE jobs DROP COLUMN scheduled;"
                             "ALTER TABLE jobs DROP COLUMN whole; DROP TABLE server_syncs;"
                             "DROP TABLE undone_rows; DROP TABLE doubts; PRAGMA user_version = 9"),
                     OK);
    fixture_reopen(f);
    snprintf(copy, sizeof copy, "%s.before-9", f->path);
    assert_int_equal(access(copy, F_OK), 0);
    store(f, begin(f, "job-1", true), 1, 2);
    assert_int_equal(standing(f).complete_to, 2000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(how_far_it_is_moves_when_its_job_is_completed),
        FIXTURE_TEST(a_play_from_the_future_moves_it_no_further_than_the_plan),
        FIXTURE_TEST(a_scheduled_sync_without_news_leaves_no_trace),
        FIXTURE_TEST(who_is_refused_by_one_is_not_told_of_it),
        FIXTURE_TEST(of_one_with_news_only_these_are_told),
        FIXTURE_TEST(a_row_that_is_rejected_again_and_again_is_told_of_once),
        FIXTURE_TEST(one_that_ended_early_is_gone_on_with),
        FIXTURE_TEST(one_that_fails_before_it_brought_anything_leaves_no_trace_either),
        FIXTURE_TEST(one_that_meets_a_full_disk_leaves_no_trace_either),
        FIXTURE_TEST(rows_that_were_undone_stay_away_from_a_schedule_until_a_person_syncs),
        FIXTURE_TEST(a_new_play_of_what_was_undone_is_stored),
        FIXTURE_TEST(a_person_who_reads_a_part_brings_back_that_part_alone),
        FIXTURE_TEST(a_person_s_sync_that_is_stopped_leaves_the_rest_marked),
        FIXTURE_TEST(a_file_of_the_version_before_gets_its_tables_and_leaves_a_backup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

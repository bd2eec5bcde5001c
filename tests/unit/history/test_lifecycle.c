/* SPDX-License-Identifier: MIT
 * test_lifecycle.c - how jobs begin, exclude each other, end and go on. */
#include "tests/support/drawing.h"
#include "tests/unit/history/fixture.h"

#include "actors/history/progress.h"
#include "actors/history/sources.h"

static enum err create(struct fixture *f, const struct job_create *ask, struct job_created *made,
                       struct refusal *why)
{
    fixture_tick(f, 1000);
    return lifecycle_create(f->h, ask, f->now, f->arena, made, why);
}

static enum err resume_as(struct fixture *f, const char *job_id, struct job_created *made)
{
    struct refusal why;
    struct job_create ask = fixture_start(f, job_id);
    PUT(&ask, resume, true);
    ask.has_dry_run = false;
    return create(f, &ask, made, &why);
}

static void a_start_that_comes_twice_makes_one_job(void **state)
{
    struct fixture *f = *state;
    struct job_create ask = fixture_start(f, "job-1");
    struct job_created made;
    struct refusal why;
    assert_int_equal(create(f, &ask, &made, &why), OK);
    assert_false(made.known);
    assert_int_equal(create(f, &ask, &made, &why), OK);
    assert_true(made.known);
    assert_int_equal(made.task.attempt, 1);
    assert_int_equal(fixture_number(f, "SELECT count(*) FROM jobs"), 1);
}

static void a_running_job_excludes_another_import_and_a_plex_sync(void **state)
{
    struct fixture *f = *state;
    fixture_planned_job(f, "job-1", 1, 9, 9);
    struct job_create ask = fixture_start(f, "job-2");
    struct job_created made;
    struct refusal why;
    assert_int_equal(create(f, &ask, &made, &why), ERR_IMPORT_RUNNING);
    assert_string_equal(why.job_id, "job-1");
    assert_int_equal(why.stats.total_records, 9);
    ask.operation = operation_plex_historical;
    assert_int_equal(create(f, &ask, &made, &why), ERR_IMPORT_RUNNING);
    fixture_stop_import(f);
    assert_int_equal(create(f, &ask, &made, &why), OK);
    ask = fixture_start(f, "job-3");
    assert_int_equal(create(f, &ask, &made, &why), ERR_SYNC_RUNNING);
}

static void a_resumed_job_keeps_its_id_its_counters_and_its_checkpoint(void **state)
{
    struct fixture *f = *state;
    fixture_store_one(f, fixture_planned_job(f, "job-1", 1, 2, 2), 1);
    fixture_stop_import(f);
    struct job_created made;
    assert_int_equal(resume_as(f, "job-2", &made), OK);
    assert_string_equal(made.task.job_id, "job-1");
    assert_int_equal(made.task.attempt, 2);
    assert_int_equal(made.task.next_id, 2);
    assert_int_equal(made.task.last_committed.native_id.number, 1);
    assert_int_equal(made.stats.imported_records, 1);
    assert_int_equal(resume_as(f, "job-2", &made), OK); /* the same command again */
    assert_true(made.known);
    assert_int_equal(made.task.attempt, 2);
    struct active_job *active = active_job_by_id(f->h, "job-1");
    fixture_store_one(f, active, 2);
    assert_int_equal(active->job.status, status_completed);
    assert_int_equal(resume_as(f, "job-3", &made), ERR_NOTHING_TO_RESUME);
}

static void a_resume_with_another_source_is_refused(void **state)
{
    struct fixture *f = *state;
    struct job_created made;
    assert_int_equal(resume_as(f, "job-0", &made), ERR_NOTHING_TO_RESUME);
    fixture_store_one(f, fixture_planned_job(f, "job-1", 1, 2, 2), 1);
    fixture_stop_import(f);
    f->samples[0].started_at = 999000; /* row 1 of another file */
    assert_int_equal(resume_as(f, "job-2", &made), ERR_RESUME_MISMATCH);
}

/* The sentence of a refused resume of job-1's source, or of another. */
static const char *refused_resume(struct fixture *f, const char *db_path, enum err code)
{
    struct job_created made;
    static struct refusal why;
    struct job_create ask = fixture_start(f, "again");
    why = (struct refusal){0};
    PUT(&ask, resume, true);
    ask.has_dry_run = false;
    ask.title = db_path;
    assert_int_equal(create(f, &ask, &made, &why), code);
    return why.text;
}

static void a_resume_of_what_completed_says_so_whatever_else_was_stopped(void **state)
{
    static const char said[] =
        "There is nothing to resume: the import of this database completed (job job-1)";
    struct fixture *f = *state;
    fixture_store_one(f, fixture_planned_job(f, "job-1", 1, 1, 1), 1);
    const char *path = fixture_start(f, "any").title;
    assert_string_equal(refused_resume(f, path, ERR_NOTHING_TO_RESUME), said);
    f->samples[0].started_at = 999000; /* another file, under another path */
    fixture_job_of(f, "job-2", "/data/uploads/0123456789ab-other.db");
    fixture_plan_rows(f, "job-2", 1, 2, 2);
    fixture_stop_import(f);
    f->samples[0].started_at = 1000;
    assert_string_equal(refused_resume(f, path, ERR_NOTHING_TO_RESUME), said);
    f->samples[0].started_at = 555000; /* of a third, what was stopped is named */
    assert_string_equal(refused_resume(f, "/elsewhere/third.db", ERR_RESUME_MISMATCH),
                        "The import that can be resumed is of another database: other.db");
}

static void fail_at_damage(struct fixture *f, struct active_job *active, const char *text)
{
    struct job_fail fail = {.job_id = active->job.job_id,
                            .attempt = active->job.attempt,
                            .code = "DATABASE_DAMAGED",
                            .text = text};
    fixture_tick(f, 1000);
    assert_int_equal(lifecycle_fail(f->h, &fail, f->now, &active), OK);
}

static void a_resume_that_ends_at_the_same_damage_says_that_nothing_changed(void **state)
{
    static const char there[] =
        "This database is damaged: it can be read only up to the row before id 2";
    struct fixture *f = *state;
    struct job_created made;
    fixture_store_one(f, fixture_planned_job(f, "job-1", 1, 2, 2), 1);
    fail_at_damage(f, active_job_by_id(f->h, "job-1"), there);
    assert_string_equal(active_job_by_id(f->h, "job-1")->job.error_text, there);
    for (int i = 0; i < 2; i++) {
        char id[8];
        (void)snprintf(id, sizeof id, "again-%d", i);
        assert_int_equal(resume_as(f, id, &made), OK);
        fail_at_damage(f, active_job_by_id(f->h, "job-1"), there);
        assert_string_equal(
            active_job_by_id(f->h, "job-1")->job.error_text,
            "This database is damaged: it can be read only up to the row before id 2, as "
            "before: nothing has changed there");
    }
    struct progress stats;
    progress_fill(active_job_by_id(f->h, "job-1"), f->now, f->arena, &stats);
    assert_non_null(strstr(stats.remedy, fixture_start(f, "any").title));
}

static void what_ended_at_damage_hides_nothing_that_can_go_on(void **state)
{
    struct fixture *f = *state;
    struct job_created made;
    struct import_status status = {0};
    fixture_store_one(f, fixture_planned_job(f, "job-1", 1, 2, 2), 1);
    fixture_stop_import(f);
    f->samples[0].started_at = 999000; /* another database */
    fixture_store_one(f, fixture_planned_job(f, "job-2", 1, 2, 2), 1);
    fail_at_damage(f, active_job_by_id(f->h, "job-2"), "damaged");
    assert_int_equal(lifecycle_outlook(f->h, operation_tautulli_import, f->arena, &status), OK);
    assert_string_equal(status.resumable.job_id, "job-1");
    f->samples[0].started_at = 1000;
    assert_int_equal(resume_as(f, "job-3", &made), OK);
    assert_string_equal(made.task.job_id, "job-1");
}

static void unless_told_a_resume_goes_on_with_what_stores_before_a_preview(void **state)
{
    struct fixture *f = *state;
    struct job_created made;
    f->dry_run = true;
    fixture_planned_job(f, "preview", 1, 2, 2);
    fixture_stop_import(f);
    f->dry_run = false;
    fixture_planned_job(f, "job-1", 1, 2, 2);
    fixture_stop_import(f);
    f->dry_run = true;
    fixture_planned_job(f, "newest", 1, 2, 2);
    fixture_stop_import(f);
    assert_int_equal(resume_as(f, "job-2", &made), OK);
    assert_string_equal(made.task.job_id, "job-1");
}

static void a_job_stopped_before_its_first_row_knows_its_source_by_the_samples(void **state)
{
    struct fixture *f = *state;
    struct job_created made;
    fixture_planned_job(f, "job-1", 1, 2, 2);
    fixture_stop_import(f);
    f->samples[0].started_at = 999000;
    assert_int_equal(resume_as(f, "job-2", &made), ERR_RESUME_MISMATCH);
    f->samples[0].started_at = 1000;
    assert_int_equal(resume_as(f, "job-3", &made), OK);
}

static void a_fresh_start_makes_the_older_job_of_that_source_not_resumable(void **state)
{
    struct fixture *f = *state;
    fixture_store_one(f, fixture_planned_job(f, "job-1", 1, 2, 2), 1);
    fixture_stop_import(f);
    fixture_planned_job(f, "job-2", 1, 2, 2);
    assert_int_equal(fixture_number(f, "SELECT resumable FROM jobs WHERE job_id='job-1'"), 0);
    fixture_stop_import(f);
    struct job_created made;
    assert_int_equal(resume_as(f, "job-3", &made), OK);
    assert_string_equal(made.task.job_id, "job-2");
}

static void a_fresh_start_supersedes_a_job_that_stored_nothing_under_any_path(void **state)
{
    struct fixture *f = *state;
    fixture_planned_job(f, "job-1", 1, 2, 2);
    fixture_stop_import(f);
    fixture_job_of(f, "job-2", "/elsewhere/copy.db");
    assert_int_equal(fixture_number(f, "SELECT resumable FROM jobs WHERE job_id='job-1'"), 1);
    fixture_plan_rows(f, "job-2", 1, 2, 2);
    assert_int_equal(fixture_number(f, "SELECT resumable FROM jobs WHERE job_id='job-1'"), 0);
    fixture_stop_import(f);
    fixture_job_of(f, "job-3", "/elsewhere/copy.db"); /* the same path, before it is planned */
    assert_int_equal(fixture_number(f, "SELECT resumable FROM jobs WHERE job_id='job-2'"), 0);
}

static void a_fresh_start_leaves_the_job_of_another_file_that_stored_nothing(void **state)
{
    struct fixture *f = *state;
    fixture_planned_job(f, "job-1", 1, 2, 2);
    fixture_stop_import(f);
    f->samples[0].started_at = 999000;
    fixture_job_of(f, "job-2", "/elsewhere/other.db");
    fixture_plan_rows(f, "job-2", 1, 2, 2);
    assert_int_equal(fixture_number(f, "SELECT resumable FROM jobs WHERE job_id='job-1'"), 1);
}

static void a_stopped_dry_run_is_resumed_as_a_dry_run_and_cleared_without_a_trace(void **state)
{
    struct fixture *f = *state;
    f->dry_run = true;
    fixture_store_one(f, fixture_planned_job(f, "job-1", 1, 2, 2), 1);
    fixture_stop_import(f);
    f->dry_run = false;
    struct job_created made;
    assert_int_equal(resume_as(f, "job-2", &made), OK);
    assert_true(made.task.dry_run);
    fixture_stop_import(f);
    assert_int_equal(lifecycle_clear(f->h, operation_tautulli_import), OK);
    assert_int_equal(fixture_number(f, "SELECT count(*) FROM dry_keys"), 0);
    assert_int_equal(resume_as(f, "job-3", &made), ERR_NOTHING_TO_RESUME);
}

static void who_asks_for_a_preview_never_resumes_a_run_that_stores(void **state)
{
    struct fixture *f = *state;
    fixture_store_one(f, fixture_planned_job(f, "job-1", 1, 2, 2), 1);
    fixture_stop_import(f);
    struct job_create ask = fixture_start(f, "job-2");
    struct job_created made;
    struct refusal why;
    PUT(&ask, resume, true);
    PUT(&ask, dry_run, true);
    assert_int_equal(create(f, &ask, &made, &why), ERR_NOTHING_TO_RESUME);
    PUT(&ask, dry_run, false);
    assert_int_equal(create(f, &ask, &made, &why), OK);
    assert_string_equal(made.task.job_id, "job-1");
}

static void a_dry_run_that_ends_leaves_the_keys_of_another_that_can_go_on(void **state)
{
    struct fixture *f = *state;
    f->dry_run = true;
    fixture_store_one(f, fixture_planned_job(f, "job-1", 1, 2, 2), 1);
    fixture_stop_import(f);
    f->samples[0].started_at = 999000; /* another file */
    fixture_store_one(f, fixture_planned_job(f, "job-2", 1, 1, 1), 1);
    assert_int_equal(fixture_number(f, "SELECT count(*) FROM dry_keys"), 2);
    lifecycle_sweep(f->h);
    assert_int_equal(fixture_number(f, "SELECT count(*) FROM dry_keys"), 1);
    f->samples[0].started_at = 1000;
    struct job_created made;
    assert_int_equal(resume_as(f, "job-3", &made), OK);
    assert_string_equal(made.task.job_id, "job-1");
}

static void after_a_crash_the_job_still_runs_with_its_figures(void **state)
{
    struct fixture *f = *state;
    struct active_job *active = fixture_planned_job(f, "job-1", 1, 3, 3);
    fixture_store_one(f, active, 1);
    struct progress before;
    progress_fill(active, f->now, f->arena, &before);
    fixture_reopen(f);
    active = active_job_by_id(f->h, "job-1");
    assert_int_equal(active->job.status, status_running);
    fixture_tick(f, 1);
    struct progress after;
    progress_fill(active, f->now, f->arena, &after);
    assert_int_equal(after.processed_records, before.processed_records);
    assert_true(after.seq > before.seq);
    assert_true(after.elapsed_seconds >= before.elapsed_seconds);
    assert_true(after.progress_percent >= before.progress_percent);
    fixture_store_one(f, active, 2);
    fixture_store_one(f, active, 3);
    assert_int_equal(fixture_number(f, "SELECT count(*) FROM plays"), 3);
}

static void a_resumed_job_goes_on_after_a_crash_though_another_was_made_after_it(void **state)
{
    struct fixture *f = *state;
    fixture_store_one(f, fixture_planned_job(f, "job-1", 1, 2, 2), 1);
    fixture_stop_import(f);
    f->samples[0].started_at = 999000; /* another file, imported in between */
    fixture_store_one(f, fixture_planned_job(f, "job-2", 7, 7, 1), 7);
    f->samples[0].started_at = 1000;
    struct job_created made;
    assert_int_equal(resume_as(f, "job-3", &made), OK);
    assert_string_equal(made.task.job_id, "job-1");
    fixture_reopen(f);
    struct active_job *active = active_job_find(f->h, operation_tautulli_import, NULL);
    assert_string_equal(active->job.job_id, "job-1");
    assert_int_equal(active->job.status, status_running);
    fixture_store_one(f, active, 2);
    uint64_t seq = active->job.seq;
    fixture_reopen(f);
    active = active_job_find(f->h, operation_tautulli_import, NULL);
    assert_string_equal(active->job.job_id, "job-1"); /* still what was told of last */
    assert_true(active->job.seq >= seq);
}

static void a_plan_that_comes_again_changes_nothing_unless_the_source_is_another(void **state)
{
    struct fixture *f = *state;
    fixture_store_one(f, fixture_planned_job(f, "job-1", 1, 5, 5), 1);
    struct job_plan plan = fixture_plan(f, "job-1", 1, 99, 99);
    struct job_planned planned;
    assert_int_equal(lifecycle_plan(f->h, &plan, f->now, f->arena, &planned), OK);
    assert_int_equal(planned.task.last_id, 5);
    f->samples[0].started_at = 999000;
    assert_int_equal(lifecycle_plan(f->h, &plan, f->now, f->arena, &planned), ERR_RESUME_MISMATCH);
    plan.attempt = 7;
    assert_int_equal(lifecycle_plan(f->h, &plan, f->now, f->arena, &planned), ERR_STALE_ATTEMPT);
}

static void an_empty_plan_completes_at_once(void **state)
{
    struct fixture *f = *state;
    f->samples_count = 0;
    struct job_create ask = fixture_start(f, "job-1");
    struct job_created made;
    struct refusal why;
    assert_int_equal(create(f, &ask, &made, &why), OK);
    fixture_plan_rows(f, "job-1", 0, 0, 0);
    struct progress p;
    progress_fill(active_job_by_id(f->h, "job-1"), f->now, f->arena, &p);
    assert_int_equal(p.status, status_completed);
    assert_true(p.seq > made.stats.seq); /* or the push of its end would be dropped as old */
    assert_true(p.progress_percent == 100);
}

static void a_failed_job_says_why_and_can_be_resumed(void **state)
{
    struct fixture *f = *state;
    fixture_store_one(f, fixture_planned_job(f, "job-1", 1, 2, 2), 1);
    struct job_fail fail = {.job_id = "job-1", .attempt = 1, .code = "FILE_NOT_FOUND"};
    struct active_job *active = NULL;
    assert_int_equal(lifecycle_fail(f->h, &fail, f->now, &active), OK);
    assert_string_equal(active->job.error_text, "Database file not found");
    assert_int_equal(lifecycle_fail(f->h, &fail, f->now, &active), ERR_NOT_RUNNING);
    struct import_status status = {0};
    assert_int_equal(lifecycle_outlook(f->h, operation_tautulli_import, f->arena, &status), OK);
    assert_string_equal(status.resumable.job_id, "job-1");
    assert_false(status.has_last_success);
    struct job_created made;
    assert_int_equal(resume_as(f, "job-2", &made), OK);
    assert_null(made.stats.error);
}

static void an_end_that_could_not_be_written_is_written_before_the_next_start(void **state)
{
    struct fixture *f = *state;
    struct active_job *active = fixture_planned_job(f, "job-1", 1, 2, 2);
    fixture_store_one(f, active, 1);
    assert_int_equal(db_exec(f->h->store->db, "PRAGMA query_only=1"), OK); /* a full disk */
    lifecycle_disk_full(f->h, active, f->now);
    struct job_create ask = fixture_start(f, "job-2");
    struct job_created made;
    struct refusal why;
    assert_int_equal(create(f, &ask, &made, &why), ERR_DISK_FULL);
    assert_int_equal(db_exec(f->h->store->db, "PRAGMA query_only=0"), OK);
    assert_int_equal(resume_as(f, "job-3", &made), OK);
    assert_string_equal(made.task.job_id, "job-1");
    assert_int_equal(made.task.attempt, 2);
}

static void one_source_under_another_path_is_the_same_and_two_files_are_two(void **state)
{
    struct fixture *f = *state;
    fixture_store_one(f, fixture_planned_job(f, "job-1", 1, 1, 1), 1);
    fixture_job_of(f, "job-2", "/elsewhere/copy.db");
    fixture_plan_rows(f, "job-2", 1, 1, 1);
    assert_int_equal(fixture_number(f, "SELECT count(*) FROM sources"), 1);
    fixture_store_one(f, active_job_by_id(f->h, "job-2"), 1);
    assert_int_equal(active_job_by_id(f->h, "job-2")->job.duplicate, 1);
    f->samples[0].started_at = 999000; /* the same row id, another start */
    fixture_planned_job(f, "job-3", 1, 1, 1);
    assert_int_equal(fixture_number(f, "SELECT count(*) FROM sources"), 2);
}

static void the_table_of_the_status_is_as_it_is_drawn(void **state)
{
    (void)state;
    drawing_check("actors/history/lifecycle.h", &job_moves);
    struct job job = {.status = status_completed};
    assert_false(job_move(&job, status_running)); /* what completed is not resumed */
    assert_int_equal(job.status, status_completed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_of_the_status_is_as_it_is_drawn),
        FIXTURE_TEST(a_start_that_comes_twice_makes_one_job),
        FIXTURE_TEST(a_running_job_excludes_another_import_and_a_plex_sync),
        FIXTURE_TEST(a_resumed_job_keeps_its_id_its_counters_and_its_checkpoint),
        FIXTURE_TEST(a_resume_with_another_source_is_refused),
        FIXTURE_TEST(what_ended_at_damage_hides_nothing_that_can_go_on),
        FIXTURE_TEST(unless_told_a_resume_goes_on_with_what_stores_before_a_preview),
        FIXTURE_TEST(a_resume_of_what_completed_says_so_whatever_else_was_stopped),
        FIXTURE_TEST(a_resume_that_ends_at_the_same_damage_says_that_nothing_changed),
        FIXTURE_TEST(a_job_stopped_before_its_first_row_knows_its_source_by_the_samples),
        FIXTURE_TEST(a_fresh_start_makes_the_older_job_of_that_source_not_resumable),
        FIXTURE_TEST(a_fresh_start_supersedes_a_job_that_stored_nothing_under_any_path),
        FIXTURE_TEST(a_fresh_start_leaves_the_job_of_another_file_that_stored_nothing),
        FIXTURE_TEST(a_stopped_dry_run_is_resumed_as_a_dry_run_and_cleared_without_a_trace),
        FIXTURE_TEST(who_asks_for_a_preview_never_resumes_a_run_that_stores),
        FIXTURE_TEST(a_dry_run_that_ends_leaves_the_keys_of_another_that_can_go_on),
        FIXTURE_TEST(after_a_crash_the_job_still_runs_with_its_figures),
        FIXTURE_TEST(a_resumed_job_goes_on_after_a_crash_though_another_was_made_after_it),
        FIXTURE_TEST(a_plan_that_comes_again_changes_nothing_unless_the_source_is_another),
        FIXTURE_TEST(an_empty_plan_completes_at_once),
        FIXTURE_TEST(a_failed_job_says_why_and_can_be_resumed),
        FIXTURE_TEST(an_end_that_could_not_be_written_is_written_before_the_next_start),
        FIXTURE_TEST(one_source_under_another_path_is_the_same_and_two_files_are_two),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT
 * test_adoption.c - a coordinator that takes a job up hears where it is in its own words, and what
 * was cut for the one before it counts for nothing. */
#include "proto/schema/operations.h"
#include "tests/unit/history/fixture.h"

static struct bytes words(const char *text)
{
    return (struct bytes){text, strlen(text)};
}

static struct batch_commit of(const struct active_job *active, int64_t first, int64_t last)
{
    return (struct batch_commit){.attempt = active->job.attempt,
                                 .runner = active->job.runner,
                                 .first_id = first,
                                 .last_id = last};
}

static void assert_place(const struct active_job *active, const struct batch_commit *b,
                         enum err place, bool known)
{
    bool is_known = false;
    assert_int_equal(lifecycle_place(active, b, &is_known), place);
    assert_int_equal(is_known, known);
}

static void a_batch_is_known_or_due_or_straddles_the_checkpoint(void **state)
{
    struct fixture *f = *state;
    struct active_job *active = fixture_planned_job(f, "job-1", 1, 9, 9);
    for (int64_t id = 1; id <= 4; id++) {
        fixture_store_one(f, active, id);
    }
    struct batch_commit b = of(active, 1, 4);
    assert_place(active, &b, OK, true);
    b = of(active, 5, 6);
    assert_place(active, &b, OK, false);
    b = of(active, 7, 9);
    assert_place(active, &b, OK, false);
    b = of(active, 4, 5);
    assert_place(active, &b, ERR_BATCH_STRADDLES, false);
    b = of(active, 9, 8);
    assert_place(active, &b, ERR_BATCH_REFUSED, false);
}

static void a_batch_that_straddles_the_checkpoint_stores_nothing(void **state)
{
    struct fixture *f = *state;
    struct active_job *active = fixture_planned_job(f, "job-1", 1, 9, 9);
    fixture_store_one(f, active, 1);
    struct batch_maker b = {.first_id = 1, .last_id = 2, .planned = 2};
    maker_play(&b, 1, 1000, "alice");
    maker_play(&b, 2, 2000, "alice");
    fixture_commit(f, active, &b, ERR_BATCH_REFUSED);
    assert_int_equal(active->job.next_id, 2);
    assert_int_equal(fixture_number(f, "SELECT count(*) FROM plays"), 1);
}

static void batches_of_an_earlier_adoption_are_refused(void **state)
{
    struct fixture *f = *state;
    struct active_job *active = fixture_planned_job(f, "job-1", 1, 9, 9);
    fixture_store_one(f, active, 1);
    struct batch_commit before = of(active, 2, 3);
    struct batch_commit done = of(active, 1, 1);
    assert_int_equal(lifecycle_adopt(f->h, active), OK);
    assert_place(active, &before, ERR_STALE_ATTEMPT, false);
    assert_place(active, &done, OK, true); /* its answer was lost */
    struct batch_commit ours = of(active, 2, 3);
    assert_place(active, &ours, OK, false);
    fixture_reopen(f);
    active = active_job_by_id(f->h, "job-1");
    assert_place(active, &before, ERR_STALE_ATTEMPT, false);
    assert_place(active, &ours, OK, false);
}

static struct job_task task_of(struct fixture *f, const char *job_id)
{
    struct job_task task;
    assert_int_equal(lifecycle_task(f->h, &active_job_by_id(f->h, job_id)->job, f->arena, &task),
                     OK);
    return task;
}

static void assert_words(struct bytes bytes, const char *text)
{
    assert_int_equal(bytes.size, strlen(text));
    assert_memory_equal(bytes.data, text, bytes.size);
}

static void commit_with(struct fixture *f, struct active_job *active, int64_t id,
                        const char *cursor)
{
    struct batch_maker b = {.first_id = id, .last_id = id, .planned = 1};
    b.cursor = cursor != NULL ? words(cursor) : (struct bytes){0};
    maker_play(&b, id, id * 1000, "alice");
    fixture_commit(f, active, &b, OK);
}

static void the_cursor_is_that_of_the_newest_commit(void **state)
{
    struct fixture *f = *state;
    struct active_job *active = fixture_planned_job(f, "job-1", 1, 9, 9);
    assert_null(task_of(f, "job-1").cursor.data);
    commit_with(f, active, 1, "page 2");
    commit_with(f, active, 2, "page 3");
    commit_with(f, active, 3, NULL);
    assert_words(task_of(f, "job-1").cursor, "page 3");
    struct batch_maker bad = {.first_id = 4, .last_id = 4, .planned = 0, .cursor = words("no")};
    maker_play(&bad, 4, 4000, "alice");
    fixture_commit(f, active, &bad, ERR_BATCH_REFUSED);
    assert_words(task_of(f, "job-1").cursor, "page 3");
    fixture_reopen(f);
    assert_words(task_of(f, "job-1").cursor, "page 3");
    assert_int_equal(task_of(f, "job-1").next_id, 4);
}

static void a_job_ends_with_the_batch_that_says_so(void **state)
{
    struct fixture *f = *state;
    struct active_job *active = fixture_planned_job(f, "job-1", 1, 9, 9);
    fixture_store_one(f, active, 1);
    assert_int_equal(active->job.status, status_running);
    active->job.last_id = 2; /* the maker says so of the batch that ends there */
    fixture_store_one(f, active, 2);
    assert_int_equal(active->job.status, status_completed);
}

static void params_come_back_with_the_task_and_a_resume_may_bring_others(void **state)
{
    struct fixture *f = *state;
    struct job_create ask = fixture_start(f, "job-1");
    struct job_created made;
    struct refusal why;
    ask.params = words("go by this");
    assert_int_equal(lifecycle_create(f->h, &ask, f->now, f->arena, &made, &why), OK);
    assert_words(made.task.params, "go by this");
    fixture_plan_rows(f, "job-1", 1, 9, 9);
    fixture_stop_import(f);
    fixture_reopen(f);
    ask = fixture_start(f, "job-2");
    ask.title = "/elsewhere/tautulli.db";
    ask.params = words("or by that");
    PUT(&ask, resume, true);
    assert_int_equal(lifecycle_create(f->h, &ask, f->now, f->arena, &made, &why), OK);
    assert_string_equal(made.task.job_id, "job-1");
    assert_words(made.task.params, "or by that");
}

static void two_jobs_without_a_title_are_not_of_one_source_for_that(void **state)
{
    struct fixture *f = *state;
    struct job_created made;
    struct refusal why = {0};
    struct job_create ask = fixture_start(f, "job-1");
    ask.title = NULL;
    ask.samples_count = 0;
    assert_int_equal(lifecycle_create(f->h, &ask, f->now, f->arena, &made, &why), OK);
    fixture_stop_import(f);
    ask.job_id = "job-2";
    PUT(&ask, resume, true);
    assert_int_equal(lifecycle_create(f->h, &ask, f->now, f->arena, &made, &why),
                     ERR_RESUME_MISMATCH);
}

static void a_sync_is_resumed_for_its_own_server_only(void **state)
{
    struct fixture *f = *state;
    struct job_created made;
    struct refusal why = {0};
    struct job_create ask = {.job_id = "job-1",
                             .operation = operation_server_sync,
                             .title = "Living room",
                             .server_id = "server-a"};
    assert_int_equal(lifecycle_create(f->h, &ask, f->now, f->arena, &made, &why), OK);
    struct job_stop stop = {.operation = operation_server_sync, .server_id = "server-a"};
    struct active_job *active = NULL;
    assert_int_equal(lifecycle_stop(f->h, &stop, f->now, &active), OK);
    ask.job_id = "job-2";
    ask.server_id = "server-b";
    PUT(&ask, resume, true);
    assert_int_not_equal(lifecycle_create(f->h, &ask, f->now, f->arena, &made, &why), OK);
    ask.server_id = "server-a";
    assert_int_equal(lifecycle_create(f->h, &ask, f->now, f->arena, &made, &why), OK);
    assert_string_equal(made.task.job_id, "job-1");
}

static void there_are_syncs_of_so_many_servers_and_no_more(void **state)
{
    struct fixture *f = *state;
    struct job_created made;
    struct refusal why = {0};
    for (int i = 0; i <= SERVERS_MAX + 1; i++) {
        char id[32];
        snprintf(id, sizeof id, "server-%d", i <= SERVERS_MAX ? i : 0);
        char job_id[32];
        snprintf(job_id, sizeof job_id, "job-%d", i);
        struct job_create ask = {
            .job_id = job_id, .operation = operation_server_sync, .server_id = id};
        assert_int_equal(lifecycle_create(f->h, &ask, f->now, f->arena, &made, &why),
                         i < SERVERS_MAX    ? OK
                         : i == SERVERS_MAX ? ERR_TOO_MANY_SERVERS
                                            : ERR_SYNC_RUNNING);
    }
}

static void a_sync_says_of_what_kind_its_server_is(void **state)
{
    struct fixture *f = *state;
    struct job_created made;
    struct job_planned planned;
    struct refusal why = {0};
    struct job_create ask = {
        .job_id = "job-1", .operation = operation_server_sync, .server_id = "server-a"};
    assert_int_equal(lifecycle_create(f->h, &ask, f->now, f->arena, &made, &why), OK);
    struct job_plan plan = fixture_plan(f, "job-1", 1, 9, 9);
    assert_int_equal(lifecycle_plan(f->h, &plan, f->now, f->arena, &planned), ERR_BAD_FIELD);
    PUT(&plan, kind, source_kind_jellyfin);
    assert_int_equal(lifecycle_plan(f->h, &plan, f->now, f->arena, &planned), OK);
    assert_int_equal(fixture_number(f, "SELECT kind FROM sources"), source_kind_jellyfin);
}

static void a_job_of_a_version_before_goes_on(void **state)
{
    struct fixture *f = *state;
    f->dry_run = true;
    struct active_job *active = fixture_planned_job(f, "job-1", 1, 9, 9);
    fixture_store_one(f, active, 1);
    fixture_stop_import(f);
    fixture_back_to_4(f);
    fixture_reopen(f);
    char copy[128];
    snprintf(copy, sizeof copy, "%s.before-4", f->path);
    assert_int_equal(access(copy, F_OK), 0);
    struct job_create ask = fixture_start(f, "job-2");
    struct job_created made;
    struct refusal why;
    PUT(&ask, resume, true);
    ask.title = NULL; /* known by its kept rows */
    assert_int_equal(lifecycle_create(f->h, &ask, f->now, f->arena, &made, &why), OK);
    assert_int_equal(made.task.next_id, 2);
    assert_int_equal(made.task.kept_count, 1);
    struct import_params params;
    struct bytes packed = made.task.params;
    assert_int_equal(
        record_unpack(desc_import_params(), packed.data, packed.size, f->arena, &params, NULL), OK);
    assert_string_equal(params.db_path, "/data/tautulli.db");
    active = active_job_by_id(f->h, "job-1");
    struct batch_maker b = {.first_id = 2, .last_id = 3, .planned = 2};
    maker_play_hash(&b, 2, 1000, "alice", 7919); /* what row 1 said */
    maker_play(&b, 3, 3000, "alice");
    fixture_commit(f, active, &b, OK);
    assert_int_equal(active->job.imported, 2);
    assert_int_equal(active->job.duplicate, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(a_batch_is_known_or_due_or_straddles_the_checkpoint),
        FIXTURE_TEST(a_batch_that_straddles_the_checkpoint_stores_nothing),
        FIXTURE_TEST(batches_of_an_earlier_adoption_are_refused),
        FIXTURE_TEST(the_cursor_is_that_of_the_newest_commit),
        FIXTURE_TEST(a_job_ends_with_the_batch_that_says_so),
        FIXTURE_TEST(params_come_back_with_the_task_and_a_resume_may_bring_others),
        FIXTURE_TEST(two_jobs_without_a_title_are_not_of_one_source_for_that),
        FIXTURE_TEST(a_sync_is_resumed_for_its_own_server_only),
        FIXTURE_TEST(a_job_of_a_version_before_goes_on),
        FIXTURE_TEST(there_are_syncs_of_so_many_servers_and_no_more),
        FIXTURE_TEST(a_sync_says_of_what_kind_its_server_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

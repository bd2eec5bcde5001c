/* SPDX-License-Identifier: MIT
 * test_commit.c - batches through the real store: what is stored, counted and checkpointed. */
#include "tests/unit/history/fixture.h"

#include "actors/history/commit.h"

static void a_fresh_batch_is_stored_whole_and_moves_the_checkpoint(void **state)
{
    struct fixture *f = *state;
    struct active_job *active = fixture_planned_job(f, "job-1", 1, 5, 4);
    struct batch_maker b = {.first_id = 1, .last_id = 3, .planned = 3};
    maker_play(&b, 1, 1000, "alice");
    maker_play(&b, 2, 2000, "bob");
    maker_reject(&b, 3, "USER_MISSING");
    fixture_commit(f, active, &b, OK);
    assert_int_equal(active->job.imported, 2);
    assert_int_equal(active->job.errors, 1);
    assert_int_equal(active->job.next_id, 4);
    assert_int_equal(active->job.status, status_running);
    assert_int_equal(fixture_number(f, "SELECT count(*) FROM plays"), 2);
    assert_int_equal(fixture_number(f, "SELECT count(*) FROM notes WHERE code='USER_MISSING'"), 1);
    assert_int_equal(fixture_number(f, "SELECT n FROM job_counts WHERE key='alice' AND outcome=0"),
                     2);
    assert_int_equal(fixture_number(f, "SELECT time_quality FROM plays WHERE native_id=1"),
                     time_quality_exact);
    assert_int_equal(fixture_number(f, "SELECT item_id > 0 FROM plays WHERE native_id=2"), 1);
}

static void the_last_batch_completes_the_job_and_counts_what_vanished(void **state)
{
    struct fixture *f = *state;
    struct active_job *active = fixture_planned_job(f, "job-1", 1, 5, 5);
    struct batch_maker b = {.first_id = 1, .last_id = 5, .planned = 3}; /* 2 went before the cut */
    maker_play(&b, 2, 1000, "alice");
    fixture_commit(f, active, &b, OK);
    assert_int_equal(active->job.status, status_completed);
    assert_int_equal(active->job.vanished, 4);
    assert_int_equal(active->job.total, 1);
}

static void the_same_content_twice_in_a_source_is_one_play_with_two_sources(void **state)
{
    struct fixture *f = *state;
    struct active_job *active = fixture_planned_job(f, "job-1", 1, 9, 3);
    struct batch_maker b = {.first_id = 1, .last_id = 9, .planned = 3};
    maker_play_hash(&b, 1, 1000, "alice", 77);
    maker_play_hash(&b, 4, 1000, "alice", 77);
    maker_play_hash(&b, 9, 1000, "alice", 78);
    fixture_commit(f, active, &b, OK);
    assert_int_equal(active->job.imported, 2);
    assert_int_equal(active->job.duplicate, 1);
    assert_int_equal(fixture_number(f, "SELECT native_id FROM play_sources"), 4);
}

static void importing_again_stores_nothing_and_completes_what_was_unknown(void **state)
{
    struct fixture *f = *state;
    struct active_job *active = fixture_planned_job(f, "job-1", 1, 9, 2);
    struct batch_maker b = {.first_id = 1, .last_id = 9, .planned = 2};
    maker_play_hash(&b, 1, 1000, "alice", 77);
    maker_open_play(&b, 2, 2000, "bob", 78);
    fixture_commit(f, active, &b, OK);

    active = fixture_planned_job(f, "job-2", 1, 9, 3);
    struct batch_maker again = {.first_id = 1, .last_id = 9, .planned = 3};
    maker_play_hash(&again, 1, 1000, "alice", 77);
    maker_play_hash(&again, 2, 2000, "bob", 79); /* now it has a stop */
    maker_play_hash(&again, 7, 2000, "carol", 80);
    fixture_commit(f, active, &again, OK);
    assert_int_equal(active->job.imported, 1);
    assert_int_equal(active->job.duplicate, 2);
    assert_int_equal(active->job.updated, 1);
    assert_int_equal(fixture_number(f, "SELECT count(*) FROM sources"), 1);
    assert_int_equal(fixture_number(f, "SELECT stopped_at FROM plays WHERE native_id=2"), 62000);
    assert_int_equal(fixture_number(f, "SELECT time_quality FROM plays WHERE native_id=2"),
                     time_quality_exact);
    assert_int_equal(fixture_number(f, "SELECT count(*) FROM row_versions"), 2);
}

static void a_dry_run_counts_the_same_and_stores_no_play(void **state)
{
    struct fixture *f = *state;
    f->dry_run = true;
    struct active_job *active = fixture_planned_job(f, "job-1", 1, 9, 4);
    struct batch_maker b = {.first_id = 1, .last_id = 8, .planned = 3};
    maker_play_hash(&b, 1, 1000, "alice", 77);
    maker_play_hash(&b, 4, 1000, "alice", 77);
    maker_play_hash(&b, 5, 1000, "alice", 78);
    fixture_commit(f, active, &b, OK);
    assert_int_equal(active->job.imported, 2);
    assert_int_equal(active->job.duplicate, 1);
    assert_int_equal(fixture_number(f, "SELECT count(*) FROM dry_keys"), 2);
    struct batch_maker last = {.first_id = 9, .last_id = 9, .planned = 1};
    maker_play_hash(&last, 9, 1000, "alice", 78);
    fixture_commit(f, active, &last, OK);
    assert_int_equal(active->job.duplicate, 2);
    assert_int_equal(active->job.status, status_completed);
    assert_int_equal(fixture_number(f, "SELECT (SELECT count(*) FROM plays) + (SELECT count(*)"
                                       " FROM dry_keys) + (SELECT count(*) FROM sources)"),
                     0);
}

static void a_hostile_batch_is_refused_by_name_and_changes_nothing(void **state)
{
    struct fixture *f = *state;
    struct active_job *active = fixture_planned_job(f, "job-1", 1, 9, 9);
    struct batch_maker falling = {.first_id = 1, .last_id = 9, .planned = 9};
    maker_play(&falling, 5, 1000, "alice");
    maker_play(&falling, 4, 2000, "alice");
    fixture_commit(f, active, &falling, ERR_BATCH_REFUSED);
    struct batch_maker outside = {.first_id = 1, .last_id = 9, .planned = 9};
    maker_play(&outside, 10, 1000, "alice");
    fixture_commit(f, active, &outside, ERR_BATCH_REFUSED);
    struct batch_maker facetless = {.first_id = 1, .last_id = 9, .planned = 9, .no_facets = true};
    maker_play(&facetless, 1, 1000, "alice");
    fixture_commit(f, active, &facetless, ERR_BATCH_REFUSED);
    struct batch_maker itemless = {.first_id = 1, .last_id = 9, .planned = 9, .no_items = true};
    maker_play(&itemless, 1, 1000, "alice");
    fixture_commit(f, active, &itemless, ERR_BATCH_REFUSED);
    struct batch_maker twice = {.first_id = 1, .last_id = 9, .planned = 9};
    maker_play(&twice, 1, 1000, "alice");
    maker_reject(&twice, 1, "USER_MISSING");
    fixture_commit(f, active, &twice, ERR_BATCH_REFUSED);
    struct batch_maker crowded = {.first_id = 1, .last_id = 9, .planned = 0};
    maker_play(&crowded, 1, 1000, "alice");
    fixture_commit(f, active, &crowded, ERR_BATCH_REFUSED);
    struct batch_maker fewer = {.first_id = 1, .last_id = 9, .planned = 9, .count_off = 1};
    maker_play(&fewer, 1, 1000, "alice");
    fixture_commit(f, active, &fewer, ERR_BATCH_REFUSED);
    struct batch_maker short_of_rows = {.first_id = 1, .last_id = 5, .planned = 9, .leased_to = 9};
    maker_play(&short_of_rows, 1, 1000, "alice");
    fixture_commit(f, active, &short_of_rows, ERR_BATCH_REFUSED);
    assert_int_equal(fixture_number(f, "SELECT count(*) FROM plays"), 0);
    assert_int_equal(active->job.next_id, 1);
    assert_int_equal(active->job.total, 9);
    assert_int_equal(active->job.status, status_running);
}

static void what_a_transaction_saw_can_be_read_back_row_by_row(void **state)
{
    struct fixture *f = *state;
    struct active_job *active = fixture_planned_job(f, "job-1", INT64_MIN, INT64_MAX, 4);
    struct batch_maker b = {.first_id = INT64_MIN, .last_id = INT64_MAX, .planned = 4};
    maker_play(&b, -7, 1000, "alice");
    maker_play(&b, -6, 2000, "alice");
    maker_reject(&b, -5, "USER_MISSING");
    maker_play(&b, INT64_MAX, 3000, "alice");
    fixture_commit(f, active, &b, OK);
    assert_int_equal(active->job.status, status_completed);
    OWNED(stmt_finalize) sqlite3_stmt *find = NULL;
    assert_int_equal(db_prepare(f->h->store->db, "SELECT runs FROM job_batches", &find), OK);
    bool row = false;
    assert_int_equal(stmt_row(find, &row), OK);
    struct run run;
    size_t at = 0;
    int64_t end = 0;
    struct bytes runs = row_bytes(find, 0);
    assert_true(runs_next(runs, &at, &end, &run)); /* three new plays are one run of our numbers */
    assert_true(run.first_no == fixture_number(f, "SELECT min(id) FROM plays"));
    assert_true(run.length == 3 && run.version == 1 && run.outcome == OUTCOME_NEW);
    assert_false(runs_next(runs, &at, &end, &run));
}

static void runs_of_any_numbers_come_back_as_they_were(void **state)
{
    (void)state;
    static const struct run all[] = {{9, 3, 1, OUTCOME_DUPLICATE},
                                     {4, 1, 2, OUTCOME_UPDATED},
                                     {INT64_MAX - 9, 5, 1, OUTCOME_NEW},
                                     {1, 2, 300, OUTCOME_DUPLICATE}};
    OWNED(runs_release) struct runs runs = {0};
    runs_start(&runs);
    for (size_t i = 0; i < COUNT_OF(all); i++) {
        for (uint64_t n = 0; n < all[i].length; n++) {
            runs_add(&runs, all[i].first_no + (int64_t)n, all[i].version, all[i].outcome);
        }
    }
    struct bytes bytes = runs_finish(&runs);
    struct run run;
    size_t at = 0;
    int64_t end = 0;
    for (size_t i = 0; i < COUNT_OF(all); i++) {
        assert_true(runs_next(bytes, &at, &end, &run));
        assert_true(run.first_no == all[i].first_no && run.length == all[i].length &&
                    run.version == all[i].version && run.outcome == all[i].outcome);
    }
    assert_false(runs_next(bytes, &at, &end, &run));
}

static void the_columns_of_plays_are_the_fields_of_a_play(void **state)
{
    struct fixture *f = *state;
    const struct record_desc *r = desc_play();
    for (size_t i = 0; i < r->count; i++) {
        const char *name = r->fields[i].name;
        if (strcmp(name, "facet") == 0 || strcmp(name, "item") == 0 ||
            strcmp(name, "position") == 0) {
            continue;
        }
        OWNED(db_free)
        char *sql = sqlite3_mprintf(
            "SELECT count(*) FROM pragma_table_info('plays') WHERE name = %Q", name);
        assert_int_equal(fixture_number(f, sql), 1);
    }
    assert_int_equal(fixture_number(f, "SELECT count(*) FROM pragma_table_info('plays')"),
                     r->count - 3 + 5 /* id, source_id, job_no, item_id, grouped */);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(a_fresh_batch_is_stored_whole_and_moves_the_checkpoint),
        FIXTURE_TEST(the_last_batch_completes_the_job_and_counts_what_vanished),
        FIXTURE_TEST(the_same_content_twice_in_a_source_is_one_play_with_two_sources),
        FIXTURE_TEST(importing_again_stores_nothing_and_completes_what_was_unknown),
        FIXTURE_TEST(a_dry_run_counts_the_same_and_stores_no_play),
        FIXTURE_TEST(a_hostile_batch_is_refused_by_name_and_changes_nothing),
        FIXTURE_TEST(what_a_transaction_saw_can_be_read_back_row_by_row),
        FIXTURE_TEST(runs_of_any_numbers_come_back_as_they_were),
        FIXTURE_TEST(the_columns_of_plays_are_the_fields_of_a_play),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

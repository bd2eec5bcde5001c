/* SPDX-License-Identifier: MIT
 * test_groups.c - rows of several sources that tell of one play, through the real store: which are
 * joined, what the play shows, and what changes that afterwards. */
#include "tests/unit/history/told.h"

#include "actors/history/families.h"
#include "actors/history/own_jobs.h"
#include "actors/history/people_fold.h"
#include "proto/wire/codec.h"

/* The same evening, told by three. */
static const struct told evening[] = {
    {FIRST, 1, 10 * HOUR, 12 * HOUR, "7", "film", NULL, 7000000, 7200000},
    {COPY, 101, 10 * HOUR, 12 * HOUR, "7", "film", "tv", 7000000, 7200000},
    {PLEX, 501, 12 * HOUR - 8 * MINUTE, 0, "7", "film", "tv", 0, 0},
};

static void one_evening_told_by_three_sources_is_one_play(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(import(f, FIRST, "job-1", evening, 3, 10).imported, 1);
    struct job copy = import(f, COPY, "job-2", evening, 3, 10);
    assert_int_equal(copy.merged, 1);
    assert_int_equal(copy.imported, 0);
    assert_int_equal(import(f, PLEX, "job-3", evening, 3, 10).merged, 1);
    assert_int_equal(plays(f), 1);
    assert_int_equal(fixture_number(f, "SELECT count(*) FROM plays WHERE id = 1 AND grouped = 1"
                                       " AND machine_id = 'tv' AND started_at = 36000000"
                                       " AND watched AND time_quality = 0"),
                     1);
    assert_int_equal(fixture_number(f, "SELECT count(*) FROM play_sources WHERE play_id = 1"), 3);
    assert_int_equal(fixture_number(f, "SELECT reason FROM play_sources WHERE native_id = 501"),
                     row_reason_watched_within);
    assert_int_equal(import(f, PLEX, "job-4", evening, 3, 10).duplicate, 1);
    assert_int_equal(import(f, COPY, "job-5", evening, 3, 10).duplicate, 1);
    assert_int_equal(import(f, FIRST, "job-6", evening, 3, 10).duplicate, 1);
}

static void a_play_is_given_with_what_each_of_its_rows_said_and_why_it_belongs_there(void **state)
{
    struct fixture *f = *state;
    struct reader r = {.arena = f->arena};
    struct play_got got = {0};
    import(f, PLEX, "job-1", evening, 3, 10);
    import(f, FIRST, "job-2", evening, 3, 10);
    import(f, COPY, "job-3", evening, 3, 10);
    fixture_reader(f, &r);
    assert_int_equal(query_play(&r, &(struct play_get){.id = "1"}, &got), OK);
    assert_int_equal(got.play.sources_count, 3);
    assert_int_equal(got.rows_count, 3);
    for (size_t i = 0; i < got.rows_count; i++) {
        const struct play_row *row = &got.rows[i];
        bool moment = strcmp(row->native_id, "501") == 0;
        assert_true(row->has_play);
        assert_string_equal(row->play.title, "film");
        assert_int_equal(row->play.started_at, moment ? evening[2].at : evening[0].at);
        assert_int_equal(row->play.has_stopped_at, !moment);
        assert_string_equal(row->job_id, moment                             ? "job-1"
                                         : strcmp(row->native_id, "1") == 0 ? "job-2"
                                                                            : "job-3");
        if (moment) {
            assert_string_equal(row->reason, "watched_within");
            assert_non_null(strstr(row->because, "between this start and stop"));
        }
    }
    assert_string_equal(got.rows[0].reason, "new");
    fixture_reader_close(&r);
}

static void what_comes_later_takes_a_moment_from_a_play_that_is_further_away(void **state)
{
    struct fixture *f = *state;
    const struct told rows[] = {
        {FIRST, 1, 10 * HOUR, 12 * HOUR - MINUTE, "7", "film", NULL, 0, 0},
        {PLEX, 501, 12 * HOUR, 0, "7", "film", NULL, 0, 0},
        {COPY, 101, 11 * HOUR, 13 * HOUR, "7", "film", NULL, 0, 0},
    };
    import(f, FIRST, "job-1", rows, 3, 10);
    assert_int_equal(import(f, PLEX, "job-2", rows, 3, 10).merged, 1);
    assert_int_equal(plays(f), 1);
    assert_int_equal(import(f, COPY, "job-3", rows, 3, 10).imported, 1);
    assert_int_equal(plays(f), 2);
    assert_int_equal(fixture_number(f, "SELECT s.play_id = p.id FROM play_sources s, plays p"
                                       " WHERE s.native_id = 501 AND p.started_at = 39600000"),
                     1);
    assert_int_equal(fixture_number(f, "SELECT grouped IS NULL FROM plays WHERE id = 1"), 1);
}

static void moments_that_no_interval_holds_are_one_play_where_they_are_close(void **state)
{
    struct fixture *f = *state;
    const struct told rows[] = {
        {PLEX, 1, 10 * HOUR, 0, "7", "film", NULL, 0, 0},
        {PLEX, 2, 10 * HOUR + 30000, 0, "7", "film", NULL, 0, 0},
        {PLEX, 3, 13 * HOUR, 0, "7", "film", NULL, 0, 0},
        {PLEX, 4, 13 * HOUR + 30000, 0, "8", "film", NULL, 0, 0},
    };
    struct job job = import(f, PLEX, "job-1", rows, 4, 1);
    assert_int_equal(job.imported, 3);
    assert_int_equal(job.merged, 1);
    assert_int_equal(plays(f), 3);
}

static void another_server_another_person_and_another_item_are_other_plays(void **state)
{
    struct fixture *f = *state;
    const struct told rows[] = {
        {FIRST, 1, 10 * HOUR, 12 * HOUR, "7", "film", "tv", 0, 0},
        {PLEX, 501, 11 * HOUR, 0, "8", "film", "tv", 0, 0},
        {PLEX, 502, 11 * HOUR + MINUTE, 0, "7", "other", "tv", 0, 0},
        {PLEX, 503, 11 * HOUR + 2 * MINUTE, 0, "7", "film", "phone", 0, 0},
        {PLEX, 504, 12 * HOUR + 3 * MINUTE, 0, "7", "film", "tv", 0, 0},
    };
    import(f, FIRST, "job-1", rows, 5, 10);
    assert_int_equal(import(f, PLEX, "job-2", rows, 5, 10).merged, 0);
    assert_int_equal(plays(f), 5);
}

/* Runs the history's own job of this operation to its end, in as many steps as it takes. `params`
 * may be NULL. */
static void run_own_with(struct fixture *f, enum operation operation,
                         const struct record_desc *record, const void *params)
{
    OWNED(buffer_release) struct buffer packed = {0};
    struct flaw flaw;
    if (params != NULL) {
        assert_int_equal(record_pack(record, params, &packed, &flaw), OK);
    }
    const char *id = arena_format(f->arena, "own-%lld", (long long)f->now);
    struct job_create ask = {
        .job_id = id, .operation = operation, .params = {packed.data, packed.size}};
    struct job_created made;
    struct refusal why;
    bool more = true;
    assert_int_equal(lifecycle_create(f->h, &ask, f->now, f->arena, &made, &why), OK);
    assert_int_equal(store_read_people(f->h->store), OK);
    while (more) {
        fixture_tick(f, 10);
        assert_int_equal(own_job_step(f->h, active_job_by_id(f->h, id), f->now, &more), OK);
    }
    assert_int_equal(active_job_by_id(f->h, id)->job.status, status_completed);
}

static void run_own(struct fixture *f, enum operation operation)
{
    run_own_with(f, operation, NULL, NULL);
}

static void plays_that_a_version_before_kept_apart_are_joined_by_deciding_all_anew(void **state)
{
    struct fixture *f = *state;
    import(f, FIRST, "job-1", evening, 3, 10);
    assert_int_equal(db_exec(f->h->store->db, "UPDATE sources SET server_id = 'other'"), OK);
    import(f, COPY, "job-2", evening, 3, 10);
    assert_int_equal(plays(f), 2);
    assert_int_equal(db_exec(f->h->store->db, "UPDATE sources SET server_id = 'server-a'"), OK);
    run_own(f, operation_regroup);
    assert_int_equal(plays(f), 1);
    assert_int_equal(fixture_number(f, "SELECT count(*) FROM play_sources WHERE play_id = 1"), 2);
}

/* Its rows are told of by the plays of another source: it is known all the same. */
static void a_source_of_which_every_row_was_merged_is_known_again_by_its_rows(void **state)
{
    struct fixture *f = *state;
    struct source_samples known = {0};
    import(f, FIRST, "job-1", evening, 3, 10);
    import(f, COPY, "job-2", evening, 3, 10);
    assert_int_equal(source_samples_take(f->h->store->db, source_kind_tautulli, f->arena, &known),
                     OK);
    assert_int_equal(known.items_count, 2);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(known.items[i].keys_count, 1);
    }
}

static void rows_of_a_server_that_come_apart_are_of_one_source(void **state)
{
    struct fixture *f = *state;
    const struct told first = {PLEX, 1, 10 * HOUR, 0, "7", "film", NULL, 0, 0};
    const struct told second = {PLEX, 2, 20 * HOUR, 0, "7", "film", NULL, 0, 0};
    import(f, PLEX, "job-1", &first, 1, 10);
    import(f, PLEX, "job-2", &second, 1, 10);
    assert_int_equal(fixture_number(f, "SELECT count(*) FROM sources"), 1);
    assert_int_equal(import(f, PLEX, "job-3", &second, 1, 10).duplicate, 1);
}

static void accounts_that_are_made_one_person_share_plays_until_they_are_taken_apart(void **state)
{
    struct fixture *f = *state;
    const struct told rows[] = {
        {FIRST, 1, 10 * HOUR, 12 * HOUR, "4711", "film", "tv", 0, 0},
        {PLEX, 501, 11 * HOUR, 0, "1", "film", "tv", 0, 0},
    };
    struct account_ref both[] = {{"server-a", "4711"}, {"server-a", "1"}};
    const struct people_change join = {.accounts = both, .accounts_count = 2};
    import(f, FIRST, "job-1", rows, 2, 10);
    import(f, PLEX, "job-2", rows, 2, 10);
    assert_int_equal(plays(f), 2);
    OWNED(db_free) char *apart = everything(f);
    run_own_with(f, operation_regroup, desc_people_change(), &join);
    assert_int_equal(plays(f), 1);
    OWNED(db_free) char *together = everything(f);
    const struct people_change split = {
        .split_from = "p1", .accounts = &both[1], .accounts_count = 1};
    run_own_with(f, operation_regroup, desc_people_change(), &split);
    OWNED(db_free) char *again = everything(f);
    assert_string_equal(again, apart);
    run_own_with(f, operation_regroup, desc_people_change(), &join);
    OWNED(db_free) char *joined = everything(f);
    assert_string_equal(joined, together);
}

static void a_join_that_is_undone_leaves_who_was_who_before(void **state)
{
    struct fixture *f = *state;
    struct account_ref first[] = {{"server-a", "4711"}, {"server-a", "4712"}};
    struct account_ref second[] = {{"server-a", "1"}, {"server-a", "4712"}};
    const struct people_change join = {.accounts = first, .accounts_count = 2, .name = "Ann"};
    const struct people_change more = {.accounts = second, .accounts_count = 2, .name = "Eve"};
    run_own_with(f, operation_regroup, desc_people_change(), &join);
    fixture_tick(f, 1000);
    run_own_with(f, operation_regroup, desc_people_change(), &more);
    assert_int_equal(fixture_number(f, "SELECT count(*) FROM person_accounts WHERE person_no = 1"),
                     3);
    assert_int_equal(people_fold(f->h->store, fixture_number(f, "SELECT max(no) FROM jobs")), OK);
    assert_int_equal(fixture_number(f, "SELECT count(*) FROM person_accounts WHERE person_no = 1"
                                       " AND user_id IN ('4711', '4712')"),
                     2);
    assert_int_equal(fixture_number(f, "SELECT count(*) FROM person_accounts"), 2);
    assert_int_equal(fixture_number(f, "SELECT name = 'Ann' FROM people WHERE no = 1"), 1);
}

static void a_forgotten_person_goes_from_plays_of_several_rows_too_and_stays_away(void **state)
{
    struct fixture *f = *state;
    const struct told rows[] = {
        {FIRST, 1, 10 * HOUR, 12 * HOUR, "4711", "film", "tv", 0, 0},
        {FIRST, 2, 10 * HOUR, 12 * HOUR, "8", "other", "tv", 0, 0},
        {PLEX, 501, 11 * HOUR, 0, "4711", "film", "tv", 0, 0},
    };
    const struct forget_params forget = {.id = "plex.tv/4711"};
    import(f, FIRST, "job-1", rows, 3, 10);
    import(f, PLEX, "job-2", rows, 3, 10);
    assert_int_equal(plays(f), 2);
    run_own_with(f, operation_forget, desc_forget_params(), &forget);
    assert_int_equal(plays(f), 1);
    assert_int_equal(fixture_number(f, "SELECT count(*) FROM play_sources"), 0);
    assert_int_equal(fixture_number(f, "SELECT sum(plays) FROM sources"), 1);
    fixture_tick(f, 1000);
    struct job again = import(f, FIRST, "job-3", rows, 3, 10);
    assert_int_equal(again.imported, 0);
    assert_int_equal(again.duplicate, 1);
    assert_int_equal(again.total, 1);
    assert_int_equal(again.vanished, 0);
    assert_int_equal(fixture_number(f, "SELECT sum(n) FROM job_counts WHERE key = 'forgotten'"), 1);
    assert_int_equal(plays(f), 1);
}

static void times_that_no_clock_has_and_rows_without_number_are_compared_all_the_same(void **state)
{
    struct fixture *f = *state;
    struct told rows[1204] = {{FIRST, 1, INT64_MIN + 9, INT64_MAX - 9, "7", "film", NULL, 0, 0},
                              {FIRST, 2, INT64_MAX - 9, INT64_MIN + 9, "7", "film", NULL, 0, 0},
                              {PLEX, 3, INT64_MIN + 9, 0, "7", "film", NULL, 0, 0},
                              {PLEX, 4, INT64_MAX - 9, 0, "7", "film", NULL, 0, 0}};
    for (int64_t i = 4; i < 1204; i++) {
        rows[i] =
            (struct told){i < 604 ? FIRST : COPY, i + 1, HOUR, 2 * HOUR, "7", "film", NULL, 0, 0};
    }
    import(f, PLEX, "job-1", rows, COUNT_OF(rows), 2000);
    import(f, FIRST, "job-2", rows, COUNT_OF(rows), 2000);
    import(f, COPY, "job-3", rows, COUNT_OF(rows), 2000);
    assert_int_equal(fixture_number(f, "SELECT count(*) FROM plays WHERE started_at = 3600000"
                                       " AND grouped = 1"),
                     fixture_number(f, "SELECT count(*) / 2 FROM play_sources"
                                       " WHERE started_at = 3600000"));
}

/* ---- work ---- */

enum { STORED = 1200, OFTEN_MS = 3 * HOUR };

static int count_steps(void *steps)
{
    ++*(int64_t *)steps;
    return 0;
}

/* Steps of SQLite's machine while the copy brings the two rows in one batch. */
static int64_t steps_for(struct fixture *f, const char *job_id, const struct told *rows)
{
    int64_t steps = 0;
    sqlite3_progress_handler(f->h->store->db, 1, count_steps, &steps);
    assert_int_equal(import(f, COPY, job_id, rows, 2, 2).imported, 2);
    sqlite3_progress_handler(f->h->store->db, 0, NULL, NULL);
    return steps;
}

static void rows_that_lie_far_apart_do_not_read_what_is_between_them(void **state)
{
    struct fixture *f = *state;
    struct told first[STORED];
    for (int64_t i = 0; i < STORED; i++) {
        int64_t at = i * OFTEN_MS;
        first[i] = (struct told){FIRST, i + 1, at, at + HOUR, "7", "film", NULL, 0, 0};
    }
    const int64_t middle = INT64_C(300) * OFTEN_MS;
    const int64_t end = INT64_C(1150) * OFTEN_MS;
    const struct told near[] = {
        {COPY, 5001, middle + 10, middle + HOUR, "7", "other", NULL, 0, 0},
        {COPY, 5002, middle + OFTEN_MS + 10, middle + OFTEN_MS + HOUR, "7", "other", NULL, 0, 0}};
    const struct told apart[] = {{COPY, 6001, middle + 20, middle + HOUR, "7", "other", NULL, 0, 0},
                                 {COPY, 6002, end + 20, end + HOUR, "7", "other", NULL, 0, 0}};
    import(f, FIRST, "job-1", first, STORED, 1000);
    import(f, COPY, "job-2", &(struct told){COPY, 1, OFTEN_MS, 2 * OFTEN_MS, "9", "x", NULL, 0, 0},
           1, 1);
    int64_t together = steps_for(f, "job-3", near);
    int64_t spread = steps_for(f, "job-4", apart);
    assert_true(spread < 2 * together);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(one_evening_told_by_three_sources_is_one_play),
        FIXTURE_TEST(a_play_is_given_with_what_each_of_its_rows_said_and_why_it_belongs_there),
        FIXTURE_TEST(what_comes_later_takes_a_moment_from_a_play_that_is_further_away),
        FIXTURE_TEST(moments_that_no_interval_holds_are_one_play_where_they_are_close),
        FIXTURE_TEST(another_server_another_person_and_another_item_are_other_plays),
        FIXTURE_TEST(plays_that_a_version_before_kept_apart_are_joined_by_deciding_all_anew),
        FIXTURE_TEST(a_source_of_which_every_row_was_merged_is_known_again_by_its_rows),
        FIXTURE_TEST(rows_of_a_server_that_come_apart_are_of_one_source),
        FIXTURE_TEST(times_that_no_clock_has_and_rows_without_number_are_compared_all_the_same),
        FIXTURE_TEST(accounts_that_are_made_one_person_share_plays_until_they_are_taken_apart),
        FIXTURE_TEST(a_join_that_is_undone_leaves_who_was_who_before),
        FIXTURE_TEST(rows_that_lie_far_apart_do_not_read_what_is_between_them),
        FIXTURE_TEST(a_forgotten_person_goes_from_plays_of_several_rows_too_and_stays_away),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT
 * test_native.c - a source that calls its rows by texts, in any order of them: stored, told of
 * again, previewed, stopped and resumed, cut at any place. */
#include "tests/unit/history/fixture.h"

/* As a paged source brings them; the second and third differ by zeros alone. */
static const char *const ids[] = {"zebra", "00123", "123", "Ä-7", ":colon", "anna/film", "9", "-1"};
enum { ROWS = sizeof ids / sizeof ids[0] };

static struct native_id named(const char *text)
{
    return (struct native_id){.text = {text, strlen(text)}};
}

static void sample(struct fixture *f)
{
    for (size_t i = 0; i < 4; i++) {
        f->samples[i] =
            (struct row_key){.native_id = named(ids[i]), .started_at = 1000 * ((int64_t)i + 1)};
    }
    f->samples_count = 4;
}

static struct active_job *begin(struct fixture *f, const char *job_id)
{
    sample(f);
    return fixture_planned_job(f, job_id, 1, ROWS, ROWS);
}

static void commit_rows(struct fixture *f, struct active_job *active, size_t first, size_t last)
{
    struct batch_maker b = {
        .first_id = (int64_t)first, .last_id = (int64_t)last, .planned = last - first + 1};
    for (size_t i = first; i <= last; i++) {
        maker_named(&b, (int64_t)i, ids[i - 1], 1000 * (int64_t)i);
    }
    fixture_commit(f, active, &b, OK);
}

static struct active_job *import(struct fixture *f, const char *job_id)
{
    struct active_job *active = begin(f, job_id);
    commit_rows(f, active, 1, 3);
    commit_rows(f, active, 4, ROWS);
    assert_int_equal(active->job.status, status_completed);
    return active;
}

static void texts_stay_what_they_are_and_numbers_stay_numbers(void **state)
{
    struct fixture *f = *state;
    struct active_job *active = import(f, "job-1");
    assert_int_equal(active->job.imported, ROWS);
    assert_int_equal(
        fixture_number(f, "SELECT count(*) FROM plays WHERE typeof(native_id) = 'text'"), ROWS);
    assert_int_equal(fixture_number(f, "SELECT count(*) FROM plays WHERE native_id = ':00123'"), 1);
    assert_int_equal(fixture_number(f, "SELECT count(*) FROM plays WHERE native_id = '::colon'"),
                     1);
    struct native_id last = native_kept(&active->job.last_native);
    struct native_id wanted = named(ids[ROWS - 1]);
    assert_true(native_equal(&last, &wanted));
    fixture_reopen(f);
    last = native_kept(&active_job_by_id(f->h, "job-1")->job.last_native);
    assert_true(native_equal(&last, &wanted));
}

static void the_same_again_is_nothing_new_however_it_is_ordered(void **state)
{
    struct fixture *f = *state;
    import(f, "job-1");
    struct active_job *active = begin(f, "job-2");
    struct batch_maker b = {.first_id = 1, .last_id = ROWS, .planned = ROWS};
    for (size_t i = ROWS; i > 0; i--) {
        maker_named(&b, (int64_t)(ROWS + 1 - i), ids[i - 1], 1000 * (int64_t)i);
    }
    fixture_commit(f, active, &b, OK);
    assert_int_equal(active->job.imported, 0);
    assert_int_equal(active->job.duplicate, ROWS);
    assert_int_equal(fixture_number(f, "SELECT count(*) FROM plays"), ROWS);
    assert_int_equal(fixture_number(f, "SELECT count(*) FROM sources"), 1);
}

static void a_row_that_is_told_of_twice_is_one_play_by_its_own_number(void **state)
{
    struct fixture *f = *state;
    sample(f);
    struct active_job *active = fixture_planned_job(f, "job-1", 1, 5, 5);
    struct batch_maker b = {.first_id = 1, .last_id = 3, .planned = 3};
    maker_named(&b, 1, "b", 1000);
    maker_named(&b, 2, "a", 1000);
    maker_named(&b, 3, "b", 1000);
    fixture_commit(f, active, &b, OK);
    struct batch_maker again = {.first_id = 4, .last_id = 5, .planned = 2};
    maker_named(&again, 4, "a", 1000);
    maker_named(&again, 5, "a", 2000); /* played again */
    fixture_commit(f, active, &again, OK);
    assert_int_equal(active->job.imported, 3);
    assert_int_equal(active->job.duplicate, 2);
    assert_int_equal(fixture_number(f, "SELECT count(*) FROM play_sources"), 0);
    /* Rows 1 and 2 are new, the third is the first again; then the second again, and a new one. */
    int64_t length = fixture_number(f, "SELECT sum(length(runs)) FROM job_batches");
    assert_int_equal(length, 2 * 4 + 2 * 4);
    assert_int_equal(fixture_number(f, "SELECT count(*) FROM job_batches"
                                       " WHERE (first_id = 1 AND runs = x'0202010003010101')"
                                       " OR (first_id = 4 AND runs = x'0401010104010100')"),
                     2);
}

static void a_dry_run_counts_the_same(void **state)
{
    struct fixture *f = *state;
    f->dry_run = true;
    sample(f);
    struct active_job *active = fixture_planned_job(f, "dry", 1, ROWS + 2, ROWS + 2);
    commit_rows(f, active, 1, 3);
    struct batch_maker b = {.first_id = 4, .last_id = 6, .planned = 3};
    maker_named(&b, 4, ids[3], 4000);
    maker_named(&b, 5, ids[0], 1000); /* met before */
    maker_named(&b, 6, ids[0], 9000); /* played again */
    fixture_commit(f, active, &b, OK);
    assert_int_equal(active->job.imported, 5);
    assert_int_equal(active->job.duplicate, 1);
    assert_int_equal(fixture_number(f, "SELECT count(*) FROM plays"), 0);
    assert_int_equal(fixture_number(f, "SELECT count(*) FROM dry_keys"), 5);
}

static void a_job_goes_on_from_each_of_its_batches(void **state)
{
    struct fixture *f = *state;
    struct active_job *active = begin(f, "job-1");
    for (size_t i = 1; i < ROWS; i++) {
        commit_rows(f, active, i, i);
        fixture_stop_import(f);
        fixture_reopen(f);
        char start_id[16];
        snprintf(start_id, sizeof start_id, "start-%zu", i);
        struct job_create again = fixture_start(f, start_id);
        struct job_created made;
        struct refusal why;
        PUT(&again, resume, true);
        assert_int_equal(lifecycle_create(f->h, &again, f->now, f->arena, &made, &why), OK);
        assert_string_equal(made.task.job_id, "job-1");
        assert_int_equal(made.task.next_id, i + 1);
        struct native_id last = named(ids[i - 1]);
        assert_true(native_equal(&made.task.last_committed.native_id, &last));
        assert_int_equal(made.task.kept_count, 4);
        active = active_job_by_id(f->h, "job-1");
    }
    commit_rows(f, active, ROWS, ROWS);
    assert_int_equal(active->job.imported, ROWS);
    assert_int_equal(active->job.status, status_completed);
}

static void refuse(struct fixture *f, struct active_job *active, const struct play *play,
                   bool announced)
{
    struct batch_maker b = {
        .first_id = 1, .last_id = ROWS, .planned = ROWS, .native_ids = announced};
    maker_row(&b, play);
    fixture_commit(f, active, &b, ERR_BATCH_REFUSED);
    assert_int_equal(fixture_number(f, "SELECT count(*) FROM plays"), 0);
}

static void an_id_that_is_none_is_refused(void **state)
{
    struct fixture *f = *state;
    struct active_job *active = begin(f, "job-1");
    char long_id[NATIVE_ID_MAX + 2] = {0};
    memset(long_id, 'x', sizeof long_id - 1);
    struct play play = maker_base(1, 1000, "alice", 7);
    play.has_native_id = true;
    play.native_id = named("fine");
    refuse(f, active, &play, false);
    play.native_id = named("");
    refuse(f, active, &play, true);
    play.native_id = named("a\x01z");
    refuse(f, active, &play, true);
    play.native_id = named("\xff");
    refuse(f, active, &play, true);
    play.native_id = named(long_id);
    refuse(f, active, &play, true);
}

static void numbers_in_any_order_are_known_again(void **state)
{
    struct fixture *f = *state;
    static const int64_t numbers[] = {900, 17, INT64_MIN, 500};
    for (int round = 0; round < 2; round++) {
        struct active_job *active = fixture_planned_job(f, round == 0 ? "job-1" : "job-2", 1, 4, 4);
        struct batch_maker b = {.first_id = 1, .last_id = 4, .planned = 4, .native_ids = true};
        for (int64_t i = 0; i < 4; i++) {
            struct play play = maker_base(i + 1, 1000 * (i + 1), "alice", i);
            play.has_native_id = true;
            play.native_id.number = numbers[i];
            maker_row(&b, &play);
        }
        f->samples[0] = (struct row_key){.native_id.number = 900, .started_at = 1000};
        f->samples[1] = (struct row_key){.native_id.number = 17, .started_at = 2000};
        f->samples_count = 2;
        fixture_commit(f, active, &b, OK);
        assert_int_equal(active->job.imported, round == 0 ? 4 : 0);
    }
    assert_int_equal(
        fixture_number(f, "SELECT count(*) FROM plays WHERE typeof(native_id) = 'integer'"), 4);
}

static void a_rejected_row_is_named_as_the_source_calls_it(void **state)
{
    struct fixture *f = *state;
    sample(f);
    struct active_job *active = fixture_planned_job(f, "job-1", 1, 1, 1);
    struct batch_maker b = {.first_id = 1, .last_id = 1, .planned = 1};
    maker_reject(&b, 1, "USER_MISSING");
    PUT(&b.notes[0], native_id, named("anna/film"));
    fixture_commit(f, active, &b, OK);
    fixture_reopen(f);
    struct native_id record = native_kept(&active_job_by_id(f->h, "job-1")->errors[0].record);
    struct native_id wanted = named("anna/film");
    assert_true(native_equal(&record, &wanted));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(texts_stay_what_they_are_and_numbers_stay_numbers),
        FIXTURE_TEST(the_same_again_is_nothing_new_however_it_is_ordered),
        FIXTURE_TEST(a_row_that_is_told_of_twice_is_one_play_by_its_own_number),
        FIXTURE_TEST(a_dry_run_counts_the_same),
        FIXTURE_TEST(a_job_goes_on_from_each_of_its_batches),
        FIXTURE_TEST(an_id_that_is_none_is_refused),
        FIXTURE_TEST(numbers_in_any_order_are_known_again),
        FIXTURE_TEST(a_rejected_row_is_named_as_the_source_calls_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT
 * test_queries.c - what is asked of the history: pages that meet without a gap, and sums that add
 * up. */
#include "tests/unit/history/fixture.h"

#include "actors/history/play_filter.h"
#include "actors/history/query.h"

struct asking {
    struct fixture *f;
    struct reader r;
};

static int open_asking(void **state)
{
    struct asking *a = must_alloc(sizeof *a);
    void *fixture = NULL;
    fixture_open(&fixture);
    a->f = fixture;
    fixture_reader(a->f, &a->r);
    a->r.arena = arena_new();
    *state = a;
    return 0;
}

static int close_asking(void **state)
{
    struct asking *a = *state;
    fixture_reader_close(&a->r);
    arena_destroy(&a->r.arena);
    void *fixture = a->f;
    fixture_close(&fixture);
    free(a);
    return 0;
}

/* Seven plays, three with the same start, two rejected rows. */
static struct active_job *seven_plays(struct fixture *f)
{
    struct active_job *active = fixture_planned_job(f, "job-1", 1, 9, 9);
    struct batch_maker b = {.first_id = 1, .last_id = 9, .planned = 9};
    maker_play(&b, 1, 1000, "alice");
    maker_play(&b, 2, 2000, "bob");
    maker_play(&b, 3, 2000, "alice");
    maker_reject(&b, 4, "USER_MISSING");
    maker_play(&b, 5, 2000, "bob");
    maker_play(&b, 6, 1700000000000, "bob");
    maker_play(&b, 7, 1700000001000, NULL);
    maker_reject(&b, 8, "STARTED_MISSING");
    maker_play(&b, 9, 1700000002000, "alice");
    fixture_commit(f, active, &b, OK);
    return active;
}

static void pages_of_plays_give_each_play_once_newest_first(void **state)
{
    struct asking *a = *state;
    seven_plays(a->f);
    struct history_list ask = {0};
    PUT(&ask, limit, 2);
    int64_t last = INT64_MAX;
    size_t seen = 0;
    do {
        struct history_listed page = {0};
        assert_int_equal(query_plays(&a->r, &ask, &page), OK);
        for (size_t i = 0; i < page.items_count; i++) {
            assert_true(page.items[i].started_at <= last);
            last = page.items[i].started_at;
            assert_string_equal(page.items[i].display_title, "A film");
            assert_string_equal(page.items[i].sources[0].job_id, "job-1");
            seen++;
        }
        ask.cursor = page.next;
    } while (ask.cursor != NULL);
    assert_int_equal(seen, 7);
}

static size_t count_plays(struct asking *a, const struct history_list *ask)
{
    struct history_listed page = {0};
    assert_int_equal(query_plays(&a->r, ask, &page), OK);
    assert_null(page.next);
    return page.items_count;
}

static void filters_select_by_server_user_time_and_title(void **state)
{
    struct asking *a = *state;
    seven_plays(a->f);
    assert_int_equal(count_plays(a, &(struct history_list){.user = "alice"}), 3);
    assert_int_equal(count_plays(a, &(struct history_list){.server = "server-a"}), 7);
    assert_int_equal(count_plays(a, &(struct history_list){.server = "server-b"}), 0);
    assert_int_equal(count_plays(a, &(struct history_list){.q = "a fi"}), 7);
    assert_int_equal(count_plays(a, &(struct history_list){.q = "a%m"}), 0);
    assert_int_equal(count_plays(a, &(struct history_list){.media_type = "movie"}), 7);
    struct history_list between = {0};
    PUT(&between, from, 2000);
    PUT(&between, to, 1700000001000);
    assert_int_equal(count_plays(a, &between), 4);
}

static void names_and_titles_are_found_in_any_case_and_composition(void **state)
{
    struct asking *a = *state;
    struct active_job *active = fixture_planned_job(a->f, "job-1", 1, 2, 2);
    struct batch_maker b = {.first_id = 1, .last_id = 2, .planned = 2};
    struct play play = maker_base(1, 1000, "Jörg", 1);
    play.section_id = "7";
    play.full_title = "Der Himmel über München";
    maker_row(&b, &play);
    maker_play(&b, 2, 2000, "alice");
    fixture_commit(a->f, active, &b, OK);
    assert_int_equal(count_plays(a, &(struct history_list){.q = "münchen"}), 1);
    assert_int_equal(count_plays(a, &(struct history_list){.q = "MÜNCHEN"}), 1);
    assert_int_equal(count_plays(a, &(struct history_list){.user = "JÖRG"}), 1);
    assert_int_equal(count_plays(a, &(struct history_list){.user = "Alice"}), 1);
    assert_int_equal(count_plays(a, &(struct history_list){.user = "Jo"}), 0);
    assert_int_equal(count_plays(a, &(struct history_list){.library = "7"}), 1);
    assert_int_equal(count_plays(a, &(struct history_list){.library = "no such"}), 0);
}

static void a_cursor_that_was_tampered_with_is_refused_by_name(void **state)
{
    struct asking *a = *state;
    struct history_list ask = {.cursor = "1.2.x"};
    struct history_listed page = {0};
    assert_int_equal(query_plays(&a->r, &ask, &page), ERR_BAD_FIELD);
    assert_string_equal(a->r.field, "cursor");
}

static void the_receipt_accounts_for_every_row(void **state)
{
    struct asking *a = *state;
    seven_plays(a->f);
    struct job_get ask = {.job_id = "job-1"};
    struct job_got got = {0};
    assert_int_equal(query_job(&a->r, &ask, &got), OK);
    uint64_t sum = 0;
    for (size_t i = 0; i < got.receipt.by_reason_count; i++) {
        sum += got.receipt.by_reason[i].n;
    }
    assert_int_equal(sum, 9);
    assert_int_equal(got.receipt.by_user_count, 1);
    assert_int_equal(got.receipt.by_user[0].imported, 7);
    assert_int_equal(got.receipt.by_user[0].error, 2);
    assert_string_equal(got.receipt.by_month[0].key, "2024-01");
    assert_int_equal(got.job.progress.errors_count, 2);
    assert_int_equal(got.job.progress.errors[0].record_id.number, 8);
    assert_true(got.samples_count >= 1);
}

static void the_receipt_of_a_part_says_how_many_rows_were_not_reached(void **state)
{
    struct asking *a = *state;
    struct active_job *active = fixture_planned_job(a->f, "job-1", 1, 9, 9);
    struct batch_maker b = {.first_id = 1, .last_id = 3, .planned = 3};
    maker_play(&b, 1, 1000, "alice");
    maker_reject(&b, 2, "USER_MISSING");
    maker_play(&b, 3, 2000, "bob");
    fixture_commit(a->f, active, &b, OK);
    struct job_get ask = {.job_id = "job-1"};
    struct job_got got = {0};
    assert_int_equal(query_job(&a->r, &ask, &got), OK);
    assert_true(got.receipt.has_not_reached);
    assert_int_equal(got.receipt.not_reached, 6);
}

static void run_job(struct fixture *f, const char *job_id)
{
    struct active_job *active = fixture_planned_job(f, job_id, 1, 1, 1);
    struct batch_maker b = {.first_id = 1, .last_id = 1, .planned = 1};
    maker_reject(&b, 1, "USER_MISSING");
    fixture_commit(f, active, &b, OK);
}

static void a_job_is_found_by_as_much_of_its_id_as_is_its_own(void **state)
{
    struct asking *a = *state;
    run_job(a->f, "6f1c0e12aa01");
    run_job(a->f, "6f1c0e12ab02");
    run_job(a->f, "70000000cc03");
    struct job_got got = {0};
    assert_int_equal(query_job(&a->r, &(struct job_get){.job_id = "7"}, &got), OK);
    assert_string_equal(got.job.job_id, "70000000cc03");
    assert_string_equal(got.job.short_id, "70000000");
    got = (struct job_got){0};
    assert_int_equal(query_job(&a->r, &(struct job_get){.job_id = "6f1c0e12aa"}, &got), OK);
    assert_string_equal(got.job.short_id, "6f1c0e12aa");
    struct notes_listed page = {0};
    assert_int_equal(query_notes(&a->r, &(struct notes_list){.job_id = "6f1c0e12ab"}, &page), OK);
    assert_int_equal(query_job(&a->r, &(struct job_get){.job_id = "6f1"}, &got), ERR_JOB_AMBIGUOUS);
    assert_string_equal(a->r.text, "Ids that begin with 6f1: 6f1c0e12ab02, 6f1c0e12aa01");
    assert_int_equal(query_job(&a->r, &(struct job_get){.job_id = "8"}, &got), ERR_JOB_NOT_FOUND);
}

static void rejected_rows_are_paged_in_order_and_searched(void **state)
{
    struct asking *a = *state;
    seven_plays(a->f);
    struct notes_list ask = {.job_id = "job-1"};
    PUT(&ask, limit, 1);
    struct notes_listed page = {0};
    assert_int_equal(query_notes(&a->r, &ask, &page), OK);
    assert_int_equal(page.items[0].record_id.number, 4);
    ask.cursor = page.next;
    page = (struct notes_listed){0};
    assert_int_equal(query_notes(&a->r, &ask, &page), OK);
    assert_int_equal(page.items[0].record_id.number, 8);
    struct notes_list none = {.q = "no such text"};
    page = (struct notes_listed){0};
    assert_int_equal(query_notes(&a->r, &none, &page), OK);
    assert_int_equal(page.items_count, 0);
    assert_null(page.next);
}

static void of_no_job_named_the_rejected_rows_are_those_of_the_import_last_active(void **state)
{
    struct asking *a = *state;
    struct fixture *f = a->f;
    struct active_job *active = fixture_planned_job(f, "job-1", 1, 2, 2);
    struct batch_maker b = {.first_id = 1, .last_id = 1, .planned = 1};
    maker_play(&b, 1, 1000, "alice");
    fixture_commit(f, active, &b, OK);
    struct job_stop stop = {.operation = operation_tautulli_import};
    assert_int_equal(lifecycle_stop(f->h, &stop, f->now, &active), OK);
    f->samples[0].started_at = 999000; /* another file, started in between */
    fixture_planned_job(f, "job-2", 1, 2, 2);
    assert_int_equal(lifecycle_stop(f->h, &stop, f->now, &active), OK);
    f->samples[0].started_at = 1000;
    struct job_create again = fixture_start(f, "job-3");
    PUT(&again, resume, true);
    struct job_created made;
    struct refusal why;
    assert_int_equal(lifecycle_create(f->h, &again, f->now, f->arena, &made, &why), OK);
    b = (struct batch_maker){.first_id = 2, .last_id = 2, .planned = 1};
    maker_reject(&b, 2, "USER_MISSING");
    fixture_commit(f, active_job_by_id(f->h, "job-1"), &b, OK);
    struct notes_list ask = {0};
    struct notes_listed page = {0};
    assert_int_equal(query_notes(&a->r, &ask, &page), OK);
    assert_int_equal(page.items_count, 1);
}

static void a_summary_counts_every_play_and_sorts(void **state)
{
    struct asking *a = *state;
    seven_plays(a->f);
    struct history_summary by_month = {.by = summary_by_month};
    struct history_summarised sums = {0};
    assert_int_equal(query_summary(&a->r, &by_month, &sums), OK);
    assert_int_equal(sums.items_count, 2);
    assert_string_equal(sums.items[0].key, "1970-01");
    assert_int_equal(sums.items[0].plays, 4);
    struct history_summary by_user = {.by = summary_by_user};
    assert_int_equal(query_summary(&a->r, &by_user, &sums), OK);
    assert_int_equal(sums.items_count, 3);
    assert_string_equal(sums.items[0].key, "alice");
    assert_null(sums.items[2].key);
    struct history_summary by_server = {.by = summary_by_server};
    assert_int_equal(query_summary(&a->r, &by_server, &sums), OK);
    assert_string_equal(sums.items[0].key, "server-a");
    struct history_summary by_type = {.by = summary_by_media_type};
    assert_int_equal(query_summary(&a->r, &by_type, &sums), OK);
    assert_int_equal(sums.items_count, 1);
    assert_string_equal(sums.items[0].key, "movie");
    struct history_summary by_source = {.by = summary_by_source};
    assert_int_equal(query_summary(&a->r, &by_source, &sums), OK);
    assert_string_equal(sums.items[0].key, "tautulli");
    assert_int_equal(sums.items[0].plays, 7);
}

static const struct summary_line *line_of(const struct history_summarised *sums, const char *key)
{
    for (size_t i = 0; i < sums->items_count; i++) {
        if (sums->items[i].key != NULL && strcmp(sums->items[i].key, key) == 0) {
            return &sums->items[i];
        }
    }
    return NULL;
}

static struct history_summarised summarise(struct asking *a, const struct history_summary *ask)
{
    struct history_summarised sums = {0};
    assert_int_equal(query_summary(&a->r, ask, &sums), OK);
    return sums;
}

/* Two accounts of the server, one play without. */
static void plays_of_accounts(struct fixture *f)
{
    struct active_job *active = fixture_planned_job(f, "job-1", 1, 5, 5);
    struct batch_maker b = {.first_id = 1, .last_id = 5, .planned = 5};
    const char *accounts[] = {"11", "22", "11", NULL, "11"};
    for (int64_t id = 1; id <= 5; id++) {
        struct play play = maker_base(id, (id - 1) * 7200000 - 1, "same name", id);
        play.user_id = accounts[id - 1];
        play.title = id == 3 ? "The other film" : "A film";
        PUT(&play, played_s, 3600);
        maker_row(&b, &play);
    }
    fixture_commit(f, active, &b, OK);
}

static void a_summary_is_of_what_the_list_gives(void **state)
{
    struct asking *a = *state;
    plays_of_accounts(a->f);
    struct history_summary ask = {.by = summary_by_user, .person = "plex.tv/11"};
    struct history_summarised sums = summarise(a, &ask);
    assert_int_equal(sums.totals.plays, 3);
    assert_int_equal(count_plays(a, &(struct history_list){.person = "plex.tv/11"}), 3);
    assert_true(sums.totals.watched_hours == 3);
    assert_int_equal(sums.totals.people, 1);
    ask.q = "OTHER";
    assert_int_equal(summarise(a, &ask).totals.plays, 1);
    struct history_summary between = {.by = summary_by_month};
    PUT(&between, from, 0);
    PUT(&between, to, 5 * 7200000);
    assert_int_equal(summarise(a, &between).totals.plays, 4);
}

static void a_summary_counts_by_person_hour_and_weekday(void **state)
{
    struct asking *a = *state;
    plays_of_accounts(a->f);
    struct history_summarised sums =
        summarise(a, &(struct history_summary){.by = summary_by_person});
    assert_int_equal(sums.items_count, 3);
    assert_int_equal(sums.totals.people, 2); /* a play that names no account is nobody's */
    assert_int_equal(line_of(&sums, "plex.tv/11")->plays, 3);
    assert_string_equal(line_of(&sums, "plex.tv/11")->label, "same name");
    sums = summarise(a, &(struct history_summary){.by = summary_by_hour});
    assert_string_equal(sums.items[0].key, "01");
    assert_int_equal(line_of(&sums, "23")->plays, 1); /* a millisecond before 1970 */
    sums = summarise(a, &(struct history_summary){.by = summary_by_weekday});
    assert_int_equal(line_of(&sums, "3")->plays, 1);
    assert_int_equal(line_of(&sums, "4")->plays, 4);
}

static void who_is_limited_to_persons_finds_nothing_of_others(void **state)
{
    struct asking *a = *state;
    plays_of_accounts(a->f);
    const char *only[] = {"plex.tv/22"};
    struct history_list list = {.only_persons = only, .only_persons_count = 1};
    PUT(&list, limited, true);
    assert_int_equal(count_plays(a, &list), 1);
    list.person = "plex.tv/11";
    assert_int_equal(count_plays(a, &list), 0);
    struct history_summary by_user = {
        .by = summary_by_user, .only_persons = only, .only_persons_count = 1};
    PUT(&by_user, limited, true);
    assert_int_equal(summarise(a, &by_user).totals.plays, 1);
    by_user.only_persons_count = 0;
    assert_int_equal(summarise(a, &by_user).totals.plays, 0);
    struct play_get get = {.id = "1", .only_persons = only, .only_persons_count = 1};
    struct play_got got = {0};
    assert_int_equal(query_play(&a->r, &get, &got), OK);
    PUT(&get, limited, true);
    assert_int_equal(query_play(&a->r, &get, &got), ERR_PLAY_NOT_FOUND);
    get.id = "99";
    assert_int_equal(query_play(&a->r, &get, &got), ERR_PLAY_NOT_FOUND);
}

static void a_play_is_given_with_the_row_that_told_of_it(void **state)
{
    struct asking *a = *state;
    plays_of_accounts(a->f);
    struct play_got got = {0};
    assert_int_equal(query_play(&a->r, &(struct play_get){.id = "3"}, &got), OK);
    assert_string_equal(got.play.display_title, "The other film");
    assert_string_equal(got.play.person, "plex.tv/11");
    assert_int_equal(got.rows_count, 1);
    assert_string_equal(got.rows[0].reason, "new");
    assert_string_equal(got.rows[0].job_id, "job-1");
    assert_string_equal(got.rows[0].play.title, "The other film");
    assert_int_equal(got.rows[0].versions, 1);
}

static void a_summary_takes_ids_of_any_length(void **state)
{
    struct asking *a = *state;
    struct active_job *active = fixture_planned_job(a->f, "job-1", 1, 2, 2);
    struct batch_maker b = {.first_id = 1, .last_id = 2, .planned = 2};
    char section[3001];
    for (size_t i = 0; i + 3 < sizeof section; i += 3) {
        strcpy(section + i, "\u20ac");
    }
    for (int64_t id = 1; id <= 2; id++) {
        struct play play = maker_base(id, id * 1000, "alice", id);
        play.section_id = section;
        maker_row(&b, &play);
    }
    fixture_commit(a->f, active, &b, OK);
    struct history_summary by_library = {.by = summary_by_library};
    struct history_summarised sums = {0};
    assert_int_equal(query_summary(&a->r, &by_library, &sums), OK);
    assert_int_equal(sums.items_count, 1);
    assert_int_equal(sums.items[0].plays, 2);
    assert_int_equal(strlen(sums.items[0].key) % 3, 0); /* whole characters */
}

static void jobs_are_listed_newest_first_with_a_cursor(void **state)
{
    struct asking *a = *state;
    seven_plays(a->f);
    struct active_job *second = fixture_planned_job(a->f, "job-2", 1, 9, 9);
    struct jobs_list ask = {0};
    PUT(&ask, limit, 1);
    struct jobs_listed page = {0};
    assert_int_equal(query_jobs(&a->r, &ask, &page), OK);
    assert_string_equal(page.items[0].job_id, second->job.job_id);
    ask.cursor = page.next;
    page = (struct jobs_listed){0};
    assert_int_equal(query_jobs(&a->r, &ask, &page), OK);
    assert_string_equal(page.items[0].job_id, "job-1");
    assert_int_equal(page.items[0].progress.status, status_completed);
    assert_true(page.items[0].progress.progress_percent == 100);
}

static void a_job_that_is_of_no_database_is_listed_with_its_title(void **state)
{
    struct asking *a = *state;
    struct job_create start = fixture_start(a->f, "job-1");
    start.operation = operation_plex_historical;
    start.title = "The server in the hall";
    struct job_created made;
    struct refusal why;
    assert_int_equal(lifecycle_create(a->f->h, &start, a->f->now, a->f->arena, &made, &why), OK);
    struct jobs_list ask = {0};
    struct jobs_listed page = {0};
    assert_int_equal(query_jobs(&a->r, &ask, &page), OK);
    assert_string_equal(page.items[0].title, start.title);
    assert_null(page.items[0].db_path);
    struct job_stop stop = {.operation = operation_plex_historical};
    struct active_job *active = NULL;
    struct import_status standing = {0};
    assert_int_equal(lifecycle_stop(a->f->h, &stop, a->f->now, &active), OK);
    assert_int_equal(lifecycle_outlook(a->f->h, stop.operation, a->f->arena, &standing), OK);
    assert_string_equal(standing.resumable.title, start.title);
    assert_null(standing.resumable.db_path);
}

#define ASKING_TEST(function) cmocka_unit_test_setup_teardown(function, open_asking, close_asking)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ASKING_TEST(pages_of_plays_give_each_play_once_newest_first),
        ASKING_TEST(filters_select_by_server_user_time_and_title),
        ASKING_TEST(a_cursor_that_was_tampered_with_is_refused_by_name),
        ASKING_TEST(the_receipt_accounts_for_every_row),
        ASKING_TEST(the_receipt_of_a_part_says_how_many_rows_were_not_reached),
        ASKING_TEST(names_and_titles_are_found_in_any_case_and_composition),
        ASKING_TEST(a_job_is_found_by_as_much_of_its_id_as_is_its_own),
        ASKING_TEST(rejected_rows_are_paged_in_order_and_searched),
        ASKING_TEST(of_no_job_named_the_rejected_rows_are_those_of_the_import_last_active),
        ASKING_TEST(a_summary_counts_every_play_and_sorts),
        ASKING_TEST(a_summary_is_of_what_the_list_gives),
        ASKING_TEST(a_summary_counts_by_person_hour_and_weekday),
        ASKING_TEST(who_is_limited_to_persons_finds_nothing_of_others),
        ASKING_TEST(a_play_is_given_with_the_row_that_told_of_it),
        ASKING_TEST(a_summary_takes_ids_of_any_length),
        ASKING_TEST(jobs_are_listed_newest_first_with_a_cursor),
        ASKING_TEST(a_job_that_is_of_no_database_is_listed_with_its_title),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

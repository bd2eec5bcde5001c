/* SPDX-License-Identifier: MIT
 * test_tied_viewer.c - who may see some persons only learns nothing of others from what stands
 * beside the plays: cursors, counts of what is not done yet, rows of sources. */
#include "tests/unit/history/told.h"

enum { DAY = 24 * HOUR };

/* Plays of others, more than one short read looks at and none of them in the index. */
static void store_plays_of_others(struct fixture *f)
{
    assert_int_equal(
        db_exec(f->h->store->db,
                "INSERT INTO sources (kind, server_id, created_at) VALUES (0, 'server-a', 0);"
                "INSERT INTO plays (source_id, native_id, content_hash, started_at,"
                " time_quality, user_id, media_type)"
                " WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
                "  WHERE i < 30000)"
                " SELECT (SELECT no FROM sources), i, i * 7919, i * 7919017 - 3000000000,"
                " 0, '8', 'movie' FROM n"),
        OK);
}

/* In place of person_among(): nobody's plays are the asker's, and the first look takes so long. */
static void slow_among(sqlite3_context *context, int count, sqlite3_value **values)
{
    (void)count;
    (void)values;
    int *milliseconds = sqlite3_user_data(context);
    int64_t until = clock_monotonic_ms() + *milliseconds;
    while (clock_monotonic_ms() < until) {
    }
    *milliseconds = 0;
    sqlite3_result_int(context, 0);
}

static void be_slow(struct reader *r, int *milliseconds)
{
    assert_int_equal(sqlite3_create_function(r->db, "person_among", 2, SQLITE_UTF8, milliseconds,
                                             slow_among, NULL, NULL),
                     SQLITE_OK);
}

static const char *only[] = {"plex.tv/7"};

static void where_a_page_of_nothing_ends_is_the_start_of_a_day(void **state)
{
    struct fixture *f = *state;
    struct reader r = {.arena = f->arena};
    struct history_list ask = {.only_persons = only, .only_persons_count = 1};
    store_plays_of_others(f);
    fixture_reader(f, &r);
    struct history_listed page = {0};
    int milliseconds = 600;
    PUT(&ask, limited, true);
    be_slow(&r, &milliseconds);
    assert_int_equal(query_plays(&r, &ask, &page), OK);
    assert_int_equal(page.items_count, 0);
    assert_true(page.has_looked_at);
    assert_int_equal(page.looked_at % DAY, 0);
    ask.cursor = arena_format(f->arena, "%lld.%lld.%lld", (long long)page.looked_at,
                              (long long)INT64_MIN, (long long)INT64_MIN);
    assert_string_equal(page.next, ask.cursor);
    do {
        page = (struct history_listed){0};
        assert_int_equal(query_plays(&r, &ask, &page), OK);
        ask.cursor = page.next;
    } while (page.next != NULL);
    fixture_reader_close(&r);
}

static void a_sum_that_is_given_early_does_not_count_what_is_left(void **state)
{
    struct fixture *f = *state;
    struct reader r = {.arena = f->arena};
    struct history_summary ask = {
        .by = summary_by_month, .only_persons = only, .only_persons_count = 1};
    struct history_summarised sums = {0};
    int milliseconds = 2600;
    store_plays_of_others(f);
    fixture_reader(f, &r);
    be_slow(&r, &milliseconds);
    PUT(&ask, limited, true);
    assert_int_equal(query_summary(&r, &ask, &sums), OK);
    assert_true(sums.has_waiting);
    assert_int_equal(sums.waiting, 1);
    fixture_reader_close(&r);
}

/* Two accounts are one person and watched one play; then they are two, and nothing is grouped anew
 * yet. The play is shown as one of account 7. */
static void rows_of_another_are_not_told_until_plays_are_grouped_anew(void **state)
{
    struct fixture *f = *state;
    struct reader r = {.arena = f->arena};
    const struct told rows[] = {
        {FIRST, 1, 10 * HOUR, 12 * HOUR, "7", "film", "tv", 0, 0},
        {PLEX, 501, 11 * HOUR, 0, "8", "film", "tv", 0, 0},
    };
    struct play_get get = {.id = "1", .only_persons = only, .only_persons_count = 1};
    struct play_got got = {0};
    assert_int_equal(db_exec(f->h->store->db, "INSERT INTO person_accounts VALUES"
                                              " ('server-a', '7', 1), ('server-a', '8', 1)"),
                     OK);
    assert_int_equal(store_read_people(f->h->store), OK);
    import(f, FIRST, "job-1", rows, 2, 10);
    import(f, PLEX, "job-2", rows, 2, 10);
    assert_int_equal(plays(f), 1);
    assert_int_equal(db_exec(f->h->store->db, "DELETE FROM person_accounts"), OK);
    fixture_reader(f, &r);
    assert_int_equal(query_play(&r, &get, &got), OK);
    assert_int_equal(got.rows_count, 2);
    assert_int_equal(got.play.sources_count, 2);
    PUT(&get, limited, true);
    got = (struct play_got){0};
    assert_int_equal(query_play(&r, &get, &got), OK);
    assert_int_equal(got.rows_count, 1);
    assert_string_equal(got.rows[0].native_id, "1");
    assert_int_equal(got.play.sources_count, 1);
    assert_string_equal(got.play.sources[0].native_id, "1");
    fixture_reader_close(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(where_a_page_of_nothing_ends_is_the_start_of_a_day),
        FIXTURE_TEST(a_sum_that_is_given_early_does_not_count_what_is_left),
        FIXTURE_TEST(rows_of_another_are_not_told_until_plays_are_grouped_anew),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT
 * test_plan.c - every row lies in exactly one batch, and a source is known again by its samples. */
#include "actors/tautulli/plan.h"
#include "actors/tautulli/sample.h"
#include "tests/unit/tautulli/fixture.h"

#define TABLES                                                                              \
    "CREATE TABLE session_history (id INTEGER PRIMARY KEY AUTOINCREMENT, started INTEGER, " \
    "stopped INTEGER, user_id INTEGER, user TEXT, rating_key INTEGER);"                     \
    "CREATE TABLE session_history_metadata (id INTEGER PRIMARY KEY, title TEXT);"

static void insert(struct fixture *f, int64_t id, int64_t started)
{
    char sql[160];
    (void)snprintf(sql, sizeof(sql),
                   "INSERT INTO session_history (id, started, user_id, rating_key) "
                   "VALUES (%lld, %lld, 7, 42)",
                   (long long)id, (long long)started);
    fixture_sql(f->path, sql);
}

static void assert_slices_cover(struct fixture *f, const struct plan *plan, uint64_t max_rows)
{
    uint64_t rows = 0;
    int64_t from = plan->first_id;
    for (;;) {
        int64_t last = 0;
        uint64_t count = 0;
        assert_int_equal(plan_slice(f->source, from, plan->last_id, max_rows, &last, &count), OK);
        assert_true(last >= from && last <= plan->last_id && count <= max_rows);
        rows += count;
        if (last == plan->last_id) {
            break;
        }
        assert_int_equal(count, max_rows);
        from = last + 1;
    }
    assert_int_equal(rows, plan->total);
}

static void plan_puts_every_row_in_exactly_one_batch(void **state)
{
    struct fixture *f = *state;
    static const int64_t ids[] = {INT64_MIN,     -500,          -3,           0, 1, 2, 3, 900, 901,
                                  1000000000000, INT64_MAX - 2, INT64_MAX - 1};
    fixture_sql(f->path, TABLES);
    for (size_t i = 0; i < COUNT_OF(ids); i++) {
        insert(f, ids[i], 1500000000 + (int64_t)i);
    }
    struct plan plan;
    assert_int_equal(fixture_open(f), OK);
    assert_int_equal(plan_make(f->source, clock_wall_ms(), &plan), OK);
    assert_int_equal(plan.total, COUNT_OF(ids));
    assert_true(plan.first_id == INT64_MIN && plan.last_id == INT64_MAX - 1);
    for (uint64_t max = 1; max <= COUNT_OF(ids) + 1; max++) {
        assert_slices_cover(f, &plan, max);
    }
}

static void the_last_id_there_can_be_is_left_out_of_the_plan(void **state)
{
    struct fixture *f = *state;
    struct plan plan;
    fixture_sql(f->path, TABLES);
    insert(f, 5, 1500000000);
    insert(f, INT64_MAX, 1500000001);
    assert_int_equal(fixture_open(f), OK);
    assert_int_equal(plan_make(f->source, clock_wall_ms(), &plan), OK);
    assert_int_equal(plan.total, 1);
    assert_int_equal(plan.last_id, 5);
}

static void an_empty_table_makes_an_empty_plan(void **state)
{
    struct fixture *f = *state;
    struct plan plan;
    fixture_sql(f->path, TABLES);
    assert_int_equal(fixture_open(f), OK);
    assert_int_equal(plan_make(f->source, clock_wall_ms(), &plan), OK);
    assert_int_equal(plan.total, 0);
    assert_true(plan.last_id < plan.first_id);
}

static void rows_that_tautulli_is_still_writing_are_left_for_later(void **state)
{
    struct fixture *f = *state;
    int64_t now_s = clock_wall_ms() / 1000;
    fixture_sql(f->path, TABLES);
    sqlite3 *writer = NULL;
    char sql[512];
    (void)snprintf(sql, sizeof(sql),
                   "PRAGMA journal_mode = WAL;"
                   "INSERT INTO session_history (id, started, stopped, user_id) VALUES "
                   "(1, 1500000000, 1500000100, 7), (2, %lld, %lld, 7), (3, %lld, %lld, 7);"
                   "INSERT INTO session_history_metadata (id) VALUES (2)",
                   (long long)now_s - 900, (long long)now_s - 5, (long long)now_s - 900,
                   (long long)now_s - 2);
    assert_int_equal(sqlite3_open(f->path, &writer), SQLITE_OK);
    assert_int_equal(sqlite3_exec(writer, sql, NULL, NULL, NULL), SQLITE_OK);
    struct plan plan;
    assert_int_equal(fixture_open(f), OK);
    assert_int_equal(plan_make(f->source, now_s * 1000, &plan), OK);
    assert_int_equal(plan.total, 2);
    assert_int_equal(plan.last_id, 2);
    assert_int_equal(plan_make(f->source, (now_s + 120) * 1000, &plan), OK);
    assert_int_equal(plan.total, 3); /* still without metadata after a while: it is a play */
    source_close(&f->source);
    assert_int_equal(sqlite3_close(writer), SQLITE_OK);
}

static void a_fresh_row_that_was_never_counted_lowers_nothing(void **state)
{
    struct fixture *f = *state;
    int64_t now_s = clock_wall_ms() / 1000;
    fixture_sql(f->path, TABLES);
    sqlite3 *writer = NULL;
    char sql[320];
    (void)snprintf(sql, sizeof(sql),
                   "PRAGMA journal_mode = WAL;"
                   "INSERT INTO session_history (id, started, stopped, user_id) VALUES "
                   "(1, 1500000000, 1500000100, 7), (9223372036854775807, %lld, %lld, 7)",
                   (long long)now_s - 900, (long long)now_s - 2);
    assert_int_equal(sqlite3_open(f->path, &writer), SQLITE_OK);
    assert_int_equal(sqlite3_exec(writer, sql, NULL, NULL, NULL), SQLITE_OK);
    struct plan plan;
    assert_int_equal(fixture_open(f), OK);
    assert_int_equal(plan_make(f->source, now_s * 1000, &plan), OK);
    assert_int_equal(plan.total, 1);
    assert_int_equal(plan.last_id, 1);
    source_close(&f->source);
    assert_int_equal(sqlite3_close(writer), SQLITE_OK);
}

static void samples_are_few_ordered_and_plausible(void **state)
{
    struct fixture *f = *state;
    fixture_make(f, SCHEMA_V2_17_2, 1000);
    fixture_sql(f->path, "UPDATE session_history SET started = 'soon' WHERE id IN (1, 500, 1000);"
                         "UPDATE session_history SET started = 32503680000 WHERE id = 2");
    struct row_key keys[SAMPLE_MAX];
    size_t count = 0;
    assert_int_equal(fixture_open(f), OK);
    assert_int_equal(sample_take(f->source, keys, &count), OK);
    assert_int_equal(count, SAMPLE_MAX);
    assert_int_equal(keys[0].native_id.number, 3);
    assert_int_equal(keys[count - 1].native_id.number, 999);
    for (size_t i = 0; i < count; i++) {
        bool same = false;
        assert_true(i == 0 || keys[i].native_id.number > keys[i - 1].native_id.number);
        assert_int_equal(sample_stands(f->source, &keys[i], &same), OK);
        assert_true(same);
    }
}

static void a_start_that_became_text_or_real_is_still_the_same_row(void **state)
{
    struct fixture *f = *state;
    fixture_make(f, SCHEMA_V2_17_2, 1000);
    struct row_key before[SAMPLE_MAX];
    struct row_key after[SAMPLE_MAX];
    size_t count = 0;
    assert_int_equal(fixture_open(f), OK);
    assert_int_equal(sample_take(f->source, before, &count), OK);
    source_close(&f->source);
    fixture_sql(f->path, "ALTER TABLE session_history RENAME COLUMN started TO was;"
                         "ALTER TABLE session_history ADD COLUMN started;"
                         "UPDATE session_history SET started = CASE id % 2 WHEN 0 THEN was + 0.75"
                         " ELSE CAST(was AS TEXT) END");
    assert_int_equal(fixture_open(f), OK);
    assert_int_equal(sample_take(f->source, after, &count), OK);
    assert_int_equal(count, SAMPLE_MAX);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(after[i].started_at, before[i].started_at);
    }
}

static void a_file_is_gone_on_with_if_kept_rows_agree_and_none_has_another_start(void **state)
{
    struct fixture *f = *state;
    fixture_make(f, SCHEMA_V2_17_2, 10);
    struct row_key kept[SAMPLE_MAX];
    size_t count = 0;
    bool same = false;
    assert_int_equal(fixture_open(f), OK);
    assert_int_equal(sample_take(f->source, kept, &count), OK);
    kept[0].native_id.number = 99; /* gone: counts for nothing */
    assert_int_equal(sample_check(f->source, kept, count, &same), OK);
    assert_true(same);
    kept[1].started_at += 1000;
    assert_int_equal(sample_check(f->source, kept, count, &same), OK);
    assert_false(same);
    assert_int_equal(sample_check(f->source, kept, 1, &same), OK);
    assert_false(same); /* none agrees */
    assert_int_equal(sample_check(f->source, kept, 0, &same), OK);
    assert_true(same);
}

static void rows_of_a_known_source_are_found_in_a_file_that_holds_more(void **state)
{
    struct fixture *f = *state;
    fixture_make(f, SCHEMA_V2_17_2, 3000);
    struct row_key some[] = {
        {.native_id.number = 1501}, {.native_id.number = 1502}, {.native_id.number = 1503}};
    struct source_sample items[] = {{.source_no = 7, .keys = some, .keys_count = 3}};
    struct source_samples known = {.items = items, .items_count = 1};
    struct row_key *found = NULL;
    struct row_key *page = must_alloc(KEY_PAGE * sizeof(*page));
    size_t count = 0;
    int64_t from_id = INT64_MIN;
    bool more = true;
    assert_int_equal(fixture_open(f), OK);
    assert_int_equal(sample_page(f->source, &from_id, page, &count, &more), OK);
    assert_int_equal(count, 3000);
    assert_false(more);
    for (size_t i = 1; i < 3; i++) {
        some[i].started_at = page[some[i].native_id.number - 1].started_at;
    }
    assert_int_equal(sample_find(f->source, &known, f->arena, &found, &count), OK);
    assert_int_equal(count, 2);
    assert_int_equal(found[0].native_id.number, 1502);
    free(page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
        TEST(plan_puts_every_row_in_exactly_one_batch),
        TEST(the_last_id_there_can_be_is_left_out_of_the_plan),
        TEST(an_empty_table_makes_an_empty_plan),
        TEST(rows_that_tautulli_is_still_writing_are_left_for_later),
        TEST(a_fresh_row_that_was_never_counted_lowers_nothing),
        TEST(samples_are_few_ordered_and_plausible),
        TEST(a_start_that_became_text_or_real_is_still_the_same_row),
        TEST(a_file_is_gone_on_with_if_kept_rows_agree_and_none_has_another_start),
        TEST(rows_of_a_known_source_are_found_in_a_file_that_holds_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

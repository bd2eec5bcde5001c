/* SPDX-License-Identifier: MIT
 * test_reader_limits.c - what rows hash to, and rows at the ends of size, id and damage. */
#include "tests/unit/tautulli/reading.h"

/* ---- hashes ---- */

static void rows_that_say_the_same_have_one_hash_whatever_their_ids(void **state)
{
    struct fixture *f = *state;
    make_plain(f);
    fixture_sql(f->path,
                "CREATE TEMP TABLE t AS SELECT * FROM session_history; UPDATE t SET id = 2, "
                "reference_id = 2; INSERT INTO session_history SELECT * FROM t; DROP TABLE t;"
                "CREATE TEMP TABLE t AS SELECT * FROM session_history_metadata; UPDATE t SET "
                "id = 2; INSERT INTO session_history_metadata SELECT * FROM t; DROP TABLE t;"
                "CREATE TEMP TABLE t AS SELECT * FROM session_history_media_info; UPDATE t SET "
                "id = 2; INSERT INTO session_history_media_info SELECT * FROM t;");
    struct reading r = open_reading(f);
    int64_t content = read_id(&r, 1)->play.content_hash;
    int64_t item = r.row->item_hash;
    assert_int_equal(read_id(&r, 2)->play.content_hash, content);
    assert_int_equal(r.row->item_hash, item);
    close_reading(&r);
    fixture_sql(f->path, "UPDATE session_history_media_info SET container = x'6d6b76' WHERE id = 2;"
                         "UPDATE session_history_media_info SET container = 'mkv' WHERE id = 1;"
                         "UPDATE session_history_metadata SET last_viewed_at = 5 WHERE id = 2");
    r = open_reading(f);
    content = read_id(&r, 1)->play.content_hash;
    assert_int_not_equal(read_id(&r, 2)->play.content_hash, content); /* another storage class */
    assert_int_equal(r.row->item_hash, item); /* a view of it is no new version */
    close_reading(&r);
}

static void a_column_that_is_absent_hashes_like_null(void **state)
{
    struct fixture *f = *state;
    make_plain(f);
    fixture_sql(f->path, "UPDATE session_history_media_info SET subtitle_forced = NULL;"
                         "UPDATE session_history_metadata SET channel_vcn = NULL");
    struct reading r = open_reading(f);
    int64_t content = read_id(&r, 1)->play.content_hash;
    int64_t item = r.row->item_hash;
    close_reading(&r);
    fixture_sql(f->path, "ALTER TABLE session_history_media_info DROP COLUMN subtitle_forced;"
                         "ALTER TABLE session_history_metadata DROP COLUMN channel_vcn");
    r = open_reading(f);
    assert_int_equal(read_id(&r, 1)->play.content_hash, content);
    assert_int_equal(r.row->item_hash, item);
    close_reading(&r);
}

/* ---- sizes and damage ---- */

static void a_value_beyond_every_limit_rejects_its_row_alone(void **state)
{
    struct fixture *f = *state;
    fixture_make(f, SCHEMA_V2_17_2, 3);
    fixture_sql(f->path, "UPDATE session_history_metadata SET summary = zeroblob(20000000) "
                         "WHERE id = 2; UPDATE session_history SET started = 1500000000 + id, "
                         "stopped = NULL");
    struct reading r = open_reading(f);
    size_t rows = 0;
    assert_int_equal(reader_begin(r.reader, 1, 3), OK);
    while (reader_next(r.reader, &r.row) == OK && r.row != NULL) {
        rows++;
        assert_int_equal(r.row->rejected, r.row->position == 2);
        assert_true(r.row->position != 2 || has_note(r.row, "ROW_TOO_LARGE"));
    }
    assert_int_equal(rows, 3);
    close_reading(&r);
}

static void the_lowest_id_there_is_can_be_a_range_of_its_own(void **state)
{
    struct fixture *f = *state;
    make_plain(f);
    fixture_sql(f->path, "UPDATE session_history SET id = -9223372036854775808;"
                         "UPDATE session_history_metadata SET id = -9223372036854775808");
    struct reading r = open_reading(f);
    assert_int_equal(read_id(&r, INT64_MIN)->position, INT64_MIN);
    assert_int_equal(reader_next(r.reader, &r.row), OK);
    assert_null(r.row);
    close_reading(&r);
    fixture_sql(f->path, "UPDATE session_history_metadata SET summary = zeroblob(20000000)");
    r = open_reading(f);
    assert_true(has_note(read_id(&r, INT64_MIN), "ROW_TOO_LARGE"));
    close_reading(&r);
}

static void damaged_pages_end_the_range_where_they_begin(void **state)
{
    struct fixture *f = *state;
    fixture_make(f, SCHEMA_V2_17_2, 2000);
    fixture_damage(f, 20);

    struct reading r = open_reading(f);
    struct plan plan;
    int64_t sliced = 0;
    int64_t reached = 0;
    uint64_t rows = 0;
    assert_int_equal(plan_make(f->source, NOW_MS, &plan), OK);
    assert_int_equal(plan_slice(f->source, plan.first_id, plan.last_id, 2000, &sliced, &rows), OK);
    assert_in_range(rows, 100, 1999);
    assert_int_equal(reader_begin(r.reader, plan.first_id, sliced), OK);
    do {
        assert_int_equal(reader_next(r.reader, &r.row), OK);
        rows -= r.row != NULL;
        reached = r.row != NULL ? r.row->position : reached;
    } while (r.row != NULL);
    assert_int_equal(rows, 0);
    assert_int_equal(reached, sliced);
    reader_end(r.reader);
    assert_int_equal(reader_begin(r.reader, sliced + 1, plan.last_id), OK);
    assert_int_equal(reader_next(r.reader, &r.row), ERR_DATABASE_DAMAGED);
    reader_end(r.reader);
    assert_int_equal(plan_slice(f->source, sliced + 1, plan.last_id, 2000, &sliced, &rows),
                     ERR_DATABASE_DAMAGED);
    close_reading(&r);
}

static void a_dirty_file_of_each_generation_maps_as_its_maker_foretold(void **state)
{
    struct fixture *f = *state;
    for (enum tautulli_schema schema = 0; schema < SCHEMA_COUNT; schema++) {
        struct tautulli_plan plan = tautulli_plan_default(f->path);
        struct tautulli_expected expected;
        plan.schema = schema;
        plan.dirty = true;
        plan.future_columns = true;
        plan.rows = 1500;
        assert_int_equal(tautulli_make(&plan, NULL, &expected), OK);
        struct reading r = open_reading(f);
        int64_t rows = 0;
        int64_t errors = 0;
        assert_int_equal(reader_begin(r.reader, INT64_MIN, INT64_MAX - 1), OK);
        while (reader_next(r.reader, &r.row) == OK && r.row != NULL) {
            rows++;
            errors += r.row->rejected;
        }
        assert_int_equal(rows, expected.total);
        assert_int_equal(errors, expected.errors);
        close_reading(&r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
        TEST(rows_that_say_the_same_have_one_hash_whatever_their_ids),
        TEST(a_column_that_is_absent_hashes_like_null),
        TEST(a_value_beyond_every_limit_rejects_its_row_alone),
        TEST(the_lowest_id_there_is_can_be_a_range_of_its_own),
        TEST(damaged_pages_end_the_range_where_they_begin),
        TEST(a_dirty_file_of_each_generation_maps_as_its_maker_foretold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

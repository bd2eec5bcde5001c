/* SPDX-License-Identifier: MIT
 * test_validate.c - what a database is said to hold, and what is said when time or pages run out.
 */
#include "actors/tautulli/validate.h"
#include "tests/unit/tautulli/fixture.h"

static bool warns(const struct import_validated *v, const char *words)
{
    for (size_t i = 0; i < v->warnings_count; i++) {
        if (strstr(v->warnings[i], words) != NULL) {
            return true;
        }
    }
    return false;
}

static struct import_validated validate(struct fixture *f, int64_t budget_ms)
{
    struct import_validated out;
    assert_int_equal(fixture_open(f), OK);
    assert_int_equal(validate_run(f->source, clock_wall_ms(), budget_ms, f->arena, &out), OK);
    return out;
}

static void a_database_is_counted_and_its_gaps_are_named(void **state)
{
    struct fixture *f = *state;
    fixture_make(f, SCHEMA_V2_17_2, 200);
    fixture_sql(f->path,
                "UPDATE session_history SET started = 1500000000 + id * 1000, user_id = id % 4, "
                "media_type = 'movie'; UPDATE session_history SET started = NULL WHERE id <= 3;"
                "UPDATE session_history SET media_type = NULL WHERE id = 9;"
                "DELETE FROM session_history_metadata WHERE id IN (10, 11);"
                "INSERT INTO session_history_metadata (id) VALUES (5000)");
    struct import_validated v = validate(f, 20000);
    assert_true(v.complete);
    assert_int_equal(v.total_records, 200);
    assert_int_equal(v.unique_users, 4);
    assert_int_equal(v.date_range.earliest, INT64_C(1500004000000));
    assert_int_equal(v.date_range.latest, INT64_C(1500200000000));
    assert_int_equal(v.media_types_count, 2);
    assert_string_equal(v.media_types[0].media_type, "movie");
    assert_int_equal(v.media_types[0].n, 199);
    assert_string_equal(v.media_types[1].media_type, "unknown");
    assert_true(warns(&v, "Rows without a usable start, to be rejected: 3"));
    assert_true(warns(&v, "Plays without metadata, stored all the same: 2"));
    assert_true(warns(&v, "Rows of metadata that belong to no play, left out: 1"));
}

static void an_empty_database_has_zeros_and_no_range(void **state)
{
    struct fixture *f = *state;
    fixture_make(f, SCHEMA_V2_17_2, 10);
    fixture_sql(f->path, "PRAGMA journal_mode = DELETE;"
                         "DELETE FROM session_history; DELETE FROM session_history_metadata;"
                         "DELETE FROM session_history_media_info");
    struct import_validated v = validate(f, 20000);
    assert_true(v.complete);
    assert_int_equal(v.total_records, 0);
    assert_false(v.has_date_range);
    assert_int_equal(v.warnings_count, 1);
    assert_string_equal(v.warnings[0], "This database holds no plays");
}

static void a_database_without_its_wal_gets_a_hint(void **state)
{
    struct fixture *f = *state;
    fixture_make(f, SCHEMA_V2_17_2, 10);
    fixture_sql(f->path, "PRAGMA journal_mode = DELETE");
    struct import_validated plain = validate(f, 20000);
    assert_false(warns(&plain, "-wal"));
    source_close(&f->source);
    fixture_sql(f->path, "PRAGMA journal_mode = WAL; CREATE TABLE more (id INTEGER)");
    struct import_validated copied = validate(f, 20000);
    assert_true(warns(&copied, "No -wal file"));
}

/* What the warning says to type, as it stands there; the new file then takes the place of the old.
 */
static void run_remedy(struct fixture *f, const struct import_validated *v)
{
    char command[2048];
    const char *told = NULL;
    for (size_t i = 0; told == NULL && i < v->warnings_count; i++) {
        told = strstr(v->warnings[i], "sqlite3 ");
    }
    assert_non_null(told);
    (void)snprintf(command, sizeof(command),
                   "{ %s; } 2>/dev/null && mv '%s/tautulli-mended.db' '%s'", told, f->folder,
                   f->path);
    assert_int_equal(system(command), 0);
}

static void damage_in_indexes_alone_loses_no_row(void **state)
{
    static const char *const indexes[] = {"idx_session_history_user",
                                          "idx_session_history_metadata_guid",
                                          "sqlite_autoindex_library_sections_1",
                                          "sqlite_autoindex_users_1",
                                          "sqlite_autoindex_version_info_1",
                                          "idx_session_history_media_type"};
    struct fixture *f = *state;
    for (size_t i = 0; i <= COUNT_OF(indexes); i++) {
        fixture_make(f, SCHEMA_V2_17_2, 1000);
        for (size_t n = 0; n < COUNT_OF(indexes); n++) {
            if (n == i || i == COUNT_OF(indexes)) {
                fixture_damage_of(f, indexes[n], 0);
            }
        }
        struct import_validated v = validate(f, 20000);
        assert_true(v.complete);
        assert_int_equal(v.total_records, 1000);
        assert_true(warns(&v, "Only indexes of this database are damaged: no row is lost"));
        assert_false(warns(&v, "Pages of this database"));
        source_close(&f->source);
        run_remedy(f, &v); /* REINDEX cannot empty what it cannot read */
        v = validate(f, 20000);
        assert_int_equal(v.total_records, 1000);
        assert_false(warns(&v, "damaged"));
    }
}

static void damage_of_rows_is_told_with_a_remedy_that_works(void **state)
{
    static const char *const broken[] = {"session_history", "session_history_metadata",
                                         "session_history_media_info"};
    struct fixture *f = *state;
    for (size_t i = 0; i < COUNT_OF(broken); i++) {
        fixture_make(f, SCHEMA_V2_17_2, 1000);
        fixture_damage_of(f, broken[i], 5);
        struct import_validated v = validate(f, 20000);
        assert_false(v.complete);
        assert_true(v.damaged);
        assert_true(warns(&v, v.damage));
        assert_true(warns(&v, "Pages of this database are damaged"));
        assert_false(warns(&v, "Only indexes"));
        source_close(&f->source);
        run_remedy(f, &v);
        v = validate(f, 20000);
        assert_true(v.complete);
        assert_false(v.damaged);
        assert_true(v.total_records > 950);
        assert_false(warns(&v, "damaged"));
    }
}

static void without_time_it_says_so(void **state)
{
    struct fixture *f = *state;
    fixture_make(f, SCHEMA_V2_17_2, 3000);
    struct import_validated v = validate(f, 0);
    assert_false(v.complete);
    assert_true(warns(&v, "no time"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
        TEST(a_database_is_counted_and_its_gaps_are_named),
        TEST(an_empty_database_has_zeros_and_no_range),
        TEST(a_database_without_its_wal_gets_a_hint),
        TEST(damage_in_indexes_alone_loses_no_row),
        TEST(damage_of_rows_is_told_with_a_remedy_that_works),
        TEST(without_time_it_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

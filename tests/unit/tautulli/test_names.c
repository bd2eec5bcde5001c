/* SPDX-License-Identifier: MIT
 * test_names.c - what people and libraries are called, in files whose owners and tools were busy.
 */
#include "actors/tautulli/names.h"
#include "actors/tautulli/reader.h"
#include "tests/unit/tautulli/fixture.h"

/* The row `id`, mapped; borrowed from the reader, which the caller closes. */
static const struct mapped_row *read_id(struct fixture *f, int64_t id, const char *server_id,
                                        struct reader **out_reader)
{
    const struct mapped_row *row = NULL;
    const struct reader_settings settings = {
        .server_id = server_id, .watched_percent = 85, .planned_at_ms = INT64_C(1790000000000)};
    assert_int_equal(fixture_open(f), OK);
    assert_int_equal(reader_open(f->source, &settings, out_reader), OK);
    assert_int_equal(reader_begin(*out_reader, id, id), OK);
    assert_int_equal(reader_next(*out_reader, &row), OK);
    assert_non_null(row);
    return row;
}

static void assert_shown(struct fixture *f, int64_t id, const char *user)
{
    struct reader *reader = NULL;
    assert_string_equal(read_id(f, id, "server", &reader)->facet_user, user);
    reader_close(&reader);
}

static void blanks_are_no_name_and_names_lose_the_blanks_around_them(void **state)
{
    struct fixture *f = *state;
    fixture_make(f, SCHEMA_V2_17_2, 5);
    fixture_sql(f->path,
                "DELETE FROM users; INSERT INTO users (user_id, username, friendly_name) VALUES "
                "(1, 'ann', '  '), (2, 'bob', char(160, 8203, 12288, 9)), (3, 'cid', NULL),"
                "(4, 'dora', char(160) || ' Dora the\xc2\xa0"
                "Explorer ' || char(8195)), "
                "(5, 'eve', '');"
                "UPDATE session_history SET user_id = id, user = 'as it was'");
    assert_shown(f, 1, "ann");
    assert_shown(f, 2, "bob");
    assert_shown(f, 3, "cid");
    assert_shown(f, 4,
                 "Dora the\xc2\xa0"
                 "Explorer");
    assert_shown(f, 5, "eve");
    size_t count = 0;
    const struct person *people = source_people(f->source, &count);
    assert_int_equal(count, 5);
    assert_null(people[0].display_name);
    assert_null(people[1].display_name);
    assert_string_equal(people[3].display_name, "Dora the\xc2\xa0"
                                                "Explorer");
}

static void whether_a_user_is_the_owner_is_told_where_the_file_says_it(void **state)
{
    struct fixture *f = *state;
    fixture_make(f, SCHEMA_V2_17_2, 1);
    fixture_sql(f->path,
                "DELETE FROM users; INSERT INTO users (user_id, username, is_admin) VALUES "
                "(1, 'ann', 1), (2, 'bob', 0), (3, 'cid', NULL), (4, 'dan', '1')");
    assert_int_equal(fixture_open(f), OK);
    size_t count = 0;
    const struct person *people = source_people(f->source, &count);
    assert_int_equal(count, 4);
    assert_true(people[0].has_is_admin && people[0].is_admin);
    assert_true(people[1].has_is_admin && !people[1].is_admin);
    assert_false(people[2].has_is_admin);
    assert_true(people[3].is_admin);
}

static void a_renamed_person_is_one_line(void **state)
{
    struct fixture *f = *state;
    fixture_make(f, SCHEMA_V2_17_2, 4);
    fixture_sql(f->path,
                "DELETE FROM users; INSERT INTO users (user_id, username, friendly_name) VALUES "
                "(7, 'new', 'Ann');"
                "UPDATE session_history SET user_id = 7, user = 'old'; "
                "UPDATE session_history SET user = 'new' WHERE id = 2;"
                "UPDATE session_history SET user_id = NULL, user = 'new' WHERE id = 3;"
                "UPDATE session_history SET user_id = 8, user = 'ghost' WHERE id = 4");
    assert_shown(f, 1, "Ann");
    assert_shown(f, 2, "Ann");
    assert_shown(f, 3, "Ann");
    assert_shown(f, 4, "ghost");
    fixture_sql(f->path, "UPDATE session_history SET user = ' ' WHERE id = 4");
    assert_shown(f, 4, "8");
}

static void people_and_sections_that_lost_their_types_are_known(void **state)
{
    static const char *const types[] = {"CAST(user_id AS TEXT)", "CAST(user_id AS REAL)",
                                        "CAST(CAST(user_id AS REAL) AS TEXT)"};
    struct fixture *f = *state;
    for (size_t i = 0; i < COUNT_OF(types); i++) {
        fixture_make(f, SCHEMA_V2_17_2, 1);
        char sql[1024];
        (void)snprintf(sql, sizeof(sql),
                       "UPDATE session_history SET user_id = 10037, user = 'as it was',"
                       " section_id = 2;"
                       "CREATE TABLE people AS SELECT %s AS user_id, username, friendly_name FROM"
                       " users; DROP TABLE users; ALTER TABLE people RENAME TO users;"
                       "CREATE TABLE sections AS SELECT server_id, %s AS section_id, section_name,"
                       " section_type FROM (SELECT *, section_id AS user_id FROM library_sections);"
                       "DROP TABLE library_sections;"
                       "ALTER TABLE sections RENAME TO library_sections",
                       types[i], types[i]);
        fixture_sql(f->path, sql);
        struct reader *reader = NULL;
        const struct mapped_row *row = read_id(f, 1, "server", &reader);
        assert_string_equal(row->facet_user, "José García");
        assert_string_equal(row->facet_library, "TV Shows");
        reader_close(&reader);
    }
}

static void assert_library(struct fixture *f, const char *server_id, const char *type,
                           const char *library)
{
    char sql[128];
    struct reader *reader = NULL;
    (void)snprintf(sql, sizeof(sql), "UPDATE session_history SET media_type = '%s'", type);
    fixture_sql(f->path, sql);
    assert_string_equal(read_id(f, 1, server_id, &reader)->facet_library, library);
    reader_close(&reader);
}

static void a_section_number_of_several_servers_is_the_fitting_library(void **state)
{
    struct fixture *f = *state;
    fixture_make(f, SCHEMA_V2_17_2, 1);
    fixture_sql(f->path,
                "ALTER TABLE library_sections ADD COLUMN is_active INTEGER DEFAULT 1;"
                "DELETE FROM library_sections; INSERT INTO library_sections (server_id, section_id,"
                " section_name, section_type, is_active, deleted_section) VALUES "
                "('a', 1, 'Left films', 'movie', 0, 0), ('b', 1, 'Gone films', 'movie', 1, 1),"
                "('c', 1, 'Songs', 'artist', 1, 0), ('d', 1, 'Films', 'movie', 1, 0),"
                "('e', 1, 'Old shows', 'show', 0, 0), ('mine', 1, 'Mine', 'photo', 0, 0);"
                "UPDATE session_history SET section_id = 1");
    assert_library(f, "mine", "movie", "Mine");
    assert_library(f, "asked", "movie", "Films");
    assert_library(f, "asked", "track", "Songs");
    assert_library(f, "asked", "episode", "Old shows");
    assert_library(f, "asked", "hologram", "Songs");
    size_t count = 0;
    const struct library *libraries = source_libraries(f->source, &count);
    assert_int_equal(count, 6);
    assert_string_equal(libraries[0].name, "Songs");
    assert_string_equal(libraries[1].name, "Films");
    assert_string_equal(libraries[2].name, "Left films");
}

static void a_made_up_server_rests_on_ids_and_starts_alone(void **state)
{
    struct fixture *f = *state;
    fixture_make(f, SCHEMA_V2_17_2, 10);
    assert_int_equal(fixture_open(f), OK);
    assert_false(source_server_is_made_up(f->source));
    fixture_make(f, SCHEMA_V1_2, 40);
    assert_int_equal(fixture_open(f), OK);
    assert_true(source_server_is_made_up(f->source));
    OWNED(free_text) char *before = must_strdup(source_server_id(f->source));
    static const char *const changes[] = {
        "UPDATE session_history SET user_id = 4711, user = 'x', rating_key = rating_key + 900000",
        "ALTER TABLE session_history RENAME TO typed;"
        "CREATE TABLE session_history (id INTEGER PRIMARY KEY, started, user_id);"
        "INSERT INTO session_history SELECT id, started || '.0', user_id FROM typed",
        "UPDATE session_history SET started = CAST(started AS REAL) + 0.25",
    };
    for (size_t i = 0; i < COUNT_OF(changes); i++) {
        fixture_sql(f->path, changes[i]);
        assert_int_equal(fixture_open(f), OK);
        assert_string_equal(source_server_id(f->source), before);
    }
    fixture_sql(f->path, "UPDATE session_history SET started = started + 1 WHERE id = 1");
    assert_int_equal(fixture_open(f), OK);
    assert_string_not_equal(source_server_id(f->source), before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
        TEST(blanks_are_no_name_and_names_lose_the_blanks_around_them),
        TEST(whether_a_user_is_the_owner_is_told_where_the_file_says_it),
        TEST(a_renamed_person_is_one_line),
        TEST(people_and_sections_that_lost_their_types_are_known),
        TEST(a_section_number_of_several_servers_is_the_fitting_library),
        TEST(a_made_up_server_rests_on_ids_and_starts_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

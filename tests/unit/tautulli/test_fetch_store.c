/* SPDX-License-Identifier: MIT */
#include "actors/tautulli/fetch_store.h"
#include "actors/tautulli/source_stage.h"
#include "proto/wire/json.h"
#include "tests/unit/tautulli/fixture.h"

static const char row[] =
    "[{\"row_id\": %d, \"started\": 1500000000, \"stopped\": 1500000600, \"user_id\": 7,"
    " \"user\": \"ada\", \"platform\": \"%s\", \"title\": \"A &lt; B &gt; C & D\","
    " \"rating_key\": 12, \"media_type\": \"movie\", \"live\": 0, \"year\": \"\"},"
    " {\"row_id\": null, \"state\": \"playing\"}, 5, null]";

static json_t *rows(int id, const char *platform)
{
    char text[512];
    (void)snprintf(text, sizeof(text), row, id, platform);
    json_t *list = json_loads(text, 0, NULL);
    assert_non_null(list);
    return list;
}

/* The one text that a statement gives. */
static void assert_says(const char *path, const char *sql, const char *wanted)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *find = NULL;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &find, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(find), SQLITE_ROW);
    const char *said = (const char *)sqlite3_column_text(find, 0);
    assert_string_equal(said == NULL ? "(null)" : said, wanted);
    (void)sqlite3_finalize(find);
    (void)sqlite3_close(db);
}

static struct place staged(struct fixture *f, const char **out_path)
{
    struct place place = PLACE_NONE;
    assert_int_equal(stage_new(&f->staging, f->arena, out_path, &place, &f->why), OK);
    return place;
}

static void rows_of_the_api_become_rows_that_can_be_imported(void **state)
{
    struct fixture *f = *state;
    const char *path = NULL;
    OWNED(place_release) struct place place = staged(f, &path);
    OWNED(fetch_store_close) struct fetch_store *s = NULL;
    OWNED(json_release) json_t *list = rows(3, "Roku");
    OWNED(json_release) json_t *replaced = rows(4, "Plex Media Player");
    struct stored_rows stored;
    assert_int_equal(fetch_store_open(&place, &f->staging, true, &s), OK);
    assert_int_equal(fetch_store_rows(s, list, INT64_MIN, &stored), OK);
    assert_int_equal(stored.stored, 1);
    assert_int_equal(fetch_store_rows(s, list, INT64_MIN, &stored), OK);
    assert_int_equal(stored.stored, 0);
    assert_int_equal(fetch_store_rows(s, replaced, 4, &stored), OK);
    assert_int_equal(stored.stored, 0);
    assert_int_equal(fetch_store_rows(s, replaced, 3, &stored), OK);
    assert_int_equal(stored.stored, 1);
    fetch_store_close(&s);
    assert_says(path, "SELECT title FROM session_history_metadata WHERE id = 3", "A < B > C & D");
    assert_says(path, "SELECT group_concat(ifnull(platform, '-')) FROM session_history", "Roku,-");
    assert_int_equal(source_open(path, &f->staging, f->arena, &f->source, &f->why), OK);
}

static void a_copy_is_looked_at_before_it_is_believed(void **state)
{
    struct fixture *f = *state;
    const char *path = NULL;
    OWNED(place_release) struct place place = staged(f, &path);
    struct copy_facts found;
    FILE *file = fopen(path, "w");
    (void)fputs("Error downloading database. Check the logs.", file);
    (void)fclose(file);
    assert_int_equal(fetch_copy_look(path, &place, &f->staging, &found), OK);
    assert_int_equal(found.state, COPY_NO_DATABASE);
    file = fopen(path, "w");
    (void)fwrite("SQLite format 3", 1, 16, file);
    (void)fputs("and then nothing of the kind", file);
    (void)fclose(file);
    assert_int_equal(fetch_copy_look(path, &place, &f->staging, &found), OK);
    assert_int_equal(found.state, COPY_DAMAGED);
}

static void no_trigger_of_a_copy_runs(void **state)
{
    struct fixture *f = *state;
    const char *path = NULL;
    OWNED(place_release) struct place place = staged(f, &path);
    OWNED(fetch_store_close) struct fetch_store *s = NULL;
    OWNED(json_release) json_t *list = rows(3, "Roku");
    struct stored_rows stored;
    sqlite3 *db = NULL;
    assert_int_equal(fetch_store_open(&place, &f->staging, true, &s), OK);
    fetch_store_close(&s);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db,
                                  "CREATE TRIGGER bad AFTER INSERT ON session_history BEGIN"
                                  " DELETE FROM users; INSERT INTO users (username) VALUES ('x');"
                                  " END",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    (void)sqlite3_close(db);
    assert_int_equal(fetch_store_open(&place, &f->staging, false, &s), OK);
    assert_int_equal(fetch_store_rows(s, list, INT64_MIN, &stored), OK);
    assert_int_equal(stored.stored, 1);
    fetch_store_close(&s);
    assert_says(path, "SELECT count(*) FROM users", "0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(rows_of_the_api_become_rows_that_can_be_imported,
                                        fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(a_copy_is_looked_at_before_it_is_believed, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(no_trigger_of_a_copy_runs, fixture_setup, fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

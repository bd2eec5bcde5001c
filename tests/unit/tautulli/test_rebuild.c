/* SPDX-License-Identifier: MIT
 * test_rebuild.c - tables that lost their key, and often their types, are read all the same, and
 * refused or left out in true words where their ids tell no rows apart. */
#include <dirent.h>

#include "actors/tautulli/plan.h"
#include "actors/tautulli/reader.h"
#include "actors/tautulli/source_db.h"
#include "actors/tautulli/validate.h"
#include "tests/unit/tautulli/fixture.h"

#define ROWS 300

/* What the reader makes of all rows: everything that a batch would hold, as far as it is hashed. */
struct all {
    int64_t rows, with_item, with_stream, notes;
    int64_t hash;
};

static struct all read_all(struct fixture *f)
{
    struct all all = {0};
    struct reader *reader = NULL;
    const struct mapped_row *row = NULL;
    const struct reader_settings settings = {
        .server_id = "server", .watched_percent = 85, .planned_at_ms = INT64_C(1790000000000)};
    assert_int_equal(reader_open(f->source, &settings, &reader), OK);
    assert_int_equal(reader_begin(reader, INT64_MIN, INT64_MAX), OK);
    while (reader_next(reader, &row) == OK && row != NULL) {
        all.rows++;
        all.with_item += row->has_item;
        all.with_stream += row->has_stream;
        all.notes += (int64_t)row->note_count;
        all.hash = (int64_t)((uint64_t)all.hash * 31 + (uint64_t)row->position +
                             (uint64_t)row->play.started_at + (uint64_t)row->play.played_s * 7);
    }
    reader_close(&reader);
    return all;
}

static size_t staged_in(const struct fixture *f)
{
    size_t count = 0;
    DIR *dir = opendir(f->staging_dir);
    for (struct dirent *entry; dir != NULL && (entry = readdir(dir)) != NULL;) {
        count += entry->d_name[0] != '.';
    }
    if (dir != NULL) {
        closedir(dir);
    }
    return count;
}

static void close_staged(struct fixture *f)
{
    OWNED(free_text) char *path = must_strdup(source_path(f->source));
    source_close(&f->source);
    source_remove_staged(f->staging_dir, path);
    assert_int_equal(staged_in(f), 0);
}

static const char *const tables[] = {"session_history", "session_history_metadata",
                                     "session_history_media_info"};

/* Replaces a table by a copy that CREATE TABLE AS made, with the ids as `id` says. */
static void lose_key(struct fixture *f, const char *table, const char *id)
{
    char sql[512];
    (void)snprintf(sql, sizeof(sql),
                   "CREATE TABLE copy AS SELECT * FROM %s ORDER BY id %% 7, id;"
                   "UPDATE copy SET id = %s; DROP TABLE %s; ALTER TABLE copy RENAME TO %s",
                   table, id, table, table);
    fixture_sql(f->path, sql);
}

static void tables_without_a_key_give_the_same_rows(void **state)
{
    struct fixture *f = *state;
    static const char *const ids[] = {"id", "CAST(id AS TEXT)", "CAST(id AS REAL)",
                                      "CAST(CAST(id AS REAL) AS TEXT)"};
    fixture_make(f, SCHEMA_V2_17_2, ROWS);
    assert_int_equal(fixture_open(f), OK);
    struct all wanted = read_all(f);
    assert_int_equal(wanted.rows, ROWS);
    assert_int_equal(wanted.with_item, ROWS);
    for (size_t i = 0; i < COUNT_OF(ids); i++) {
        for (unsigned which = 1; which < 8; which++) {
            fixture_make(f, SCHEMA_V2_17_2, ROWS);
            for (unsigned t = 0; t < COUNT_OF(tables); t++) {
                if ((which & (1U << t)) != 0) {
                    lose_key(f, tables[t], ids[i]);
                }
            }
            assert_true(source_opens_slowly(f->path));
            assert_int_equal(fixture_open(f), OK);
            assert_true(source_is_staged(f->source));
            assert_string_equal(source_version(f->source), "v2.17.2");
            struct all found = read_all(f);
            assert_memory_equal(&found, &wanted, sizeof(found));
            close_staged(f);
        }
    }
}

static void values_keep_their_storage_class(void **state)
{
    struct fixture *f = *state;
    fixture_make(f, SCHEMA_V2_17_2, 1);
    fixture_sql(f->path, "CREATE TABLE copy (started, user_id, user TEXT, rating_key, id);"
                         "INSERT INTO copy VALUES ('1500000000', 7.0, x'616e6e', '0012', '5');"
                         "DROP TABLE session_history; ALTER TABLE copy RENAME TO session_history");
    assert_int_equal(fixture_open(f), OK);
    OWNED(stmt_finalize) sqlite3_stmt *row = NULL;
    assert_int_equal(source_db_prepare(source_db(f->source),
                                       "SELECT typeof(id), typeof(started), typeof(user_id), "
                                       "typeof(user), typeof(rating_key) FROM session_history",
                                       &row),
                     OK);
    assert_int_equal(sqlite3_step(row), SQLITE_ROW);
    static const char *const types[] = {"integer", "text", "real", "blob", "text"};
    for (int c = 0; c < 5; c++) {
        assert_string_equal(sqlite3_column_text(row, c), types[c]);
    }
    stmt_finalize(&row);
    close_staged(f);
}

static void ids_that_tell_no_rows_apart_are_said_to_be_so(void **state)
{
    struct fixture *f = *state;
    static const char *const ids[] = {"id / 2", "id + 0.5", "'x' || id", "NULL",
                                      "''",     "x'ff'",    "id * 1e300"};
    for (size_t i = 0; i < COUNT_OF(ids); i++) {
        fixture_make(f, SCHEMA_V2_17_2, 20);
        lose_key(f, tables[0], ids[i]);
        assert_int_equal(fixture_open(f), ERR_NOT_TAUTULLI);
        assert_non_null(strstr(f->why.text, "ids of session_history are no key"));
        assert_non_null(f->why.remedy);
        assert_int_equal(staged_in(f), 0);
        for (size_t t = 1; t < COUNT_OF(tables); t++) {
            struct import_validated v;
            char words[128];
            fixture_make(f, SCHEMA_V2_17_2, 20);
            lose_key(f, tables[t], ids[i]);
            assert_int_equal(fixture_open(f), OK);
            struct all found = read_all(f);
            assert_int_equal(found.rows, 20);
            assert_int_equal(found.with_item, t == 1 ? 0 : 20);
            assert_int_equal(found.with_stream, t == 2 ? 0 : 20);
            assert_int_equal(validate_run(f->source, clock_wall_ms(), 20000, f->arena, &v), OK);
            (void)snprintf(words, sizeof(words),
                           "Table %s is there, but its ids are not unique, so its details are left "
                           "out",
                           tables[t]);
            assert_int_equal(v.warnings_count, 1);
            assert_string_equal(v.warnings[0], words);
            close_staged(f);
        }
    }
}

static void a_table_without_ids_is_not_called_missing(void **state)
{
    struct fixture *f = *state;
    struct import_validated v;
    fixture_make(f, SCHEMA_V2_17_2, 20);
    fixture_sql(f->path, "PRAGMA journal_mode = DELETE; DROP TABLE session_history_metadata;"
                         "CREATE TABLE session_history_metadata (title TEXT)");
    assert_int_equal(fixture_open(f), OK);
    assert_int_equal(validate_run(f->source, clock_wall_ms(), 20000, f->arena, &v), OK);
    assert_non_null(strstr(v.warnings[0], "is there, but it has no column id"));
}

static void a_descending_key_and_a_table_without_rowid_are_read(void **state)
{
    struct fixture *f = *state;
    static const char *const made[] = {
        "id INTEGER PRIMARY KEY DESC, started, user_id)",
        "id INTEGER PRIMARY KEY, started, user_id) WITHOUT ROWID",
        "started, user_id, id INT PRIMARY KEY)",
        "started, id INTEGER, user_id, PRIMARY KEY (started, id))",
    };
    for (size_t i = 0; i < COUNT_OF(made); i++) {
        char sql[512];
        fixture_make(f, SCHEMA_V2_17_2, 20);
        (void)snprintf(sql, sizeof(sql),
                       "CREATE TABLE copy (%s; INSERT INTO copy (id, started, user_id) SELECT id + "
                       "100, started, user_id FROM session_history ORDER BY random();"
                       "DROP TABLE session_history; ALTER TABLE copy RENAME TO session_history",
                       made[i]);
        fixture_sql(f->path, sql);
        assert_int_equal(fixture_open(f), OK);
        struct plan plan;
        assert_int_equal(plan_make(f->source, clock_wall_ms(), &plan), OK);
        assert_int_equal(plan.first_id, 101);
        assert_int_equal(plan.last_id, 120);
        assert_int_equal(read_all(f).rows, 20);
        close_staged(f);
    }
}

static void a_rebuilt_copy_needs_room_and_can_be_cancelled(void **state)
{
    struct fixture *f = *state;
    atomic_bool cancelled = true;
    fixture_make(f, SCHEMA_V2_17_2, 2000);
    lose_key(f, tables[0], "id");
    f->staging.quota_bytes = 1U << 20;
    assert_int_equal(fixture_open(f), ERR_STAGING_FULL);
    f->staging.quota_bytes = 256U << 20;
    f->staging.cancelled = &cancelled;
    assert_int_equal(fixture_open(f), ERR_TIMEOUT);
    assert_int_equal(staged_in(f), 0);
    assert_int_equal(source_open(f->path, NULL, f->arena, &f->source, &f->why), ERR_DATABASE_BUSY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
        TEST(tables_without_a_key_give_the_same_rows),
        TEST(values_keep_their_storage_class),
        TEST(ids_that_tell_no_rows_apart_are_said_to_be_so),
        TEST(a_table_without_ids_is_not_called_missing),
        TEST(a_descending_key_and_a_table_without_rowid_are_read),
        TEST(a_rebuilt_copy_needs_room_and_can_be_cancelled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

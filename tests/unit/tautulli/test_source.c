/* SPDX-License-Identifier: MIT
 * test_source.c - what may be opened, what is refused in which words, and that nothing of it
 * changes. */
#include <dirent.h>

#include "actors/tautulli/plan.h"
#include "actors/tautulli/source_check.h"
#include "actors/tautulli/source_db.h"
#include "tests/unit/tautulli/fixture.h"

/* ---- what a folder looks like ---- */

static size_t files_in(const char *folder)
{
    size_t count = 0;
    DIR *dir = opendir(folder);
    for (struct dirent *entry; dir != NULL && (entry = readdir(dir)) != NULL;) {
        count += entry->d_name[0] != '.' && strcmp(entry->d_name, "staging") != 0;
    }
    if (dir != NULL) {
        closedir(dir);
    }
    return count;
}

static struct stat look(const char *path)
{
    struct stat found = {0};
    assert_int_equal(stat(path, &found), 0);
    return found;
}

static void assert_untouched(const char *path, const struct stat *before)
{
    struct stat now = look(path);
    assert_int_equal(now.st_size, before->st_size);
    assert_int_equal(now.st_mtim.tv_sec, before->st_mtim.tv_sec);
    assert_int_equal(now.st_mtim.tv_nsec, before->st_mtim.tv_nsec);
}

static uint64_t rows_of(struct fixture *f)
{
    struct plan plan;
    assert_int_equal(plan_make(f->source, clock_wall_ms(), &plan), OK);
    return plan.total;
}

static void assert_refused(struct fixture *f, enum err code, const char *words)
{
    assert_int_equal(fixture_open(f), code);
    assert_string_equal(f->why.code, err_code(code));
    if (words != NULL) {
        assert_non_null(strstr(f->why.text, words));
    }
}

/* ---- refusals ---- */

static void a_file_that_is_no_database_is_refused_by_its_content(void **state)
{
    struct fixture *f = *state;
    static const char html[] = "<!DOCTYPE html><html><body>Sign in</body></html>";
    fixture_write(f->path, html, sizeof(html));
    assert_refused(f, ERR_NOT_TAUTULLI, "no SQLite database");
    fixture_write(f->path, "", 0);
    assert_refused(f, ERR_NOT_TAUTULLI, "empty");
    fixture_write(f->path, "SQLite format 3", 16);
    assert_refused(f, ERR_DATABASE_DAMAGED, "cut off");
}

static void a_cut_off_database_is_refused_at_once(void **state)
{
    struct fixture *f = *state;
    fixture_make(f, SCHEMA_V2_17_2, 500);
    struct stat whole = look(f->path);
    assert_int_equal(truncate(f->path, whole.st_size * 6 / 10 / 4096 * 4096), 0);
    assert_refused(f, ERR_DATABASE_DAMAGED, "cut off");
}

static void other_databases_are_refused_in_words(void **state)
{
    struct fixture *f = *state;
    fixture_sql(f->path, "CREATE TABLE songs (id INTEGER PRIMARY KEY)");
    assert_refused(f, ERR_NOT_TAUTULLI, "no table session_history");
    fixture_sql(f->path, "CREATE TABLE session_history (id INTEGER PRIMARY KEY, user TEXT)");
    assert_refused(f, ERR_NOT_TAUTULLI, "no column started");
}

static void a_view_in_place_of_the_table_is_never_evaluated(void **state)
{
    struct fixture *f = *state;
    fixture_sql(f->path,
                "CREATE VIEW session_history AS WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL "
                "SELECT id + 1 FROM n) SELECT id, id AS started, id AS user_id FROM n");
    assert_refused(f, ERR_NOT_TAUTULLI, "a view");
}

static void a_virtual_table_is_no_table(void **state)
{
    struct fixture *f = *state;
    fixture_sql(f->path, "CREATE VIRTUAL TABLE session_history USING fts5(id, started, user)");
    assert_refused(f, ERR_NOT_TAUTULLI, "virtual");
}

static void tokens_and_other_tables_cannot_be_read(void **state)
{
    struct fixture *f = *state;
    fixture_make(f, SCHEMA_V2_17_2, 10);
    assert_int_equal(fixture_open(f), OK);
    static const char *const forbidden[] = {
        "SELECT user_token FROM users", "SELECT email FROM users",
        "SELECT * FROM sessions",       "DELETE FROM users",
        "SELECT load_extension('x')",   "ATTACH ':memory:' AS a",
        "SELECT randomblob(10)",
    };
    for (size_t i = 0; i < COUNT_OF(forbidden); i++) {
        OWNED(stmt_finalize) sqlite3_stmt *statement = NULL;
        assert_int_not_equal(source_db_prepare(source_db(f->source), forbidden[i], &statement), OK);
    }
}

/* ---- ways of opening ---- */

static void every_generation_opens_and_nothing_appears_beside_it(void **state)
{
    struct fixture *f = *state;
    for (enum tautulli_schema schema = 0; schema < SCHEMA_COUNT; schema++) {
        fixture_make(f, schema, 40);
        struct stat before = look(f->path);
        size_t files = files_in(f->folder);
        assert_int_equal(fixture_open(f), OK);
        assert_int_equal(rows_of(f), 40);
        assert_false(source_is_staged(f->source));
        assert_true(source_still_same(f->source));
        source_close(&f->source);
        assert_untouched(f->path, &before);
        assert_int_equal(files_in(f->folder), files);
    }
}

static void a_file_that_changes_while_open_is_noticed(void **state)
{
    struct fixture *f = *state;
    fixture_make(f, SCHEMA_V2_17_2, 40);
    assert_int_equal(fixture_open(f), OK);
    char wal[128];
    (void)snprintf(wal, sizeof(wal), "%s-wal", f->path);
    fixture_write(wal, "x", 1);
    assert_false(source_still_same(f->source));
    assert_int_equal(unlink(wal), 0);
    assert_true(source_still_same(f->source));
    fixture_sql(f->path, "UPDATE session_history SET user = 'renamed' WHERE id = 1");
    assert_false(source_still_same(f->source));
}

static void rows_of_a_live_wal_are_seen_and_neither_file_is_touched(void **state)
{
    struct fixture *f = *state;
    fixture_make(f, SCHEMA_V2_17_2, 100);
    sqlite3 *writer = NULL;
    assert_int_equal(sqlite3_open(f->path, &writer), SQLITE_OK);
    assert_int_equal(sqlite3_exec(writer,
                                  "PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0;"
                                  "INSERT INTO session_history (id, started, user) "
                                  "VALUES (1000, 1500000000, 'ann')",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    char wal[128];
    (void)snprintf(wal, sizeof(wal), "%s-wal", f->path);
    struct stat main_before = look(f->path);
    struct stat wal_before = look(wal);
    size_t files = files_in(f->folder);
    assert_int_equal(fixture_open(f), OK);
    assert_false(source_is_staged(f->source));
    assert_int_equal(rows_of(f), 101);
    assert_int_equal(sqlite3_exec(writer,
                                  "INSERT INTO session_history (id, started, user) "
                                  "VALUES (1001, 1500000001, 'ann')",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    wal_before = look(wal);
    assert_int_equal(rows_of(f), 102); /* no reader pins the file */
    source_close(&f->source);
    assert_untouched(f->path, &main_before);
    assert_untouched(wal, &wal_before);
    assert_int_equal(files_in(f->folder), files);
    assert_int_equal(sqlite3_close(writer), SQLITE_OK);
}

static void a_wal_that_nobody_has_open_is_read_through_a_copy(void **state)
{
    struct fixture *f = *state;
    struct tautulli_plan plan = tautulli_plan_default(f->path);
    plan.rows = 80;
    plan.wal = true;
    assert_int_equal(tautulli_make(&plan, NULL, NULL), OK);
    char beside[128];
    (void)snprintf(beside, sizeof(beside), "%s-shm", f->path);
    (void)unlink(beside);
    struct stat before = look(f->path);
    size_t files = files_in(f->folder);
    assert_true(source_opens_slowly(f->path));
    assert_int_equal(fixture_open(f), OK);
    assert_true(source_is_staged(f->source));
    assert_int_equal(rows_of(f), 80);
    char *staged = must_strdup(source_path(f->source));
    source_close(&f->source);
    assert_untouched(f->path, &before);
    assert_int_equal(files_in(f->folder), files);
    source_remove_staged(f->staging_dir, staged);
    assert_int_not_equal(access(staged, F_OK), 0);
    free(staged);
}

/* ---- copies ---- */

static void a_cancelled_copy_ends_and_leaves_nothing(void **state)
{
    struct fixture *f = *state;
    atomic_bool cancelled = true;
    struct tautulli_plan plan = tautulli_plan_default(f->path);
    plan.rows = 80;
    plan.wal = true;
    assert_int_equal(tautulli_make(&plan, NULL, NULL), OK);
    char beside[128];
    (void)snprintf(beside, sizeof(beside), "%s-shm", f->path);
    (void)unlink(beside);
    f->staging.cancelled = &cancelled;
    assert_refused(f, ERR_TIMEOUT, NULL);
    assert_int_equal(files_in(f->staging_dir), 0);
    cancelled = false;
    assert_int_not_equal(fixture_open(f), ERR_TIMEOUT);
}

static void what_watches_the_staging_ends_with_it(void **state)
{
    struct fixture *f = *state;
    enum soundness found = SOUND;
    atomic_bool cancelled = false;
    f->staging.cancelled = &cancelled;
    fixture_make(f, SCHEMA_V2_17_2, 5000);
    assert_int_equal(fixture_open(f), OK);
    source_watch(f->source, &f->staging);
    source_set_deadline(f->source, clock_monotonic_ms() + 60000);
    cancelled = true;
    assert_int_equal(source_check(source_db(f->source), source_schema(f->source), f->arena, &found),
                     ERR_TIMEOUT);
}

static void copies_of_a_dead_coordinator_are_swept(void **state)
{
    struct fixture *f = *state;
    char folder[160];
    char file[200];
    assert_int_equal(mkdir(f->staging_dir, 0700), 0);
    (void)snprintf(folder, sizeof(folder), "%s/source-0123", f->staging_dir);
    (void)snprintf(file, sizeof(file), "%s/tautulli.db", folder);
    assert_int_equal(mkdir(folder, 0700), 0);
    fixture_write(file, "x", 1);
    staging_sweep(f->staging_dir);
    assert_int_not_equal(access(folder, F_OK), 0);
}

/* ---- what it says of itself ---- */

static void a_file_names_its_server_users_and_libraries(void **state)
{
    struct fixture *f = *state;
    fixture_make(f, SCHEMA_V2_17_2, 10);
    fixture_sql(f->path,
                "DELETE FROM library_sections;"
                "INSERT INTO library_sections (server_id, section_id, section_name) VALUES "
                "('one', 1, 'Films'), ('two', 1, 'Old films'), ('one', 2, 'Shows')");
    assert_int_equal(fixture_open(f), OK);
    size_t people = 0;
    size_t libraries = 0;
    assert_string_equal(source_server_id(f->source), "one");
    assert_string_equal(source_version(f->source), "v2.17.2");
    (void)source_libraries(f->source, &libraries);
    (void)source_people(f->source, &people);
    assert_int_equal(libraries, 3);
    assert_true(people > 0);
}

static void an_old_file_gets_a_server_id_that_later_rows_do_not_change(void **state)
{
    struct fixture *f = *state;
    fixture_make(f, SCHEMA_V1_0, 40);
    assert_int_equal(fixture_open(f), OK);
    char *before = must_strdup(source_server_id(f->source));
    fixture_sql(f->path, "INSERT INTO session_history (id, started, user_id) VALUES (999, 1, 1)");
    assert_int_equal(fixture_open(f), OK);
    assert_string_equal(source_server_id(f->source), before);
    assert_memory_equal(before, "tautulli-", 9);
    free(before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
        TEST(a_file_that_is_no_database_is_refused_by_its_content),
        TEST(a_cut_off_database_is_refused_at_once),
        TEST(other_databases_are_refused_in_words),
        TEST(a_view_in_place_of_the_table_is_never_evaluated),
        TEST(a_virtual_table_is_no_table),
        TEST(tokens_and_other_tables_cannot_be_read),
        TEST(every_generation_opens_and_nothing_appears_beside_it),
        TEST(a_file_that_changes_while_open_is_noticed),
        TEST(rows_of_a_live_wal_are_seen_and_neither_file_is_touched),
        TEST(a_wal_that_nobody_has_open_is_read_through_a_copy),
        TEST(a_cancelled_copy_ends_and_leaves_nothing),
        TEST(what_watches_the_staging_ends_with_it),
        TEST(copies_of_a_dead_coordinator_are_swept),
        TEST(a_file_names_its_server_users_and_libraries),
        TEST(an_old_file_gets_a_server_id_that_later_rows_do_not_change),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

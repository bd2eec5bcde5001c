/* SPDX-License-Identifier: MIT
 * test_path.c - requests reach regular files in the allowed folders and learn of nothing else. */
#include "actors/tautulli/candidates.h"
#include "actors/tautulli/path.h"
#include "tests/unit/tautulli/fixture.h"

/* DATA is folder/data, folder/films is allowed, folder/secret is not. */
static struct config *open_config(struct fixture *f)
{
    struct config *config = NULL;
    char path[160];
    static const char *const folders[] = {"data", "data/uploads", "films", "secret"};
    for (size_t i = 0; i < COUNT_OF(folders); i++) {
        (void)snprintf(path, sizeof(path), "%s/%s", f->folder, folders[i]);
        assert_int_equal(mkdir(path, 0700), 0);
    }
    (void)snprintf(path, sizeof(path), "%s/secret/tautulli.db", f->folder);
    fixture_write(path, "x", 1);
    (void)snprintf(path, sizeof(path), "%s/films/tautulli.db", f->folder);
    fixture_write(path, "SQLite format 3", 16);
    (void)snprintf(path, sizeof(path), "%s/films", f->folder);
    assert_int_equal(setenv("PLAYBUS_IMPORT_ALLOWED_DIRS", path, 1), 0);
    (void)snprintf(path, sizeof(path), "%s/data", f->folder);
    assert_int_equal(config_open(path, &config), OK);
    return config;
}

static enum err ask(struct fixture *f, const struct config *config, const char *below)
{
    char path[160];
    const char *real = NULL;
    (void)snprintf(path, sizeof(path), "%s/%s", f->folder, below);
    f->why = (struct refusal){0};
    return path_resolve(config, path, f->arena, &real, &f->why);
}

static void link_to(struct fixture *f, const char *target, const char *name)
{
    char from[160];
    char to[160];
    (void)snprintf(from, sizeof(from), "%s/%s", f->folder, target);
    (void)snprintf(to, sizeof(to), "%s/%s", f->folder, name);
    assert_int_equal(symlink(from, to), 0);
}

static void only_regular_files_in_allowed_folders_are_reached(void **state)
{
    struct fixture *f = *state;
    struct config *config = open_config(f);
    char fifo[160];
    (void)snprintf(fifo, sizeof(fifo), "%s/films/pipe", f->folder);
    assert_int_equal(mkfifo(fifo, 0600), 0);
    assert_int_equal(ask(f, config, "films/tautulli.db"), OK);
    assert_int_equal(ask(f, config, "films/./../films//tautulli.db"), OK);
    assert_int_equal(ask(f, config, "films/other.db"), ERR_FILE_NOT_FOUND);
    assert_int_equal(ask(f, config, "films"), ERR_NOT_TAUTULLI);
    assert_non_null(strstr(f->why.text, "a folder"));
    assert_int_equal(ask(f, config, "films/"), ERR_NOT_TAUTULLI);
    assert_int_equal(ask(f, config, "films/pipe"), ERR_NOT_TAUTULLI);
    assert_int_equal(ask(f, config, "data/uploads/new.db"), ERR_FILE_NOT_FOUND);
    config_close(&config);
}

static void nothing_is_told_about_other_folders(void **state)
{
    struct fixture *f = *state;
    struct config *config = open_config(f);
    link_to(f, "secret", "films/way");
    link_to(f, "secret/tautulli.db", "films/link.db");
    static const char *const paths[] = {"secret/tautulli.db",
                                        "secret/missing.db",
                                        "films/../secret/tautulli.db",
                                        "films/../secret/missing.db",
                                        "films/way/tautulli.db",
                                        "films/way/missing.db",
                                        "films/link.db",
                                        "filmsx/tautulli.db",
                                        "data/history.db"};
    for (size_t i = 0; i < COUNT_OF(paths); i++) {
        assert_int_equal(ask(f, config, paths[i]), ERR_PATH_NOT_ALLOWED);
        bool link = strstr(paths[i], "films/way") != NULL || strstr(paths[i], "link.db") != NULL;
        if (link) { /* the same words, whatever lies behind the link */
            assert_string_equal(f->why.text,
                                "A link in this path leads out of the allowed folders");
            assert_non_null(f->why.remedy);
        } else {
            assert_null(f->why.text);
            assert_non_null(
                strstr(f->why.remedy, f->folder)); /* which folders, and whose settings */
            assert_non_null(strstr(f->why.remedy, "import.allowed_dirs in "));
        }
    }
    config_close(&config);
}

static void a_relative_or_missing_path_is_refused(void **state)
{
    struct fixture *f = *state;
    struct config *config = open_config(f);
    const char *real = NULL;
    assert_int_equal(path_resolve(config, "tautulli.db", f->arena, &real, &f->why),
                     ERR_PATH_NOT_ALLOWED);
    assert_int_equal(path_resolve(config, "", f->arena, &real, &f->why), ERR_BAD_FIELD);
    assert_string_equal(f->why.field, "db_path");
    config_close(&config);
}

static void what_is_wrong_with_the_letters_of_a_path_is_said(void **state)
{
    static const struct {
        const char *format, *words;
    } cases[] = {
        {"tautulli.db", "is relative"},
        {"./films/tautulli.db", "is relative"},
        {"~/tautulli.db", "begins with ~"},
        {"~root/tautulli.db", "begins with ~"},
        {"'%s/films/tautulli.db'", "quotes around"},
        {"\"%s/films/tautulli.db\"", "quotes around"},
        {"\u201c%s/films/tautulli.db\u201d", "quotes around"},
        {" %s/films/tautulli.db", "blanks around"},
        {"\u00a0%s/films/tautulli.db", "blanks around"},
        {"%s/secret/tautulli.db ", "blanks around"},
        {"%s/secret/tautulli.db", NULL},
    };
    struct fixture *f = *state;
    struct config *config = open_config(f);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const char *real = NULL;
        const char *at = strstr(cases[i].format, "%s");
        const char *path = at == NULL
                               ? cases[i].format
                               : arena_format(f->arena, "%.*s%s%s", (int)(at - cases[i].format),
                                              cases[i].format, f->folder, at + 2);
        f->why = (struct refusal){0};
        assert_int_equal(path_resolve(config, path, f->arena, &real, &f->why),
                         ERR_PATH_NOT_ALLOWED);
        if (cases[i].words == NULL) {
            assert_null(f->why.text);
        } else if (f->why.text == NULL || strstr(f->why.text, cases[i].words) == NULL) {
            fail_msg("%s: %s", path, f->why.text);
        } else {
            assert_non_null(f->why.remedy);
        }
    }
    assert_int_equal(ask(f, config, "films/tautulli.db "), ERR_FILE_NOT_FOUND);
    assert_non_null(strstr(f->why.text, "ends with a blank"));
    config_close(&config);
}

/* Root may read anything, so another user asks. */
static void a_closed_wal_beside_a_readable_database_is_named(void **state)
{
    struct fixture *f = *state;
    struct config *config = open_config(f);
    char path[160];
    (void)snprintf(path, sizeof(path), "%s/films/tautulli.db-wal", f->folder);
    fixture_write(path, "x", 1);
    assert_int_equal(chmod(path, 0), 0);
    bool root = geteuid() == 0;
    if (root) {
        (void)snprintf(path, sizeof(path), "%s/films", f->folder);
        assert_int_equal(chmod(f->folder, 0755) | chmod(path, 0755), 0);
        assert_int_equal(seteuid(65534), 0);
    }
    enum err e = ask(f, config, "films/tautulli.db");
    if (root) {
        assert_int_equal(seteuid(0), 0);
    }
    assert_int_equal(e, ERR_ACCESS_DENIED);
    assert_non_null(strstr(f->why.text, "tautulli.db-wal beside it may not"));
    assert_string_equal(f->why.mode, "0000");
    assert_non_null(f->why.owner);
    assert_non_null(f->why.service_user);
    config_close(&config);
}

static void candidates_are_the_databases_of_the_allowed_folders(void **state)
{
    struct fixture *f = *state;
    struct config *config = open_config(f);
    struct import_candidates found;
    char path[160];
    (void)snprintf(path, sizeof(path), "%s/films/notes.txt", f->folder);
    fixture_write(path, "x", 1);
    (void)snprintf(path, sizeof(path), "%s/data/uploads/backup.db.zip", f->folder);
    fixture_write(path, "not a zip at all", 16);
    link_to(f, "secret", "films/way");
    candidates_find(config, f->arena, &found);
    assert_int_equal(found.items_count, 2);
    for (size_t i = 0; i < found.items_count; i++) {
        bool database = strstr(found.items[i].path, "films/tautulli.db") != NULL;
        assert_true(database || strstr(found.items[i].path, "backup.db.zip") != NULL);
        assert_int_equal(found.items[i].looks_valid, database);
        assert_int_equal(found.items[i].bytes, 16);
    }
    config_close(&config);
}

static void the_data_folder_shows_its_uploads_alone(void **state)
{
    struct fixture *f = *state;
    struct config *config = open_config(f);
    struct import_candidates found;
    char path[160];
    config_close(&config);
    (void)snprintf(path, sizeof(path), "%s/data/history.db", f->folder);
    fixture_write(path, "SQLite format 3", 16);
    (void)snprintf(path, sizeof(path), "%s/data/staging", f->folder);
    assert_int_equal(mkdir(path, 0700), 0);
    (void)snprintf(path, sizeof(path), "%s/data/staging/tautulli.db", f->folder);
    fixture_write(path, "SQLite format 3", 16);
    (void)snprintf(path, sizeof(path), "%s/data/uploads/mine.db", f->folder);
    fixture_write(path, "SQLite format 3", 16);
    assert_int_equal(setenv("PLAYBUS_IMPORT_ALLOWED_DIRS", f->folder, 1), 0);
    (void)snprintf(path, sizeof(path), "%s/data", f->folder);
    assert_int_equal(config_open(path, &config), OK);
    candidates_find(config, f->arena, &found);
    assert_int_equal(found.items_count, 3); /* with films/ and secret/ */
    size_t uploads = 0;
    for (size_t i = 0; i < found.items_count; i++) {
        bool upload = strstr(found.items[i].path, "/data/uploads/mine.db") != NULL;
        assert_true(upload || strstr(found.items[i].path, "/data/") == NULL);
        uploads += upload;
    }
    assert_int_equal(uploads, 1);
    config_close(&config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
        TEST(only_regular_files_in_allowed_folders_are_reached),
        TEST(nothing_is_told_about_other_folders),
        TEST(a_relative_or_missing_path_is_refused),
        TEST(what_is_wrong_with_the_letters_of_a_path_is_said),
        TEST(a_closed_wal_beside_a_readable_database_is_named),
        TEST(candidates_are_the_databases_of_the_allowed_folders),
        TEST(the_data_folder_shows_its_uploads_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

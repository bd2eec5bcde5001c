/* SPDX-License-Identifier: MIT
 * test_source_archive.c - backups in a zip, made by Tautulli or by hand. */
#include <archive.h>
#include <archive_entry.h>
#include <dirent.h>

#include "actors/tautulli/plan.h"
#include "tests/unit/tautulli/fixture.h"

struct member {
    const char *name; /* one that ends in / is a folder */
    const void *bytes;
    size_t size;
};

static size_t files_in(const char *folder)
{
    size_t count = 0;
    DIR *dir = opendir(folder);
    for (struct dirent *entry; dir != NULL && (entry = readdir(dir)) != NULL;) {
        count += entry->d_name[0] != '.';
    }
    if (dir != NULL) {
        closedir(dir);
    }
    return count;
}

static void zip_make(const char *path, const struct member *members, size_t count)
{
    struct archive *zip = archive_write_new();
    assert_int_equal(archive_write_set_format_zip(zip), ARCHIVE_OK);
    assert_int_equal(archive_write_open_filename(zip, path), ARCHIVE_OK);
    for (size_t i = 0; i < count; i++) {
        const struct member *m = &members[i];
        bool folder = m->name[strlen(m->name) - 1] == '/';
        struct archive_entry *entry = archive_entry_new();
        archive_entry_set_pathname(entry, m->name);
        archive_entry_set_size(entry, (la_int64_t)m->size);
        archive_entry_set_filetype(entry, folder ? AE_IFDIR : AE_IFREG);
        archive_entry_set_perm(entry, 0644);
        assert_int_equal(archive_write_header(zip, entry), ARCHIVE_OK);
        assert_int_equal(archive_write_data(zip, m->bytes, m->size), (la_ssize_t)m->size);
        archive_entry_free(entry);
    }
    assert_int_equal(archive_write_close(zip), ARCHIVE_OK);
    archive_write_free(zip);
}

static void *file_bytes(const char *path, size_t *out_size)
{
    struct stat found;
    assert_int_equal(stat(path, &found), 0);
    void *bytes = must_alloc((size_t)found.st_size + 1);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    assert_int_equal(fread(bytes, 1, (size_t)found.st_size, file), found.st_size);
    (void)fclose(file);
    *out_size = (size_t)found.st_size;
    return bytes;
}

static void assert_refused(struct fixture *f, enum err code, const char *words)
{
    assert_int_equal(fixture_open(f), code);
    if (words != NULL && (f->why.text == NULL || strstr(f->why.text, words) == NULL)) {
        fail_msg("%s, not %s", f->why.text, words);
    }
    assert_int_equal(files_in(f->staging_dir), 0);
}

static void assert_rows(struct fixture *f, uint64_t rows)
{
    struct plan plan;
    enum err e = fixture_open(f);
    if (e != OK) {
        fail_msg("%s: %s", err_code(e), f->why.text);
    }
    assert_true(source_is_staged(f->source));
    assert_int_equal(plan_make(f->source, clock_wall_ms(), &plan), OK);
    assert_int_equal(plan.total, rows);
    OWNED(free_text) char *path = must_strdup(source_path(f->source));
    source_close(&f->source);
    source_remove_staged(f->staging_dir, path);
    assert_int_equal(files_in(f->staging_dir), 0);
}

static void the_one_database_is_taken_whatever_it_is_called(void **state)
{
    struct fixture *f = *state;
    fixture_make(f, SCHEMA_V2_17_2, 60);
    struct member db = {0};
    db.bytes = file_bytes(f->path, &db.size);
    static const char *const names[] = {"tautulli.db",          "plexpy.db",
                                        "my backup (2).sqlite", "Tautulli/old/x.bak",
                                        "../../etc/passwd",     "/tautulli.db"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        struct member members[] = {
            {"Tautulli/", "", 0},
            {"__MACOSX/Tautulli/._tautulli.db", db.bytes, db.size},
            {"Tautulli/._x.bak", db.bytes, db.size},
            {"Tautulli/config.ini", "[General]", 9},
            {names[i], db.bytes, db.size},
        };
        zip_make(f->path, &members[4], 1);
        assert_true(source_opens_slowly(f->path));
        assert_rows(f, 60);
        zip_make(f->path, members, COUNT_OF(members));
        assert_rows(f, 60);
    }
    free((void *)(uintptr_t)db.bytes);
}

static void its_wal_goes_with_it(void **state)
{
    struct fixture *f = *state;
    struct tautulli_plan plan = tautulli_plan_default(f->path);
    char beside[128];
    plan.rows = 80;
    plan.wal = true;
    assert_int_equal(tautulli_make(&plan, NULL, NULL), OK);
    (void)snprintf(beside, sizeof(beside), "%s-wal", f->path);
    struct member members[] = {{.name = "b/x.db-wal"}, {.name = "b/x.db"}, {"b/y.db-wal", "x", 1}};
    members[0].bytes = file_bytes(beside, &members[0].size);
    members[1].bytes = file_bytes(f->path, &members[1].size);
    (void)unlink(beside);
    (void)snprintf(beside, sizeof(beside), "%s-shm", f->path);
    (void)unlink(beside);
    zip_make(f->path, members, COUNT_OF(members));
    assert_rows(f, 80);
    zip_make(f->path, &members[1], 1);
    assert_rows(f, 60);
    free((void *)(uintptr_t)members[0].bytes);
    free((void *)(uintptr_t)members[1].bytes);
}

static void what_is_not_clear_is_refused_in_its_own_words(void **state)
{
    struct fixture *f = *state;
    fixture_make(f, SCHEMA_V2_17_2, 20);
    struct member db = {.name = "tautulli.db"};
    db.bytes = file_bytes(f->path, &db.size);
    struct member two[] = {db, db};
    two[1].name = "tautulli.backup-1.db";
    zip_make(f->path, two, 2);
    assert_refused(f, ERR_ARCHIVE_REFUSED, "holds 2 databases");
    assert_non_null(f->why.remedy);
    struct member picture[] = {{"holiday.jpg", "x", 1}, {"tautulli/", "", 0}};
    zip_make(f->path, picture, 2);
    assert_refused(f, ERR_ARCHIVE_REFUSED, "holds no database");
    zip_make(f->path, NULL, 0);
    assert_refused(f, ERR_ARCHIVE_REFUSED, "is empty");
    struct member other = {"tautulli.db", "not a database", 14};
    zip_make(f->path, &other, 1);
    assert_refused(f, ERR_NOT_TAUTULLI, "no SQLite database");
    static const char garbage[] = "PK\3\4garbage that goes on for a while, and is no archive";
    fixture_write(f->path, garbage, sizeof(garbage));
    assert_refused(f, ERR_ARCHIVE_REFUSED, "damaged");
    free((void *)(uintptr_t)db.bytes);
}

static void an_archive_that_unpacks_without_end_is_refused(void **state)
{
    struct fixture *f = *state;
    size_t size = 128U << 20;
    OWNED(free_bytes) void *zeros = must_alloc(size);
    struct member bomb = {"tautulli.db", zeros, size};
    zip_make(f->path, &bomb, 1);
    assert_refused(f, ERR_ARCHIVE_REFUSED, "far more");
    f->staging.quota_bytes = 1U << 20;
    assert_refused(f, ERR_STAGING_FULL, "room");
}

static void an_archive_that_nobody_waits_for_leaves_nothing(void **state)
{
    struct fixture *f = *state;
    atomic_bool cancelled = true;
    fixture_make(f, SCHEMA_V2_17_2, 20);
    struct member db = {.name = "tautulli.db"};
    db.bytes = file_bytes(f->path, &db.size);
    zip_make(f->path, &db, 1);
    f->staging.cancelled = &cancelled;
    assert_refused(f, ERR_TIMEOUT, NULL);
    free((void *)(uintptr_t)db.bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
        TEST(the_one_database_is_taken_whatever_it_is_called),
        TEST(its_wal_goes_with_it),
        TEST(what_is_not_clear_is_refused_in_its_own_words),
        TEST(an_archive_that_unpacks_without_end_is_refused),
        TEST(an_archive_that_nobody_waits_for_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT
 * test_source_wal.c - a -wal that belongs to its database is read, whatever state it was left in;
 * one that was left beside another database is not, and is said to be so. */
#include <fcntl.h>

#include "actors/tautulli/plan.h"
#include "actors/tautulli/source_wal.h"
#include "actors/tautulli/validate.h"
#include "tests/unit/tautulli/fixture.h"

static const char *beside(struct fixture *f, const char *suffix)
{
    return arena_format(f->arena, "%s%s", f->path, suffix);
}

static bool belongs(const struct fixture *f)
{
    OWNED(place_release) struct place place = PLACE_NONE;
    assert_int_equal(place_open(f->path, &place), 0);
    return wal_belongs(&place);
}

static void copy(const char *from, const char *to)
{
    char command[512];
    (void)snprintf(command, sizeof(command), "cp -p '%s' '%s'", from, to);
    assert_int_equal(system(command), 0);
}

static void set_age(const char *path, int64_t seconds)
{
    struct timespec times[2] = {{0}};
    times[0].tv_sec = times[1].tv_sec = clock_wall_ms() / 1000 - seconds;
    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

static void run(sqlite3 *db, const char *sql)
{
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
}

static const char *const more =
    "INSERT INTO session_history (started, stopped, user_id, user) WITH RECURSIVE n(i) AS"
    " (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40) SELECT 1600000000 + i * 100,"
    " 1600000050 + i * 100, 7, 'ann' FROM n";

static void a_wal_of_its_own_belongs_whatever_was_checkpointed(void **state)
{
    static const char *const steps[] = {
        "SELECT 1",
        "PRAGMA wal_checkpoint(PASSIVE)",
        "UPDATE users SET email = 'x'",
        "PRAGMA wal_checkpoint(RESTART)",
        "CREATE TABLE t AS SELECT * FROM session_history",
        "DROP TABLE t",
        "PRAGMA wal_checkpoint(PASSIVE)",
        "BEGIN; CREATE TABLE t2 AS SELECT * FROM session_history_metadata; DROP TABLE t2; COMMIT",
        "DELETE FROM session_history WHERE id > 150",
        "PRAGMA wal_checkpoint(PASSIVE)",
        "VACUUM",
        "UPDATE users SET email = 'y'",
    };
    struct fixture *f = *state;
    fixture_make(f, SCHEMA_V2_17_2, 200);
    sqlite3 *db = NULL;
    sqlite3 *second = NULL;
    assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_open(f->path, &second), SQLITE_OK);
    run(db, "PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0");
    for (int round = 0; round < 3; round++) {
        for (size_t i = 0; i < COUNT_OF(steps); i++) {
            run(i % 2 == 0 ? db : second, steps[i]);
            run(i % 3 == 0 ? db : second, more);
            assert_true(belongs(f));
            run(db, "BEGIN; SELECT count(*) FROM users");
            run(second, "UPDATE users SET email = email || 'z'; PRAGMA wal_checkpoint(PASSIVE)");
            assert_true(belongs(f));
            run(db, "COMMIT");
        }
    }
    run(second, "PRAGMA wal_checkpoint(PASSIVE)");
    set_age(beside(f, "-wal"), 7200); /* all of it is in the database, which is newer */
    assert_true(belongs(f));
    assert_int_equal(sqlite3_close(second), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

/* f->path with a -wal left over it from another time; `backup` is what lies there then. */
static void leave_wal(struct fixture *f, const char *backup, bool with_shm)
{
    char command[700];
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
    run(db, "PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0");
    run(db, more);
    (void)snprintf(command, sizeof(command), "cp '%s-wal' '%s/w'; cp '%s-shm' '%s/s'", f->path,
                   f->folder, f->path, f->folder);
    assert_int_equal(system(command), 0);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    (void)snprintf(command, sizeof(command),
                   "cp -p '%s' '%s'; mv '%s/w' '%s-wal'; mv '%s/s' '%s%s'", backup, f->path,
                   f->folder, f->path, f->folder, f->path, with_shm ? "-shm" : "-other");
    assert_int_equal(system(command), 0);
}

static void assert_misfit(struct fixture *f)
{
    assert_int_equal(fixture_open(f), ERR_DATABASE_DAMAGED);
    if (f->why.text == NULL || strstr(f->why.text, "may belong to another file") == NULL) {
        fail_msg("%s", f->why.text);
    }
    assert_non_null(strstr(f->why.remedy, "Move the -wal"));
    assert_int_equal(unlink(beside(f, "-wal")), 0); /* as the remedy says */
    (void)unlink(beside(f, "-shm"));
    assert_int_equal(fixture_open(f), OK);
    source_close(&f->source);
}

static void an_old_wal_beside_a_backup_is_told_and_nothing_is_mixed(void **state)
{
    struct fixture *f = *state;
    const char *backup = arena_format(f->arena, "%s/backup", f->folder);
    for (int shm = 0; shm < 2; shm++) {
        /* A backup from before rows that are in the database, no longer in the -wal. */
        fixture_make(f, SCHEMA_V2_17_2, 200);
        copy(f->path, backup);
        fixture_sql(f->path, "CREATE TABLE t AS SELECT * FROM session_history_metadata");
        leave_wal(f, backup, shm != 0);
        assert_misfit(f);
        /* The same, when its pages had been filled up without a new one. */
        fixture_make(f, SCHEMA_V2_17_2, 200);
        copy(f->path, backup);
        for (int i = 0; i < 5; i++) {
            fixture_sql(f->path, "UPDATE version_info SET value = value || '.'; PRAGMA "
                                 "journal_mode = DELETE");
        }
        leave_wal(f, backup, shm != 0);
        assert_misfit(f);
        /* A newer backup than the -wal, that was put back later. */
        fixture_make(f, SCHEMA_V2_17_2, 200);
        copy(f->path, backup);
        fixture_sql(backup, "UPDATE session_history SET user = 'renamed'");
        leave_wal(f, backup, shm != 0);
        set_age(f->path, 0);
        set_age(beside(f, "-wal"), 3600);
        assert_misfit(f);
        /* Another Tautulli's altogether. */
        struct tautulli_plan plan = tautulli_plan_default(backup);
        plan.seed = 9;
        plan.rows = 400;
        assert_int_equal(tautulli_make(&plan, NULL, NULL), OK);
        fixture_make(f, SCHEMA_V2_17_2, 200);
        leave_wal(f, backup, shm != 0);
        assert_misfit(f);
    }
}

/* One connection writes on without reading the first page again, so the counters tell nothing. */
static void pages_that_are_in_neither_file_are_missed(void **state)
{
    struct fixture *f = *state;
    char command[600];
    sqlite3 *db = NULL;
    fixture_make(f, SCHEMA_V2_17_2, 200);
    (void)snprintf(command, sizeof(command), "cp -p '%s' '%s/backup'", f->path, f->folder);
    assert_int_equal(system(command), 0);
    assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
    run(db, "PRAGMA wal_autocheckpoint = 0;"
            "CREATE TABLE t AS SELECT * FROM session_history_metadata;"
            "PRAGMA wal_checkpoint(RESTART)");
    run(db, more);
    (void)snprintf(command, sizeof(command), "cp '%s-wal' '%s/w'", f->path, f->folder);
    assert_int_equal(system(command), 0);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    (void)snprintf(command, sizeof(command), "mv '%s/backup' '%s'; mv '%s/w' '%s-wal'", f->folder,
                   f->path, f->folder, f->path);
    assert_int_equal(system(command), 0);
    assert_false(belongs(f));
    assert_misfit(f);
}

static void a_damaged_database_is_not_blamed_on_its_wal(void **state)
{
    struct fixture *f = *state;
    fixture_make(f, SCHEMA_V2_17_2, 2000);
    fixture_sql(f->path, "PRAGMA journal_mode = DELETE");
    fixture_damage(f, 0);
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
    run(db, "PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0;"
            "UPDATE users SET email = 'x'");
    assert_int_equal(fixture_open(f), ERR_DATABASE_DAMAGED);
    assert_null(f->why.text);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void a_hostile_wal_costs_nothing(void **state)
{
    struct fixture *f = *state;
    fixture_make(f, SCHEMA_V2_17_2, 20);
    struct tautulli_plan plan = tautulli_plan_default(f->path);
    plan.rows = 40;
    plan.wal = true;
    assert_int_equal(tautulli_make(&plan, NULL, NULL), OK);
    int fd = open(beside(f, "-wal"), O_RDWR);
    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, "\xff\xff\xff\xff", 4, 32), 4); /* the page of the first frame */
    set_age(beside(f, "-wal"), 3600);
    (void)belongs(f);
    assert_int_equal(pwrite(fd, "\xff\xff\xff\xff\xff\xff\xff\xff", 8, 32), 8);
    (void)belongs(f);
    assert_int_equal(pwrite(fd, "\0\0\0\0", 4, 8), 4); /* the size of pages */
    assert_true(belongs(f));
    assert_int_equal(ftruncate(fd, 31), 0);
    assert_true(belongs(f));
    close(fd);
}

/* ---- no -wal at all ---- */

static void a_missing_wal_is_hinted_at_only_where_one_is_likely(void **state)
{
    struct fixture *f = *state;
    fixture_make(f, SCHEMA_V2_17_2, 20);
    char sql[160];
    (void)snprintf(sql, sizeof(sql), "UPDATE session_history SET stopped = %lld WHERE id = 20",
                   (long long)(clock_wall_ms() / 1000 - 600));
    fixture_sql(f->path, sql);
    set_age(f->path, 600 - 59);
    assert_int_equal(fixture_open(f), OK);
    assert_null(source_missing_wal_hint(f->source));
    set_age(f->path, 600 - 70);
    assert_int_equal(fixture_open(f), OK);
    assert_non_null(strstr(source_missing_wal_hint(f->source), "copy tautulli.db-wal as well"));
    fixture_sql(f->path, "UPDATE session_history SET started = 32503680000 WHERE id = 19");
    set_age(f->path, 0);
    assert_int_equal(fixture_open(f), OK);
    assert_non_null(source_missing_wal_hint(f->source));
    fixture_sql(f->path, "PRAGMA journal_mode = DELETE");
    assert_int_equal(fixture_open(f), OK);
    assert_null(source_missing_wal_hint(f->source));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
        TEST(a_wal_of_its_own_belongs_whatever_was_checkpointed),
        TEST(an_old_wal_beside_a_backup_is_told_and_nothing_is_mixed),
        TEST(pages_that_are_in_neither_file_are_missed),
        TEST(a_damaged_database_is_not_blamed_on_its_wal),
        TEST(a_hostile_wal_costs_nothing),
        TEST(a_missing_wal_is_hinted_at_only_where_one_is_likely),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT
 * test_source_vfs.c - SQLite reaches a source's own files and no others, whatever stands in them,
 * and reads a live database without mapping anything: right beside a writer that checkpoints and
 * begins its -wal anew, and alive when a file is cut off under it. */
#include "actors/tautulli/source_vfs.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "actors/tautulli/source_stage.h"
#include "tests/unit/tautulli/fixture.h"

#define ROUNDS 3000 /* of a reader beside a writer */

static const char *beside(struct fixture *f, const char *suffix)
{
    return arena_format(f->arena, "%s%s", f->path, suffix);
}

static void run(sqlite3 *db, const char *sql)
{
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK) {
        fail_msg("%s: %s", sql, sqlite3_errmsg(db));
    }
}

static int64_t number(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *query = NULL;
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &query, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(query), SQLITE_ROW);
    int64_t n = sqlite3_column_int64(query, 0);
    assert_int_equal(sqlite3_finalize(query), SQLITE_OK);
    return n;
}

static void open_with(const char *path, enum vfs_use use, sqlite3 **out)
{
    OWNED(place_release) struct place place = PLACE_NONE;
    assert_int_equal(place_open(path, &place), 0);
    assert_int_equal(source_vfs_open(&place, use, 64U << 20, out), SQLITE_OK);
}

/* ---- names ---- */

static void put_32(unsigned char *at, uint32_t value)
{
    for (int i = 0; i < 4; i++) {
        at[i] = (unsigned char)(value >> (24 - 8 * i));
    }
}

/* f->path with a hot -journal beside it; `name`, if any, is that of its super-journal. */
static void leave_journal(struct fixture *f, const char *name)
{
    static const unsigned char magic[8] = {0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7};
    sqlite3 *db = NULL;
    fixture_make(f, SCHEMA_V2_17_2, 2000);
    fixture_sql(f->path, "PRAGMA journal_mode = DELETE");
    assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
    run(db, "PRAGMA cache_size = 5; BEGIN; UPDATE session_history SET user = 'unfinished'");
    const char *command = arena_format(f->arena, "cp '%s' '%s/d' && cp '%s-journal' '%s/j'",
                                       f->path, f->folder, f->path, f->folder);
    assert_int_equal(system(command), 0);
    run(db, "ROLLBACK");
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    command = arena_format(f->arena, "mv '%s/d' '%s' && mv '%s/j' '%s-journal'", f->folder, f->path,
                           f->folder, f->path);
    assert_int_equal(system(command), 0);
    if (name == NULL) {
        return;
    }
    unsigned char end[300] = {0};
    uint32_t size = (uint32_t)strlen(name);
    uint32_t sum = 0;
    put_32(end, 0x40000000 / 4096 + 1);
    for (uint32_t i = 0; i < size; i++) {
        end[4 + i] = (unsigned char)name[i];
        sum += (uint32_t)(signed char)name[i];
    }
    put_32(end + 4 + size, size);
    put_32(end + 8 + size, sum);
    memcpy(end + 12 + size, magic, sizeof(magic));
    FILE *journal = fopen(beside(f, "-journal"), "ab");
    assert_non_null(journal);
    assert_int_equal(fwrite(end, 1, 20 + size, journal), 20 + size);
    assert_int_equal(fclose(journal), 0);
}

static void a_journal_that_names_a_file_is_refused_and_the_file_stays(void **state)
{
    struct fixture *f = *state;
    const char *victim = arena_format(f->arena, "%s/victim", f->folder);
    fixture_write(victim, "precious", 8);
    leave_journal(f, victim);
    assert_int_equal(fixture_open(f), ERR_DATABASE_DAMAGED);
    assert_non_null(strstr(f->why.text, "names another file"));
    assert_non_null(f->why.remedy);
    assert_int_equal(access(victim, F_OK), 0);
    /* And where nobody looked at the journal first: SQLite asks for the name, and is refused. */
    sqlite3 *db = NULL;
    open_with(f->path, VFS_PRIVATE, &db);
    assert_int_not_equal(sqlite3_exec(db, "SELECT count(*) FROM users", NULL, NULL, NULL),
                         SQLITE_OK);
    source_vfs_close(&db);
    assert_int_equal(access(victim, F_OK), 0);
}

static void a_change_that_was_never_finished_is_rolled_back_in_the_copy(void **state)
{
    struct fixture *f = *state;
    leave_journal(f, NULL);
    assert_int_equal(fixture_open(f), OK);
    assert_true(source_is_staged(f->source));
    sqlite3 *db = NULL;
    open_with(source_path(f->source), VFS_IMMUTABLE, &db);
    assert_int_equal(number(db, "SELECT count(*) FROM session_history"), 2000);
    assert_int_equal(number(db, "SELECT count(*) FROM session_history WHERE user = 'unfinished'"),
                     0);
    source_vfs_close(&db);
    assert_int_equal(access(beside(f, "-journal"), F_OK), 0);
}

static void no_other_name_is_opened(void **state)
{
    static const char *const attempts[] = {
        "ATTACH '%s/other.db' AS other; CREATE TABLE other.t(x)",
        "ATTACH 'source.db-shm' AS other; CREATE TABLE other.t(x)",
        "VACUUM INTO '%s/other.db'",
    };
    struct fixture *f = *state;
    sqlite3 *db = NULL;
    fixture_make(f, SCHEMA_V2_17_2, 20);
    open_with(f->path, VFS_PRIVATE, &db);
    for (size_t i = 0; i < COUNT_OF(attempts); i++) {
        const char *sql = arena_format(f->arena, attempts[i], f->folder);
        assert_int_not_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    }
    run(db, "PRAGMA locking_mode = EXCLUSIVE; CREATE TEMP TABLE t AS SELECT * FROM users");
    source_vfs_close(&db);
    assert_int_not_equal(access(arena_format(f->arena, "%s/other.db", f->folder), F_OK), 0);
    assert_int_not_equal(access(beside(f, "-shm"), F_OK), 0);
}

/* A -journal promises a database of 16 TiB; its sum is right. */
static void a_copy_never_grows_beyond_its_limit(void **state)
{
    struct fixture *f = *state;
    leave_journal(f, NULL);
    int fd = open(beside(f, "-journal"), O_RDWR);
    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, "\xff\xff\xff\xf0", 4, 16), 4); /* pages before the change */
    (void)close(fd);
    assert_int_not_equal(fixture_open(f), OK);
    sqlite3 *db = NULL;
    struct stat found;
    open_with(f->path, VFS_PRIVATE, &db);
    (void)sqlite3_exec(db, "SELECT count(*) FROM users", NULL, NULL, NULL);
    source_vfs_close(&db);
    assert_int_equal(stat(f->path, &found), 0);
    assert_true(found.st_size <= 64 << 20);
}

/* ---- live ---- */

static bool maps(const struct fixture *f)
{
    char line[512];
    bool found = false;
    FILE *mapped = fopen("/proc/self/maps", "r");
    assert_non_null(mapped);
    while (fgets(line, sizeof(line), mapped) != NULL) {
        found = found || strstr(line, f->folder) != NULL;
    }
    assert_int_equal(fclose(mapped), 0);
    return found;
}

static void end_writer(pid_t writer)
{
    assert_int_equal(kill(writer, SIGKILL), 0);
    assert_int_equal(waitpid(writer, NULL, 0), writer);
}

/* The writer is another process, so nothing that is mapped is its. */
static pid_t begin_writer(struct fixture *f, const char *sql)
{
    int ready[2];
    char byte = 0;
    assert_int_equal(pipe(ready), 0);
    pid_t child = fork();
    if (child == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        sqlite3 *db = NULL;
        bool good = sqlite3_open(f->path, &db) == SQLITE_OK &&
                    sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK &&
                    write(ready[1], "r", 1) == 1;
        (void)close(ready[1]);
        while (good) {
            (void)pause();
        }
        _exit(1);
    }
    (void)close(ready[1]);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    (void)close(ready[0]);
    return child;
}

static void a_live_database_is_read_though_its_files_are_cut_off(void **state)
{
    struct fixture *f = *state;
    fixture_make(f, SCHEMA_V2_17_2, 500);
    pid_t writer = begin_writer(f, "PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0;"
                                   "INSERT INTO session_history (id, started, user) "
                                   "VALUES (1000, 1500000000, 'ann')");
    static const char count[] = "SELECT count(*) FROM session_history";
    sqlite3 *db = NULL;
    open_with(f->path, VFS_LIVE, &db);
    run(db, "BEGIN");
    assert_int_equal(number(db, count), 501);
    assert_false(maps(f));
    assert_int_equal(truncate(beside(f, "-shm"), 0), 0);
    assert_int_equal(number(db, count), 501);
    run(db, "COMMIT");
    assert_int_equal(number(db, count), 501);
    run(db, "BEGIN");
    assert_int_equal(number(db, count), 501);
    assert_int_equal(truncate(beside(f, "-wal"), 100), 0);
    assert_int_equal(truncate(f->path, 8192), 0);
    (void)sqlite3_exec(db, "SELECT * FROM session_history; SELECT * FROM users", NULL, NULL, NULL);
    (void)sqlite3_exec(db, "COMMIT; SELECT * FROM session_history", NULL, NULL, NULL);
    source_vfs_close(&db);
    end_writer(writer);
}

static void run_elsewhere(struct fixture *f, const char *sql)
{
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        sqlite3 *db = NULL;
        bool good = sqlite3_open(f->path, &db) == SQLITE_OK &&
                    sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK &&
                    sqlite3_close(db) == SQLITE_OK;
        _exit(good ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static void make_numbers(struct fixture *f)
{
    fixture_sql(f->path, "PRAGMA journal_mode = WAL; CREATE TABLE t (id INTEGER PRIMARY KEY, n, x);"
                         "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c "
                         "WHERE i < 400) INSERT INTO t SELECT i, 0, zeroblob(900) FROM c");
}

/* What a writer does after our transaction began, where SQLite would let it write over what we
 * read: over pages of the database, over the -wal after a checkpoint of all of it, and over the
 * -wal after one that has already begun it anew. */
static void a_transaction_sees_one_state_and_the_next_one_the_newest(void **state)
{
    static const struct {
        const char *before, *during;
    } writers[] = {
        {"PRAGMA wal_checkpoint(TRUNCATE)", "PRAGMA wal_checkpoint(PASSIVE)"},
        {"PRAGMA wal_checkpoint(PASSIVE)", "UPDATE t SET x = randomblob(900)"},
        {"PRAGMA wal_checkpoint(RESTART)", "UPDATE t SET x = randomblob(900)"},
        {"SELECT 1", "PRAGMA wal_checkpoint(PASSIVE)"},
    };
    struct fixture *f = *state;
    make_numbers(f);
    pid_t held = begin_writer(f, "SELECT count(*) FROM t"); /* so that the -wal stays */
    for (size_t i = 0; i < COUNT_OF(writers); i++) {
        sqlite3 *db = NULL;
        run_elsewhere(
            f, arena_format(f->arena, "UPDATE t SET x = randomblob(900); %s", writers[i].before));
        open_with(f->path, VFS_LIVE, &db);
        run(db, "PRAGMA cache_size = 5; BEGIN");
        assert_int_equal(number(db, "SELECT n FROM t WHERE id = 1"), i);
        run_elsewhere(f,
                      arena_format(f->arena, "UPDATE t SET n = %zu; %s", i + 1, writers[i].during));
        assert_int_equal(number(db, "SELECT sum(n) FROM t"), 400 * i);
        run(db, "COMMIT");
        assert_int_equal(number(db, "SELECT sum(n) FROM t"), 400 * (i + 1));
        source_vfs_close(&db);
    }
    end_writer(held);
}

/* The moment after a writer has said in the -shm that the -wal begins anew, and before it writes
 * there: it is held still by writing the same into the -shm. */
static void a_wal_that_is_about_to_begin_anew_is_not_read(void **state)
{
    struct fixture *f = *state;
    unsigned char head[48];
    sqlite3 *db = NULL;
    make_numbers(f);
    pid_t held = begin_writer(f, "SELECT count(*) FROM t");
    run_elsewhere(f, "UPDATE t SET n = 7; PRAGMA wal_checkpoint(PASSIVE)");
    int shm = open(beside(f, "-shm"), O_RDWR);
    assert_int_equal(pread(shm, head, sizeof(head), 0), sizeof(head));
    memset(head + 16, 0, 4); /* frames */
    head[32] ^= 1;           /* salts */
    assert_int_equal(pwrite(shm, head, sizeof(head), 0), sizeof(head));
    assert_int_equal(pwrite(shm, head, sizeof(head), sizeof(head)), sizeof(head));
    (void)close(shm);
    open_with(f->path, VFS_LIVE, &db);
    run(db, "PRAGMA cache_size = 5; BEGIN");
    assert_int_equal(number(db, "SELECT n FROM t WHERE id = 1"), 7);
    char garbage[4096];
    memset(garbage, 0xff, sizeof(garbage));
    int wal = open(beside(f, "-wal"), O_RDWR);
    for (int i = 0; i < 100; i++) {
        assert_int_equal(pwrite(wal, garbage, sizeof(garbage), i * 4096), sizeof(garbage));
    }
    (void)close(wal);
    assert_int_equal(number(db, "SELECT sum(n) FROM t"), 2800);
    source_vfs_close(&db);
    end_writer(held);
}

/* Moves what is in n from row to row, so that its sum stays, and checkpoints in every way. */
static void write_on(const char *path)
{
    static const char *const kinds[] = {"PASSIVE", "RESTART", "TRUNCATE", "FULL"};
    sqlite3 *db = NULL;
    if (sqlite3_open(path, &db) != SQLITE_OK) {
        return;
    }
    (void)sqlite3_busy_timeout(db, 10000);
    (void)sqlite3_exec(db, "PRAGMA wal_autocheckpoint = 8", NULL, NULL, NULL);
    for (unsigned i = 0;; i++) {
        char sql[200];
        (void)snprintf(sql, sizeof(sql),
                       "BEGIN IMMEDIATE; UPDATE t SET n = n - 1 WHERE id = %u;"
                       "UPDATE t SET n = n + 1 WHERE id = %u; COMMIT",
                       i * 7 % 400 + 1, i * 13 % 400 + 1);
        if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK) {
            (void)sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
        }
        (void)snprintf(sql, sizeof(sql), "PRAGMA wal_checkpoint(%s)", kinds[i / 5 % 4]);
        if (i % 5 == 0) {
            (void)sqlite3_exec(db, sql, NULL, NULL, NULL);
        }
    }
}

static void a_reader_beside_a_busy_writer_never_fails(void **state)
{
    struct fixture *f = *state;
    make_numbers(f);
    pid_t held = begin_writer(f, "SELECT count(*) FROM t");
    pid_t writer = fork();
    if (writer == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        write_on(f->path);
        _exit(1);
    }
    sqlite3 *db = NULL;
    open_with(f->path, VFS_LIVE, &db);
    (void)sqlite3_busy_timeout(db, 10000);
    for (int i = 0; i < ROUNDS; i++) {
        assert_int_equal(number(db, "SELECT sum(n) FROM t"), 0);
    }
    source_vfs_close(&db);
    end_writer(writer);
    end_writer(held);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
        TEST(a_journal_that_names_a_file_is_refused_and_the_file_stays),
        TEST(a_change_that_was_never_finished_is_rolled_back_in_the_copy),
        TEST(no_other_name_is_opened),
        TEST(a_copy_never_grows_beyond_its_limit),
        TEST(a_live_database_is_read_though_its_files_are_cut_off),
        TEST(a_transaction_sees_one_state_and_the_next_one_the_newest),
        TEST(a_wal_that_is_about_to_begin_anew_is_not_read),
        TEST(a_reader_beside_a_busy_writer_never_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

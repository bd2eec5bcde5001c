/* SPDX-License-Identifier: MIT
 * test_audit_db.c - entries are stored once, and the log goes on after whatever happened to it. */
#include "tests/unit/audit/fixture.h"

#include <sys/stat.h>

static void an_entry_that_comes_twice_is_stored_once(void **state)
{
    struct fixture *f = *state;
    append(f, "one");
    append(f, "one");
    fixture_reopen(f);
    append(f, "one");
    assert_int_equal(f->db->committed.n, 2);
    (void)seal(f, "seal", INT64_MAX);
    append(f, "one"); /* delivered again after it was sealed away */
    assert_int_equal(f->db->committed.n, 3);
    assert_true(verify(AUDIT_DB_FILE).intact);
}

static void a_transaction_that_fails_leaves_no_trace(void **state)
{
    struct fixture *f = *state;
    struct audit_entry entry = made_entry("lost");
    assert_int_equal(audit_db_begin(f->db), OK);
    assert_int_equal(audit_db_append(f->db, &entry), OK);
    assert_int_equal(audit_db_end(f->db, ERR_DISK_FULL), ERR_DISK_FULL);
    append(f, "kept");
    assert_int_equal(f->db->committed.n, 2);
    assert_true(verify(AUDIT_DB_FILE).intact);
}

static void the_secret_is_for_its_owner_only(void **state)
{
    struct fixture *f = *state;
    struct stat st;
    (void)f;
    assert_int_equal(stat(AUDIT_SECRET_FILE, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(stat(AUDIT_DB_FILE, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
}

static void a_database_put_back_from_a_backup_is_told_in_the_log(void **state)
{
    struct fixture *f = *state;
    append_many(f, 3);
    forge(f, AUDIT_DB_FILE, "SELECT 1");
    append_many(f, 0);
    append(f, "lost by the restore");
    audit_db_close(&f->db);
    run_shell("rm -f audit.db-*; mv copy.db audit.db");
    assert_int_equal(audit_db_open(&f->db), OK);
    assert_int_equal(f->db->committed.n, 5);
    assert_int_equal(number_in(AUDIT_DB_FILE,
                               "SELECT n FROM entries WHERE bytes ->> '$.action' = 'restored'"
                               " AND bytes ->> '$.params' ->> '$.head_n' = 5"
                               " AND bytes ->> '$.params' ->> '$.database_n' = 4"),
                     5);
    assert_true(verify(AUDIT_DB_FILE).intact);
    fixture_reopen(f);
    assert_int_equal(f->db->committed.n, 5); /* told once */
}

static void the_head_of_an_older_version_is_taken_over_and_one_of_a_backup_is_not(void **state)
{
    struct fixture *f = *state;
    const char *restored = "SELECT count(*) FROM entries WHERE bytes ->> '$.action' = 'restored'";
    append_many(f, 3);
    audit_db_close(&f->db);
    run_shell("mv " AUDIT_HEAD_FILE " " AUDIT_HEAD_COPY "; cp " AUDIT_HEAD_COPY " of-backup");
    assert_int_equal(audit_db_open(&f->db), OK);
    assert_int_equal(access(AUDIT_HEAD_COPY, F_OK), -1);
    assert_int_equal(number_in(AUDIT_DB_FILE, restored), 0);
    append(f, "newer");
    audit_db_close(&f->db);
    run_shell("mv of-backup " AUDIT_HEAD_COPY
              "; sqlite3 audit.db 'DELETE FROM entries WHERE n > 4'");
    assert_int_equal(audit_db_open(&f->db), OK);
    assert_int_equal(number_in(AUDIT_DB_FILE, restored), 1);
}

static void a_log_whose_head_is_gone_says_so_before_it_goes_on(void **state)
{
    struct fixture *f = *state;
    append_many(f, 3);
    audit_db_close(&f->db);
    run_shell("rm " AUDIT_HEAD_FILE "; sqlite3 audit.db 'DELETE FROM entries WHERE n = 4'");
    assert_int_equal(audit_db_open(&f->db), OK);
    assert_int_equal(number_in(AUDIT_DB_FILE,
                               "SELECT n FROM entries WHERE bytes ->> '$.action' = 'restored'"
                               " AND bytes ->> '$.params' ->> '$.head_n' IS NULL"
                               " AND bytes ->> '$.params' ->> '$.database_n' = 3"),
                     4);
    assert_true(verify(AUDIT_DB_FILE).intact);
    fixture_reopen(f);
    assert_int_equal(f->db->committed.n, 4); /* told once */
}

static void a_backup_from_before_a_rotation_goes_on_with_the_newer_key(void **state)
{
    struct fixture *f = *state;
    append_many(f, 3);
    forge(f, AUDIT_DB_FILE, "SELECT 1");
    rotate(f, "rotation");
    audit_db_close(&f->db);
    run_shell("rm -f audit.db-*; mv copy.db audit.db");
    assert_int_equal(audit_db_open(&f->db), OK);
    append(f, "after");
    assert_true(verify(AUDIT_DB_FILE).intact);
}

static void a_database_that_was_deleted_is_begun_anew_and_says_so(void **state)
{
    struct fixture *f = *state;
    append_many(f, 3);
    audit_db_close(&f->db);
    run_shell("rm -f audit.db*");
    assert_int_equal(audit_db_open(&f->db), OK);
    assert_int_equal(
        number_in(AUDIT_DB_FILE, "SELECT n FROM entries WHERE bytes ->> '$.action' = 'restored'"),
        2);
    assert_true(verify(AUDIT_DB_FILE).intact);
}

static void without_its_key_the_log_is_not_continued(void **state)
{
    struct fixture *f = *state;
    struct audit_secret other;
    append_many(f, 3);
    audit_db_close(&f->db);
    assert_int_equal(unlink(AUDIT_SECRET_FILE), 0);
    assert_int_equal(audit_db_open(&f->db), ERR_AUDIT_BROKEN);
    audit_secret_new(&other);
    assert_int_equal(audit_secret_write(AUDIT_SECRET_FILE, &other), OK);
    /* That the log's own key is listed does not make another one its heir, and lists it nowhere. */
    assert_int_equal(audit_db_open(&f->db), ERR_AUDIT_BROKEN);
    assert_int_equal(run_shell("test $(wc -l < " AUDIT_PUBLIC_FILE ") = 1"), 0);
    assert_int_equal(unlink(AUDIT_PUBLIC_FILE), 0);
    assert_int_equal(audit_db_open(&f->db), ERR_AUDIT_BROKEN);
}

static void a_rotation_that_was_cut_short_is_completed_or_undone(void **state)
{
    struct fixture *f = *state;
    struct audit_secret next;
    append_many(f, 2);
    /* Before its entry was committed: it never was. */
    audit_secret_new(&next);
    assert_int_equal(audit_secret_write(AUDIT_NEXT_SECRET_FILE, &next), OK);
    fixture_reopen(f);
    assert_int_not_equal(access(AUDIT_NEXT_SECRET_FILE, F_OK), 0);
    append(f, "with the old key");
    /* After it: the new key takes over at the next start. */
    run_shell("cp " AUDIT_SECRET_FILE " old.key");
    rotate(f, "rotation");
    run_shell("mv " AUDIT_SECRET_FILE " " AUDIT_NEXT_SECRET_FILE "; mv old.key " AUDIT_SECRET_FILE);
    fixture_reopen(f);
    append(f, "with the new key");
    assert_true(verify(AUDIT_DB_FILE).intact);
}

static void a_rotation_that_comes_twice_is_one(void **state)
{
    struct fixture *f = *state;
    rotate(f, "rotation");
    rotate(f, "rotation");
    assert_int_equal(f->db->committed.n, 2);
}

static void only_what_is_old_enough_is_sealed(void **state)
{
    struct fixture *f = *state;
    struct audit_entry entry = made_entry("young");
    (void)seal(f, "seal", INT64_MAX); /* the beginning, which is of today */
    append_many(f, 2);
    entry.at += 1000;
    assert_int_equal(audit_db_begin(f->db), OK);
    assert_int_equal(audit_db_end(f->db, audit_db_append(f->db, &entry)), OK);
    struct segment none = seal(f, "seal-2", made_entry("").at);
    assert_int_equal(none.first, 0);
    assert_int_equal(f->db->committed.n, 5);
}

int main(void)
{
    umask(0077); /* as every process of ours (process.c) */
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(an_entry_that_comes_twice_is_stored_once),
        FIXTURE_TEST(a_transaction_that_fails_leaves_no_trace),
        FIXTURE_TEST(the_secret_is_for_its_owner_only),
        FIXTURE_TEST(a_database_put_back_from_a_backup_is_told_in_the_log),
        FIXTURE_TEST(the_head_of_an_older_version_is_taken_over_and_one_of_a_backup_is_not),
        FIXTURE_TEST(a_log_whose_head_is_gone_says_so_before_it_goes_on),
        FIXTURE_TEST(a_backup_from_before_a_rotation_goes_on_with_the_newer_key),
        FIXTURE_TEST(a_database_that_was_deleted_is_begun_anew_and_says_so),
        FIXTURE_TEST(without_its_key_the_log_is_not_continued),
        FIXTURE_TEST(a_rotation_that_was_cut_short_is_completed_or_undone),
        FIXTURE_TEST(a_rotation_that_comes_twice_is_one),
        FIXTURE_TEST(only_what_is_old_enough_is_sealed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT
 * test_audit_verify.c - whatever a forger does to a copy, the first bad entry is named. */
#include "tests/unit/audit/fixture.h"

enum { ENTRIES = 9 }; /* entry 1 begins the log, the rest was recorded */

static void a_log_that_was_left_alone_is_intact(void **state)
{
    struct fixture *f = *state;
    append_many(f, ENTRIES - 1);
    struct audit_report report = verify(AUDIT_DB_FILE);
    assert_true(report.intact);
    assert_int_equal(report.intact_to, ENTRIES);
    assert_int_equal(report.bad_entry, 0);
    forge(f, AUDIT_DB_FILE, "VACUUM");
    assert_true(verify("copy.db").intact);
}

static void expect_bad(struct fixture *f, const char *from, const char *sql, uint64_t bad)
{
    forge(f, from, sql);
    struct audit_report report = verify("copy.db");
    if (report.intact || report.bad_entry != bad) {
        print_error("%s: bad entry %" PRIu64 ": %s\n", sql, report.bad_entry, report.message);
    }
    assert_false(report.intact);
    assert_int_equal(report.bad_entry, bad);
    assert_int_equal(report.intact_to, bad == report.first ? 0 : bad - 1);
}

static void every_edited_entry_is_found_and_named(void **state)
{
    struct fixture *f = *state;
    static const char *const edits[] = {
        "UPDATE entries SET bytes = replace(bytes, 'o', '0') WHERE n = %d",
        "UPDATE entries SET bytes = bytes || ' ' WHERE n = %d",
        "UPDATE entries SET hash = zeroblob(32) WHERE n = %d",
        "UPDATE entries SET hash = 'text' WHERE n = %d",
        "UPDATE entries SET signature = randomblob(64) WHERE n = %d",
        "UPDATE entries SET signature = x'' WHERE n = %d",
        "UPDATE entries SET key_id = '0000000000000000' WHERE n = %d",
        "DELETE FROM entries WHERE n = %d"};
    append_many(f, ENTRIES - 1);
    for (size_t i = 0; i < COUNT_OF(edits); i++) {
        bool cuts = strncmp(edits[i], "DELETE", 6) == 0;
        for (int n = 1; n <= ENTRIES - cuts; n++) {
            char sql[256];
            snprintf(sql, sizeof sql, edits[i], n);
            expect_bad(f, AUDIT_DB_FILE, sql, (uint64_t)n);
        }
    }
}

static void any_two_entries_that_changed_places_are_found(void **state)
{
    struct fixture *f = *state;
    append_many(f, ENTRIES - 1);
    for (int a = 1; a <= ENTRIES; a++) {
        for (int b = a + 1; b <= ENTRIES; b++) {
            char sql[256];
            snprintf(sql, sizeof sql,
                     "UPDATE entries SET n = -1 WHERE n = %d; UPDATE entries SET n = %d"
                     " WHERE n = %d; UPDATE entries SET n = %d WHERE n = -1",
                     a, a, b, b);
            expect_bad(f, AUDIT_DB_FILE, sql, (uint64_t)a);
        }
    }
}

/* A table that does not keep its numbers apart could hold two of one number, at the end of a page
 * of the check too, where the next page begins behind both. */
static void an_entry_that_is_there_twice_is_found_wherever_it_is(void **state)
{
    struct fixture *f = *state;
    append_many(f, ENTRIES - 1);
    for (int n = 1; n <= ENTRIES; n++) {
        char sql[512];
        snprintf(sql, sizeof sql,
                 "ALTER TABLE entries RENAME TO signed; CREATE TABLE entries AS SELECT * FROM "
                 "signed; INSERT INTO entries (n, bytes, hash, key_id, signature)"
                 " SELECT n, 'forged', hash, key_id, signature FROM signed WHERE n = %d",
                 n);
        expect_bad(f, AUDIT_DB_FILE, sql, 1);
    }
}

static void a_key_that_was_changed_signs_nothing_any_more(void **state)
{
    struct fixture *f = *state;
    append_many(f, 2);
    struct audit_secret leaked = f->db->secret;
    rotate(f, "rotation");
    append(f, "with the second key");
    f->db->secret = leaked;
    struct audit_entry about = {.action = AUDIT_RESTORED};
    assert_int_equal(audit_db_begin(f->db), OK);
    json_t *params = audit_db_key_params(&leaked.public);
    assert_int_equal(audit_db_end(f->db, audit_db_append_own(f->db, &about, params)), OK);
    struct audit_report report = verify(AUDIT_DB_FILE);
    assert_false(report.intact);
    assert_int_equal(report.bad_entry, 6);
    /* Nor does the log itself go on with it. */
    assert_int_equal(audit_secret_write(AUDIT_SECRET_FILE, &leaked), OK);
    run_shell("sqlite3 " AUDIT_DB_FILE " 'DELETE FROM entries WHERE n = 6'");
    audit_db_close(&f->db);
    assert_int_equal(audit_db_open(&f->db), ERR_AUDIT_BROKEN);
}

static void what_is_said_of_the_end_is_no_more_than_the_head_proves(void **state)
{
    struct fixture *f = *state;
    struct audit_head head;
    append_many(f, 2);
    assert_int_equal(audit_head_read(AUDIT_HEAD_FILE, &head), OK);
    struct audit_report report = verify_with(AUDIT_DB_FILE, AUDIT_PUBLIC_FILE, &head, 0);
    assert_non_null(strstr(report.message, "nothing was cut from the end"));
    append(f, "later");
    report = verify_with(AUDIT_DB_FILE, AUDIT_PUBLIC_FILE, &head, 0);
    assert_non_null(strstr(report.message, "nothing was cut up to entry 3; of later ones"));
    report = verify_with(AUDIT_DB_FILE, AUDIT_PUBLIC_FILE, NULL, 4);
    assert_non_null(strstr(report.message, "nothing was cut up to entry 4; of later ones"));
}

static void a_cut_end_is_found_with_a_head_or_a_number(void **state)
{
    struct fixture *f = *state;
    struct audit_head head;
    append_many(f, ENTRIES - 1);
    assert_int_equal(audit_head_read(AUDIT_HEAD_FILE, &head), OK);
    assert_int_equal(head.n, ENTRIES);
    for (int n = 2; n <= ENTRIES; n++) {
        char sql[64];
        snprintf(sql, sizeof sql, "DELETE FROM entries WHERE n >= %d", n);
        forge(f, AUDIT_DB_FILE, sql);
        assert_true(verify("copy.db").intact); /* nothing in the file can tell */
        struct audit_report held = verify_with("copy.db", AUDIT_PUBLIC_FILE, &head, 0);
        assert_false(held.intact);
        assert_int_equal(held.bad_entry, n);
        held = verify_with("copy.db", AUDIT_PUBLIC_FILE, NULL, ENTRIES);
        assert_int_equal(held.bad_entry, n);
    }
    expect_bad(f, AUDIT_DB_FILE, "DELETE FROM entries", 1); /* every log has its beginning */
    append(f, "later");
    assert_true(verify_with(AUDIT_DB_FILE, AUDIT_PUBLIC_FILE, &head, ENTRIES).intact);
}

static void a_head_that_nobody_signed_is_refused(void **state)
{
    struct fixture *f = *state;
    struct audit_head head;
    append_many(f, 2);
    assert_int_equal(audit_head_read(AUDIT_HEAD_FILE, &head), OK);
    head.signature.bytes[5] ^= 1;
    assert_false(verify_with(AUDIT_DB_FILE, AUDIT_PUBLIC_FILE, &head, 0).intact);
}

static void keys_of_another_log(const char *path)
{
    struct audit_secret other;
    OWNED(audit_keyring_release) struct audit_keyring ring = {0};
    audit_secret_new(&other);
    audit_keyring_add(&ring, &other.public);
    assert_int_equal(audit_keyring_write(path, &ring), OK);
}

static void a_log_that_was_made_anew_with_another_key_is_found(void **state)
{
    struct fixture *f = *state;
    append_many(f, 3);
    keys_of_another_log("other.pub");
    struct audit_report report = verify_with(AUDIT_DB_FILE, "other.pub", NULL, 0);
    assert_false(report.intact);
    assert_int_equal(report.bad_entry, 1);
}

/* The forger names the real key as its heir, but cannot sign with it. */
static void a_real_key_that_signed_nothing_vouches_for_nothing(void **state)
{
    struct fixture *f = *state;
    struct audit_secret real;
    OWNED(audit_keyring_release) struct audit_keyring ring = {0};
    audit_secret_new(&real);
    audit_keyring_add(&ring, &real.public);
    assert_int_equal(audit_keyring_write("real.pub", &ring), OK);
    struct audit_entry about = {.action = AUDIT_KEY_ROTATED};
    assert_int_equal(audit_db_begin(f->db), OK);
    json_t *params = audit_db_key_params(&real.public);
    assert_int_equal(audit_db_end(f->db, audit_db_append_own(f->db, &about, params)), OK);
    assert_false(verify_with(AUDIT_DB_FILE, "real.pub", NULL, 0).intact);
}

static void after_a_rotation_the_oldest_and_the_newest_key_both_vouch(void **state)
{
    struct fixture *f = *state;
    append_many(f, 2);
    run_shell("cp " AUDIT_PUBLIC_FILE " oldest.pub");
    rotate(f, "rotation");
    append(f, "with the second key");
    fixture_reopen(f);
    append(f, "after a restart");
    run_shell("tail -1 " AUDIT_PUBLIC_FILE " >newest.pub");
    assert_int_equal(number_in(AUDIT_DB_FILE, "SELECT count(DISTINCT key_id) FROM entries"), 2);
    assert_true(verify(AUDIT_DB_FILE).intact);
    assert_true(verify_with(AUDIT_DB_FILE, "oldest.pub", NULL, 0).intact);
    assert_true(verify_with(AUDIT_DB_FILE, "newest.pub", NULL, 0).intact);
    /* Without the entry that tells of the change, it is none. */
    expect_bad(f, AUDIT_DB_FILE,
               "DELETE FROM entries WHERE n = 4; UPDATE entries SET n = n - 1 WHERE n > 4", 4);
}

static void a_segment_is_checked_as_a_whole_and_cannot_be_cut(void **state)
{
    struct fixture *f = *state;
    append_many(f, ENTRIES - 1);
    struct segment first = seal(f, "seal-1", INT64_MAX);
    assert_int_equal(first.first, 1);
    assert_int_equal(first.last, ENTRIES);
    append(f, "later");
    struct segment second = seal(f, "seal-2", INT64_MAX);
    assert_int_equal(second.first, ENTRIES + 1);
    struct audit_report report = verify(second.file);
    assert_true(report.intact);
    assert_true(report.segment);
    assert_int_equal(report.intact_to, second.last);
    assert_true(verify(first.file).intact);
    expect_bad(f, first.file, "DELETE FROM entries WHERE n = 9", 9);
    expect_bad(f, first.file, "UPDATE segment SET last = 8; DELETE FROM entries WHERE n = 9", 1);
    expect_bad(f, first.file, "UPDATE entries SET bytes = '{}' WHERE n = 4", 4);
}

static void sealed_entries_leave_the_log_and_it_stays_intact(void **state)
{
    struct fixture *f = *state;
    append_many(f, 3);
    (void)seal(f, "seal-1", INT64_MAX);
    append(f, "later");
    assert_int_equal(number_in(AUDIT_DB_FILE, "SELECT min(n) FROM entries"), 5);
    assert_true(verify(AUDIT_DB_FILE).intact);
    /* Who cuts the beginning cannot make the log tell of a seal. */
    forge(f, AUDIT_DB_FILE,
          "UPDATE base SET n = 5, hash = (SELECT hash FROM entries WHERE n = 5);"
          "DELETE FROM entries WHERE n = 5");
    struct audit_report report = verify("copy.db");
    assert_false(report.intact);
    assert_int_equal(report.bad_entry, 1);
}

static void what_is_no_audit_log_is_said_to_be_none(void **state)
{
    struct fixture *f = *state;
    OWNED(audit_keyring_release) struct audit_keyring ring = {0};
    OWNED(audit_verifier_close) struct audit_verifier *v = NULL;
    struct audit_claims claims = {.trusted = &ring};
    (void)f;
    run_shell("echo nothing >text; sqlite3 other.db 'CREATE TABLE entries (n)'; : >empty");
    assert_int_equal(audit_verifier_open("text", &claims, &v), ERR_NOT_FOUND);
    assert_int_equal(audit_verifier_open("other.db", &claims, &v), ERR_NOT_FOUND);
    assert_int_equal(audit_verifier_open("empty", &claims, &v), ERR_NOT_FOUND);
    assert_int_equal(audit_verifier_open("absent", &claims, &v), ERR_FILE_NOT_FOUND);
}

static void a_damaged_file_is_intact_up_to_the_damage(void **state)
{
    struct fixture *f = *state;
    append_many(f, 400);
    forge(f, AUDIT_DB_FILE, "PRAGMA journal_mode=DELETE");
    run_shell("dd if=/dev/urandom of=copy.db bs=4096 seek=12 count=4 conv=notrunc 2>/dev/null");
    struct audit_report report = verify("copy.db");
    assert_false(report.intact);
    assert_true(report.bad_entry > 1 && report.bad_entry < 400);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(a_log_that_was_left_alone_is_intact),
        FIXTURE_TEST(every_edited_entry_is_found_and_named),
        FIXTURE_TEST(any_two_entries_that_changed_places_are_found),
        FIXTURE_TEST(a_cut_end_is_found_with_a_head_or_a_number),
        FIXTURE_TEST(an_entry_that_is_there_twice_is_found_wherever_it_is),
        FIXTURE_TEST(a_key_that_was_changed_signs_nothing_any_more),
        FIXTURE_TEST(what_is_said_of_the_end_is_no_more_than_the_head_proves),
        FIXTURE_TEST(a_head_that_nobody_signed_is_refused),
        FIXTURE_TEST(a_log_that_was_made_anew_with_another_key_is_found),
        FIXTURE_TEST(a_real_key_that_signed_nothing_vouches_for_nothing),
        FIXTURE_TEST(after_a_rotation_the_oldest_and_the_newest_key_both_vouch),
        FIXTURE_TEST(a_segment_is_checked_as_a_whole_and_cannot_be_cut),
        FIXTURE_TEST(sealed_entries_leave_the_log_and_it_stays_intact),
        FIXTURE_TEST(what_is_no_audit_log_is_said_to_be_none),
        FIXTURE_TEST(a_damaged_file_is_intact_up_to_the_damage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

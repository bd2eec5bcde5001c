/* SPDX-License-Identifier: MIT
 * test_access_attempts.c - guessing passwords is stopped by address and slowed down by account,
 * and an unknown name is treated like a known one. */
#include <limits.h>
#include <time.h>

#include "tests/unit/gateway/access_fixture.h"

static enum err guess(struct access_fixture *f, const char *name, const char *address,
                      struct verdict *verdict)
{
    struct admission in;
    return fixture_sign_in(f, name, "not this one", address, &in, verdict);
}

static void five_failures_of_an_account_from_one_address_stop_it_for_15_minutes(void **state)
{
    struct access_fixture *f = *state;
    struct admission in;
    struct verdict verdict;
    fixture_admin(f, &in);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(guess(f, "Ada", "192.0.2.9", &verdict), ERR_SIGN_IN_FAILED);
        f->now += MINUTE;
    }
    assert_int_equal(guess(f, "ADA", "192.0.2.9", &verdict), ERR_RATE_LIMITED);
    assert_string_equal(verdict.flaw.text, "Too many wrong passwords for this account");
    assert_int_equal(verdict.retry_after_s, 10 * 60); /* the first one leaves the window then */
    assert_int_equal(fixture_sign_in(f, "Ada", FIXTURE_PASSWORD, "192.0.2.9", &in, &verdict),
                     ERR_RATE_LIMITED);
    f->now += 10 * MINUTE;
    assert_int_equal(fixture_sign_in(f, "Ada", FIXTURE_PASSWORD, "192.0.2.9", &in, &verdict), OK);
}

static void the_counts_survive_a_restart(void **state)
{
    struct access_fixture *f = *state;
    struct verdict verdict;
    for (int i = 0; i < 5; i++) {
        assert_int_equal(guess(f, "nobody", "192.0.2.9", &verdict), ERR_SIGN_IN_FAILED);
    }
    access_close(&f->access);
    fixture_open(f);
    assert_int_equal(guess(f, "nobody", "192.0.2.9", &verdict), ERR_RATE_LIMITED);
}

static void thirty_failures_from_one_address_stop_it_whatever_the_names(void **state)
{
    struct access_fixture *f = *state;
    struct verdict verdict;
    for (int i = 0; i < 30; i++) {
        char name[16];
        snprintf(name, sizeof name, "someone %d", i);
        assert_int_equal(guess(f, name, "192.0.2.9", &verdict), ERR_SIGN_IN_FAILED);
    }
    assert_int_equal(guess(f, "Ada", "192.0.2.9", &verdict), ERR_RATE_LIMITED);
    assert_int_equal(verdict.retry_after_s, 3600);
    assert_int_equal(guess(f, "Ada", "192.0.2.10", &verdict), ERR_SIGN_IN_FAILED);
}

static void behind_a_forwarder_only_the_accounts_count(void **state)
{
    struct access_fixture *f = *state;
    struct admission in;
    struct verdict verdict;
    struct auth_login asked = {.name = "Ada", .password = FIXTURE_PASSWORD};
    struct visit visit = fixture_visit(f, &fixture_nobody);
    fixture_admin(f, &in);
    for (int i = 0; i < 30; i++) {
        char name[16];
        snprintf(name, sizeof name, "name %d", i);
        assert_int_equal(guess(f, name, visit.address, &verdict), ERR_SIGN_IN_FAILED);
    }
    assert_int_equal(guess(f, "Ada", visit.address, &verdict), ERR_RATE_LIMITED);
    verdict = (struct verdict){0};
    assert_int_equal(accounts_sign_in(f->access, &asked, &visit, &in, &verdict), ERR_RATE_LIMITED);
    visit.shared = true;
    verdict = (struct verdict){0};
    assert_int_equal(accounts_sign_in(f->access, &asked, &visit, &in, &verdict), OK);
    for (int i = 0; i < 5; i++) {
        asked.password = "not this one either";
        assert_int_equal(accounts_sign_in(f->access, &asked, &visit, &in, &verdict),
                         ERR_SIGN_IN_FAILED);
    }
    assert_int_equal(accounts_sign_in(f->access, &asked, &visit, &in, &verdict), ERR_RATE_LIMITED);
}

static void who_shares_an_address_with_a_guesser_still_gets_in(void **state)
{
    struct access_fixture *f = *state;
    struct admission in;
    struct verdict verdict;
    fixture_admin(f, &in);
    for (int i = 0; i < 30; i++) {
        char name[16];
        snprintf(name, sizeof name, "name %d", i);
        assert_int_equal(guess(f, name, "192.0.2.9", &verdict), ERR_SIGN_IN_FAILED);
    }
    assert_int_equal(fixture_sign_in(f, "Ada", FIXTURE_PASSWORD, "192.0.2.9", &in, &verdict), OK);
    assert_int_equal(guess(f, "Ada", "192.0.2.9", &verdict), ERR_RATE_LIMITED);
    assert_true(verdict.retry_after_s > 0);
    /* The one guess is used up, and so is what the right password would have been worth. */
    assert_int_equal(fixture_sign_in(f, "Ada", FIXTURE_PASSWORD, "192.0.2.9", &in, &verdict),
                     ERR_RATE_LIMITED);
    assert_int_equal(fixture_sign_in(f, "Ada", FIXTURE_PASSWORD, "192.0.2.1", &in, &verdict), OK);
}

static void an_account_alone_is_slowed_down_but_its_owner_gets_in(void **state)
{
    struct access_fixture *f = *state;
    struct admission in;
    struct verdict verdict;
    fixture_admin(f, &in);
    for (int i = 0; i < 12; i++) {
        char address[16];
        snprintf(address, sizeof address, "192.0.2.%d", 100 + i);
        assert_int_equal(guess(f, "Ada", address, &verdict), ERR_SIGN_IN_FAILED);
        int64_t wanted = i < 5 ? 0 : i < 9 ? INT64_C(250) << (i - 5) : 4000;
        assert_int_equal(verdict.hold_ms, wanted);
    }
    assert_int_equal(fixture_sign_in(f, "Ada", FIXTURE_PASSWORD, "192.0.2.1", &in, &verdict), OK);
    assert_int_equal(verdict.hold_ms, 4000);
}

static void a_success_forgives_the_failures_before_it(void **state)
{
    struct access_fixture *f = *state;
    struct admission in;
    struct verdict verdict;
    fixture_admin(f, &in);
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 4; i++) {
            assert_int_equal(guess(f, "Ada", "192.0.2.9", &verdict), ERR_SIGN_IN_FAILED);
        }
        assert_int_equal(fixture_sign_in(f, "Ada", FIXTURE_PASSWORD, "192.0.2.9", &in, &verdict),
                         OK);
    }
}

static void an_unknown_name_takes_the_same_work_as_a_known_one(void **state)
{
    struct access_fixture *f = *state;
    struct admission in;
    struct verdict verdict;
    fixture_admin(f, &in);
    clock_t known = LONG_MAX, unknown = LONG_MAX; /* the least of five, of this process alone */
    for (int i = 0; i < 5; i++) {
        char address[16];
        snprintf(address, sizeof address, "192.0.2.%d", i);
        clock_t began = clock();
        assert_int_equal(guess(f, "Ada", address, &verdict), ERR_SIGN_IN_FAILED);
        clock_t between = clock();
        assert_int_equal(guess(f, "Eve", address, &verdict), ERR_SIGN_IN_FAILED);
        clock_t ended = clock();
        known = between - began < known ? between - began : known;
        unknown = ended - between < unknown ? ended - between : unknown;
    }
    assert_true(unknown * 2 > known && known * 2 > unknown);
}

static void what_was_typed_as_a_name_is_not_kept(void **state)
{
    struct access_fixture *f = *state;
    struct verdict verdict;
    char told[NAME_MAX_BYTES + 1], file[1 << 18];
    assert_int_equal(guess(f, "hunter2 hunter2", "192.0.2.9", &verdict), ERR_SIGN_IN_FAILED);
    assert_int_equal(db_exec(access_db(f->access), "PRAGMA wal_checkpoint(TRUNCATE)"), OK);
    FILE *stream = fopen(ACCOUNTS_FILE, "re");
    size_t size = fread(file, 1, sizeof file, stream);
    fclose(stream);
    assert_null(memmem(file, size, "hunter2", 7));
    access_name_for_log(f->access, "hunter2 hunter2", told);
    assert_null(strstr(told, "hunter2"));
    assert_int_equal(strncmp(told, "unknown-", 8), 0);
}

static void failures_are_forgotten_after_an_hour(void **state)
{
    struct access_fixture *f = *state;
    struct verdict verdict;
    assert_int_equal(guess(f, "Ada", "192.0.2.9", &verdict), ERR_SIGN_IN_FAILED);
    int64_t left = -1;
    assert_int_equal(accounts_tidy(f->access, f->now + HOUR), OK);
    assert_int_equal(db_number(access_db(f->access), "SELECT count(*) FROM failures", 0, &left),
                     OK);
    assert_int_equal(left, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ACCESS_TEST(five_failures_of_an_account_from_one_address_stop_it_for_15_minutes),
        ACCESS_TEST(the_counts_survive_a_restart),
        ACCESS_TEST(behind_a_forwarder_only_the_accounts_count),
        ACCESS_TEST(thirty_failures_from_one_address_stop_it_whatever_the_names),
        ACCESS_TEST(who_shares_an_address_with_a_guesser_still_gets_in),
        ACCESS_TEST(an_account_alone_is_slowed_down_but_its_owner_gets_in),
        ACCESS_TEST(a_success_forgives_the_failures_before_it),
        ACCESS_TEST(an_unknown_name_takes_the_same_work_as_a_known_one),
        ACCESS_TEST(what_was_typed_as_a_name_is_not_kept),
        ACCESS_TEST(failures_are_forgotten_after_an_hour),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

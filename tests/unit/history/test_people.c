/* SPDX-License-Identifier: MIT
 * test_people.c - which accounts are one person, by which texts a person is called, and when what
 * was erased goes from the files. */
#include "actors/history/forget.h"
#include "actors/history/people.h"
#include "tests/unit/history/fixture.h"

static void map(struct fixture *f, const char *values)
{
    char sql[512];
    snprintf(sql, sizeof sql, "INSERT INTO person_accounts VALUES %s", values);
    assert_int_equal(db_exec(f->h->store->db, sql), OK);
    assert_int_equal(store_read_people(f->h->store), OK);
}

static int64_t key(const struct fixture *f, const char *server, const char *user)
{
    return person_key(f->h->store->people, server, user);
}

static void assert_called(struct fixture *f, const char *server, const char *user, const char *id)
{
    const char *text = person_id(f->h->store->people, server, user, f->arena);
    assert_string_equal(text, id);
    assert_int_equal(person_key_of_id(f->h->store->people, id), key(f, server, user));
}

static void a_plex_tv_id_is_one_person_on_every_server_and_id_1_is_not(void **state)
{
    const struct fixture *f = *state;
    assert_true(key(f, "a", "4711") != 0);
    assert_int_equal(key(f, "a", "4711"), key(f, "b", "4711"));
    assert_true(key(f, "a", "4711") != key(f, "a", "4712"));
    assert_true(key(f, "a", "1") != key(f, "b", "1"));
    assert_true(key(f, "a", "0b1d") != key(f, "b", "0b1d"));
}

static void no_id_and_local_are_nobody(void **state)
{
    const struct fixture *f = *state;
    assert_int_equal(key(f, "a", "0"), 0);
    assert_int_equal(key(f, "a", ""), 0);
    assert_int_equal(key(f, "a", NULL), 0);
    assert_null(person_id(f->h->store->people, "a", "0", f->arena));
}

static void mapped_accounts_are_one_person_and_take_their_plex_tv_id_along(void **state)
{
    struct fixture *f = *state;
    int64_t alone = key(f, "a", "4711");
    map(f, "('a', '1', 3), ('a', '4711', 3)");
    assert_int_equal(key(f, "a", "1"), key(f, "a", "4711"));
    assert_int_equal(key(f, "b", "4711"), key(f, "a", "4711"));
    assert_true(key(f, "b", "1") != key(f, "a", "1"));
    assert_true(key(f, "a", "4711") != alone);
}

static void
of_a_plex_tv_id_that_is_two_persons_an_account_that_nobody_mapped_is_the_first(void **state)
{
    struct fixture *f = *state;
    map(f, "('b', '4711', 7), ('c', '4711', 4)");
    assert_true(key(f, "b", "4711") != key(f, "c", "4711"));
    assert_int_equal(key(f, "a", "4711"), key(f, "c", "4711"));
}

static void a_person_is_called_by_a_text_that_leads_back(void **state)
{
    struct fixture *f = *state;
    map(f, "('a', '1', 12)");
    assert_called(f, "a", "1", "p12");
    assert_called(f, "b", "4711", "plex.tv/4711");
    assert_called(f, "b", "1", "b/1");
    assert_called(f, "s/ä%", "x y", "s%2F%C3%A4%25/x%20y");
    const struct people *p = f->h->store->people;
    assert_int_equal(person_key_of_id(p, "a/1"), key(f, "a", "1"));
    assert_int_equal(person_key_of_id(p, "b/4711"), key(f, "b", "4711"));
    static const char *const none[] = {
        "",   "p",   "p0",  "p012", "p1x",   "12",    "a",     "a/",
        "/1", "a/0", "a/%", "a/%4", "a/%00", "a/%zz", "a/%c3", "p9999999999999999999"};
    for (size_t i = 0; i < COUNT_OF(none); i++) {
        assert_int_equal(person_key_of_id(p, none[i]), 0);
    }
}

static void what_sql_says_is_what_the_functions_say(void **state)
{
    const struct fixture *f = *state;
    assert_int_equal(people_functions(f->h->store->db, f->h->store->people), OK);
    assert_int_equal(fixture_number(f, "SELECT person_key('a', '5')"), key(f, "a", "5"));
    assert_int_equal(fixture_number(f, "SELECT person_key('a', NULL) IS NULL"
                                       " AND person_id('a', '0') IS NULL"
                                       " AND person_id('a', '5') = 'plex.tv/5'"),
                     1);
}

static void a_mark_keeps_an_account_away_and_of_plex_tv_on_every_server(void **state)
{
    struct fixture *f = *state;
    assert_false(people_forgot_any(f->h->store->people));
    assert_int_equal(db_exec(f->h->store->db, "INSERT INTO forgotten VALUES"
                                              " ('a', '1', 'a/1', 0, NULL),"
                                              " ('plex.tv', '5', 'plex.tv/5', 0, NULL)"),
                     OK);
    assert_int_equal(store_read_people(f->h->store), OK);
    const struct people *p = f->h->store->people;
    assert_true(people_forgot_any(p));
    assert_true(people_forgot(p, "a", "1"));
    assert_false(people_forgot(p, "b", "1"));
    assert_true(people_forgot(p, "b", "5"));
    assert_false(people_forgot(p, "b", NULL));
}

static int64_t scrub_is_due(struct fixture *f)
{
    lifecycle_sweep(f->h);
    forget_scrub(f->h);
    return fixture_number(f, "SELECT count(*) FROM scrub_due");
}

static void
what_was_erased_goes_from_the_wal_after_the_index_the_readers_and_a_restart(void **state)
{
    struct fixture *f = *state;
    struct reader reader = {0};
    int64_t n = 0;
    fixture_reader(f, &reader);
    assert_int_equal(db_exec(f->h->store->db, "INSERT INTO scrub_due VALUES (1);"
                                              "INSERT INTO play_index_changed VALUES (1, 2, 3, 4)"),
                     OK);
    assert_int_equal(db_exec(reader.db, "BEGIN"), OK);
    assert_int_equal(db_number(reader.db, "SELECT count(*) FROM scrub_due", -1, &n), OK);
    fixture_reopen(f);
    assert_int_equal(scrub_is_due(f), 1);
    assert_int_equal(db_exec(f->h->store->db, "DELETE FROM play_index_changed"), OK);
    assert_int_equal(scrub_is_due(f), 1);
    assert_int_equal(db_exec(reader.db, "COMMIT"), OK);
    assert_int_equal(scrub_is_due(f), 0);
    fixture_reader_close(&reader);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(a_plex_tv_id_is_one_person_on_every_server_and_id_1_is_not),
        FIXTURE_TEST(no_id_and_local_are_nobody),
        FIXTURE_TEST(mapped_accounts_are_one_person_and_take_their_plex_tv_id_along),
        FIXTURE_TEST(
            of_a_plex_tv_id_that_is_two_persons_an_account_that_nobody_mapped_is_the_first),
        FIXTURE_TEST(a_person_is_called_by_a_text_that_leads_back),
        FIXTURE_TEST(what_sql_says_is_what_the_functions_say),
        FIXTURE_TEST(a_mark_keeps_an_account_away_and_of_plex_tv_on_every_server),
        FIXTURE_TEST(what_was_erased_goes_from_the_wal_after_the_index_the_readers_and_a_restart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT
 * test_listing.c - pages of the log: newest first, none twice, none left out, filtered by what was
 * signed. */
#include "tests/unit/audit/fixture.h"

#include "actors/audit/listing.h"

static struct audit_listed page(struct fixture *f, const struct audit_list *ask)
{
    OWNED(db_close) sqlite3 *reader = NULL;
    struct audit_listed got;
    if (f->arena == NULL) {
        f->arena = arena_new();
    }
    assert_int_equal(db_open_reader(AUDIT_DB_FILE, &reader), OK);
    assert_int_equal(listing_read(reader, ask, f->arena, &got), OK);
    return got;
}

static void pages_walk_the_log_backwards_without_a_gap(void **state)
{
    struct fixture *f = *state;
    struct audit_list ask = {.limit = 4, .has_limit = true};
    append_many(f, 10);
    uint64_t expected = 11;
    do {
        struct audit_listed got = page(f, &ask);
        for (size_t i = 0; i < got.items_count; i++) {
            assert_int_equal(got.items[i].n, expected--);
        }
        ask.cursor = got.next;
        append(f, got.next != NULL ? got.next : "last"); /* newer ones change nothing */
    } while (ask.cursor != NULL);
    assert_int_equal(expected, 0);
}

static void append_of(struct fixture *f, const char *id, const char *actor, int64_t at,
                      const char *target)
{
    struct audit_entry entry = made_entry(id);
    entry.actor = actor;
    entry.at = at;
    entry.target = target;
    assert_int_equal(audit_db_begin(f->db), OK);
    assert_int_equal(audit_db_end(f->db, audit_db_append(f->db, &entry)), OK);
}

static void expect_only(struct fixture *f, const struct audit_list *ask, const char *entry_id)
{
    struct audit_listed got = page(f, ask);
    assert_int_equal(got.items_count, 1);
    assert_string_equal(got.items[0].entry_id, entry_id);
}

static void every_filter_finds_its_entry_and_no_other(void **state)
{
    struct fixture *f = *state;
    append_of(f, "a", "alice", 1000, "/srv/Movies.db");
    append_of(f, "b", "bob", 2000, NULL);
    append_of(f, "c", "carol", 3000, "100%");
    struct audit_list log = {0};
    PUT(&log, phase, audit_phase_log);
    struct audit_list time = {0};
    PUT(&time, from, 2000);
    PUT(&time, to, 3000);
    expect_only(f, &(struct audit_list){.actor = "alice"}, "a");
    expect_only(f, &time, "b");
    expect_only(f, &(struct audit_list){.q = "movies"}, "a");
    expect_only(f, &(struct audit_list){.q = "0%"}, "c");
    assert_int_equal(page(f, &log).items_count, 1);
    assert_int_equal(page(f, &(struct audit_list){.actor = "ALICE"}).items_count, 0);
    assert_int_equal(page(f, &(struct audit_list){.outcome = "ok"}).items_count, 3);
}

static void a_cursor_that_is_none_is_refused(void **state)
{
    struct fixture *f = *state;
    static const char *const wrong[] = {"-1", "0", "x", "1x", " 1", "99999999999999999999"};
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        OWNED(db_close) sqlite3 *reader = NULL;
        OWNED(arena_destroy) struct arena *arena = arena_new();
        struct audit_listed got;
        assert_int_equal(db_open_reader(AUDIT_DB_FILE, &reader), OK);
        struct audit_list ask = {.cursor = wrong[i]};
        assert_int_equal(listing_read(reader, &ask, arena, &got), ERR_BAD_FIELD);
    }
    (void)f;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(pages_walk_the_log_backwards_without_a_gap),
        FIXTURE_TEST(every_filter_finds_its_entry_and_no_other),
        FIXTURE_TEST(a_cursor_that_is_none_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

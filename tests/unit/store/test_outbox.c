/* SPDX-License-Identifier: MIT
 * test_outbox.c - entries wait in the caller's own database until they are delivered. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/base/clock.h"
#include "proto/store/outbox.h"

static int64_t now;

static int64_t test_clock(void)
{
    return now;
}

struct fixture {
    sqlite3 *db;
    struct arena *arena;
};

static int open_box(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    now = 1700000000000;
    clock_set_wall(test_clock);
    f->arena = arena_new();
    if (db_open_writer(":memory:", &f->db) != OK || db_exec(f->db, OUTBOX_TABLE) != OK) {
        return -1;
    }
    *state = f;
    return 0;
}

static int close_box(void **state)
{
    struct fixture *f = *state;
    db_close(&f->db);
    arena_destroy(&f->arena);
    free(f);
    clock_set_wall(NULL);
    return 0;
}

static struct audit_entry made(const char *id, uint64_t count)
{
    struct audit_entry entry = {.entry_id = id,
                                .at = 1700000000123,
                                .phase = audit_phase_refused,
                                .action = "sign_in",
                                .target = "/srv/<b>Käse</b>"};
    PUT(&entry, count, count);
    return entry;
}

static void add(struct fixture *f, const char *id, uint64_t count, int64_t ready_at)
{
    struct audit_entry entry = made(id, count);
    assert_int_equal(outbox_add(f->db, &entry, ready_at), OK);
}

static struct audit_record take(struct fixture *f)
{
    struct audit_record record;
    assert_int_equal(outbox_take(f->db, now, f->arena, &record), OK);
    return record;
}

static void entries_come_out_whole_in_the_order_they_went_in(void **state)
{
    struct fixture *f = *state;
    add(f, "b", 2, 0);
    add(f, "a", 1, 0);
    struct audit_record got = take(f);
    assert_int_equal(got.entries_count, 2);
    assert_string_equal(got.entries[0].entry_id, "b");
    assert_string_equal(got.entries[1].entry_id, "a");
    assert_string_equal(got.entries[1].target, "/srv/<b>Käse</b>");
    assert_int_equal(got.entries[1].at, 1700000000123);
    assert_int_equal(got.entries[1].count, 1);
    assert_null(got.entries[1].actor);
}

static void an_entry_stays_until_it_is_dropped(void **state)
{
    struct fixture *f = *state;
    add(f, "a", 1, 0);
    (void)take(f);
    struct audit_record again = take(f);
    assert_int_equal(again.entries_count, 1);
    add(f, "b", 1, 0);
    assert_int_equal(outbox_drop(f->db, &again), OK);
    again = take(f);
    assert_int_equal(again.entries_count, 1);
    assert_string_equal(again.entries[0].entry_id, "b");
}

static void a_damaged_entry_is_set_aside_and_holds_up_none_of_the_others(void **state)
{
    struct fixture *f = *state;
    char id[16];
    for (int i = 0; i < 2 * OUTBOX_TAKE_MAX; i++) {
        (void)snprintf(id, sizeof id, "%d", i);
        add(f, id, 1, 0);
    }
    assert_int_equal(db_exec(f->db, "UPDATE audit_outbox SET entry = x'c1' WHERE n % 2 = 1"), OK);
    struct audit_record got = take(f);
    assert_int_equal(got.entries_count, OUTBOX_TAKE_MAX);
    assert_string_equal(got.entries[0].entry_id, "1");
    assert_int_equal(outbox_drop(f->db, &got), OK);
    assert_int_equal(take(f).entries_count, 0);
    assert_int_equal(outbox_release(f->db), OK);
    assert_int_equal(take(f).entries_count, 0); /* nor after a restart */
}

static void a_count_grows_until_its_entry_is_ready_and_never_after(void **state)
{
    struct fixture *f = *state;
    add(f, "a", 1, now + 60000);
    add(f, "a", 7, now + 60000);
    assert_int_equal(take(f).entries_count, 0);
    now += 60000;
    struct audit_record got = take(f);
    assert_int_equal(got.entries_count, 1);
    assert_int_equal(got.entries[0].count, 7);
    add(f, "a", 9, now + 60000);
    assert_int_equal(take(f).entries[0].count, 7);
}

static void what_is_held_is_delivered_after_a_release_unless_it_was_known_better(void **state)
{
    struct fixture *f = *state;
    add(f, "a", 1, OUTBOX_HELD);
    add(f, "b", 1, OUTBOX_HELD);
    add(f, "counted", 1, now + 60000);
    add(f, "a", 2, 0);
    struct audit_record got = take(f);
    assert_int_equal(got.entries_count, 1);
    assert_int_equal(got.entries[0].count, 2);
    assert_int_equal(outbox_drop(f->db, &got), OK);
    assert_int_equal(outbox_release(f->db), OK);
    got = take(f);
    assert_int_equal(got.entries_count, 1);
    assert_string_equal(got.entries[0].entry_id, "b");
}

static void an_entry_without_a_name_gets_one_of_its_own(void **state)
{
    struct fixture *f = *state;
    add(f, NULL, 1, 0);
    add(f, "", 2, 0);
    struct audit_record got = take(f);
    assert_int_equal(got.entries_count, 2);
    assert_int_equal(strlen(got.entries[0].entry_id), 32);
    assert_string_not_equal(got.entries[0].entry_id, got.entries[1].entry_id);
}

static void what_could_not_be_delivered_is_not_accepted(void **state)
{
    struct fixture *f = *state;
    struct audit_entry entry = made("a", 1);
    entry.action = NULL;
    assert_int_equal(outbox_add(f->db, &entry, 0), ERR_BAD_FIELD);
    entry = made("a", 1);
    entry.actor = "not UTF-8: \xff";
    assert_int_equal(outbox_add(f->db, &entry, 0), ERR_BAD_FIELD);
    assert_int_equal(take(f).entries_count, 0);
}

static void a_delivery_is_bounded(void **state)
{
    struct fixture *f = *state;
    for (int i = 0; i < OUTBOX_TAKE_MAX + 5; i++) {
        add(f, NULL, (uint64_t)i, 0);
    }
    struct audit_record got = take(f);
    assert_int_equal(got.entries_count, OUTBOX_TAKE_MAX);
    assert_int_equal(outbox_drop(f->db, &got), OK);
    assert_int_equal(take(f).entries_count, 5);
}

static void a_clock_that_is_set_back_delays_no_entry(void **state)
{
    struct fixture *f = *state;
    add(f, "waiting", 1, now + 60000);
    assert_int_equal(take(f).entries_count, 0);
    now -= 3600 * 1000;
    assert_int_equal(take(f).entries_count, 1);
    add(f, "held", 1, OUTBOX_HELD);
    assert_int_equal(take(f).entries_count, 1);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, open_box, close_box)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(entries_come_out_whole_in_the_order_they_went_in),
        TEST(an_entry_stays_until_it_is_dropped),
        TEST(a_damaged_entry_is_set_aside_and_holds_up_none_of_the_others),
        TEST(a_count_grows_until_its_entry_is_ready_and_never_after),
        TEST(what_is_held_is_delivered_after_a_release_unless_it_was_known_better),
        TEST(an_entry_without_a_name_gets_one_of_its_own),
        TEST(what_could_not_be_delivered_is_not_accepted),
        TEST(a_clock_that_is_set_back_delays_no_entry),
        TEST(a_delivery_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT
 * test_lease.c - who gets which range, and who is to blame when a worker dies. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "actors/tautulli/lease.h"

static const struct lease_sample no_sample;

static struct lease_book a_book(size_t ranges)
{
    struct lease_book b;
    lease_book_init(&b, 100);
    for (size_t i = 0; i < ranges; i++) {
        int64_t first = -50 + (int64_t)i * 10;
        lease_book_add(&b, first, first + 9, 10);
    }
    return b;
}

static uint64_t grant(struct lease_book *b, const char *worker, uint64_t slot)
{
    const struct lease *l = lease_book_grant(b, worker, slot, 0);
    return l != NULL ? l->number : 0;
}

/* Names all that it holds, as a worker does. */
static void renew(struct lease_book *b, const char *worker, uint64_t reading, int64_t now)
{
    struct held_lease held[LEASES_MAX];
    size_t count = 0;
    for (size_t i = 0; i < b->count; i++) {
        if (b->items[i].number != 0) {
            held[count++] = (struct held_lease){.lease = b->items[i].number};
        }
    }
    lease_book_renew(b, worker, held, count, reading, now);
}

static void the_lowest_range_is_given_out_first(void **state)
{
    (void)state;
    struct lease_book b = a_book(2);
    assert_int_equal(lease_book_grant(&b, "w1", 0, 0)->first_id, -50);
    assert_int_equal(lease_book_grant(&b, "w1", 1, 0)->first_id, -40);
    assert_null(lease_book_grant(&b, "w2", 0, 0));
}

static void a_worker_keeps_a_place_for_the_lowest_range_unless_it_holds_that(void **state)
{
    (void)state;
    const uint64_t kept = LEASE_PLACES - 1;
    struct lease_book b = a_book(LEASE_PLACES + 3);
    assert_int_equal(grant(&b, "dead", 0), 101);
    for (uint64_t slot = 0; slot < kept; slot++) {
        assert_int_equal(grant(&b, "w", slot), 102 + slot);
    }
    assert_int_equal(grant(&b, "w", kept), 0);
    renew(&b, "w", 0, 1);
    assert_null(lease_book_expire(&b, LEASE_MS));
    const struct lease *lowest = lease_book_grant(&b, "w", kept, LEASE_MS);
    assert_non_null(lowest);
    assert_int_equal(lowest->first_id, -50);
}

static size_t grant_all(struct lease_book *b, const char *worker)
{
    for (uint64_t slot = 0; slot < LEASE_PLACES; slot++) {
        (void)grant(b, worker, slot);
    }
    return lease_book_held(b, worker);
}

static void four_workers_share_what_is_out(void **state)
{
    (void)state;
    struct lease_book b = a_book(LEASES_MAX);
    lease_book_share(&b, 4);
    assert_int_equal(grant(&b, "dead", 0), 101);
    assert_int_equal(grant_all(&b, "w1"), 4);
    assert_int_equal(grant_all(&b, "w2"), 4);
    assert_int_equal(grant_all(&b, "w3"), 4);
    assert_null(lease_book_worker_gone(&b, "dead"));
    assert_int_equal(grant_all(&b, "w1"), 5); /* with the lowest */
    lease_book_share(&b, 1);
    assert_int_equal(grant_all(&b, "w1"), LEASE_PLACES);
}

static void of_many_workers_each_has_one_to_read_one_to_come_and_the_lowest(void **state)
{
    (void)state;
    struct lease_book b = a_book(LEASES_MAX);
    lease_book_share(&b, 64);
    assert_int_equal(grant_all(&b, "w1"), 3);
    assert_int_equal(grant_all(&b, "w2"), 2);
}

static void a_place_that_asks_twice_gets_the_same_lease(void **state)
{
    (void)state;
    struct lease_book b = a_book(3);
    uint64_t number = grant(&b, "w1", 1);
    assert_int_not_equal(number, 0);
    assert_int_equal(grant(&b, "w1", 1), number);
    assert_int_not_equal(grant(&b, "w2", 1), number);
}

static void no_more_than_the_limit_is_out_beyond_the_checkpoint(void **state)
{
    (void)state;
    struct lease_book b = a_book(LEASES_MAX);
    assert_int_equal(grant_all(&b, "w1") + grant_all(&b, "w2") + grant_all(&b, "w3"), 16);
    assert_int_equal(grant(&b, "w4", 0), 0);
    assert_true(lease_book_done(&b, 101, -41, 0));
    assert_int_not_equal(grant(&b, "w4", 0), 0);
}

static void a_short_delivery_leaves_the_rest_to_anyone(void **state)
{
    (void)state;
    struct lease_book b = a_book(1);
    assert_true(lease_book_done(&b, grant(&b, "w1", 0), -47, 6));
    const struct lease *rest = lease_book_grant(&b, "w2", 0, 0);
    assert_int_equal(rest->first_id, -46);
    assert_int_equal(rest->last_id, -41);
    assert_int_equal(rest->rows, 6);
}

static void a_repeated_done_changes_nothing(void **state)
{
    (void)state;
    struct lease_book b = a_book(2);
    uint64_t number = grant(&b, "w1", 0);
    assert_true(lease_book_done(&b, number, -41, 0));
    assert_false(lease_book_done(&b, number, -41, 0));
    assert_int_equal(b.count, 1);
}

static void what_is_committed_leaves_the_book_whoever_committed_it(void **state)
{
    (void)state;
    struct lease_book b = a_book(3);
    (void)grant(&b, "w1", 0);
    lease_book_committed(&b, -35);
    assert_int_equal(b.count, 2);
}

static void a_range_committed_in_part_keeps_its_first_id_and_its_rows(void **state)
{
    (void)state;
    struct lease_book b = a_book(1);
    (void)grant(&b, "w1", 0);
    assert_null(lease_book_worker_gone(&b, "w1")); /* after its commit, before it could tell */
    lease_book_committed(&b, -45);
    const struct lease *again = lease_book_grant(&b, "w2", 0, 0);
    assert_int_equal(again->first_id, -50);
    assert_int_equal(again->rows, 10);
    assert_true(lease_book_done(&b, again->number, -46, 5));
    const struct lease *rest = lease_book_grant(&b, "w2", 0, 0);
    assert_int_equal(rest->first_id, -45);
    assert_int_equal(rest->rows, 5);
}

static void the_ranges_of_a_dead_worker_are_given_out_again_at_once(void **state)
{
    (void)state;
    struct lease_book b = a_book(2);
    uint64_t lost = grant(&b, "w1", 0);
    assert_null(lease_book_worker_gone(&b, "w1"));
    const struct lease *again = lease_book_grant(&b, "w2", 0, 0);
    assert_int_equal(again->first_id, -50);
    assert_int_not_equal(again->number, lost);
    assert_false(lease_book_done(&b, lost, -41, 0));
}

static void a_lease_that_is_not_renewed_runs_out(void **state)
{
    (void)state;
    struct lease_book b = a_book(1);
    uint64_t number = grant(&b, "w1", 0);
    renew(&b, "w1", 0, 5000);
    assert_null(lease_book_expire(&b, 5000 + LEASE_MS - 1));
    assert_int_equal(grant(&b, "w1", 0), number);
    assert_null(lease_book_expire(&b, 5000 + LEASE_MS));
    assert_int_not_equal(grant(&b, "w2", 0), 0);
}

/* The answer that gave it was lost, or came to nobody. */
static void a_lease_that_its_worker_does_not_name_runs_out(void **state)
{
    (void)state;
    struct lease_book b = a_book(2);
    const struct held_lease held = {.lease = grant(&b, "w1", 0)};
    (void)grant(&b, "w1", 1);
    lease_book_renew(&b, "w1", &held, 1, 0, 5000);
    assert_null(lease_book_expire(&b, LEASE_MS));
    assert_non_null(lease_book_of(&b, held.lease, "w1"));
    assert_int_equal(lease_book_grant(&b, "w2", 0, LEASE_MS)->first_id, -40);
}

static const struct lease *die_reading(struct lease_book *b, uint64_t slot_read)
{
    (void)grant(b, "w", 0);
    (void)grant(b, "w", 1);
    uint64_t reading = grant(b, "w", slot_read);
    renew(b, "w", reading, 0);
    return lease_book_worker_gone(b, "w");
}

static void only_the_range_being_read_is_blamed_for_three_deaths(void **state)
{
    (void)state;
    struct lease_book b = a_book(2);
    assert_null(die_reading(&b, 1));
    assert_null(die_reading(&b, 1));
    const struct lease *poison = die_reading(&b, 1);
    assert_non_null(poison);
    assert_int_equal(poison->first_id, -40);
    assert_int_equal(b.items[0].deaths, 0);
}

static void deaths_while_nothing_is_read_blame_nobody(void **state)
{
    (void)state;
    struct lease_book b = a_book(1);
    for (int i = 0; i < 2 * LEASE_DEATHS_MAX; i++) {
        (void)grant(&b, "w", 0);
        renew(&b, "w", 0, 0);
        assert_null(lease_book_worker_gone(&b, "w"));
    }
}

static void nothing_behind_a_damaged_range_is_given_out(void **state)
{
    (void)state;
    struct lease_book b = a_book(3);
    (void)grant(&b, "w1", 0);
    uint64_t second = grant(&b, "w1", 1);
    lease_book_shorten(&b, second, -38, 7);
    assert_true(lease_book_damaged(&b, second));
    assert_int_equal(grant(&b, "w2", 0), 0);
    lease_book_committed(&b, -37);
    assert_true(lease_book_lowest(&b)->damaged);
    assert_int_equal(lease_book_lowest(&b)->first_id, -37);
}

static void a_lease_is_of_the_worker_that_holds_it(void **state)
{
    (void)state;
    struct lease_book b = a_book(2);
    uint64_t number = grant(&b, "w1", 0);
    assert_non_null(lease_book_of(&b, number, "w1"));
    assert_null(lease_book_of(&b, number, "w2"));
    assert_null(lease_book_of(&b, number + 1, "w1"));
    assert_null(lease_book_of(&b, 0, ""));
}

static void a_worker_elsewhere_gets_checked_ranges_alone_and_its_loss_is_no_death(void **state)
{
    (void)state;
    struct lease_book b = a_book(1);
    lease_book_add(&b, 100, 109, 10);
    lease_book_add_check(&b, 10, 4711, &no_sample);
    const struct lease *l = lease_book_grant_remote(&b, "far", 0, true, 0);
    assert_int_equal(l->first_id, 100);
    assert_null(lease_book_grant_remote(&b, "far", 1, true, 0));
    lease_book_shorten(&b, l->number, 104, 5);
    assert_int_equal(l->first_id, 105);
    assert_int_equal(l->checked_from, 100);
    lease_book_decline(&b, l->number);
    for (int i = 0; i < LEASE_FAR_ENDS_MAX; i++) {
        l = lease_book_grant_remote(&b, "far", 0, true, 0);
        assert_int_equal(l->first_id, 105);
        assert_int_equal(l->tries, 0);
        renew(&b, "far", l->number, 0);
        assert_null(lease_book_worker_gone(&b, "far"));
    }
    assert_null(lease_book_grant_remote(&b, "far", 0, true, 0)); /* from here on it is read here */
    (void)grant(&b, "near", 0);
    assert_int_not_equal(grant(&b, "near", 1), 0);
}

static void where_nobody_reads_here_a_bad_line_is_tried_on(void **state)
{
    (void)state;
    struct lease_book b = a_book(1);
    b.far_alone = true;
    lease_book_add(&b, 100, 109, 10);
    lease_book_add_check(&b, 10, 4711, &no_sample);
    for (unsigned i = 1; i < LEASE_FAR_ENDS_ALONE; i++) {
        const struct lease *l = lease_book_grant_remote(&b, "far", 0, true, 0);
        assert_int_equal(l->first_id, 100);
        renew(&b, "far", l->number, 0);
        assert_null(lease_book_worker_gone(&b, "far"));
        assert_int_equal(l->far_ends, i);
    }
    assert_non_null(lease_book_grant_remote(&b, "far", 0, true, 0));
}

static struct lease_book a_checked_book(size_t ranges)
{
    struct lease_book b = a_book(0);
    for (int64_t i = 0; i < (int64_t)ranges; i++) {
        lease_book_add(&b, i * 10, i * 10 + 9, 10);
        lease_book_add_check(&b, 10, 4711, &no_sample);
    }
    return b;
}

static uint64_t grant_far(struct lease_book *b, const char *worker, uint64_t slot, int64_t now)
{
    const struct lease *l = lease_book_grant_remote(b, worker, slot, true, now);
    return l != NULL ? l->number : 0;
}

static void a_range_that_is_refused_can_be_given_out_and_who_refused_it_is_known(void **state)
{
    (void)state;
    struct lease_book b = a_checked_book(2);
    lease_book_refuse(&b, grant_far(&b, "a.1", 0, 0), ERR_BATCH_REFUSED);
    uint64_t again = grant_far(&b, "b.1", 0, 0);
    assert_int_equal(lease_book_of(&b, again, "b.1")->first_id, 0);
    lease_book_refuse(&b, again, ERR_BATCH_REFUSED);
    lease_book_refuse(&b, again, ERR_BATCH_REFUSED); /* said twice */
    assert_int_equal(b.items[0].refusers.times, 2);
    assert_true(refusers_suffice(&b.items[0].refusers, 0));
    again = grant_far(&b, "b.1", 0, 0);
    lease_book_said(&b, again);
    lease_book_committed(&b, 4);
    assert_int_equal(b.items[0].first_id, 4);
    assert_int_equal(b.items[0].refusers.count, 0); /* it is another range */
}

static void what_a_worker_elsewhere_says_counts_when_the_history_says_it(void **state)
{
    (void)state;
    struct lease_book b = a_checked_book(2);
    uint64_t number = grant_far(&b, "far.1", 0, 1);
    lease_book_said(&b, number);
    assert_int_equal(b.count, 2);
    assert_null(lease_book_of(&b, number, "far.1"));
    assert_int_equal(lease_book_grant(&b, "near", 0, 1)->first_id, 10);
    lease_book_committed(&b, 4);
    const struct lease *rest = lease_book_uncounted(&b);
    assert_non_null(rest);
    assert_int_equal(rest->first_id, 4);
    assert_null(lease_book_grant(&b, "near", 1, 1));
    lease_book_counted(&b, 4, 6);
    assert_null(lease_book_uncounted(&b));
    rest = lease_book_grant(&b, "near", 1, 1);
    assert_int_equal(rest->first_id, 4);
    assert_int_equal(rest->rows, 6);
    assert_int_equal(rest->checked_from, 0);
}

static void what_the_history_said_first_counts_at_once(void **state)
{
    (void)state;
    struct lease_book b = a_checked_book(1);
    uint64_t number = grant_far(&b, "far.1", 0, 1);
    lease_book_committed(&b, 3);
    assert_null(lease_book_uncounted(&b));
    lease_book_said(&b, number);
    assert_int_equal(lease_book_uncounted(&b)->first_id, 3);
    lease_book_committed(&b, 10);
    assert_int_equal(b.count, 0);
}

static void one_that_lied_holds_nothing_any_more(void **state)
{
    (void)state;
    struct lease_book b = a_checked_book(3);
    (void)lease_book_grant_remote(&b, "far.1", 0, true, 0);
    (void)lease_book_grant_remote(&b, "far.2", 0, true, 0);
    (void)lease_book_grant_remote(&b, "other.1", 0, true, 0);
    lease_book_far_gone(&b, "far.2");
    assert_int_equal(b.items[0].number, 0);
    assert_int_equal(b.items[1].number, 0);
    assert_int_not_equal(b.items[2].number, 0);
}

static void who_says_what_is_not_so_loses_all_it_holds(void **state)
{
    (void)state;
    char who[LEASE_WORKER_SIZE];
    struct lease_book b = a_checked_book(3);
    lease_book_said(&b, grant_far(&b, "far.1", 0, 1));
    (void)grant_far(&b, "far.1", 1, 1);
    renew(&b, "far.1", 0, 5000);
    assert_int_equal(lease_book_far_fault(&b, LEASE_MS, who), LEASE_FAULT_NONE);
    assert_int_equal(lease_book_far_fault(&b, LEASE_MS + 1, who), LEASE_FAULT_IN_THE_WAY);
    assert_string_equal(who, "far.1");
    assert_int_equal(lease_book_far_fault(&b, LEASE_MS + 1, who), LEASE_FAULT_NONE);
    assert_int_equal(lease_book_grant(&b, "near", 0, 1)->first_id, 0);
    assert_int_equal(lease_book_grant(&b, "near", 1, 1)->first_id, 10);
}

/* It lives, and renews; it never delivers. One on this machine may take its time. */
static void the_range_that_all_wait_for_is_not_held_for_ever(void **state)
{
    (void)state;
    char who[LEASE_WORKER_SIZE];
    struct lease_book b = a_checked_book(2);
    (void)grant_far(&b, "far.1", 0, 1);
    (void)grant(&b, "near", 0);
    int64_t now = 1;
    for (; now < LEASE_LOWEST_MS; now += LEASE_MS / 2) {
        renew(&b, "far.1", 0, now);
        renew(&b, "near", 0, now);
        assert_int_equal(lease_book_far_fault(&b, now, who), LEASE_FAULT_NONE);
        assert_null(lease_book_expire(&b, now));
    }
    assert_int_equal(lease_book_far_fault(&b, now, who), LEASE_FAULT_IN_THE_WAY);
    assert_string_equal(who, "far.1");
    assert_int_equal(lease_book_grant(&b, "near", 1, now)->first_id, 0);
    assert_int_equal(lease_book_far_fault(&b, now, who), LEASE_FAULT_NONE);
}

static void who_is_not_known_to_have_the_rows_reads_one_range_in_all_its_processes(void **state)
{
    (void)state;
    struct lease_book b = a_checked_book(3);
    const struct lease *l = lease_book_grant_remote(&b, "far.1", 0, false, 0);
    assert_non_null(l);
    assert_ptr_equal(lease_book_grant_remote(&b, "far.1", 0, false, 0), l);
    assert_null(lease_book_grant_remote(&b, "far.1", 1, false, 0));
    assert_null(lease_book_grant_remote(&b, "far.2", 0, false, 0));
    assert_non_null(lease_book_grant_remote(&b, "other.1", 0, false, 0));
}

static void who_holds_one_range_gets_the_lowest_too_where_nobody_holds_it(void **state)
{
    (void)state;
    struct lease_book b = a_checked_book(3);
    (void)grant_far(&b, "gone.1", 0, 0);
    assert_int_equal(lease_book_grant_remote(&b, "far.1", 0, false, 0)->first_id, 10);
    assert_null(lease_book_grant_remote(&b, "far.1", 1, false, 0));
    (void)lease_book_worker_gone(&b, "gone.1");
    assert_int_equal(lease_book_grant_remote(&b, "far.1", 1, false, 0)->first_id, 0);
    assert_null(lease_book_grant_remote(&b, "far.1", 2, false, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_lowest_range_is_given_out_first),
        cmocka_unit_test(a_worker_keeps_a_place_for_the_lowest_range_unless_it_holds_that),
        cmocka_unit_test(four_workers_share_what_is_out),
        cmocka_unit_test(of_many_workers_each_has_one_to_read_one_to_come_and_the_lowest),
        cmocka_unit_test(a_place_that_asks_twice_gets_the_same_lease),
        cmocka_unit_test(no_more_than_the_limit_is_out_beyond_the_checkpoint),
        cmocka_unit_test(a_short_delivery_leaves_the_rest_to_anyone),
        cmocka_unit_test(a_repeated_done_changes_nothing),
        cmocka_unit_test(what_is_committed_leaves_the_book_whoever_committed_it),
        cmocka_unit_test(a_range_committed_in_part_keeps_its_first_id_and_its_rows),
        cmocka_unit_test(the_ranges_of_a_dead_worker_are_given_out_again_at_once),
        cmocka_unit_test(a_lease_that_is_not_renewed_runs_out),
        cmocka_unit_test(a_lease_that_its_worker_does_not_name_runs_out),
        cmocka_unit_test(only_the_range_being_read_is_blamed_for_three_deaths),
        cmocka_unit_test(deaths_while_nothing_is_read_blame_nobody),
        cmocka_unit_test(a_lease_is_of_the_worker_that_holds_it),
        cmocka_unit_test(nothing_behind_a_damaged_range_is_given_out),
        cmocka_unit_test(a_worker_elsewhere_gets_checked_ranges_alone_and_its_loss_is_no_death),
        cmocka_unit_test(where_nobody_reads_here_a_bad_line_is_tried_on),
        cmocka_unit_test(a_range_that_is_refused_can_be_given_out_and_who_refused_it_is_known),
        cmocka_unit_test(what_a_worker_elsewhere_says_counts_when_the_history_says_it),
        cmocka_unit_test(what_the_history_said_first_counts_at_once),
        cmocka_unit_test(one_that_lied_holds_nothing_any_more),
        cmocka_unit_test(who_says_what_is_not_so_loses_all_it_holds),
        cmocka_unit_test(the_range_that_all_wait_for_is_not_held_for_ever),
        cmocka_unit_test(who_is_not_known_to_have_the_rows_reads_one_range_in_all_its_processes),
        cmocka_unit_test(who_holds_one_range_gets_the_lowest_too_where_nobody_holds_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

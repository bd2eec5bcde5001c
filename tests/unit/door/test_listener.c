/* SPDX-License-Identifier: MIT
 * test_listener.c - which connections are cut: for what they have sent without ending a
 * message, and for others of more modest keys. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* clang-format off: cmocka wants the four above first */
#include <cmocka.h>
/* clang-format on */

#include "actors/door/listener.h"
#include "proto/base/clock.h"

enum { MIB = 1024 * 1024, NO_DESCRIPTOR = -1, FIRST_FREE = 1000 };

/* They sent their bytes before; no kernel tells of more. */
static void fill(struct listener *l, size_t count, uint64_t bytes)
{
    *l = (struct listener){.listening = -1, .count = count};
    for (size_t i = 0; i < count; i++) {
        l->connections[i] = (struct connection_seen){
            .fd = NO_DESCRIPTOR, .heard_ms = clock_monotonic_ms(), .bytes = bytes};
    }
}

static size_t left(const struct listener *l, uint64_t *out_bytes)
{
    size_t count = 0;
    *out_bytes = 0;
    for (size_t i = 0; i < l->count; i++) {
        const struct connection_seen *c = &l->connections[i];
        count += c->cut ? 0 : 1;
        *out_bytes += c->cut ? 0 : c->bytes - c->bytes_then;
    }
    return count;
}

static void messages_that_do_not_end_have_a_bound_in_all(void **state)
{
    (void)state;
    static struct listener l;
    uint64_t bytes = 0;
    fill(&l, CONNECTIONS_MAX, CONNECTION_BYTES_MAX);
    listener_tick(&l);
    size_t count = left(&l, &bytes);
    assert_int_equal(count, BYTES_MAX / CONNECTION_BYTES_MAX);
    assert_in_range(bytes, 1, BYTES_MAX);
    assert_int_equal(l.heavy, CONNECTIONS_MAX - count);
    listener_tick(&l);
    assert_int_equal(left(&l, &bytes), count);
}

static void the_largest_goes_first_and_a_whole_message_on_the_way_stays(void **state)
{
    (void)state;
    static struct listener l;
    uint64_t bytes = 0;
    fill(&l, CONNECTIONS_MAX, 2 * MIB);
    listener_tick(&l);
    assert_int_equal(left(&l, &bytes), CONNECTIONS_MAX);
    l.connections[7].bytes = 3 * MIB;
    assert_ptr_equal(listener_heaviest(&l), &l.connections[7]);
    listener_tick(&l);
    assert_true(l.connections[7].cut);
    assert_int_equal(left(&l, &bytes), CONNECTIONS_MAX - 1);
}

static void what_was_read_weighs_nothing(void **state)
{
    (void)state;
    static struct listener l;
    uint64_t bytes = 0;
    fill(&l, CONNECTIONS_MAX, UINT64_C(1000) * MIB);
    for (size_t i = 0; i < l.count; i++) {
        l.connections[i].spoke = true;
    }
    listener_tick(&l);
    assert_int_equal(left(&l, &bytes), CONNECTIONS_MAX);
    assert_int_equal(bytes, 0);
}

static void four_keys_leave_a_fifth_its_share(void **state)
{
    (void)state;
    static struct listener l;
    const size_t theirs = 4 * 12;
    size_t got = 0;
    fill(&l, CONNECTIONS_MAX, 0);
    for (size_t i = 0; i < CONNECTIONS_MAX; i++) {
        l.connections[i].fd = FIRST_FREE + (int)i;
        if (i < theirs) {
            l.connections[i].key_id[0] = (char)('a' + i / 12);
        }
    }
    for (size_t i = theirs; i < CONNECTIONS_MAX; i++) {
        listener_heard(&l, FIRST_FREE + (int)i, "e", "e.1.1");
    }
    size_t open = 0;
    for (size_t i = 0; i < CONNECTIONS_MAX; i++) {
        open += l.connections[i].cut ? 0 : 1;
        got += !l.connections[i].cut && l.connections[i].key_id[0] == 'e' ? 1 : 0;
    }
    assert_int_equal(open, CONNECTIONS_OF_KEYS_MAX);
    assert_in_range(got, CONNECTIONS_OF_KEYS_MAX / 5, CONNECTIONS_OF_KEYS_MAX / 5 + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_that_do_not_end_have_a_bound_in_all),
        cmocka_unit_test(the_largest_goes_first_and_a_whole_message_on_the_way_stays),
        cmocka_unit_test(what_was_read_weighs_nothing),
        cmocka_unit_test(four_keys_leave_a_fifth_its_share),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

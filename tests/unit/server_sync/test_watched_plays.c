/* SPDX-License-Identifier: MIT
 * test_watched_plays.c - what was seen to be played, in servers.db. */
#include "actors/server_sync/watched_plays.h"

#include "tests/unit/server_sync/place.h"

#define BEGIN INT64_C(1777665600000)

static struct servers *servers;
static struct arena *arena;

static int enter(void **state)
{
    int e = place_enter(state);
    arena = arena_new();
    const struct server_add row = {
        .id = "one", .name = "Home", .address = "http://media.example:8096"};
    return e == 0 && servers_open(&servers) == OK && servers_add(servers, &row) == OK ? 0 : -1;
}

static int leave(void **state)
{
    servers_close(&servers);
    arena_destroy(&arena);
    return place_leave(state);
}

static struct watched_server home(void)
{
    return (struct watched_server){servers, "one", "machine"};
}

static struct watched_play play(int64_t started_at)
{
    return (struct watched_play){.key = "ada:f11:5e",
                                 .user = "ada",
                                 .item = "f11",
                                 .started_at = started_at,
                                 .seen_at = started_at + 60000,
                                 .begin_seen = true,
                                 .player = "Sofa"};
}

static void keep(size_t open_count, size_t ended_count, int64_t now)
{
    const struct watched_server server = home();
    struct watched_plays open = {.items = arena_alloc(arena, 2000 * sizeof *open.items),
                                 .count = open_count};
    struct watched_plays ended = {.items = arena_alloc(arena, 2000 * sizeof *ended.items),
                                  .count = ended_count};
    for (size_t i = 0; i < open_count; i++) {
        open.items[i] = play(now - 120000);
    }
    for (size_t i = 0; i < ended_count; i++) {
        ended.items[i] = play(now - 120000 + (int64_t)i);
    }
    assert_int_equal(watched_plays_keep(&server, &open, &ended, now), OK);
}

static struct watched_plays ended_of(const char *identity)
{
    struct watched_plays found = {0};
    const struct watched_server server = {servers, "one", identity};
    assert_int_equal(watched_plays_ended(&server, arena, &found), OK);
    return found;
}

static size_t open_count(void)
{
    struct watched_plays found = {0};
    const struct watched_server server = home();
    assert_int_equal(watched_plays_open(&server, arena, &found), OK);
    return found.count;
}

static void what_is_played_replaces_what_was_and_what_ended_waits(void **state)
{
    (void)state;
    keep(2, 0, BEGIN);
    assert_int_equal(open_count(), 2);
    keep(1, 1, BEGIN + 60000);
    assert_int_equal(open_count(), 1);
    keep(0, 1, BEGIN + 120000);
    assert_int_equal(open_count(), 0);
    servers_close(&servers);
    assert_int_equal(servers_open(&servers), OK);
    const struct watched_plays found = ended_of("machine");
    assert_int_equal(found.count, 2);
    assert_int_equal(found.items[0].started_at, BEGIN - 60000);
    assert_string_equal(found.items[0].player, "Sofa");
}

static void what_is_stored_goes_and_what_ended_since_stays(void **state)
{
    (void)state;
    keep(1, 2, BEGIN);
    const struct watched_plays first = ended_of("machine");
    keep(1, 1, BEGIN + 60000);
    const struct watched_server server = home();
    assert_int_equal(watched_plays_stored(&server, first.last_no), OK);
    assert_int_equal(ended_of("machine").count, 1);
    assert_int_equal(open_count(), 1);
}

static void no_more_than_so_many_wait_and_none_for_ever(void **state)
{
    (void)state;
    keep(0, WATCHED_ENDED_MAX, BEGIN);
    keep(0, 5, BEGIN + 60000);
    const struct watched_plays found = ended_of("machine");
    assert_int_equal(found.count, WATCHED_ENDED_MAX);
    assert_int_equal(found.items[0].started_at, BEGIN - 120000 + 5);
    keep(0, 1, BEGIN + WATCHED_KEPT_MS + 300000);
    assert_int_equal(ended_of("machine").count, 1);
}

static void another_server_or_a_removed_one_has_none_of_them(void **state)
{
    (void)state;
    keep(1, 1, BEGIN);
    assert_int_equal(ended_of("another machine").count, 0);
    assert_int_equal(servers_remove(servers, "one"), OK);
    keep(1, 1, BEGIN + 60000); /* a look that was under way */
    assert_int_equal(ended_of("machine").count, 0);
    assert_int_equal(open_count(), 0);
}

static void the_registry_has_not_changed(void **state)
{
    (void)state;
    int64_t before = servers_changes(servers);
    keep(1, 1, BEGIN);
    assert_int_equal(servers_changes(servers), before);
}

static void what_cannot_be_written_keeps_nothing_else_from_it(void **state)
{
    (void)state;
    const struct watched_server server = home();
    struct watched_play both[] = {play(BEGIN), play(BEGIN)};
    both[0].player = "\xff\xfe";
    const struct watched_plays ended = {.items = both, .count = 2};
    const struct watched_plays none = {0};
    assert_int_equal(watched_plays_keep(&server, &none, &ended, BEGIN), OK);
    assert_true(ended_of("machine").count >= 1);
}

static void two_that_began_at_once_on_two_devices_are_two(void **state)
{
    (void)state;
    char ids[2][WATCHED_ID_SIZE];
    struct watched_play one = play(BEGIN);
    watched_play_id(&one, ids[0]);
    one.key = "ada:f11:5f";
    watched_play_id(&one, ids[1]);
    assert_string_not_equal(ids[0], ids[1]);
    assert_memory_equal(ids[0], "session:1777665600000:ada:f11", 29);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, enter, leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_played_replaces_what_was_and_what_ended_waits),
        TEST(what_is_stored_goes_and_what_ended_since_stays),
        TEST(no_more_than_so_many_wait_and_none_for_ever),
        TEST(another_server_or_a_removed_one_has_none_of_them),
        TEST(the_registry_has_not_changed),
        TEST(what_cannot_be_written_keeps_nothing_else_from_it),
        TEST(two_that_began_at_once_on_two_devices_are_two),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

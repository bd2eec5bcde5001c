/* SPDX-License-Identifier: MIT
 * test_sessions.c - plays that were begun and left, from one look a minute. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "actors/server_sync/watch/sessions.h"

enum { SECOND = 1000, MINUTE = 60 * SECOND };
#define BEGIN INT64_C(1777665600000)

static struct sessions sessions;
static struct arena *arena;
static int64_t gap_ms = 90 * SECOND;
static const char *key = "ada1:f11:5e";
static int64_t duration_ms;

static void take(const struct watched_play *play, int64_t at_ms, bool jumped)
{
    const struct seen seen = {.plays = (struct watched_play *)(uintptr_t)play,
                              .count = play != NULL};
    sessions.gap_ms = gap_ms;
    sessions_take(&sessions, &seen, BEGIN + at_ms, jumped);
}

static struct watched_play playing(int64_t position_ms, bool paused)
{
    return (struct watched_play){.key = key,
                                 .user = "ada1",
                                 .item = "f11",
                                 .player = "Sofa",
                                 .machine_id = "sofa",
                                 .method = "DirectPlay",
                                 .position_ms = position_ms,
                                 .duration_ms = duration_ms,
                                 .paused = paused};
}

/* `item` NULL: nobody plays. */
static void look(int64_t at_ms, const char *item, int64_t position_ms, bool paused)
{
    struct watched_play play = playing(position_ms, paused);
    if (item != NULL) {
        play.item = item;
        play.key = arena_format(arena, "ada1:%s:5e", item);
    }
    take(item != NULL ? &play : NULL, at_ms, false);
}

/* Nobody plays: whoever left is waited for no longer. */
static void rest(int64_t from_ms)
{
    for (int i = 0; i < 4; i++) {
        look(from_ms + i * (gap_ms - 30 * SECOND), NULL, 0, false);
    }
}

static int set_up(void **state)
{
    (void)state;
    gap_ms = 90 * SECOND;
    duration_ms = 0;
    arena = arena_new();
    sessions_init(&sessions, gap_ms, false);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    sessions_release(&sessions);
    arena_destroy(&arena);
    return 0;
}

static const struct watched_play *ended(size_t at)
{
    assert_true(at < sessions.ended_count);
    return &sessions.ended[at].play;
}

static void what_was_begun_and_left_is_a_play_with_device_and_position(void **state)
{
    (void)state;
    look(0, NULL, 0, false);
    look(1 * MINUTE, "f11", 20 * SECOND, false);
    look(2 * MINUTE, "f11", 80 * SECOND, true);
    look(3 * MINUTE, "f11", 80 * SECOND, false);
    rest(4 * MINUTE);
    assert_int_equal(sessions.ended_count, 1);
    const struct watched_play *play = ended(0);
    assert_int_equal(play->started_at, BEGIN + 40 * SECOND);
    assert_int_equal(play->stopped_at, BEGIN + 210 * SECOND);
    assert_int_equal(play->position_ms, 80 * SECOND);
    assert_int_equal(play->paused_ms, MINUTE);
    assert_string_equal(play->player, "Sofa");
    assert_string_equal(play->machine_id, "sofa");
    assert_string_equal(play->method, "DirectPlay");
    sessions_kept(&sessions);
    assert_int_equal(sessions.ended_count, 0);
}

static void the_next_item_of_a_session_is_another_play(void **state)
{
    (void)state;
    look(0, NULL, 0, false);
    look(1 * MINUTE, "f11", 50 * SECOND, false);
    look(2 * MINUTE, "f12", 10 * MINUTE, false);
    rest(3 * MINUTE);
    assert_int_equal(sessions.ended_count, 2);
    assert_string_equal(ended(0)->item, "f11");
    assert_int_equal(ended(1)->started_at, BEGIN + 90 * SECOND);
}

static void whose_beginning_was_not_seen_is_left_to_other_records(void **state)
{
    (void)state;
    look(0, "f11", 30 * SECOND, false);
    rest(1 * MINUTE);
    assert_int_equal(sessions.ended_count, 0);
    look(5 * MINUTE, "f11", 30 * SECOND, false);
    look(10 * MINUTE, "f11", 8 * MINUTE, false);
    rest(11 * MINUTE);
    assert_int_equal(sessions.ended_count, 0);
}

static void one_that_a_look_missed_goes_on_if_it_is_where_it_must_be(void **state)
{
    (void)state;
    look(0, NULL, 0, false);
    look(1 * MINUTE, "f11", 20 * SECOND, false);
    look(2 * MINUTE, NULL, 0, false);
    look(3 * MINUTE, "f11", 140 * SECOND, false);
    look(4 * MINUTE, NULL, 0, false);
    look(5 * MINUTE, "f11", 10 * SECOND, false);
    rest(6 * MINUTE);
    assert_int_equal(sessions.ended_count, 2);
    assert_int_equal(ended(0)->started_at, BEGIN + 40 * SECOND);
    assert_int_equal(ended(0)->stopped_at, BEGIN + 210 * SECOND);
    assert_int_equal(ended(1)->started_at, BEGIN + 290 * SECOND);
}

static void a_clock_that_is_set_back_makes_no_play_of_its_own(void **state)
{
    (void)state;
    look(0, NULL, 0, false);
    look(-60 * MINUTE, "f11", 20 * MINUTE, false);
    rest(-59 * MINUTE);
    assert_int_equal(sessions.ended_count, 0);
}

static void between_looks_that_are_far_apart_the_position_alone_says_the_start(void **state)
{
    (void)state;
    gap_ms = 5 * MINUTE;
    look(0, NULL, 0, false);
    look(4 * MINUTE, "f11", 30 * MINUTE, false);
    look(8 * MINUTE, "f12", 2 * MINUTE, false);
    rest(12 * MINUTE);
    assert_int_equal(sessions.ended_count, 1);
    assert_int_equal(ended(0)->started_at, BEGIN + 6 * MINUTE);
}

static void look_on_repeat(int64_t at_ms, int64_t position_ms)
{
    look(at_ms, "f11", position_ms, false);
}

static void a_song_on_repeat_is_a_play_each_time(void **state)
{
    (void)state;
    duration_ms = 150 * SECOND;
    look(0, NULL, 0, false);
    look_on_repeat(1 * MINUTE, 50 * SECOND);
    look_on_repeat(2 * MINUTE, 110 * SECOND);
    look_on_repeat(3 * MINUTE, 20 * SECOND);
    look_on_repeat(4 * MINUTE, 80 * SECOND);
    rest(5 * MINUTE);
    assert_int_equal(sessions.ended_count, 2);
    assert_int_equal(ended(0)->stopped_at, BEGIN + 160 * SECOND);
    assert_int_equal(ended(1)->started_at, BEGIN + 160 * SECOND);
}

static void who_winds_back_plays_on(void **state)
{
    (void)state;
    duration_ms = 100 * MINUTE;
    look(0, NULL, 0, false);
    look(1 * MINUTE, "f11", 20 * SECOND, false);
    look(2 * MINUTE, "f11", 50 * MINUTE, false);
    look(3 * MINUTE, "f11", 30 * SECOND, false);
    rest(4 * MINUTE);
    assert_int_equal(sessions.ended_count, 1);
}

static void who_winds_back_while_nobody_looks_begins_no_play(void **state)
{
    (void)state;
    duration_ms = 100 * MINUTE;
    for (int sure = 0; sure < 2; sure++) {
        sessions_release(&sessions);
        sessions_init(&sessions, gap_ms, sure);
        look(0, NULL, 0, false);
        look(1 * MINUTE, "f11", 58 * MINUTE, false);
        look(90 * MINUTE, "f11", 5 * MINUTE, false);
        rest(91 * MINUTE);
        assert_int_equal(sessions.ended_count, sure); /* the one that was begun */
        assert_true(sure == 0 || !ended(0)->has_stopped_at);
    }
}

static void where_each_play_is_called_another_one_goes_on_over_a_gap(void **state)
{
    (void)state;
    sessions.sure = true;
    look(0, NULL, 0, false);
    look(1 * MINUTE, "f11", 20 * SECOND, false);
    look(30 * MINUTE, "f11", 10 * MINUTE, false);
    rest(31 * MINUTE);
    assert_int_equal(sessions.ended_count, 1);
    assert_int_equal(ended(0)->started_at, BEGIN + 40 * SECOND);
    assert_int_equal(ended(0)->stopped_at, BEGIN + 30 * MINUTE + 30 * SECOND);
    assert_int_equal(ended(0)->paused_ms, 29 * MINUTE - 580 * SECOND);
}

/* Such a name may come again: a server that was started anew counts anew. */
static void over_a_gap_a_play_is_another_one_elsewhere_or_on_another_evening(void **state)
{
    (void)state;
    static const int64_t again[][2] = {{30 * MINUTE, 10 * SECOND}, {26 * 60 * MINUTE, 21 * SECOND}};
    for (size_t i = 0; i < COUNT_OF(again); i++) {
        sessions_release(&sessions);
        sessions_init(&sessions, gap_ms, true);
        look(0, NULL, 0, false);
        look(1 * MINUTE, "f11", 20 * SECOND, false);
        look(again[i][0], "f11", again[i][1], false);
        rest(again[i][0] + MINUTE);
        assert_int_equal(sessions.ended_count, 1);
        assert_false(ended(0)->has_stopped_at);
        assert_int_equal(ended(0)->position_ms, 20 * SECOND);
    }
}

static void one_that_was_lost_goes_on_where_it_must_be_whatever_it_is_called(void **state)
{
    (void)state;
    sessions.sure = true;
    look(0, NULL, 0, false);
    look(1 * MINUTE, "f11", 20 * SECOND, false);
    look(2 * MINUTE, NULL, 0, false);
    look(3 * MINUTE, "f11", 15 * SECOND, false);
    rest(4 * MINUTE);
    assert_int_equal(sessions.ended_count, 2);
    assert_int_equal(ended(0)->stopped_at, BEGIN + 90 * SECOND);
}

static void of_one_that_ended_in_a_gap_the_end_is_not_known(void **state)
{
    (void)state;
    sessions.sure = true;
    look(0, NULL, 0, false);
    look(1 * MINUTE, "f11", 20 * SECOND, false);
    look(30 * MINUTE, NULL, 0, false);
    assert_int_equal(sessions.ended_count, 1);
    assert_false(ended(0)->has_stopped_at);
    assert_int_equal(ended(0)->position_ms, 20 * SECOND);
}

static void a_clock_that_is_set_amid_a_play_leaves_it_to_other_records(void **state)
{
    (void)state;
    const struct watched_play play = playing(20 * SECOND, false);
    for (int64_t hours = -3; hours <= 3; hours += 6) {
        sessions_release(&sessions);
        sessions_init(&sessions, gap_ms, true);
        look(0, NULL, 0, false);
        look(1 * MINUTE, "f11", 20 * SECOND, false);
        take(&play, hours * 60 * MINUTE, true);
        rest(hours * 60 * MINUTE + MINUTE);
        assert_int_equal(sessions.ended_count, 0);
    }
}

static void what_the_process_before_saw_goes_on(void **state)
{
    (void)state;
    struct watched_play before = playing(20 * SECOND, false);
    before.started_at = BEGIN;
    before.seen_at = BEGIN + 20 * SECOND;
    before.begin_seen = true;
    sessions_restore(&sessions, &before);
    look(1 * MINUTE, "f11", 1 * MINUTE, false);
    rest(2 * MINUTE);
    assert_int_equal(sessions.ended_count, 1);
    assert_int_equal(ended(0)->started_at, BEGIN);
}

static void more_than_are_watched_at_once_are_passed_over(void **state)
{
    (void)state;
    struct seen seen = {.plays = arena_alloc(arena, SEEN_MAX * sizeof *seen.plays)};
    look(0, NULL, 0, false);
    for (; seen.count < SEEN_MAX; seen.count++) {
        seen.plays[seen.count] = playing(0, false);
        seen.plays[seen.count].key = arena_format(arena, "ada1:%zu:5e", seen.count);
    }
    sessions_take(&sessions, &seen, BEGIN + MINUTE, false);
    assert_int_equal(sessions.open_count, SESSIONS_MAX);
    rest(2 * MINUTE);
    assert_int_equal(sessions.open_count, 0);
    assert_int_equal(sessions.ended_count, SESSIONS_MAX);
}

#define SESSIONS_TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SESSIONS_TEST(what_was_begun_and_left_is_a_play_with_device_and_position),
        SESSIONS_TEST(the_next_item_of_a_session_is_another_play),
        SESSIONS_TEST(whose_beginning_was_not_seen_is_left_to_other_records),
        SESSIONS_TEST(one_that_a_look_missed_goes_on_if_it_is_where_it_must_be),
        SESSIONS_TEST(a_clock_that_is_set_back_makes_no_play_of_its_own),
        SESSIONS_TEST(between_looks_that_are_far_apart_the_position_alone_says_the_start),
        SESSIONS_TEST(a_song_on_repeat_is_a_play_each_time),
        SESSIONS_TEST(who_winds_back_plays_on),
        SESSIONS_TEST(who_winds_back_while_nobody_looks_begins_no_play),
        SESSIONS_TEST(where_each_play_is_called_another_one_goes_on_over_a_gap),
        SESSIONS_TEST(over_a_gap_a_play_is_another_one_elsewhere_or_on_another_evening),
        SESSIONS_TEST(one_that_was_lost_goes_on_where_it_must_be_whatever_it_is_called),
        SESSIONS_TEST(of_one_that_ended_in_a_gap_the_end_is_not_known),
        SESSIONS_TEST(a_clock_that_is_set_amid_a_play_leaves_it_to_other_records),
        SESSIONS_TEST(what_the_process_before_saw_goes_on),
        SESSIONS_TEST(more_than_are_watched_at_once_are_passed_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

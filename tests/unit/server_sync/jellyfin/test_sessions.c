/* SPDX-License-Identifier: MIT
 * test_sessions.c - plays that were begun and left, from one look a minute. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "actors/server_sync/jellyfin/sessions.h"
#include "proto/wire/json.h"

enum { SECOND = 1000, MINUTE = 60 * SECOND };
#define BEGIN INT64_C(1777665600000)

static struct sessions sessions;
static const char *device = "Sofa";
static int64_t gap_ms = 90 * SECOND;

static void look(int64_t at_ms, const char *item, int64_t position_ms, bool paused)
{
    OWNED(json_release) json_t *list = json_array();
    sessions.gap_ms = gap_ms;
    if (item != NULL) {
        json_t *one =
            json_pack("{s:s, s:s, s:s, s:s, s:{s:s}, s:{s:I, s:b, s:s}}", "Id", "5e", "UserId",
                      "ada1", "DeviceName", device, "DeviceId", "sofa", "NowPlayingItem", "Id",
                      item, "PlayState", "PositionTicks", (json_int_t)position_ms * 10000,
                      "IsPaused", paused, "PlayMethod", "DirectPlay");
        assert_non_null(one);
        (void)json_array_append_new(list, one);
    }
    assert_int_equal(sessions_take(&sessions, list, BEGIN + at_ms), OK);
}

/* Nobody plays: whoever left is waited for no longer. */
static void rest(int64_t from_ms)
{
    for (int i = 0; i < 4; i++) {
        look(from_ms + i * (gap_ms - 30 * SECOND), NULL, 0, false);
    }
}

static int tear_down(void **state)
{
    (void)state;
    device = "Sofa";
    gap_ms = 90 * SECOND;
    sessions_release(&sessions);
    return 0;
}

static void what_was_begun_and_left_is_a_play_with_device_and_position(void **state)
{
    (void)state;
    look(0, NULL, 0, false);
    look(1 * MINUTE, "f11", 20 * SECOND, false);
    look(2 * MINUTE, "f11", 80 * SECOND, true);
    look(3 * MINUTE, "f11", 80 * SECOND, false);
    rest(4 * MINUTE);
    assert_int_equal(sessions.ended.count, 1);
    const struct told *told = &sessions.ended.items[0];
    assert_int_equal(told->started_at, BEGIN + 40 * SECOND);
    assert_int_equal(told->stopped_at, BEGIN + 210 * SECOND);
    assert_int_equal(told->position_ms, 80 * SECOND);
    assert_int_equal(told->paused_s, 60);
    assert_string_equal(told->native_id, "session:1777665640000:ada1:f11");
    assert_string_equal(told->player, "Sofa");
    assert_string_equal(told->machine_id, "sofa");
    assert_string_equal(told->method, "DirectPlay");
    sessions_stored(&sessions, 1);
    assert_int_equal(sessions.ended.count, 0);
}

static void the_next_item_of_a_session_is_another_play(void **state)
{
    (void)state;
    look(0, NULL, 0, false);
    look(1 * MINUTE, "f11", 50 * SECOND, false);
    look(2 * MINUTE, "f12", 10 * MINUTE, false);
    rest(3 * MINUTE);
    assert_int_equal(sessions.ended.count, 2);
    assert_string_equal(sessions.ended.items[0].item, "f11");
    assert_int_equal(sessions.ended.items[1].started_at, BEGIN + 90 * SECOND);
}

static void whose_beginning_was_not_seen_is_left_to_other_records(void **state)
{
    (void)state;
    look(0, "f11", 30 * SECOND, false);
    rest(1 * MINUTE);
    assert_int_equal(sessions.ended.count, 0);
    look(5 * MINUTE, "f11", 30 * SECOND, false);
    look(10 * MINUTE, "f11", 8 * MINUTE, false);
    rest(11 * MINUTE);
    assert_int_equal(sessions.ended.count, 0);
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
    assert_int_equal(sessions.ended.count, 2);
    assert_int_equal(sessions.ended.items[0].started_at, BEGIN + 40 * SECOND);
    assert_int_equal(sessions.ended.items[0].stopped_at, BEGIN + 210 * SECOND);
    assert_int_equal(sessions.ended.items[1].started_at, BEGIN + 290 * SECOND);
}

static void a_clock_that_is_set_back_makes_no_play_of_its_own(void **state)
{
    (void)state;
    look(0, NULL, 0, false);
    look(-60 * MINUTE, "f11", 20 * MINUTE, false);
    rest(-59 * MINUTE);
    assert_int_equal(sessions.ended.count, 0);
}

static void between_looks_that_are_far_apart_the_position_alone_says_the_start(void **state)
{
    (void)state;
    gap_ms = 5 * MINUTE;
    look(0, NULL, 0, false);
    look(4 * MINUTE, "f11", 30 * MINUTE, false);
    look(8 * MINUTE, "f12", 2 * MINUTE, false);
    rest(12 * MINUTE);
    assert_int_equal(sessions.ended.count, 1);
    assert_int_equal(sessions.ended.items[0].started_at, BEGIN + 6 * MINUTE);
}

static void texts_that_nobody_would_say_are_not_kept(void **state)
{
    (void)state;
    char name[4000];
    memset(name, 'x', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    device = name;
    look(0, NULL, 0, false);
    look(1 * MINUTE, "f11", 0, false);
    rest(2 * MINUTE);
    assert_int_equal(sessions.ended.count, 1);
    assert_null(sessions.ended.items[0].player);
}

static void what_is_not_stored_yet_keeps_its_texts(void **state)
{
    (void)state;
    look(0, NULL, 0, false);
    look(1 * MINUTE, "f11", 0, false);
    look(2 * MINUTE, "f12", 0, false);
    rest(3 * MINUTE);
    assert_int_equal(sessions.ended.count, 2);
    sessions_stored(&sessions, 1);
    assert_int_equal(sessions.ended.count, 1);
    assert_string_equal(sessions.ended.items[0].item, "f12");
    assert_string_equal(sessions.ended.items[0].player, "Sofa");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(what_was_begun_and_left_is_a_play_with_device_and_position,
                                  tear_down),
        cmocka_unit_test_teardown(the_next_item_of_a_session_is_another_play, tear_down),
        cmocka_unit_test_teardown(one_that_a_look_missed_goes_on_if_it_is_where_it_must_be,
                                  tear_down),
        cmocka_unit_test_teardown(a_clock_that_is_set_back_makes_no_play_of_its_own, tear_down),
        cmocka_unit_test_teardown(
            between_looks_that_are_far_apart_the_position_alone_says_the_start, tear_down),
        cmocka_unit_test_teardown(texts_that_nobody_would_say_are_not_kept, tear_down),
        cmocka_unit_test_teardown(what_is_not_stored_yet_keeps_its_texts, tear_down),
        cmocka_unit_test_teardown(whose_beginning_was_not_seen_is_left_to_other_records, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

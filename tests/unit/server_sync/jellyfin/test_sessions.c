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

static void look(int64_t at_ms, const char *item, int64_t position_ms, bool paused)
{
    OWNED(json_release) json_t *list = json_array();
    sessions.gap_ms = 90 * SECOND;
    if (item != NULL) {
        json_t *one =
            json_pack("{s:s, s:s, s:s, s:s, s:{s:s}, s:{s:I, s:b, s:s}}", "Id", "5e", "UserId",
                      "ada1", "DeviceName", "Sofa", "DeviceId", "sofa", "NowPlayingItem", "Id",
                      item, "PlayState", "PositionTicks", (json_int_t)position_ms * 10000,
                      "IsPaused", paused, "PlayMethod", "DirectPlay");
        assert_non_null(one);
        (void)json_array_append_new(list, one);
    }
    assert_int_equal(sessions_take(&sessions, list, BEGIN + at_ms), OK);
}

static int tear_down(void **state)
{
    (void)state;
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
    look(4 * MINUTE, NULL, 0, false);
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
    look(3 * MINUTE, NULL, 0, false);
    assert_int_equal(sessions.ended.count, 2);
    assert_int_equal(sessions.ended.items[1].started_at, BEGIN + 90 * SECOND);
}

static void whose_beginning_was_not_seen_is_left_to_other_records(void **state)
{
    (void)state;
    look(0, "f11", 30 * SECOND, false);
    look(1 * MINUTE, NULL, 0, false);
    assert_int_equal(sessions.ended.count, 0);
    look(2 * MINUTE, "f11", 30 * SECOND, false);
    look(10 * MINUTE, "f11", 8 * MINUTE, false);
    look(11 * MINUTE, NULL, 0, false);
    assert_int_equal(sessions.ended.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(what_was_begun_and_left_is_a_play_with_device_and_position,
                                  tear_down),
        cmocka_unit_test_teardown(the_next_item_of_a_session_is_another_play, tear_down),
        cmocka_unit_test_teardown(whose_beginning_was_not_seen_is_left_to_other_records, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

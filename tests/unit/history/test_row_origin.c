/* SPDX-License-Identifier: MIT
 * test_row_origin.c - where a row came from is told where the row tells it, and else not at all. */
#include "actors/history/row_origin.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define ADDRESS "http://nas:8181"

static int origin(const struct play_row *row, const char *job_title)
{
    enum row_origin found;
    return row_origin_of(row, job_title, &found) ? (int)found : -1;
}

static void a_record_of_a_server_says_which_it_is(void **state)
{
    (void)state;
    struct play_row row = {.source = source_kind_jellyfin, .native_id = "log:17"};
    assert_int_equal(origin(&row, NULL), row_origin_activity_log);
    row.native_id = "report:a:b";
    assert_int_equal(origin(&row, "home"), row_origin_plugin);
    row.source = source_kind_emby;
    row.native_id = "session:7:a:b";
    assert_int_equal(origin(&row, "home"), row_origin_session);
    row.native_id = "item:a:b";
    assert_int_equal(origin(&row, "home"), row_origin_played_item);
    row.native_id = "17";
    assert_int_equal(origin(&row, "home"), -1);
    row.source = source_kind_plex;
    assert_int_equal(origin(&row, "home"), row_origin_plex_history);
    row.native_id = "session:7:1:1001";
    assert_int_equal(origin(&row, "home"), row_origin_session);
}

static void a_row_of_an_api_is_one_of_an_address_without_what_that_leaves_out(void **state)
{
    (void)state;
    struct play_row row = {.source = source_kind_tautulli, .native_id = "17", .has_play = true};
    assert_int_equal(origin(&row, "/srv/tautulli.db"), row_origin_database);
    assert_int_equal(origin(&row, NULL), row_origin_database);
    assert_int_equal(origin(&row, ADDRESS), row_origin_api);
    row.has_stream = true;
    assert_int_equal(origin(&row, ADDRESS), row_origin_api);
    row.stream.container = "mkv";
    assert_int_equal(origin(&row, ADDRESS), row_origin_address);
    row.has_stream = row.has_play = false; /* word for word as another one */
    assert_int_equal(origin(&row, ADDRESS), row_origin_address);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_record_of_a_server_says_which_it_is),
        cmocka_unit_test(a_row_of_an_api_is_one_of_an_address_without_what_that_leaves_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT
 * test_activity_log.c - plays from starts and stops of the activity log, page by page. */
#include "tests/unit/server_sync/jellyfin/records.h"

#include "actors/server_sync/jellyfin/activity_log.h"

static struct log_reading log_page;
static const struct dialect jellyfin12 = {source_kind_jellyfin, 12};
static const struct dialect jellyfin10 = {source_kind_jellyfin, 10};
static const struct dialect emby = {source_kind_emby, 4};

#define ENTRY(id, type, date, item) \
    "{'Id':" id ",'Type':'" type "','Date':'" date "','UserId':'" ADA "','ItemId':'" item "'}"

static void take_log(const char *page)
{
    OWNED(json_release) json_t *json = parse(page);
    assert_int_equal(log_take(&log_page, json, &out), OK);
}

static void begin_log(const struct dialect *dialect, const char *first)
{
    char question[LOG_QUESTION_SIZE];
    log_begin(&log_page, dialect, 0, NOW_MS, &playing, &traces);
    log_question(&log_page, question);
    take_log(first);
    log_question(&log_page, question);
}

static void a_start_and_its_stop_are_a_play(void **state)
{
    (void)state;
    begin_log(&jellyfin12, "{'Items':[],'TotalRecordCount':4}");
    take_log("{'TotalRecordCount':4,'Items':[" ENTRY(
        "9", "VideoPlaybackStopped", "2026-05-01T21:30:00Z",
        FILM) "," ENTRY("8", "SessionStarted", "2026-05-01T21:00:00Z",
                        "") "," ENTRY("7", "VideoPlayback", AT,
                                      FILM) "," ENTRY("6", "AudioPlayback",
                                                      "2026-05-01T19:00:00.5Z", OTHER) "]}");
    assert_true(log_page.done);
    assert_int_equal(out.count, 2);
    assert_string_equal(out.items[0].native_id, "log:7");
    assert_string_equal(out.items[0].user, ADA);
    assert_string_equal(out.items[0].item, FILM);
    assert_int_equal(out.items[0].started_at, AT_MS);
    assert_int_equal(out.items[0].stopped_at, AT_MS + 5400000 - 123);
    assert_false(out.items[1].has_stop);
    assert_string_equal(out.items[1].type, "Audio");
}

static void a_start_that_lost_its_stop_does_not_take_the_next_one(void **state)
{
    (void)state;
    begin_log(&jellyfin10, "{'Items':[],'TotalRecordCount':3}");
    take_log("{'TotalRecordCount':3,'Items':[" ENTRY(
        "9", "VideoPlaybackStopped", "2026-05-01T22:30:00Z",
        FILM) "," ENTRY("8", "VideoPlayback", "2026-05-01T22:00:00Z",
                        FILM) "," ENTRY("7", "VideoPlayback", AT, FILM) "]}");
    assert_int_equal(out.count, 2);
    assert_string_equal(out.items[0].native_id, "log:8");
    assert_int_equal(out.items[0].stopped_at - out.items[0].started_at, 1800000);
    assert_string_equal(out.items[1].native_id, "log:7");
    assert_false(out.items[1].has_stop);
}

static void a_stop_that_comes_twice_ends_no_older_play(void **state)
{
    (void)state;
    begin_log(&jellyfin10, "{'Items':[],'TotalRecordCount':4}");
    take_log("{'TotalRecordCount':4,'Items':[" ENTRY(
        "9", "VideoPlaybackStopped", "2026-05-01T22:37:00Z",
        FILM) "," ENTRY("8", "VideoPlaybackStopped", "2026-05-01T22:30:00Z",
                        FILM) "," ENTRY("7", "VideoPlayback", "2026-05-01T22:00:00Z",
                                        FILM) "," ENTRY("6", "VideoPlayback", AT, FILM) "]}");
    assert_int_equal(out.count, 2);
    assert_string_equal(out.items[0].native_id, "log:7");
    assert_int_equal(out.items[0].stopped_at - out.items[0].started_at, 1800000);
    assert_string_equal(out.items[1].native_id, "log:6");
    assert_false(out.items[1].has_stop);
}

static void a_log_without_end_is_a_flood(void **state)
{
    (void)state;
    OWNED(json_release) json_t *page = parse("{'TotalRecordCount':9000000,'Items':[{}]}");
    begin_log(&jellyfin10, "{'Items':[],'TotalRecordCount':9000000}");
    log_page.read = 5000000;
    assert_int_equal(log_take(&log_page, page, &out), ERR_SERVER_FLOODS);
}

static void what_is_being_played_is_told_later(void **state)
{
    (void)state;
    play_now("[{'UserId':'" ADA "','NowPlayingItem':{'Id':'" FILM "'}},"
             "{'UserId':'" ADA "','NowPlayingItem':{'Id':'" OTHER "','ExtraType':'ThemeSong'}}]");
    begin_log(&jellyfin12, "{'Items':[],'TotalRecordCount':2}");
    take_log("{'TotalRecordCount':2,'Items':[" ENTRY("8", "VideoPlayback", AT, OTHER) "," ENTRY(
        "7", "VideoPlayback", AT, FILM) "]}");
    assert_int_equal(out.later, 1);
    assert_int_equal(out.count, 1);
    assert_string_equal(out.items[0].item, OTHER);
}

static void new_entries_shift_nothing_and_short_pages_leave_nothing_out(void **state)
{
    (void)state;
    char question[LOG_QUESTION_SIZE];
    begin_log(&emby, "{'Items':[],'TotalRecordCount':3}");
    take_log("{'TotalRecordCount':4,'Items':[" ENTRY("9", "playback.stop", AT, FILM) "]}");
    log_question(&log_page, question);
    assert_non_null(strstr(question, "StartIndex=0&Limit=4&MinDate=1970-01-01T00:00:00Z"));
    take_log("{'TotalRecordCount':4,'Items':[" ENTRY("9", "playback.stop", AT, FILM) "," ENTRY(
        "8", "playback.stop", AT, OTHER) "]}");
    log_question(&log_page, question);
    assert_non_null(strstr(question, "StartIndex=2&Limit=2"));
    take_log("{'TotalRecordCount':4,'Items':[" ENTRY("7", "playback.start", AT, OTHER) "," ENTRY(
        "6", "playback.start", AT, FILM) "]}");
    log_question(&log_page, question);
    take_log("{'TotalRecordCount':4,'Items':[" ENTRY("9", "playback.stop", AT, FILM) "," ENTRY(
        "8", "playback.stop", AT, OTHER) "]}");
    assert_true(log_page.done);
    assert_int_equal(out.count, 2);
    assert_true(out.items[0].has_stop && out.items[1].has_stop);
}

static void entries_of_older_versions_are_traces_alone(void **state)
{
    (void)state;
    begin_log(&jellyfin10, "{'Items':[],'TotalRecordCount':1}");
    take_log("{'TotalRecordCount':1,'Items':[{'Id':1,'Type':'VideoPlayback','Date':'" AT
             "','UserId':'" ADA "'}]}");
    assert_int_equal(out.count, 0);
    assert_true(traces_allow(&traces, ADA, FILM, AT_MS + 5000));
    assert_false(traces_allow(&traces, ADA, FILM, AT_MS + 3600000));
    assert_false(traces_allow(&traces, OTHER, FILM, AT_MS));
    assert_true(traces_allow(&traces, ADA, FILM, AT_MS - 3600000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RECORDS_TEST(a_start_and_its_stop_are_a_play),
        RECORDS_TEST(a_start_that_lost_its_stop_does_not_take_the_next_one),
        RECORDS_TEST(a_stop_that_comes_twice_ends_no_older_play),
        RECORDS_TEST(a_log_without_end_is_a_flood),
        RECORDS_TEST(what_is_being_played_is_told_later),
        RECORDS_TEST(new_entries_shift_nothing_and_short_pages_leave_nothing_out),
        RECORDS_TEST(entries_of_older_versions_are_traces_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

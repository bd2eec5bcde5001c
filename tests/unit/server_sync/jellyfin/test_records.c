/* SPDX-License-Identifier: MIT
 * test_records.c - what the records of a Jellyfin or Emby server become, page by page: the activity
 * log, the plugin, the items; and what is none of it a play. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "actors/server_sync/jellyfin/activity_log.h"
#include "actors/server_sync/jellyfin/played_items.h"
#include "actors/server_sync/jellyfin/plugin_report.h"
#include "actors/server_sync/jellyfin/told_row.h"
#include "proto/base/clock.h"
#include "proto/wire/json.h"

#define ADA "0123456789abcdef0123456789abcdef"
#define FILM "00000000000000000000000000000f11"
#define OTHER "00000000000000000000000000000f12"
#define AT "2026-05-01T20:00:00.1234567Z"
#define AT_MS INT64_C(1777665600123)

static const struct dialect jellyfin12 = {source_kind_jellyfin, 12, 0};
static const struct dialect jellyfin10 = {source_kind_jellyfin, 10, 11};
static const struct dialect emby = {source_kind_emby, 4, 9};
static const struct person users[] = {{.user_id = ADA, .name = "ada"}};

static struct told_list out;
static struct playing playing;
static struct traces traces;
static struct log_reading log_page;
static struct report_reading report;
static struct item_reading items;
static const int64_t now = AT_MS + 10 * INT64_C(3600000);

/* Single quotes stand for double ones. */
static json_t *parse(const char *text)
{
    char copy[8192];
    (void)snprintf(copy, sizeof copy, "%s", text);
    for (char *at = copy; *at != '\0'; at++) {
        *at = *at == '\'' ? '"' : *at;
    }
    json_t *json = json_loads(copy, 0, NULL);
    assert_non_null(json);
    return json;
}

static int set_up(void **state)
{
    (void)state;
    traces_begin(&traces);
    playing_release(&playing);
    told_release(&out);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    items_release(&items);
    traces_release(&traces);
    playing_release(&playing);
    told_release(&out);
    return 0;
}

static void play_now(const char *sessions)
{
    OWNED(json_release) json_t *list = parse(sessions);
    assert_int_equal(playing_take(&playing, list), OK);
}

/* ---- the log ---- */

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
    log_begin(&log_page, dialect, 0, now, &playing, &traces);
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

/* ---- the plugin ---- */

static void take_report(const char *text)
{
    OWNED(json_release) json_t *json = parse(text);
    report_take(&report, 200, json, &out);
}

static void begin_report(const struct dialect *dialect)
{
    report_begin(&report, dialect, 0, now, &playing, &traces);
    take_report("{'colums':['name'],'results':[['DateCreated'],['UserId'],['ItemId'],['ItemType'],"
                "['ItemName'],['PlaybackMethod'],['ClientName'],['DeviceName'],['PlayDuration'],"
                "['PauseDuration']],'message':''}");
    assert_int_equal(report.state, REPORT_ROWS);
}

static void a_row_of_the_plugin_began_before_its_timer(void **state)
{
    (void)state;
    char question[REPORT_QUESTION_SIZE];
    begin_report(&jellyfin12);
    report_question(&report, question);
    OWNED(json_release) json_t *body = json_loads(question, 0, NULL);
    assert_non_null(strstr(told_text(body, "CustomQueryString"), "PlayDuration, PauseDuration"));
    take_report("{'colums':['PlayDuration','RowNo','DateCreated','StartedAt','UserId','ItemId',"
                "'DeviceName'],'results':[['600','71','2026-05-01 22:00:20.5','1777665620','" ADA
                "','0000-0000000000000000000000000F11','Sofa'],"
                "['-2147483648','72','2026-05-01 22:00:20','1777665620','" ADA "','" OTHER
                "','']],'message':''}");
    assert_true(report_is_done(&report));
    assert_int_equal(out.count, 2);
    assert_string_equal(out.items[0].native_id, "report:" ADA ":" FILM);
    assert_int_equal(out.items[0].started_at, 1777665600500);
    assert_int_equal(out.items[0].stopped_at, 1777666200500);
    assert_string_equal(out.items[0].player, "Sofa");
    assert_false(out.items[1].has_stop);
}

static void a_row_that_grows_is_told_when_it_rests(void **state)
{
    (void)state;
    play_now("[{'UserId':'" ADA "','NowPlayingItem':{'Id':'" FILM "'}}]");
    begin_report(&emby);
    take_report("{'colums':['RowNo','DateCreated','StartedAt','UserId','ItemId','PlayDuration',"
                "'PauseDuration'],'results':[['71','','1777665600','" ADA "','" FILM
                "','60','0'],['72','','1777665600','" ADA "','" OTHER "','60','15']],"
                "'message':''}");
    assert_int_equal(out.later, 1);
    assert_int_equal(out.count, 1);
    assert_int_equal(out.items[0].started_at, 1777665600000);
    assert_int_equal(out.items[0].paused_s, 15);
}

static void a_plugin_may_be_absent_or_broken(void **state)
{
    (void)state;
    begin_report(&jellyfin12);
    report_take(&report, 404, NULL, &out);
    assert_int_equal(report.state, REPORT_ABSENT);
    begin_report(&jellyfin12);
    report_take(&report, 500, NULL, &out);
    assert_int_equal(report.state, REPORT_BROKEN);
    begin_report(&jellyfin12);
    take_report("{'colums':[],'results':[],'message':'Error Running Query</br>..<pre>x</pre>'}");
    assert_int_equal(report.state, REPORT_BROKEN);
    begin_report(&jellyfin12);
    take_report("{'colums':[],'results':[],'message':'Query executed, no data returned.'}");
    assert_int_equal(report.state, REPORT_DONE);
}

/* ---- items ---- */

#define DATA(at, played, more) \
    "'UserData':{'LastPlayedDate':'" at "','PlayCount':1,'Played':" played more "}"
#define EPISODE(id, at) "{'Id':'" id "','Type':'Episode','SeriesId':'77'," DATA(at, "true", "") "}"

static void take_items(const struct dialect *dialect, const char *page)
{
    OWNED(json_release) json_t *json = parse(page);
    OWNED(json_release) json_t *none = parse("{'Items':[]}");
    items_begin(&items, dialect, 0, now, &playing, &traces);
    items_begin_users(&items, users, 1);
    assert_int_equal(items_take(&items, json, &out), OK);
    for (int i = 0; i < 6 && !items.done; i++) {
        assert_int_equal(items_take(&items, none, &out), OK);
    }
    assert_true(items.done);
}

#define A_LOOK                                                                    \
    "{'Items':[{'Id':'" FILM "','Type':'Movie','RunTimeTicks':60000000000," DATA( \
        AT, "true", ",'PlaybackPositionTicks':100000000") "}]}"

static void played_completes_a_play_before_12_and_nothing_since(void **state)
{
    (void)state;
    take_items(&jellyfin10, A_LOOK);
    assert_int_equal(out.count, 1);
    assert_true(out.items[0].watched);
    assert_int_equal(out.items[0].position_ms, 6000000);
    assert_false(out.items[0].has_stop);
    told_clear(&out);
    take_items(&jellyfin12, A_LOOK);
    assert_int_equal(out.count, 1);
    assert_false(out.items[0].watched);
    assert_int_equal(out.items[0].position_ms, 10000);
    assert_int_equal(out.items[0].started_at, AT_MS);
}

static void an_unknown_time_is_no_play_and_never_1970(void **state)
{
    (void)state;
    take_items(&emby, "{'TotalRecordCount':0,'Items':[{'Id':'12','Type':'Movie',"
                      "'UserData':{'Played':true,'PlayCount':0}},"
                      "{'Id':'13','Type':'Movie'," DATA(AT, "true", "") "}]}");
    assert_int_equal(out.count, 1);
    assert_string_equal(out.items[0].native_id, "item:" ADA ":13");
}

static void a_season_that_was_marked_is_not_played(void **state)
{
    (void)state;
    take_items(
        &jellyfin10,
        "{'Items':[" EPISODE("a1", "2026-05-01T22:00:00Z") "," EPISODE(
            "a2",
            "2026-05-01T20:00:04Z") "," EPISODE("a3",
                                                "2026-05-01T20:00:02Z") "," EPISODE("a4",
                                                                                    "2026-05-01T20:"
                                                                                    "00:02Z") "]}");
    assert_int_equal(out.count, 1);
    assert_int_equal(out.marked, 3);
    assert_string_equal(out.items[0].item, "a1");
}

static void a_date_of_which_the_log_has_no_trace_was_copied(void **state)
{
    (void)state;
    traces.covered_from = AT_MS - 1000;
    traces_add(&traces, ADA, "a1", AT_MS, AT_MS + 60000);
    take_items(&jellyfin10, "{'Items':[" EPISODE("a1", AT) "," EPISODE("a2", AT) "," EPISODE(
                                "a3", "2026-05-01T19:00:00Z") "]}");
    assert_int_equal(out.count, 2);
    assert_int_equal(out.copied, 1);
}

/* ---- rows ---- */

static void a_row_has_what_the_server_says_of_the_item(void **state)
{
    (void)state;
    struct row row;
    OWNED(buffer_release) struct buffer scratch = {0};
    OWNED(json_release)
    json_t *about = parse("{'" FILM "':{'Name':'Pilot','Type':'Episode','SeriesName':'Show',"
                          "'SeasonName':'Season 2','IndexNumber':1,'ParentIndexNumber':2,"
                          "'RunTimeTicks':12000000000,'ProviderIds':{'Tvdb':'5','Imdb':'tt1'}}}");
    const struct told_rules rules = {
        .users = users, .user_count = 1, .items = about, .server_id = "s", .watched_percent = 85};
    struct told told = {.native_id = "session:1",
                        .user = ADA,
                        .item = FILM,
                        .started_at = AT_MS,
                        .stopped_at = AT_MS + 1200000,
                        .has_stop = true,
                        .position_ms = 1100000,
                        .has_position = true,
                        .method = "Transcode (v:h264 a:direct)"};
    told_row_init(&row);
    told_row_map(&row, &told, &rules, &scratch);
    const struct play *play = &row.out.play;
    assert_string_equal(play->user, "ada");
    assert_string_equal(play->grandparent_title, "Show");
    assert_string_equal(play->guid, "imdb://tt1");
    assert_string_equal(play->media_type, "episode");
    assert_string_equal(play->transcode_decision, "transcode");
    assert_string_equal(row.out.facet_month, "2026-05");
    assert_int_equal(play->time_quality, time_quality_exact);
    assert_int_equal(play->played_s, 1200);
    assert_true(play->watched);
    int64_t hash = play->content_hash;
    row.out.position = 99;
    told_row_map(&row, &told, &rules, &scratch);
    assert_int_equal(row.out.play.content_hash, hash);
    told.position_ms = 1000;
    told_row_map(&row, &told, &rules, &scratch);
    assert_int_not_equal(row.out.play.content_hash, hash);
    assert_false(row.out.play.watched);
    row_release(&row);
}

int main(void)
{
#define CASE(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(a_start_and_its_stop_are_a_play),
        CASE(a_start_that_lost_its_stop_does_not_take_the_next_one),
        CASE(what_is_being_played_is_told_later),
        CASE(new_entries_shift_nothing_and_short_pages_leave_nothing_out),
        CASE(entries_of_older_versions_are_traces_alone),
        CASE(a_row_of_the_plugin_began_before_its_timer),
        CASE(a_row_that_grows_is_told_when_it_rests),
        CASE(a_plugin_may_be_absent_or_broken),
        CASE(played_completes_a_play_before_12_and_nothing_since),
        CASE(an_unknown_time_is_no_play_and_never_1970),
        CASE(a_season_that_was_marked_is_not_played),
        CASE(a_date_of_which_the_log_has_no_trace_was_copied),
        CASE(a_row_has_what_the_server_says_of_the_item),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

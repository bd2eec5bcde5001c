/* SPDX-License-Identifier: MIT
 * test_plugin_report.c - plays from the rows of the plugin, whose columns are in any order. */
#include "tests/unit/server_sync/jellyfin/records.h"

#include "actors/server_sync/jellyfin/plugin_report.h"

static struct report_reading report;
static const struct dialect jellyfin12 = {source_kind_jellyfin, 12};
static const struct dialect emby = {source_kind_emby, 4};

static void take_report(const char *text)
{
    OWNED(json_release) json_t *json = parse(text);
    report_take(&report, 200, json, &out);
}

static void begin_report(const struct dialect *dialect)
{
    report_begin(&report, dialect, 0, NOW_MS, &playing, &traces);
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

static void a_row_begins_when_it_did_whatever_zone_the_server_has_since(void **state)
{
    (void)state;
    static struct zone_runs zone;
    static const char *const said[] = {"1777665620", "1777640420"}; /* two hours ahead, then nine */
    zone.count = 0;
    for (size_t i = 0; i < COUNT_OF(said); i++) {
        char text[512];
        begin_report(&jellyfin12);
        report.zone = &zone;
        (void)snprintf(text, sizeof text,
                       "{'colums':['RowNo','DateCreated','StartedAt','UserId','ItemId',"
                       "'PlayDuration'],'results':[['71','2026-05-01 22:00:20.5','%s','" ADA
                       "','" FILM "','600']],'message':''}",
                       said[i]);
        take_report(text);
        assert_int_equal(out.items[i].started_at, 1777665600500);
    }
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

static void a_plugin_without_the_needed_columns_is_asked_for_no_rows(void **state)
{
    (void)state;
    report_begin(&report, &jellyfin12, 0, NOW_MS, &playing, &traces);
    take_report("{'colums':['name'],'results':[['DateCreated'],['UserId']],'message':''}");
    assert_int_equal(report.state, REPORT_BROKEN);
    assert_int_equal(report.columns, 0);
}

static void what_a_server_answers_that_starts_is_not_the_plugins(void **state)
{
    (void)state;
    static const int others[] = {0, 302, 401, 403, 429, 502, 503, 504};
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        assert_false(report_is_answer(others[i]));
    }
    assert_true(report_is_answer(200) && report_is_answer(404) && report_is_answer(500));
}

static void a_table_without_end_is_a_flood(void **state)
{
    (void)state;
    begin_report(&emby);
    report.rows = 5000000;
    take_report("{'colums':['RowNo','DateCreated','StartedAt','UserId','ItemId','PlayDuration'],"
                "'results':[['71','','1777665600','" ADA "','" FILM "','60']],'message':''}");
    assert_int_equal(report.state, REPORT_ENDLESS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RECORDS_TEST(a_row_of_the_plugin_began_before_its_timer),
        RECORDS_TEST(a_row_begins_when_it_did_whatever_zone_the_server_has_since),
        RECORDS_TEST(a_row_that_grows_is_told_when_it_rests),
        RECORDS_TEST(a_plugin_without_the_needed_columns_is_asked_for_no_rows),
        RECORDS_TEST(what_a_server_answers_that_starts_is_not_the_plugins),
        RECORDS_TEST(a_table_without_end_is_a_flood),
        RECORDS_TEST(a_plugin_may_be_absent_or_broken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

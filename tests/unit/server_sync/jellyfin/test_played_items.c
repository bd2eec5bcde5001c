/* SPDX-License-Identifier: MIT
 * test_played_items.c - plays from when items were last begun, and what of that is none. */
#include "tests/unit/server_sync/jellyfin/records.h"

#include "actors/server_sync/jellyfin/played_items.h"

static struct item_reading items;
static const struct dialect jellyfin12 = {source_kind_jellyfin, 12};
static const struct dialect jellyfin10 = {source_kind_jellyfin, 10};
static const struct dialect emby = {source_kind_emby, 4};
static const struct person users[] = {{.user_id = ADA, .name = "ada"}};

#define DATA(at, played, more) \
    "'UserData':{'LastPlayedDate':'" at "','PlayCount':1,'Played':" played more "}"
#define EPISODE(id, at) "{'Id':'" id "','Type':'Episode','SeriesId':'77'," DATA(at, "true", "") "}"

static void take_items(const struct dialect *dialect, const char *page)
{
    OWNED(json_release) json_t *json = parse(page);
    OWNED(json_release) json_t *none = parse("{'Items':[]}");
    items_begin(&items, dialect, 0, NOW_MS, &playing, &traces);
    items_begin_users(&items, users, 1);
    assert_int_equal(items_take(&items, json, &out), OK);
    for (int i = 0; i < 6 && !items.done; i++) {
        assert_int_equal(items_take(&items, none, &out), OK);
    }
    assert_true(items.done);
    items_release(&items);
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

/* A date that is missing or old stands before newer ones where a film has several versions. */
static void one_that_is_out_of_order_hides_no_page_behind_it(void **state)
{
    (void)state;
    OWNED(json_release)
    json_t *first = parse("{'Items':[{'Id':'12','Type':'Movie','UserData':{'Played':true}},"
                          "{'Id':'13','Type':'Movie'," DATA(AT, "true", "") "}]}");
    OWNED(json_release)
    json_t *second = parse("{'Items':[{'Id':'14','Type':'Movie'," DATA(AT, "true", "") "}]}");
    items_begin(&items, &jellyfin10, 0, NOW_MS, &playing, &traces);
    items_begin_users(&items, users, 1);
    assert_int_equal(items_take(&items, first, &out), OK);
    assert_int_equal(items.start, 2);
    assert_int_equal(items_take(&items, second, &out), OK);
    items_pass_over(&items, &out);
    assert_int_equal(out.count, 2);
}

static void what_may_only_be_paused_is_told_later(void **state)
{
    (void)state;
    static const struct {
        const char *item;
        const struct dialect *dialect;
        bool later;
    } cases[] = {
        {"'RunTimeTicks':390000000000," DATA(AT, "false", ""), &jellyfin10, true},
        {"'RunTimeTicks':390000000000," DATA(AT, "true", ""), &jellyfin10, false},
        {"'RunTimeTicks':390000000000," DATA(AT, "true", ""), &jellyfin12, true},
        {"'RunTimeTicks':300000000000," DATA(AT, "false", ""), &jellyfin12, false},
        {DATA(AT, "false", ""), &emby, false},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char page[1024];
        (void)snprintf(page, sizeof page, "{'Items':[{'Id':'13','Type':'Movie',%s}]}",
                       cases[i].item);
        told_release(&out);
        take_items(cases[i].dialect, page);
        assert_int_equal(out.later, cases[i].later);
        assert_int_equal(out.count, !cases[i].later);
    }
}

static void of_an_item_no_more_is_kept_than_is_read(void **state)
{
    (void)state;
    take_items(&jellyfin10, "{'Items':[{'Id':'13','Type':'Movie','MediaSources':[{},{}],'Name':[1],"
                            "'ProviderIds':{'Imdb':'tt1','Other':'x'}," DATA(AT, "true", "") "}]}");
    assert_int_equal(out.count, 1);
    const json_t *about = out.items[0].about;
    assert_null(json_object_get(about, "MediaSources"));
    assert_null(json_object_get(about, "Name"));
    assert_int_equal(json_object_size(json_object_get(about, "ProviderIds")), 1);
    assert_string_equal(told_text(about, "Type"), "Movie");
}

static void pages_without_end_are_a_flood(void **state)
{
    (void)state;
    OWNED(json_release) json_t *page = parse("{'Items':[" EPISODE("a1", AT) "]}");
    items_begin(&items, &jellyfin10, 0, NOW_MS, &playing, &traces);
    items_begin_users(&items, users, 1);
    items.start = 5000000;
    assert_int_equal(items_take(&items, page, &out), ERR_SERVER_FLOODS);
    items_release(&items);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        RECORDS_TEST(played_completes_a_play_before_12_and_nothing_since),
        RECORDS_TEST(an_unknown_time_is_no_play_and_never_1970),
        RECORDS_TEST(one_that_is_out_of_order_hides_no_page_behind_it),
        RECORDS_TEST(what_may_only_be_paused_is_told_later),
        RECORDS_TEST(of_an_item_no_more_is_kept_than_is_read),
        RECORDS_TEST(pages_without_end_are_a_flood),
        RECORDS_TEST(a_season_that_was_marked_is_not_played),
        RECORDS_TEST(a_date_of_which_the_log_has_no_trace_was_copied),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

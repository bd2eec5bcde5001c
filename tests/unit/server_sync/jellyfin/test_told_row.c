/* SPDX-License-Identifier: MIT
 * test_told_row.c - a play that is told becomes a row, with what is known of its item. */
#include "tests/unit/server_sync/jellyfin/records.h"

#include "actors/server_sync/jellyfin/told_row.h"

static const struct person users[] = {{.user_id = ADA, .name = "ada"}};

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

static void an_address_is_told_without_its_port(void **state)
{
    (void)state;
    static const char *const addresses[][2] = {{"10.0.0.7:52011", "10.0.0.7"},
                                               {"[::1]:52011", "::1"},
                                               {"fe80::1", "fe80::1"},
                                               {"10.0.0.7", "10.0.0.7"}};
    struct row row;
    OWNED(buffer_release) struct buffer scratch = {0};
    const struct told_rules rules = {.server_id = "s", .watched_percent = 85};
    told_row_init(&row);
    for (size_t i = 0; i < COUNT_OF(addresses); i++) {
        struct told told = {.native_id = "session:1",
                            .user = ADA,
                            .item = FILM,
                            .started_at = AT_MS,
                            .address = addresses[i][0]};
        told_row_map(&row, &told, &rules, &scratch);
        assert_string_equal(row.out.play.ip_address, addresses[i][1]);
    }
    row_release(&row);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RECORDS_TEST(a_row_has_what_the_server_says_of_the_item),
        RECORDS_TEST(an_address_is_told_without_its_port),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT
 * test_plex_row.c - what becomes of a row of a server's history: whatever it lacks, it is a play;
 * only without a number, a moment or an account it is rejected, and kept whole. */
#include "actors/shared/plex/plex_row.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "actors/shared/plex/plex_json.h"
#include "proto/wire/json.h"

static struct row row;
static struct names names;
static struct arena *arena;
static struct buffer scratch;
static json_t *kept; /* the newest row, which the mapped one borrows from */

static json_t *parse(const char *text)
{
    json_t *json = json_loads(text, 0, NULL);
    assert_non_null(json);
    return json;
}

/* Single quotes stand for double ones. */
static json_t *parse_quoted(const char *text)
{
    char *json = arena_keep(arena, text);
    for (char *at = json; *at != '\0'; at++) {
        *at = *at == '\'' ? '"' : *at;
    }
    return parse(json);
}

static const struct mapped_row *map_with(const char *text, const char *items)
{
    OWNED(json_release) json_t *known = items != NULL ? parse_quoted(items) : NULL;
    const struct plex_rules rules = {
        .names = &names, .items = known, .server_id = "server", .latest_s = 1800000000};
    json_release(&kept);
    kept = parse_quoted(text);
    row.out.position = 7;
    plex_row_map(&row, kept, &rules, &scratch);
    return &row.out;
}

static const struct mapped_row *map(const char *text)
{
    return map_with(text, NULL);
}

#define KEY "'historyKey':'/status/sessions/history/42','viewedAt':1700000000,'accountID':1"

static int set_up(void **state)
{
    (void)state;
    arena = arena_new();
    plex_row_init(&row);
    OWNED(json_release)
    json_t *accounts = parse_quoted("{'Account':[{'id':0,'name':''},{'id':1,'name':'Ada'},"
                                    "{'id':'4711','name':'Bo\\u0007b'},{'name':'nobody'}]}");
    OWNED(json_release)
    json_t *devices = parse_quoted("{'Device':[{'id':9,'name':'TV','platform':'',"
                                   "'clientIdentifier':'abc'},{'id':3,'clientIdentifier':''}]}");
    OWNED(json_release)
    json_t *sections = parse_quoted("{'Directory':[{'key':'2','title':'Films','type':'movie'}]}");
    assert_int_equal(names_take_accounts(&names, accounts, arena), OK);
    assert_int_equal(names_take_devices(&names, devices, arena), OK);
    assert_int_equal(names_take_libraries(&names, sections, "server", arena), OK);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    json_release(&kept);
    row_release(&row);
    buffer_release(&scratch);
    arena_destroy(&arena);
    return 0;
}

static void a_whole_row_says_who_what_where_and_when(void **state)
{
    (void)state;
    const struct mapped_row *m = map_with(
        "{" KEY ",'deviceID':9,'type':'episode','title':'Pilot','grandparentTitle':'Show',"
        "'index':1,'parentIndex':'2','ratingKey':'100','key':'/library/metadata/100',"
        "'parentKey':'/library/metadata/50','grandparentKey':'/library/metadata/40',"
        "'librarySectionID':'2','originallyAvailableAt':'2020-01-02','thumb':'/t'}",
        "{'100':{'ratingKey':'100','type':'episode','title':'Pilot','librarySectionID':2,"
        "'guid':'plex://episode/1','duration':1200000,'year':2020,'parentTitle':'Season 2',"
        "'Genre':[{'tag':'Drama'},{'tag':'Crime'}]}}");
    const struct play *p = &m->play;
    assert_false(m->rejected);
    assert_int_equal(m->position, 7);
    assert_true(m->has_native_id);
    assert_int_equal(m->native_id.number, 42);
    assert_int_equal(p->started_at, 1700000000000);
    assert_false(p->has_stopped_at);
    assert_int_equal(p->time_quality, time_quality_watched_at);
    assert_true(p->watched);
    assert_string_equal(p->user_id, "1");
    assert_string_equal(p->user, "Ada");
    assert_string_equal(p->player, "TV");
    assert_null(p->platform);
    assert_string_equal(p->machine_id, "abc");
    assert_string_equal(p->rating_key, "100");
    assert_string_equal(p->parent_rating_key, "50");
    assert_string_equal(p->grandparent_rating_key, "40");
    assert_string_equal(p->parent_title, "Season 2");
    assert_string_equal(p->guid, "plex://episode/1");
    assert_int_equal(p->duration_ms, 1200000);
    assert_int_equal(p->parent_media_index, 2);
    assert_string_equal(m->facet_library, "Films");
    assert_string_equal(m->facet_month, "2023-11");
    assert_string_equal(m->item.genres, "Drama;Crime");
    assert_int_equal(m->note_count, 0);
}

static void a_row_of_what_is_gone_is_a_play_with_its_titles(void **state)
{
    (void)state;
    const struct mapped_row *m = map("{" KEY ",'title':'Lost','type':'movie','deviceID':77}");
    assert_false(m->rejected);
    assert_string_equal(m->play.title, "Lost");
    assert_null(m->play.rating_key);
    assert_null(m->play.section_id);
    assert_null(m->play.machine_id);
    assert_false(m->has_item);
    m = map("{" KEY "}");
    assert_false(m->rejected);
    assert_string_equal(m->play.media_type, "unknown");
}

static void a_key_that_is_used_again_says_nothing(void **state)
{
    (void)state;
    static const char other[] = "{'100':{'type':'movie','title':'Another','guid':'plex://movie/2',"
                                "'librarySectionID':2}}";
    const struct mapped_row *m =
        map_with("{" KEY ",'type':'movie','title':'One','ratingKey':'100'}", other);
    assert_string_equal(m->play.rating_key, "100");
    assert_null(m->play.guid);
    m = map_with("{" KEY ",'type':'episode','live':1,'title':'Another','ratingKey':'100',"
                 "'key':'/livetv/sessions/x'}",
                 other);
    assert_true(m->play.live);
    assert_null(m->play.rating_key);
    m = map_with("{" KEY ",'type':'clip','title':'Trailer','ratingKey':'100'}", other);
    assert_false(m->play.live);
    assert_string_equal(m->play.media_type, "clip");
    assert_null(m->play.rating_key);
}

static void people_who_left_keep_their_id(void **state)
{
    (void)state;
    const struct mapped_row *m = map("{'historyKey':'/status/sessions/history/1','viewedAt':"
                                     "'1700000000','accountID':'999'}");
    assert_false(m->rejected);
    assert_string_equal(m->play.user_id, "999");
    assert_null(m->play.user);
    assert_string_equal(m->facet_user, "999");
    assert_string_equal(names_account(&names, 4711)->name, "Bob");
    assert_int_equal(names.people_count, 2); /* 0 is nobody */
}

static void what_cannot_be_placed_is_rejected_and_kept(void **state)
{
    (void)state;
    static const struct {
        const char *row, *code;
    } rows[] = {
        {"{'viewedAt':1700000000,'accountID':1,'title':'x'}", "HISTORY_KEY_INVALID"},
        {"{'historyKey':'/status/sessions/history/x','viewedAt':1,'accountID':1}",
         "HISTORY_KEY_INVALID"},
        {"{'historyKey':'/status/sessions/history/5','accountID':1}", "VIEWED_AT_INVALID"},
        {"{'historyKey':'/status/sessions/history/5','viewedAt':{'at':5},'accountID':1}",
         "VIEWED_AT_INVALID"},
        {"{'historyKey':'/status/sessions/history/5','viewedAt':1900000000,'accountID':1}",
         "VIEWED_AT_INVALID"},
        {"{'historyKey':'/status/sessions/history/5','viewedAt':1700000000}", "USER_MISSING"},
        {"{'historyKey':'/status/sessions/history/5','viewedAt':1700000000,'accountID':[1]}",
         "USER_MISSING"},
        {"[]", "HISTORY_KEY_INVALID"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct mapped_row *m = map(rows[i].row);
        assert_true(m->rejected);
        assert_int_equal(m->note_count, 1);
        assert_string_equal(m->notes[0].code, rows[i].code);
    }
    assert_int_equal(map(rows[0].row)->notes[0].raw_count, 3);
}

static int64_t content(const char *text)
{
    return map(text)->play.content_hash;
}

static void the_same_written_otherwise_is_the_same_and_another_number_is_another(void **state)
{
    (void)state;
    int64_t one = content("{" KEY ",'index':14,'thumb':'/a'}");
    assert_true(one == content("{" KEY ",'index':'14','thumb':'/b'}"));
    assert_true(one != content("{" KEY ",'index':15}"));
    assert_true(one != content("{'historyKey':'/status/sessions/history/43','viewedAt':1700000000,"
                               "'accountID':1,'index':14}"));
}

static void numbers_beyond_all_bounds_spoil_no_page(void **state)
{
    (void)state;
    static const char page[] = "{\"MediaContainer\":{\"size\":2,\"Metadata\":[{\"historyKey\":"
                               "\"/status/sessions/history/7\",\"viewedAt\":1700000000,"
                               "\"deviceID\":18000000000000000000}]}}";
    OWNED(json_release) json_t *root = NULL;
    const json_t *container = NULL;
    const json_t *list = NULL;
    int64_t number = 0;
    assert_int_equal(plex_container((struct bytes){page, sizeof(page) - 1}, &root, &container), OK);
    assert_int_equal(plex_list(container, "Metadata", &list), OK);
    assert_true(plex_number(json_array_get(list, 0), "viewedAt", &number));
    assert_int_equal(number, 1700000000);
    assert_false(plex_number(json_array_get(list, 0), "deviceID", &number));
    assert_int_equal(plex_list(container, "Account", &list), OK);
    assert_null(list); /* what is absent is empty */
    assert_int_equal(plex_list(container, "size", &list), ERR_SERVER_FAILED);
}

/* ---- plays that were seen ---- */

static const struct mapped_row *map_seen(const char *about, int64_t stopped_at)
{
    const struct plex_rules rules = {.names = &names, .server_id = "server"};
    const struct plex_session session = {.native_id = "session:1700000000000:1:17",
                                         .account = 1,
                                         .player = "TV\x07",
                                         .decision = "copy",
                                         .started_at = INT64_C(1700000000000),
                                         .stopped_at = stopped_at,
                                         .has_stop = stopped_at != 0,
                                         .position_ms = 95000,
                                         .paused_s = 10,
                                         .watched_percent = 90};
    json_release(&kept);
    kept = parse_quoted(about);
    row.out.position = 7;
    plex_row_map_session(&row, &session, kept, &rules, &scratch);
    return &row.out;
}

static void what_was_seen_has_its_times_and_how_far_it_came(void **state)
{
    (void)state;
    const struct mapped_row *out =
        map_seen("{'type':'track','title':'Song','ratingKey':'17','duration':100000,"
                 "'librarySectionID':'2'}",
                 INT64_C(1700000100000));
    assert_string_equal(out->native_id.text.data, "session:1700000000000:1:17");
    assert_int_equal(out->play.time_quality, time_quality_exact);
    assert_int_equal(out->play.played_s, 90);
    assert_int_equal(out->play.view_offset_ms, 95000);
    assert_true(out->play.watched);
    assert_string_equal(out->play.user, "Ada");
    assert_string_equal(out->play.player, "TV");
    assert_string_equal(out->play.rating_key, "17");
    assert_string_equal(out->facet_library, "Films");
    int64_t hash = out->play.content_hash;
    (void)map_seen("{'type':'track','title':'Song','ratingKey':'17'}", INT64_C(1700000100000));
    assert_false(row.out.play.watched);
    assert_true(hash != row.out.play.content_hash);
}

static void of_one_whose_end_nobody_saw_the_start_alone_is_known(void **state)
{
    (void)state;
    const struct mapped_row *out = map_seen("{'type':'movie','title':'Film','ratingKey':'17'}", 0);
    assert_int_equal(out->play.time_quality, time_quality_start_only);
    assert_false(out->play.has_stopped_at);
    assert_int_equal(out->play.view_offset_ms, 95000);
}

static void what_was_broadcast_has_no_item_when_it_was_seen_either(void **state)
{
    (void)state;
    const struct mapped_row *out =
        map_seen("{'type':'episode','title':'News','ratingKey':'17','live':'1'}", 0);
    assert_true(out->play.live);
    assert_null(out->play.rating_key);
    assert_string_equal(out->play.title, "News");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_seen_has_its_times_and_how_far_it_came),
        cmocka_unit_test(of_one_whose_end_nobody_saw_the_start_alone_is_known),
        cmocka_unit_test(what_was_broadcast_has_no_item_when_it_was_seen_either),
        cmocka_unit_test(a_whole_row_says_who_what_where_and_when),
        cmocka_unit_test(a_row_of_what_is_gone_is_a_play_with_its_titles),
        cmocka_unit_test(a_key_that_is_used_again_says_nothing),
        cmocka_unit_test(people_who_left_keep_their_id),
        cmocka_unit_test(what_cannot_be_placed_is_rejected_and_kept),
        cmocka_unit_test(the_same_written_otherwise_is_the_same_and_another_number_is_another),
        cmocka_unit_test(numbers_beyond_all_bounds_spoil_no_page),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}

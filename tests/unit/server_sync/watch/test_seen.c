/* SPDX-License-Identifier: MIT
 * test_seen.c - what servers say is being played: who, what, where and how far; and nothing of what
 * is no play, or no answer. */
#include "actors/server_sync/watch/seen.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "proto/wire/json.h"

static struct arena *arena;
static struct seen seen;
static json_t *answer; /* what was read is borrowed from it */

static int set_up(void **state)
{
    (void)state;
    arena = arena_new();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    json_release(&answer);
    arena_destroy(&arena);
    return 0;
}

/* Single quotes stand for double ones. */
static enum err read_with(seen_reader *read, const char *text)
{
    char *json = arena_keep(arena, text);
    for (char *at = json; *at != '\0'; at++) {
        *at = *at == '\'' ? '"' : *at;
    }
    json_release(&answer);
    answer = json_loads(json, 0, NULL);
    assert_non_null(answer);
    return read(answer, arena, &seen);
}

static enum err plex(const char *rows)
{
    return read_with(seen_plex, arena_format(arena, "{'MediaContainer':{'Metadata':[%s]}}", rows));
}

#define ROW                                                                                 \
    "'sessionKey':'41','ratingKey':'1001','key':'/library/metadata/1001','title':'A film'," \
    "'summary':'long','duration':6000000,'viewOffset':'90000','User':{'id':'1'},'Player':{" \
    "'title':'TV','machineIdentifier':'abc','platform':'Android','product':'Plex',"         \
    "'version':'9','address':'10.0.0.7','state':'paused'}"

static void a_row_of_plex_says_who_plays_what_where_and_how_far(void **state)
{
    (void)state;
    assert_int_equal(plex("{'type':'movie'," ROW "}"), OK);
    assert_int_equal(seen.count, 1);
    const struct watched_play *play = seen.plays;
    assert_string_equal(play->key, "1:1001:41");
    assert_string_equal(play->user, "1");
    assert_string_equal(play->item, "1001");
    assert_string_equal(play->player, "TV");
    assert_string_equal(play->machine_id, "abc");
    assert_string_equal(play->method, "direct play");
    assert_int_equal(play->position_ms, 90000);
    assert_int_equal(play->duration_ms, 6000000);
    assert_true(play->paused);
    assert_non_null(strstr(play->about, "A film"));
    assert_null(strstr(play->about, "long"));
}

static void how_it_is_played_is_what_the_transcoder_says(void **state)
{
    (void)state;
    assert_int_equal(plex("{'type':'movie'," ROW ",'TranscodeSession':{'videoDecision':'copy',"
                          "'audioDecision':'transcode'}},"
                          "{'type':'movie'," ROW ",'TranscodeSession':{'videoDecision':'copy'}}"),
                     OK);
    assert_string_equal(seen.plays[0].method, "transcode");
    assert_string_equal(seen.plays[1].method, "copy");
}

static void trailers_photos_and_nobody_are_no_plays_and_broadcasts_are(void **state)
{
    (void)state;
    assert_int_equal(plex("{'type':'clip'," ROW "},{'type':'movie','extraType':1," ROW "},"
                          "{'type':'photo'," ROW "},{" ROW "},7,null,"
                          "{'type':'movie','ratingKey':'5','User':{'id':'0'}},"
                          "{'type':'movie','ratingKey':'5'},"
                          "{'type':'movie','User':{'id':1}},"
                          "{'type':'clip','live':1," ROW "},{'type':'track'," ROW "}"),
                     OK);
    assert_int_equal(seen.count, 2);
}

static void no_list_is_an_empty_one_and_another_answer_is_none(void **state)
{
    (void)state;
    assert_int_equal(read_with(seen_plex, "{'MediaContainer':{'size':0}}"), OK);
    assert_int_equal(seen.count, 0);
    assert_int_equal(read_with(seen_plex, "{'MediaContainer':{'Metadata':7}}"), ERR_SERVER_FAILED);
    assert_int_equal(read_with(seen_plex, "[]"), ERR_SERVER_FAILED);
    assert_int_equal(read_with(seen_jellyfin, "{}"), ERR_SERVER_FAILED);
}

static void what_nobody_would_say_is_left_out(void **state)
{
    (void)state;
    const char *long_text = arena_format(arena, "%05000d", 0);
    const char *row = arena_format(arena,
                                   "{'type':'movie','ratingKey':'5','title':'%s','User':{'id':1},"
                                   "'viewOffset':-5,'duration':9223372036854775807,'sessionKey':[],"
                                   "'Player':{'title':'%s'}}",
                                   long_text, long_text);
    assert_int_equal(plex(row), OK);
    assert_int_equal(seen.count, 1);
    assert_null(seen.plays[0].player);
    assert_null(strstr(seen.plays[0].about, "0000"));
    assert_int_equal(seen.plays[0].position_ms, 0);
    assert_int_equal(seen.plays[0].duration_ms, 0);
}

static void of_more_than_anybody_has_the_first_ones_are_read(void **state)
{
    (void)state;
    OWNED(json_release) json_t *list = json_array();
    for (int i = 0; i < SEEN_MAX + 50; i++) {
        (void)json_array_append_new(list, json_pack("{s:s, s:s, s:{s:s}}", "Id", "5e", "UserId",
                                                    "ada1", "NowPlayingItem", "Id", "f11"));
    }
    assert_int_equal(seen_jellyfin(list, arena, &seen), OK);
    assert_int_equal(seen.count, SEEN_MAX);
}

static void of_jellyfin_photos_books_and_trailers_are_no_plays(void **state)
{
    (void)state;
    static const char *const types[] = {"Photo", "Book", "Trailer", "AudioBook", "Episode"};
    size_t counts[] = {0, 0, 0, 1, 1};
    for (size_t i = 0; i < COUNT_OF(types); i++) {
        const char *text = arena_format(
            arena, "[{'UserId':'ada1','NowPlayingItem':{'Id':'f11','Type':'%s'}}]", types[i]);
        assert_int_equal(read_with(seen_jellyfin, text), OK);
        assert_int_equal(seen.count, counts[i]);
    }
}

static void a_session_of_jellyfin_says_it_in_ticks(void **state)
{
    (void)state;
    assert_int_equal(
        read_with(seen_jellyfin,
                  "[{'Id':'5e','UserId':'ADA1-','DeviceName':'Sofa','NowPlayingItem':{'Id':'F11',"
                  "'RunTimeTicks':60000000},'PlayState':{'PositionTicks':20000000,'IsPaused':true,"
                  "'PlayMethod':'DirectPlay'}},{'UserId':'ada1','NowPlayingItem':{'Id':'f12',"
                  "'ExtraType':'ThemeSong'}},{'UserId':'ada1'}]"),
        OK);
    assert_int_equal(seen.count, 1);
    assert_string_equal(seen.plays[0].key, "ada1:f11:5e");
    assert_int_equal(seen.plays[0].position_ms, 2000);
    assert_int_equal(seen.plays[0].duration_ms, 6000);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_row_of_plex_says_who_plays_what_where_and_how_far),
        TEST(how_it_is_played_is_what_the_transcoder_says),
        TEST(trailers_photos_and_nobody_are_no_plays_and_broadcasts_are),
        TEST(no_list_is_an_empty_one_and_another_answer_is_none),
        TEST(what_nobody_would_say_is_left_out),
        TEST(of_more_than_anybody_has_the_first_ones_are_read),
        TEST(of_jellyfin_photos_books_and_trailers_are_no_plays),
        TEST(a_session_of_jellyfin_says_it_in_ticks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

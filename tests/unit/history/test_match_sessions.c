/* SPDX-License-Identifier: MIT
 * test_match_sessions.c - what was seen on a Plex server is one play with what Tautulli and the
 * server's history tell of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "actors/history/groups/match.h"

enum { SECOND = 1000, MINUTE = 60 * SECOND, ROWS_MAX = 8 };

static struct match_row rows[ROWS_MAX];
static int names[ROWS_MAX];
static size_t count;

static struct match_row *add(enum source_kind kind, int64_t from, int64_t to)
{
    names[count] = (int)count;
    rows[count] = (struct match_row){.owner = &names[count],
                                     .no = (int64_t)count + 1,
                                     .source_no = kind == source_kind_tautulli ? 1 : 2,
                                     .kind = kind,
                                     .native_id = {.number = (int64_t)count + 1},
                                     .person = 7,
                                     .started_at = from,
                                     .stopped_at = to,
                                     .has_stop = to > from,
                                     .duration_ms = 100 * MINUTE,
                                     .rating_key = "11",
                                     .media_type = "movie",
                                     .machine_id = "sofa",
                                     .media_index = -1,
                                     .parent_media_index = -1};
    return &rows[count++];
}

static struct match_row *add_session(int64_t from, int64_t to)
{
    struct match_row *row = add(source_kind_plex, from, to);
    static char ids[ROWS_MAX][16];
    char *id = ids[count - 1];
    memcpy(id, "session:0", sizeof "session:0");
    id[8] = (char)('0' + count);
    row->native_id = (struct native_id){.text = {id, strlen(id)}};
    return row;
}

static void add_point(int64_t at)
{
    add(source_kind_plex, at, at)->point = true;
}

/* By name: what stands for it. */
static int head_of(int name)
{
    size_t at = 0;
    while (*(int *)rows[at].owner != name) {
        at++;
    }
    while (rows[at].link != MATCH_NONE) {
        at = (size_t)rows[at].link;
    }
    return *(int *)rows[at].owner;
}

static int empty(void **state)
{
    (void)state;
    count = 0;
    return 0;
}

static void a_session_and_the_row_of_the_history_are_one_play(void **state)
{
    (void)state;
    (void)add_session(0, 95 * MINUTE);
    add_point(91 * MINUTE);
    match_rows(rows, count);
    assert_int_equal(head_of(1), 0);
}

static void of_one_whose_end_nobody_saw_the_length_of_the_item_says_it(void **state)
{
    (void)state;
    (void)add_session(0, 0);
    add_point(91 * MINUTE);
    match_rows(rows, count);
    assert_int_equal(head_of(1), 0);
}

static void tautulli_and_a_session_are_one_play_though_their_looks_differ(void **state)
{
    (void)state;
    add(source_kind_tautulli, 20 * SECOND, 95 * MINUTE);
    (void)add_session(0, 96 * MINUTE);
    add_point(91 * MINUTE);
    match_rows(rows, count);
    assert_int_equal(head_of(1), 0);
    assert_int_equal(head_of(2), 0);
}

static void a_session_that_was_lost_and_met_again_is_within_tautullis_play(void **state)
{
    (void)state;
    add(source_kind_tautulli, 0, 95 * MINUTE);
    (void)add_session(0, 30 * MINUTE);
    (void)add_session(40 * MINUTE, 95 * MINUTE);
    match_rows(rows, count);
    assert_int_equal(head_of(1), 0);
    assert_int_equal(head_of(2), 0);
}

static void each_of_two_plays_takes_its_own_session(void **state)
{
    (void)state;
    add(source_kind_tautulli, 0, 3 * MINUTE);
    add(source_kind_tautulli, 3 * MINUTE, 6 * MINUTE);
    (void)add_session(10 * SECOND, 3 * MINUTE);
    (void)add_session(3 * MINUTE + 10 * SECOND, 6 * MINUTE);
    match_rows(rows, count);
    assert_int_equal(head_of(2), 0);
    assert_int_equal(head_of(3), 1);
}

static void another_item_player_or_person_is_another_play(void **state)
{
    (void)state;
    add(source_kind_tautulli, 0, 95 * MINUTE);
    add_session(0, 95 * MINUTE)->rating_key = "12";
    add_session(0, 95 * MINUTE)->machine_id = "phone";
    add_session(0, 95 * MINUTE)->person = 8;
    add_session(2 * 60 * MINUTE, 3 * 60 * MINUTE)->person = 7;
    match_rows(rows, count);
    for (int name = 1; name <= 4; name++) {
        assert_int_equal(head_of(name), name);
    }
}

#define TEST(function) cmocka_unit_test_setup(function, empty)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_session_and_the_row_of_the_history_are_one_play),
        TEST(of_one_whose_end_nobody_saw_the_length_of_the_item_says_it),
        TEST(tautulli_and_a_session_are_one_play_though_their_looks_differ),
        TEST(a_session_that_was_lost_and_met_again_is_within_tautullis_play),
        TEST(each_of_two_plays_takes_its_own_session),
        TEST(another_item_player_or_person_is_another_play),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT
 * test_match_records.c - a play of which a Jellyfin or Emby server tells in several records is one
 * play, whatever comes first; two plays stay two. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "actors/history/groups/match.h"
#include "proto/base/own.h"

enum { ROWS = 24, SETS = 2000, ORDERS = 4, SECOND = 1000, MINUTE = 60 * SECOND };

static struct match_row rows[ROWS];
static char ids[ROWS][32];
static size_t count;
static uint64_t drawn; /* set by each test: every run makes the same rows */

static int64_t below(int64_t end)
{
    drawn = drawn * 6364136223846793005u + 1442695040888963407u;
    return (int64_t)((drawn >> 33) % (uint64_t)end);
}

/* `length_ms` below 0: no stop is known. */
static void add(enum source_kind kind, const char *record, int64_t at_ms, int64_t length_ms,
                const char *item)
{
    struct match_row *row = &rows[count];
    (void)snprintf(ids[count], sizeof ids[0], "%s:%zu", record, count);
    *row = (struct match_row){.owner = ids[count],
                              .no = 1 + (int64_t)count,
                              .source_no = 1,
                              .kind = kind,
                              .native_id.text = {ids[count], strlen(ids[count])},
                              .content_hash = 1000 + (int64_t)count,
                              .person = 7,
                              .started_at = at_ms,
                              .stopped_at = length_ms < 0 ? at_ms : at_ms + length_ms,
                              .has_stop = length_ms >= 0,
                              .rating_key = item,
                              .media_type = "movie",
                              .media_index = -1,
                              .parent_media_index = -1};
    count++;
}

static const struct match_row *find(const char *record)
{
    for (size_t i = 0; i < count; i++) {
        if (strncmp(rows[i].owner, record, strlen(record)) == 0) {
            return &rows[i];
        }
    }
    fail();
    return NULL;
}

static size_t plays(void)
{
    size_t heads = 0;
    match_rows(rows, count);
    for (size_t i = 0; i < count; i++) {
        heads += rows[i].link == MATCH_NONE;
    }
    return heads;
}

static int set_up(void **state)
{
    (void)state;
    count = 0;
    return 0;
}

static void log_session_plugin_and_item_of_one_evening_are_one_play(void **state)
{
    (void)state;
    add(source_kind_jellyfin, "item", 6 * SECOND, -1, "film");
    add(source_kind_jellyfin, "report", -3 * SECOND, 50 * MINUTE, "film");
    add(source_kind_jellyfin, "session", 40 * SECOND, 58 * MINUTE, "film");
    add(source_kind_jellyfin, "log", 0, 60 * MINUTE, "film");
    assert_int_equal(plays(), 1);
    assert_int_equal(find("log")->link, MATCH_NONE);
    assert_int_equal(find("session")->reason, row_reason_same_start);
    assert_int_equal(find("report")->reason, row_reason_same_start);
    assert_int_equal(find("item")->reason, row_reason_started_within);
}

static void what_begins_further_apart_is_another_play(void **state)
{
    (void)state;
    static const struct {
        enum source_kind kind;
        const char *record;
        int64_t joins, apart, joins_before, apart_before;
    } windows[] = {
        {source_kind_jellyfin, "session", 90, 91, -90, -91},
        {source_kind_jellyfin, "report", 70, 71, -50, -51},
        {source_kind_emby, "session", 90, 91, -90, -91},
        {source_kind_emby, "report", 30, 61, -30, -31},
    };
    for (size_t i = 0; i < sizeof windows / sizeof windows[0]; i++) {
        const int64_t at[] = {windows[i].joins, windows[i].apart, windows[i].joins_before,
                              windows[i].apart_before};
        for (size_t k = 0; k < 4; k++) {
            count = 0;
            add(windows[i].kind, "log", 0, MINUTE, "film");
            add(windows[i].kind, windows[i].record, at[k] * SECOND, MINUTE, "film");
            assert_int_equal(plays(), 1 + k % 2);
        }
    }
}

static void a_start_kept_with_the_item_belongs_to_the_play_it_lies_in(void **state)
{
    (void)state;
    add(source_kind_jellyfin, "log", 0, 60 * MINUTE, "film");
    add(source_kind_jellyfin, "log", 70 * MINUTE, 60 * MINUTE, "film");
    add(source_kind_jellyfin, "item", 69 * MINUTE, -1, "film");
    add(source_kind_jellyfin, "item", 59 * MINUTE, -1, "film");
    add(source_kind_jellyfin, "item", 65 * MINUTE, -1, "film");
    assert_int_equal(plays(), 3);
}

static void other_items_people_and_servers_are_other_plays(void **state)
{
    (void)state;
    add(source_kind_jellyfin, "log", 0, MINUTE, "film");
    add(source_kind_jellyfin, "session", 0, MINUTE, "another");
    add(source_kind_jellyfin, "session", 0, MINUTE, "film");
    rows[2].person = 8;
    add(source_kind_jellyfin, "session", 0, 2 * MINUTE, "film");
    rows[3].source_no = 2;
    add(source_kind_jellyfin, "report", 0, MINUTE, NULL);
    assert_int_equal(plays(), 5);
}

static void one_record_tells_of_a_play_once(void **state)
{
    (void)state;
    add(source_kind_jellyfin, "log", 0, 20 * SECOND, "film");
    add(source_kind_jellyfin, "log", 40 * SECOND, MINUTE, "film");
    add(source_kind_jellyfin, "session", 35 * SECOND, MINUTE, "film");
    add(source_kind_jellyfin, "session", 30 * SECOND, MINUTE, "film");
    add(source_kind_jellyfin, "session", 20 * SECOND, MINUTE, "film");
    assert_int_equal(plays(), 3);
}

static void a_change_of_method_on_emby_begins_a_row_and_no_play(void **state)
{
    (void)state;
    add(source_kind_emby, "log", 0, 60 * MINUTE, "9");
    add(source_kind_emby, "report", 2 * SECOND, 10 * MINUTE, "9");
    add(source_kind_emby, "report", 12 * MINUTE, 48 * MINUTE, "9");
    assert_int_equal(plays(), 1);
    count = 0;
    add(source_kind_jellyfin, "log", 0, 60 * MINUTE, "9");
    add(source_kind_jellyfin, "report", 12 * MINUTE, 10 * MINUTE, "9");
    assert_int_equal(plays(), 2);
}

static void a_session_that_was_lost_from_sight_and_met_again_is_of_the_same_play(void **state)
{
    (void)state;
    add(source_kind_emby, "log", 0, 120 * MINUTE, "9");
    add(source_kind_emby, "session", 10 * SECOND, 25 * MINUTE, "9");
    add(source_kind_emby, "session", 26 * MINUTE, 90 * MINUTE, "9");
    add(source_kind_emby, "report", 26 * MINUTE, 90 * MINUTE, "9");
    assert_int_equal(plays(), 1);
    count = 0;
    add(source_kind_jellyfin, "log", 0, 120 * MINUTE, "9");
    add(source_kind_jellyfin, "log", 130 * MINUTE, 30 * MINUTE, "9");
    add(source_kind_jellyfin, "session", 121 * MINUTE, 30 * MINUTE, "9");
    assert_int_equal(plays(), 3);
}

static void changes_of_method_on_an_emby_without_another_record_are_one_play(void **state)
{
    (void)state;
    add(source_kind_emby, "report", 0, 10 * MINUTE, "9");
    add(source_kind_emby, "report", 10 * MINUTE + 2 * SECOND, 20 * MINUTE, "9");
    add(source_kind_emby, "report", 30 * MINUTE, 20 * MINUTE, "9");
    add(source_kind_emby, "item", 31 * MINUTE, -1, "9");
    assert_int_equal(plays(), 1);
    assert_int_equal(find("report:0")->link, MATCH_NONE);
    count = 0;
    add(source_kind_emby, "session", 0, 10 * MINUTE, "9");
    add(source_kind_emby, "report", -45 * SECOND, 11 * MINUTE, "9");
    assert_int_equal(plays(), 1);
    count = 0;
    add(source_kind_emby, "report", 0, 10 * MINUTE, "9");
    add(source_kind_emby, "report", 11 * MINUTE, 20 * MINUTE, "9");
    add(source_kind_jellyfin, "report", 0, 10 * MINUTE, "9");
    add(source_kind_jellyfin, "report", 10 * MINUTE, 20 * MINUTE, "9");
    assert_int_equal(plays(), 4);
}

/* It takes as many passes as there are rows, if each joins but one. */
static void thousands_of_starts_within_seconds_take_no_time(void **state)
{
    (void)state;
    enum { EACH = 10000 };
    struct match_row *many = must_alloc(2 * (size_t)EACH * sizeof *many);
    char(*names)[32] = must_alloc(2 * (size_t)EACH * sizeof *names);
    for (size_t i = 0; i < 2 * (size_t)EACH; i++) {
        bool log = i < EACH;
        count = 0;
        add(source_kind_jellyfin, log ? "log" : "report", log ? 0 : (int64_t)i - EACH, MINUTE, "9");
        (void)snprintf(names[i], sizeof *names, "%s:%zu", log ? "log" : "report", i);
        many[i] = rows[0];
        many[i].native_id.text = (struct bytes){names[i], strlen(names[i])};
    }
    match_rows(many, 2 * (size_t)EACH);
    size_t joined = 0;
    for (size_t i = 0; i < 2 * (size_t)EACH; i++) {
        joined += many[i].link != MATCH_NONE;
    }
    assert_true(joined <= EACH);
    free(names);
    free(many);
}

/* ---- any order ---- */

static void draw_rows(void)
{
    static const char *const records[] = {"log", "session", "report", "item"};
    enum source_kind kind = below(2) == 0 ? source_kind_jellyfin : source_kind_emby;
    count = 0;
    for (size_t drawn_rows = 2 + (size_t)below(ROWS - 1); count < drawn_rows;) {
        const char *record = records[below(4)];
        bool open = strcmp(record, "item") == 0 || below(6) == 0;
        add(kind, record, below(40) * 10 * SECOND, open ? -1 : below(12) * 10 * SECOND,
            below(2) == 0 ? "film" : "another");
        rows[count - 1].person = (uint64_t)below(2);
    }
}

static void shuffle(void)
{
    for (size_t i = count; i > 1; i--) {
        size_t other = (size_t)below((int64_t)i);
        struct match_row kept = rows[i - 1];
        rows[i - 1] = rows[other];
        rows[other] = kept;
    }
    for (size_t i = 0; i < count; i++) {
        rows[i].no = 1 + (int64_t)i;
    }
}

static int name_of(const struct match_row *row)
{
    return (int)strtol(strchr(row->owner, ':') + 1, NULL, 10);
}

/* By name: the name of what the row is joined to, -1 for nothing. */
static void links(int out[ROWS])
{
    match_rows(rows, count);
    for (size_t i = 0; i < count; i++) {
        const struct match_row *to = rows[i].link == MATCH_NONE ? NULL : &rows[rows[i].link];
        out[name_of(&rows[i])] = to == NULL ? -1 : name_of(to);
    }
}

static void in_every_order_the_plays_are_the_same(void **state)
{
    (void)state;
    drawn = 1;
    for (int set = 0; set < SETS; set++) {
        int first[ROWS];
        int then[ROWS];
        draw_rows();
        links(first);
        for (int i = 0; i < ORDERS; i++) {
            shuffle();
            links(then);
            assert_memory_equal(first, then, count * sizeof first[0]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(log_session_plugin_and_item_of_one_evening_are_one_play, set_up),
        cmocka_unit_test_setup(what_begins_further_apart_is_another_play, set_up),
        cmocka_unit_test_setup(a_start_kept_with_the_item_belongs_to_the_play_it_lies_in, set_up),
        cmocka_unit_test_setup(other_items_people_and_servers_are_other_plays, set_up),
        cmocka_unit_test_setup(one_record_tells_of_a_play_once, set_up),
        cmocka_unit_test_setup(a_change_of_method_on_emby_begins_a_row_and_no_play, set_up),
        cmocka_unit_test_setup(a_session_that_was_lost_from_sight_and_met_again_is_of_the_same_play,
                               set_up),
        cmocka_unit_test_setup(changes_of_method_on_an_emby_without_another_record_are_one_play,
                               set_up),
        cmocka_unit_test_setup(thousands_of_starts_within_seconds_take_no_time, set_up),
        cmocka_unit_test_setup(in_every_order_the_plays_are_the_same, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

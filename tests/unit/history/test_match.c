/* SPDX-License-Identifier: MIT
 * test_match.c - which rows tell of one play follows from the rows alone. Made-up neighbourhoods
 * are as tight as can be, so that most rows have several to choose from, and ties are common. */
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

enum { ROWS = 24, SETS = 3000, ORDERS = 4, APART_DAYS = 3 };

struct neighbourhood {
    struct match_row rows[2 * ROWS];
    int names[2 * ROWS];         /* of the rows, whatever their order: `owner` leads here */
    char sessions[2 * ROWS][24]; /* native ids of what was seen on a Plex server */
    size_t count;
};

static uint64_t drawn; /* set by each test: every run makes the same rows */

static int64_t below(int64_t end)
{
    drawn = drawn * 6364136223846793005u + 1442695040888963407u;
    return (int64_t)((drawn >> 33) % (uint64_t)end);
}

static const char *one_of(const char *a, const char *b, const char *c)
{
    const char *const texts[] = {a, b, c};
    return texts[below(3)];
}

/* ---- rows ---- */

static struct match_row some_row(int64_t from_ms)
{
    int64_t item = below(2);
    struct match_row row = {.source_no = 1 + below(3),
                            .person = (uint64_t)below(2),
                            .started_at = from_ms + below(120) * 30000,
                            .media_type = "track",
                            .section_id = "3",
                            .machine_id = one_of("sofa", "phone", NULL),
                            .title = item == 0 ? "One" : "Two",
                            .parent_title = "Album",
                            .grandparent_title = "Artist",
                            .duration_ms = below(2) * 1800000,
                            .media_index = item,
                            .parent_media_index = 1};
    row.rating_key = below(4) == 0 ? NULL : item == 0 ? "11" : "12";
    row.guid = below(2) == 0 ? NULL : item == 0 ? "plex://track/1" : "plex://track/2";
    row.point = row.source_no == 3 && below(3) != 0;
    row.kind = row.source_no == 3 ? source_kind_plex : source_kind_tautulli;
    row.has_stop = row.point || below(8) != 0;
    row.stopped_at = row.started_at;
    if (!row.point && row.has_stop) {
        row.stopped_at += 60000 + below(40) * 30000;
    }
    return row;
}

/* Some intervals of the second source are those of the first under another number. */
static void copy_some(struct neighbourhood *n, size_t at)
{
    const struct match_row *from = &n->rows[below((int64_t)at + 1)];
    if (below(3) == 0 && from->source_no == 1) {
        n->rows[at] = *from;
        n->rows[at].source_no = 2;
    }
}

static void add_rows(struct neighbourhood *n, size_t count, int64_t from_ms)
{
    for (size_t i = 0; i < count; i++, n->count++) {
        struct match_row *row = &n->rows[n->count];
        *row = some_row(from_ms);
        copy_some(n, n->count);
        row->native_id = (struct native_id){.number = 1 + (int64_t)n->count};
        if (row->kind == source_kind_plex && !row->point) {
            char *id = n->sessions[n->count];
            int size = snprintf(id, sizeof n->sessions[0], "session:%zu", n->count);
            row->native_id.text = (struct bytes){id, (size_t)size};
        }
        row->content_hash = 1000 + (int64_t)n->count;
        n->names[n->count] = (int)n->count;
    }
}

/* ---- what comes of them ---- */

struct groups {
    int first[2 * ROWS]; /* by name: the lowest name in its group */
    enum row_reason reason[2 * ROWS];
};

static int name_of(const struct match_row *row)
{
    return *(const int *)row->owner;
}

static size_t head_of(const struct match_row *rows, size_t at)
{
    while (rows[at].link != MATCH_NONE) {
        at = (size_t)rows[at].link;
    }
    return at;
}

/* Matches a part of the neighbourhood, its rows having come in the order that they are in. */
static void match(struct neighbourhood *n, const size_t *order, size_t count, struct groups *out)
{
    struct match_row rows[2 * ROWS];
    for (size_t i = 0; i < count; i++) {
        rows[i] = n->rows[order[i]];
        rows[i].owner = &n->names[order[i]];
        rows[i].no = 1 + (int64_t)i;
    }
    match_rows(rows, count);
    for (size_t i = 0; i < count; i++) {
        int first = name_of(&rows[i]);
        for (size_t other = 0; other < count; other++) {
            bool together = head_of(rows, other) == head_of(rows, i);
            first = together && name_of(&rows[other]) < first ? name_of(&rows[other]) : first;
        }
        out->first[name_of(&rows[i])] = first;
        out->reason[name_of(&rows[i])] = rows[i].reason;
    }
}

static void in_order(size_t *order, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        order[i] = i;
    }
}

static void shuffle(size_t *order, size_t count)
{
    for (size_t i = count; i > 1; i--) {
        size_t other = (size_t)below((int64_t)i);
        size_t kept = order[i - 1];
        order[i - 1] = order[other];
        order[other] = kept;
    }
}

static void assert_same(const struct groups *one, const struct groups *other, size_t count, int set)
{
    for (size_t i = 0; i < count; i++) {
        if (one->first[i] != other->first[i]) {
            fail_msg("set %d: row %zu stands with %d or with %d", set, i, one->first[i],
                     other->first[i]);
        }
    }
}

/* ---- the tests ---- */

static void rows_of_one_play_are_the_same_in_every_order(void **state)
{
    (void)state;
    drawn = 1;
    for (int set = 0; set < SETS; set++) {
        struct neighbourhood n = {.count = 0};
        size_t order[2 * ROWS];
        struct groups first;
        struct groups then;
        add_rows(&n, (size_t)(2 + below(ROWS - 1)), 0);
        in_order(order, n.count);
        match(&n, order, n.count, &first);
        for (int i = 0; i < ORDERS; i++) {
            shuffle(order, n.count);
            match(&n, order, n.count, &then);
            assert_same(&first, &then, n.count, set);
        }
    }
}

static void rows_that_are_days_away_change_nothing(void **state)
{
    (void)state;
    drawn = 2;
    for (int set = 0; set < SETS; set++) {
        struct neighbourhood n = {.count = 0};
        size_t order[2 * ROWS];
        struct groups alone;
        struct groups together;
        add_rows(&n, (size_t)(2 + below(ROWS - 1)), 0);
        size_t near = n.count;
        in_order(order, near);
        match(&n, order, near, &alone);
        add_rows(&n, (size_t)(1 + below(ROWS)), APART_DAYS * MATCH_REACH_MS);
        in_order(order, n.count);
        shuffle(order, n.count);
        match(&n, order, n.count, &together);
        assert_same(&alone, &together, near, set);
    }
}

static void a_play_is_of_one_person_and_one_item(void **state)
{
    (void)state;
    drawn = 3;
    for (int set = 0; set < SETS; set++) {
        struct neighbourhood n = {.count = 0};
        size_t order[2 * ROWS];
        struct groups found;
        add_rows(&n, ROWS, 0);
        in_order(order, n.count);
        match(&n, order, n.count, &found);
        for (size_t i = 0; i < n.count; i++) {
            const struct match_row *row = &n.rows[i];
            const struct match_row *first = &n.rows[found.first[i]];
            assert_int_equal(row->person, first->person);
            assert_string_equal(row->title, first->title);
        }
    }
}

/* A server that floods tells of one moment after another, for ever. */
static void moments_without_end_are_not_one_play(void **state)
{
    (void)state;
    enum { MOMENTS = 5000, OF_ONE_MAX = 300 };
    static struct match_row rows[MOMENTS];
    size_t heads = 0;
    size_t in_a_row = 0;
    for (size_t i = 0; i < MOMENTS; i++) {
        rows[i] = (struct match_row){.no = 1 + (int64_t)i,
                                     .source_no = 1,
                                     .kind = source_kind_plex,
                                     .native_id = {.number = 1 + (int64_t)i},
                                     .point = true,
                                     .started_at = 1000 * (int64_t)i,
                                     .stopped_at = 1000 * (int64_t)i,
                                     .rating_key = "11",
                                     .media_index = -1,
                                     .parent_media_index = -1};
    }
    match_rows(rows, MOMENTS);
    for (size_t i = 0; i < MOMENTS; i++) {
        bool head = rows[i].link == MATCH_NONE;
        heads += head;
        in_a_row = head ? 1 : in_a_row + 1;
        assert_true(in_a_row <= OF_ONE_MAX);
    }
    assert_true(heads < MOMENTS / 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_of_one_play_are_the_same_in_every_order),
        cmocka_unit_test(rows_that_are_days_away_change_nothing),
        cmocka_unit_test(a_play_is_of_one_person_and_one_item),
        cmocka_unit_test(moments_without_end_are_not_one_play),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

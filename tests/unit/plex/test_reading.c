/* SPDX-License-Identifier: MIT
 * test_reading.c - a server's history read page by page: every row that is wanted comes once, in
 * whatever way the server answers, and from whatever row on it is gone on with. */
#include "actors/shared/plex/reading.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "actors/shared/plex/plex_json.h"
#include "proto/base/own.h"

enum { ROWS_MAX = 4000, BEGIN = 1600000000 };

/* A server of which a question is read as a server reads it. */
struct place {
    int64_t time[ROWS_MAX];
    size_t count;
    bool ignores_time, ignores_sort, ignores_paging;
    size_t most;  /* rows of a page; 0: as many as asked for */
    size_t asked; /* pages */
};

static int by_time(const void *a, const void *b)
{
    int64_t x = ((const int64_t *)a)[0];
    int64_t y = ((const int64_t *)b)[0];
    return x != y ? (x > y) - (x < y)
                  : (((const int64_t *)a)[1] > ((const int64_t *)b)[1]) -
                        (((const int64_t *)a)[1] < ((const int64_t *)b)[1]);
}

static int64_t argument(const char *question, const char *name, int64_t otherwise)
{
    const char *at = strstr(question, name);
    return at != NULL ? strtoll(at + strlen(name), NULL, 10) : otherwise;
}

/* The rows of a page, {historyKey, viewedAt}; *out_total as the server tells it. */
static json_t *answer(struct place *p, const char *question, int64_t *out_total)
{
    int64_t from = p->ignores_time ? 0 : argument(question, "viewedAt%3E=", 0);
    int64_t to = p->ignores_time ? INT64_MAX : argument(question, "viewedAt%3C=", INT64_MAX);
    size_t start = (size_t)argument(question, "Container-Start=", 0);
    size_t size = (size_t)argument(question, "Container-Size=", 0);
    int64_t(*all)[2] = calloc(p->count, sizeof(*all));
    size_t n = 0;
    for (size_t i = 0; i < p->count; i++) {
        if (p->time[i] >= from && p->time[i] <= to) {
            all[n][0] = p->time[i];
            all[n++][1] = (int64_t)i + 1;
        }
    }
    if (!p->ignores_sort) {
        qsort(all, n, sizeof(*all), by_time);
    }
    size = p->most > 0 && size > p->most ? p->most : size;
    start = p->ignores_paging ? 0 : start;
    size = p->ignores_paging ? n : size;
    json_t *rows = json_array();
    for (size_t i = start; i < n && i < start + size; i++) {
        char key[64];
        (void)snprintf(key, sizeof(key), "/status/sessions/history/%lld", (long long)all[i][1]);
        json_array_append_new(
            rows, json_pack("{s:s, s:I}", "historyKey", key, "viewedAt", (json_int_t)all[i][0]));
    }
    free(all);
    p->asked++;
    *out_total = p->ignores_paging ? -1 : (int64_t)n;
    return rows;
}

static void count_row(const json_t *row, unsigned *seen)
{
    int64_t id = 0;
    assert_true(plex_row_number(row, &id));
    seen[id]++;
}

/* Reads on to the end; after every `stop_after` rows (0: never) with what the cursor says alone. */
static enum err read_all(struct place *p, int64_t since, size_t stop_after, unsigned *seen)
{
    struct reading r;
    size_t taken = 0;
    enum err e = OK;
    reading_begin(&r, since, NULL, 0);
    r.expected = p->count;
    while (e == OK && !r.done) {
        char question[READING_QUESTION_SIZE];
        int64_t total = 0;
        reading_question(&r, question);
        OWNED(json_release) json_t *rows = answer(p, question, &total);
        e = reading_take_page(&r, rows, total);
        const json_t *row = NULL;
        while (e == OK && (row = reading_next_row(&r)) != NULL) {
            count_row(row, seen);
            if (stop_after > 0 && ++taken % stop_after == 0) {
                OWNED(buffer_release) struct buffer cursor = {0};
                assert_int_equal(reading_pack(&r, &cursor), OK);
                reading_release(&r);
                reading_begin(&r, since, NULL, 0);
                r.expected = p->count;
                assert_int_equal(reading_unpack(&r, (struct bytes){cursor.data, cursor.size}), OK);
            }
        }
    }
    reading_release(&r);
    return e;
}

static void expect_each_once(struct place *p, int64_t since, size_t stop_after)
{
    unsigned *seen = calloc(ROWS_MAX + 1, sizeof(*seen));
    assert_int_equal(read_all(p, since, stop_after, seen), OK);
    for (size_t i = 0; i < p->count; i++) {
        if (seen[i + 1] != (p->time[i] >= since)) {
            fail_msg("row %zu at %lld came %u times", i + 1, (long long)p->time[i], seen[i + 1]);
        }
    }
    free(seen);
}

/* Three rows a second, every 40th told late. */
static void fill(struct place *p, size_t count)
{
    *p = (struct place){.count = count};
    for (size_t i = 0; i < count; i++) {
        p->time[i] = BEGIN + (int64_t)i / 3 - (i % 40 == 39 ? 500 : 0);
    }
}

static void every_row_comes_once_however_often_it_is_gone_on_with(void **state)
{
    (void)state;
    struct place *p = calloc(1, sizeof(*p));
    fill(p, 3000);
    static const size_t stops[] = {0, 1, 7, 499, 500, 501};
    for (size_t i = 0; i < COUNT_OF(stops); i++) {
        expect_each_once(p, BEGIN + 300, stops[i] == 1 ? 13 : stops[i]);
    }
    free(p);
}

static void rows_of_one_second_come_once(void **state)
{
    (void)state;
    struct place *p = calloc(1, sizeof(*p));
    fill(p, 3500);
    for (size_t i = 200; i < 3400; i++) {
        p->time[i] = BEGIN + 1000;
    }
    expect_each_once(p, BEGIN, 0);
    expect_each_once(p, BEGIN, 333);
    free(p);
}

static void a_server_that_ignores_what_it_was_asked_gives_each_row_once(void **state)
{
    (void)state;
    struct place *p = calloc(1, sizeof(*p));
    for (unsigned way = 1; way < 16; way++) {
        fill(p, 2500);
        p->ignores_time = (way & 1) != 0;
        p->ignores_sort = (way & 2) != 0;
        p->ignores_paging = (way & 4) != 0;
        p->most = (way & 8) != 0 ? 90 : 0;
        expect_each_once(p, BEGIN + 400, 0);
    }
    free(p);
}

static void a_server_that_never_ends_is_left(void **state)
{
    (void)state;
    struct reading r;
    unsigned pages = 0;
    enum err e = OK;
    reading_begin(&r, BEGIN, NULL, 0);
    r.expected = 500;
    for (int64_t id = 0; e == OK && pages < 1000; pages++) {
        char question[READING_QUESTION_SIZE];
        OWNED(json_release) json_t *rows = json_array();
        reading_question(&r, question);
        for (int i = 0; i < 500; i++) {
            char key[64];
            (void)snprintf(key, sizeof(key), "/status/sessions/history/%lld", (long long)++id);
            json_array_append_new(rows, json_pack("{s:s, s:I}", "historyKey", key, "viewedAt",
                                                  (json_int_t)(BEGIN + id)));
        }
        e = reading_take_page(&r, rows, INT64_MAX);
        while (e == OK && reading_next_row(&r) != NULL) {
        }
        assert_false(r.done);
        r.expected = 500; /* whatever it says now */
    }
    assert_int_equal(e, ERR_SERVER_FLOODS);
    assert_true(pages < 100);
    reading_release(&r);
}

static void what_is_too_large_is_asked_for_in_smaller_pieces_and_comes_once(void **state)
{
    (void)state;
    struct place *p = calloc(1, sizeof(*p));
    unsigned *seen = calloc(ROWS_MAX + 1, sizeof(*seen));
    struct reading r;
    fill(p, 2000);
    p->ignores_paging = true;
    reading_begin(&r, BEGIN, NULL, 0);
    r.expected = p->count;
    while (!r.done) {
        char question[READING_QUESTION_SIZE];
        int64_t total = 0;
        reading_question(&r, question);
        OWNED(json_release) json_t *rows = answer(p, question, &total);
        if (json_array_size(rows) > 200) {
            assert_true(reading_ask_less(&r, BEGIN + 5000));
            continue;
        }
        assert_int_equal(reading_take_page(&r, rows, total), OK);
        const json_t *row = NULL;
        while ((row = reading_next_row(&r)) != NULL) {
            count_row(row, seen);
        }
        assert_true(p->asked < 500);
    }
    for (size_t i = 0; i < p->count; i++) {
        assert_int_equal(seen[i + 1], p->time[i] >= BEGIN);
    }
    reading_release(&r);
    free(seen);
    free(p);
}

static void a_cursor_that_is_none_is_refused(void **state)
{
    (void)state;
    struct reading r;
    reading_begin(&r, BEGIN, NULL, 0);
    assert_int_not_equal(reading_unpack(&r, (struct bytes){"\x80", 1}), OK);
    assert_int_not_equal(reading_unpack(&r, (struct bytes){"nonsense", 8}), OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_comes_once_however_often_it_is_gone_on_with),
        cmocka_unit_test(rows_of_one_second_come_once),
        cmocka_unit_test(a_server_that_ignores_what_it_was_asked_gives_each_row_once),
        cmocka_unit_test(a_server_that_never_ends_is_left),
        cmocka_unit_test(what_is_too_large_is_asked_for_in_smaller_pieces_and_comes_once),
        cmocka_unit_test(a_cursor_that_is_none_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

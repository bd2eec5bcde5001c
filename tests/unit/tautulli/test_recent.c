/* SPDX-License-Identifier: MIT
 * test_recent.c - rows that tell again of what a row shortly before them told, however the file is
 * cut into batches. */
#include "actors/tautulli/reader.h"
#include "actors/tautulli/recent.h"
#include "actors/tautulli/validate.h"
#include "tests/unit/tautulli/fixture.h"

#define START INT64_C(1500000000)

static unsigned take(struct recent *r, int64_t start, int64_t stop, const char *machine)
{
    struct play play = {.user_id = "7", .rating_key = "100", .started_at = (START + start) * 1000};
    play.machine_id = machine;
    play.has_stopped_at = stop >= 0;
    play.stopped_at = (START + stop) * 1000;
    return recent_take(r, &play);
}

static void a_session_written_again_has_another_stop(void **state)
{
    (void)state;
    struct recent r;
    recent_clear(&r);
    assert_int_equal(take(&r, 0, 600, "tv"), REPEAT_NONE);
    assert_int_equal(take(&r, 0, 600, "tv"), REPEAT_NONE);
    assert_int_equal(take(&r, 0, 660, "tv"), REPEAT_STUCK);
    assert_int_equal(take(&r, 0, -1, "tv"), REPEAT_STUCK);
    assert_int_equal(take(&r, 31, 700, "tv"), REPEAT_NONE);
}

static void a_play_written_twice_runs_at_the_same_time(void **state)
{
    static const struct {
        int64_t start, stop;
        const char *machine;
        unsigned repeat;
    } cases[] = {
        {1, 600, "tv", REPEAT_TWICE},   {30, 600, "tv", REPEAT_TWICE},
        {-30, 600, "tv", REPEAT_TWICE}, {31, 600, "tv", REPEAT_NONE},
        {5, 600, "phone", REPEAT_NONE}, {5, 600, NULL, REPEAT_TWICE},
        {5, -1, "tv", REPEAT_NONE},     {-20, 0, "tv", REPEAT_NONE},
        {-20, 1, "tv", REPEAT_TWICE},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct recent r;
        recent_clear(&r);
        assert_int_equal(take(&r, 0, 600, "tv"), REPEAT_NONE);
        assert_int_equal(take(&r, cases[i].start, cases[i].stop, cases[i].machine),
                         cases[i].repeat);
    }
}

static void the_64_rows_before_are_looked_at_and_no_more(void **state)
{
    (void)state;
    for (int between = RECENT_ROWS - 1; between <= RECENT_ROWS; between++) {
        struct recent r;
        recent_clear(&r);
        for (int i = 1; i < RECENT_ROWS; i++) {
            recent_skip(&r);
        }
        assert_int_equal(take(&r, 0, 600, "tv"), REPEAT_NONE);
        for (int i = 0; i < between; i++) {
            recent_skip(&r);
        }
        assert_int_equal(take(&r, 0, 700, "tv"),
                         between < RECENT_ROWS ? REPEAT_STUCK : REPEAT_NONE);
    }
}

static void other_people_and_other_items_are_other_plays(void **state)
{
    (void)state;
    struct recent r;
    struct play play = {.user = "ann", .rating_key = "1", .started_at = START * 1000};
    recent_clear(&r);
    assert_int_equal(recent_take(&r, &play), REPEAT_NONE);
    play.has_stopped_at = true;
    play.stopped_at = (START + 9) * 1000;
    play.rating_key = "2";
    assert_int_equal(recent_take(&r, &play), REPEAT_NONE);
    play.rating_key = NULL; /* what is not known is equal to nothing */
    assert_int_equal(recent_take(&r, &play), REPEAT_NONE);
    assert_int_equal(recent_take(&r, &play), REPEAT_NONE);
    play.rating_key = "1";
    play.user = "bob";
    assert_int_equal(recent_take(&r, &play), REPEAT_NONE);
    play.user = "ann";
    assert_int_equal(recent_take(&r, &play), REPEAT_STUCK);
}

/* ---- in a file ---- */

static const char *const codes[] = {"stuck_session", "second_tautulli", "long_play", "early_start"};
static const char *const words[] = {"got stuck and was written again and again: 30",
                                    "two Tautullis seem to have written, each seconds apart: 40",
                                    "longer than 24 hours, stored and left out of sums of hours: 2",
                                    "as from a clock that was not set, stored as they are: 3"};
static const uint64_t counts[] = {30, 40, 2, 3};

/* 120 plays, of which rows 10 to 40 are one session, every second of 41 to 120 is another
 * Tautulli's, and rows in between that cannot be placed. */
static void make_odd(struct fixture *f)
{
    fixture_make(f, SCHEMA_V2_17_2, 130);
    fixture_sql(
        f->path,
        "UPDATE session_history SET started = 1500000000 + id * 100000, stopped = 1500003600 + id *"
        " 100000, user_id = 7, user = 'ann', rating_key = id, machine_id = 'tv';"
        "UPDATE session_history SET started = 1500000000, rating_key = 10, stopped = 1500000000 +"
        " id * 60 WHERE id BETWEEN 10 AND 40;"
        "UPDATE session_history SET started = 1500000000 + (id / 2) * 100000 + (id % 2) * 7,"
        " stopped = 1500001000 + (id / 2) * 100000, rating_key = 1000 + id / 2,"
        " machine_id = CASE id % 4 WHEN 0 THEN 'tv' WHEN 1 THEN 'tv' ELSE NULL END"
        " WHERE id BETWEEN 42 AND 121;"
        "UPDATE session_history SET stopped = started + 86400 WHERE id = 1;"
        "UPDATE session_history SET stopped = started + 86401 WHERE id IN (2, 3);"
        "UPDATE session_history SET started = 86400 * id, stopped = 86400 * id + 60"
        " WHERE id BETWEEN 4 AND 6;"
        "UPDATE session_history SET started = 'soon' WHERE id IN (20, 25, 130);"
        "UPDATE session_history SET started = NULL, user_id = NULL, user = NULL WHERE id = 129;"
        "UPDATE session_history SET user_id = NULL, user = NULL WHERE id = 128");
    fixture_sql(f->path, "UPDATE session_history SET started = 1500000000 WHERE id IN (20, 25);"
                         "UPDATE session_history_media_info SET container ="
                         " CAST(zeroblob(17000000) AS TEXT) WHERE id = 30");
}

static void what_is_counted_does_not_depend_on_the_slices(void **state)
{
    struct fixture *f = *state;
    make_odd(f);
    const struct reader_settings settings = {
        .server_id = "server", .watched_percent = 85, .planned_at_ms = INT64_C(1790000000000)};
    for (int64_t step = 1; step <= 130; step = step * 3 + 1) {
        uint64_t found[COUNT_OF(codes)] = {0};
        struct reader *reader = NULL;
        assert_int_equal(fixture_open(f), OK);
        assert_int_equal(reader_open(f->source, &settings, &reader), OK);
        /* The later ranges first, as a second worker may. */
        for (int64_t first = 129 / step * step + 1; first > 0; first -= step) {
            const struct mapped_row *row = NULL;
            assert_int_equal(reader_begin(reader, first, first + step - 1), OK);
            while (reader_next(reader, &row) == OK && row != NULL) {
                for (size_t n = 0; n < row->note_count; n++) {
                    for (size_t c = 0; c < COUNT_OF(codes); c++) {
                        found[c] += strcmp(row->notes[n].code, codes[c]) == 0;
                    }
                }
            }
        }
        reader_close(&reader);
        assert_int_equal(found[0], counts[0] - 1); /* one of them is rejected for its size */
        for (size_t c = 1; c < COUNT_OF(codes); c++) {
            assert_int_equal(found[c], counts[c]);
        }
    }
}

static void validate_tells_the_same_numbers(void **state)
{
    struct fixture *f = *state;
    struct import_validated out;
    make_odd(f);
    assert_int_equal(fixture_open(f), OK);
    assert_int_equal(validate_run(f->source, INT64_C(1790000000000), 20000, f->arena, &out), OK);
    for (size_t c = 0; c < COUNT_OF(words); c++) {
        bool told = false;
        for (size_t i = 0; i < out.warnings_count; i++) {
            told = told || strstr(out.warnings[i], words[c]) != NULL;
        }
        if (!told) {
            fail_msg("not told: %s", words[c]);
        }
    }
    assert_string_equal(out.warnings[0], "Rows without a usable start, to be rejected: 2");
    assert_string_equal(out.warnings[1], "Rows that name no user, to be rejected: 1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_session_written_again_has_another_stop),
        cmocka_unit_test(a_play_written_twice_runs_at_the_same_time),
        cmocka_unit_test(the_64_rows_before_are_looked_at_and_no_more),
        cmocka_unit_test(other_people_and_other_items_are_other_plays),
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
        TEST(what_is_counted_does_not_depend_on_the_slices),
        TEST(validate_tells_the_same_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

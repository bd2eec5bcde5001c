/* SPDX-License-Identifier: MIT
 * test_copied.c - a start that was copied from another server is told from a play. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "actors/history/copied.h"

#define MINUTE (60 * INT64_C(1000))
#define AT (INT64_C(1777665600) * 1000)

static const struct copied_row here = {.person = 7,
                                       .server_id = "cabin",
                                       .guid = "imdb://tt0123456",
                                       .rating_key = "f11",
                                       .started_at = AT,
                                       .of_item = true};

/* The same film on another server, seen from start to stop. */
static struct copied_row there(int64_t apart_ms)
{
    return (struct copied_row){.person = 7,
                               .server_id = "home",
                               .guid = "com.plexapp.agents.imdb://tt0123456?lang=en",
                               .rating_key = "17",
                               .started_at = AT + apart_ms,
                               .stopped_at = AT + apart_ms + 90 * MINUTE,
                               .has_stop = true};
}

static bool is_copy_of(struct copied_row other)
{
    return copied_is(&here, &other, 1);
}

static void what_was_under_way_on_another_server_within_five_minutes_is_copied(void **state)
{
    (void)state;
    assert_true(is_copy_of(there(0)));
    assert_true(is_copy_of(there(5 * MINUTE)));
    assert_true(is_copy_of(there(-60 * MINUTE))); /* when it was looked at last */
    assert_true(is_copy_of(there(-95 * MINUTE))); /* when it ended */
    assert_false(is_copy_of(there(5 * MINUTE + 1)));
    assert_false(is_copy_of(there(-95 * MINUTE - 1)));
    struct copied_row started = there(-5 * MINUTE - 1);
    started.has_stop = false;
    assert_false(is_copy_of(started));
    assert_false(copied_is(&here, NULL, 0));
}

static void another_person_or_another_work_is_none(void **state)
{
    (void)state;
    struct copied_row other = there(0);
    other.person = 8;
    assert_false(is_copy_of(other));
    other = there(0);
    other.guid = "imdb://tt0123457";
    assert_false(is_copy_of(other));
    other.guid = NULL;
    assert_false(is_copy_of(other));
    other = there(0);
    other.server_id = "cabin";
    other.of_item = true;
    assert_false(is_copy_of(other)); /* rows of one server are matched, see groups */
}

static void what_may_be_a_copy_itself_is_no_origin(void **state)
{
    (void)state;
    struct copied_row other = there(0);
    other.of_item = true;
    assert_false(is_copy_of(other));
}

static void what_its_own_server_has_a_trace_of_is_a_play(void **state)
{
    (void)state;
    struct copied_row rows[] = {there(0), there(0)};
    struct copied_row *own = &rows[1];
    own->server_id = "cabin";
    own->rating_key = "f11";
    assert_false(copied_is(&here, rows, 2));
    own->started_at = AT - 60 * MINUTE; /* begun again amid it */
    assert_false(copied_is(&here, rows, 2));
    own->stopped_at = AT - 2 * MINUTE;
    assert_true(copied_is(&here, rows, 2));
    own->has_stop = false; /* a start in its log */
    assert_true(copied_is(&here, rows, 2));
    own->started_at = AT - MINUTE;
    assert_false(copied_is(&here, rows, 2));
    own->rating_key = "f12";
    assert_true(copied_is(&here, rows, 2));
}

static void a_row_of_a_record_is_never_one(void **state)
{
    (void)state;
    struct copied_row other = there(0);
    struct copied_row row = here;
    row.of_item = false;
    assert_false(copied_is(&row, &other, 1));
    row = here;
    row.person = 0;
    other.person = 0; /* nobody's are not one person */
    assert_false(copied_is(&row, &other, 1));
}

static void ids_of_one_provider_are_one_work(void **state)
{
    (void)state;
    assert_true(copied_same_work("tmdb://42", "com.plexapp.agents.themoviedb://42?lang=de"));
    assert_true(copied_same_work("imdb://tt1", "imdb://tt1"));
    assert_false(copied_same_work("imdb://tt1", "imdb://tt12"));
    assert_false(copied_same_work("local://17", "local://17")); /* of its server alone */
    assert_false(copied_same_work(NULL, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_under_way_on_another_server_within_five_minutes_is_copied),
        cmocka_unit_test(another_person_or_another_work_is_none),
        cmocka_unit_test(what_may_be_a_copy_itself_is_no_origin),
        cmocka_unit_test(what_its_own_server_has_a_trace_of_is_a_play),
        cmocka_unit_test(a_row_of_a_record_is_never_one),
        cmocka_unit_test(ids_of_one_provider_are_one_work),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

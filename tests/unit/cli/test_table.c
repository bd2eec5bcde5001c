/* SPDX-License-Identifier: MIT
 * test_table.c - what is printed on a terminal fits, and cannot harm it. */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "actors/cli/table.h"
#include "proto/base/own.h"

static void assert_cell(const char *text, int width, const char *expected)
{
    char *bytes = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&bytes, &size);
    cell_text(out, text, width);
    assert_int_equal(fclose(out), 0);
    assert_string_equal(bytes, expected);
    free(bytes);
}

static void cells_are_cut_and_filled_by_characters_not_bytes(void **state)
{
    (void)state;
    assert_cell("Amélie", 8, "Amélie  ");
    assert_cell("Das weiße Band", 9, "Das weiß…");
    assert_cell("exact", 5, "exact");
    assert_cell(NULL, 3, "-  ");
    assert_cell("as it is", 0, "as it is");
}

static void a_character_that_is_two_cells_wide_counts_as_two(void **state)
{
    (void)state;
    assert_cell("山田", 6, "山田  ");
    assert_cell("山田太郎", 6, "山田… ");
    assert_cell("e\xcc\x81t\xc3\xa9", 4,
                "e\xcc\x81t\xc3\xa9 "); /* an accent of its own has no cell */
    assert_cell("a\xcc\x81\xcc\x81\xcc\x81z", 4, "a\xcc\x81\xcc\x81?z "); /* three have */
    assert_cell("left \xe2\x80\xae"
                "right",
                0, "left ?right"); /* what turns the line around */
}

static void control_characters_of_strangers_never_reach_the_terminal(void **state)
{
    (void)state;
    assert_cell("a\033[2Jb", 0, "a?[2Jb");
    assert_cell("bell\a", 8, "bell?   ");
    assert_cell("c1 \xc2\x9b"
                "31m",
                0, "c1 ?31m");
    assert_cell("broken \xe2\x82", 0, "broken ??");
}

static void numbers_have_separators_and_durations_have_hours(void **state)
{
    char text[NUMBER_SIZE];
    char time[DURATION_SIZE];
    (void)state;
    assert_string_equal(number_text(0, text), "0");
    assert_string_equal(number_text(999, text), "999");
    assert_string_equal(number_text(1000, text), "1,000");
    assert_string_equal(number_text(-1234567, text), "-1,234,567");
    assert_string_equal(number_text(INT64_MIN, text), "-9,223,372,036,854,775,808");
    assert_string_equal(duration_text(5, time), "0:05");
    assert_string_equal(duration_text(3723.4, time), "1:02:03");
    assert_string_equal(duration_text(-1, time), "0:00");
}

int main(void)
{
    assert_non_null(setlocale(LC_CTYPE, "C.UTF-8"));
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cells_are_cut_and_filled_by_characters_not_bytes),
        cmocka_unit_test(a_character_that_is_two_cells_wide_counts_as_two),
        cmocka_unit_test(control_characters_of_strangers_never_reach_the_terminal),
        cmocka_unit_test(numbers_have_separators_and_durations_have_hours),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

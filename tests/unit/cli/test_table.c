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
#include <pty.h>
#include <sys/ioctl.h>
#include <unistd.h>

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

/* What a terminal of so many columns is sent by `print`; for free. */
static char *on_terminal(unsigned short columns, void (*print)(FILE *out))
{
    int master = -1;
    int slave = -1;
    const struct winsize size = {.ws_row = 24, .ws_col = columns};
    char *bytes = calloc(1, 4096);
    assert_non_null(bytes);
    assert_int_equal(openpty(&master, &slave, NULL, NULL, &size), 0);
    FILE *out = fdopen(slave, "w");
    assert_non_null(out);
    print(out);
    assert_int_equal(fflush(out), 0);
    assert_true(read(master, bytes, 4095) > 0);
    (void)fclose(out);
    (void)close(master);
    return bytes;
}

static void print_cells(FILE *out)
{
    cell_column(out, "a name of a user", 10);
    cell_last(out, "what ends the line is cut", 11);
    (void)fputs("|", out);
    cell_path(out, "/srv/media/山田太郎/tautulli.db", 10);
    (void)fputs("|", out);
    cell_sentence(out, "one two three four five", 20);
}

static void on_a_terminal_columns_paths_and_sentences_keep_to_its_width(void **state)
{
    (void)state;
    (void)unsetenv("COLUMNS");
    OWNED(free_text) char *text = on_terminal(30, print_cells);
    assert_string_equal(text, "a name of… what ends the line…"
                              "|/srv/m…/tautulli.db"
                              "|one two\r\n                    three four\r\n"
                              "                    five");
}

static void columns_of_the_environment_count_more_than_the_terminals(void **state)
{
    (void)state;
    assert_int_equal(setenv("COLUMNS", "200", 1), 0);
    OWNED(free_text) char *text = on_terminal(30, print_cells);
    (void)unsetenv("COLUMNS");
    assert_non_null(strstr(text, "what ends the line is cut|/srv/media/山田太郎/tautulli.db"));
}

static void what_is_no_terminal_gets_everything(void **state)
{
    char *bytes = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&bytes, &size);
    (void)state;
    print_cells(out);
    assert_int_equal(fclose(out), 0);
    assert_string_equal(bytes, "a name of a user what ends the line is cut"
                               "|/srv/media/山田太郎/tautulli.db|one two three four five");
    free(bytes);
}

int main(void)
{
    assert_non_null(setlocale(LC_CTYPE, "C.UTF-8"));
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cells_are_cut_and_filled_by_characters_not_bytes),
        cmocka_unit_test(a_character_that_is_two_cells_wide_counts_as_two),
        cmocka_unit_test(control_characters_of_strangers_never_reach_the_terminal),
        cmocka_unit_test(on_a_terminal_columns_paths_and_sentences_keep_to_its_width),
        cmocka_unit_test(columns_of_the_environment_count_more_than_the_terminals),
        cmocka_unit_test(what_is_no_terminal_gets_everything),
        cmocka_unit_test(numbers_have_separators_and_durations_have_hours),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT
 * test_csv.c - what leaves as CSV comes back the same, and no spreadsheet runs it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "gateway/rest/csv.h"

static void expect_cell(const char *text, const char *cell)
{
    OWNED(buffer_release) struct buffer out = {0};
    csv_text(text, &out);
    buffer_append(&out, "", 1);
    assert_string_equal(out.data, cell);
}

static void texts_are_quoted_only_where_rfc_4180_wants_it(void **state)
{
    (void)state;
    expect_cell("plain text", "plain text");
    expect_cell("", "");
    expect_cell("a,b", "\"a,b\"");
    expect_cell("say \"hi\"", "\"say \"\"hi\"\"\"");
    expect_cell("two\nlines", "\"two\nlines\"");
}

static void texts_that_a_spreadsheet_would_run_are_disarmed(void **state)
{
    (void)state;
    expect_cell("=1+1", "\"'=1+1\"");
    expect_cell("+1", "\"'+1\"");
    expect_cell("-1", "\"'-1\"");
    expect_cell("@SUM(A1)", "\"'@SUM(A1)\"");
    expect_cell("\tx", "\"'\tx\"");
    expect_cell("\rx", "\"'\rx\"");
    expect_cell("a=1", "a=1");
}

static void numbers_are_never_disarmed_and_absent_is_empty(void **state)
{
    (void)state;
    struct note_view note = {.record_id.number = -5, .code = "X", .message = "m"};
    OWNED(buffer_release) struct buffer out = {0};
    csv_header(desc_note_view(), &out);
    csv_line(desc_note_view(), &note, false, &out);
    buffer_append(&out, "", 1);
    assert_string_equal(out.data, "record_id,code,message,raw\r\n-5,X,m,[]\r\n");
}

static void a_play_has_as_many_cells_as_the_header(void **state)
{
    (void)state;
    struct play_source source = {.native_id = "7", .job_id = "j", .reason = "new"};
    struct play_view play = {.id = "1",
                             .native_id = "7",
                             .media_type = "movie",
                             .sources = &source,
                             .sources_count = 1,
                             .title = "A, \"B\"",
                             .has_percent_complete = true,
                             .percent_complete = 12.5};
    OWNED(buffer_release) struct buffer header = {0};
    OWNED(buffer_release) struct buffer line = {0};
    csv_header(desc_play_view(), &header);
    csv_line(desc_play_view(), &play, false, &line);
    size_t columns = 1, cells = 1;
    bool quoted = false;
    for (size_t i = 0; i < header.size; i++) {
        columns += header.data[i] == ',' ? 1 : 0;
    }
    for (size_t i = 0; i < line.size; i++) {
        quoted = line.data[i] == '"' ? !quoted : quoted;
        cells += line.data[i] == ',' && !quoted ? 1 : 0;
    }
    assert_int_equal(columns, cells);
    assert_non_null(memmem(line.data, line.size, "1970-01-01T00:00:00Z", 20));
    assert_non_null(memmem(line.data, line.size, ",12.5,", 6));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_are_quoted_only_where_rfc_4180_wants_it),
        cmocka_unit_test(texts_that_a_spreadsheet_would_run_are_disarmed),
        cmocka_unit_test(numbers_are_never_disarmed_and_absent_is_empty),
        cmocka_unit_test(a_play_has_as_many_cells_as_the_header),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

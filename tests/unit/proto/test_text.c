/* SPDX-License-Identifier: MIT
 * test_text.c - what is repaired, what is left alone, and that both views agree on every pair of
 * bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
/* clang-format off: cmocka wants the four above first */
#include <cmocka.h>
/* clang-format on */

#include "proto/base/own.h"
#include "proto/base/text.h"

#define FFFD "\xEF\xBF\xBD"

static char repaired[TEXT_MAX + 1];
static size_t repaired_size;

static void assert_repair(const char *bytes, size_t size, const char *wanted, unsigned repairs)
{
    assert_int_equal(text_repair(bytes, size, repaired, &repaired_size), repairs);
    assert_string_equal(repaired, wanted);
    assert_int_equal(repaired_size, strlen(wanted));
    assert_int_equal(text_is_clean(bytes, size), repairs == TEXT_CLEAN);
}
#define REPAIR(literal, wanted, repairs) \
    assert_repair(literal, sizeof(literal) - 1, wanted, repairs)

static void well_formed_text_is_left_alone(void **state)
{
    (void)state;
    REPAIR("", "", TEXT_CLEAN);
    REPAIR("plain text, longer than eight bytes", "plain text, longer than eight bytes",
           TEXT_CLEAN);
    REPAIR("tab\tand\nnewline", "tab\tand\nnewline", TEXT_CLEAN);
    REPAIR("Bücher – 日本語 \xF0\x9F\x8E\xAC", "Bücher – 日本語 \xF0\x9F\x8E\xAC", TEXT_CLEAN);
    REPAIR("\xC2\xA0\xED\x9F\xBF\xEE\x80\x80\xF4\x8F\xBF\xBF",
           "\xC2\xA0\xED\x9F\xBF\xEE\x80\x80\xF4\x8F\xBF\xBF", TEXT_CLEAN);
    REPAIR("=1+1 <script>alert(1)</script>", "=1+1 <script>alert(1)</script>", TEXT_CLEAN);
}

static void each_maximal_ill_formed_subpart_becomes_one_replacement(void **state)
{
    (void)state;
    REPAIR("\xED\xA0\x80", FFFD FFFD FFFD, TEXT_UTF8);          /* a surrogate */
    REPAIR("\xC0\xAF", FFFD FFFD, TEXT_UTF8);                   /* overlong */
    REPAIR("\xE0\x80\x80", FFFD FFFD FFFD, TEXT_UTF8);          /* overlong */
    REPAIR("\xF4\x90\x80\x80", FFFD FFFD FFFD FFFD, TEXT_UTF8); /* beyond U+10FFFF */
    REPAIR("\xF0\x9F\x8E", FFFD, TEXT_UTF8);                    /* truncated: one subpart */
    REPAIR("\xE6\x97", FFFD, TEXT_UTF8);
    REPAIR("\xE6\x97x", FFFD "x", TEXT_UTF8);
    REPAIR("\xFF\x80", FFFD FFFD, TEXT_UTF8);
    /* The standard's own example, table 3-8. */
    REPAIR("\x61\xF1\x80\x80\xE1\x80\xC2\x62\x80\x63\x80\xBF\x64",
           "a" FFFD FFFD FFFD "b" FFFD "c" FFFD FFFD "d", TEXT_UTF8);
}

static void control_characters_but_tab_and_newline_are_dropped(void **state)
{
    (void)state;
    REPAIR("a\0b", "ab", TEXT_CONTROL);
    REPAIR("a\r\nb\x7F\x1F", "a\nb", TEXT_CONTROL);
    REPAIR("a\xC2\x80\xC2\x9F\xC2\xA0", "a\xC2\xA0", TEXT_CONTROL);
    REPAIR("\x01\xFF", FFFD, TEXT_CONTROL | TEXT_UTF8);
}

static void text_beyond_64_kib_is_cut_at_a_character(void **state)
{
    (void)state;
    static char text[TEXT_MAX + 8];
    memset(text, 'a', sizeof(text));
    assert_true(text_is_clean(text, TEXT_MAX));
    assert_false(text_is_clean(text, TEXT_MAX + 1));
    assert_int_equal(text_repair(text, TEXT_MAX, repaired, &repaired_size), TEXT_CLEAN);
    assert_int_equal(text_repair(text, TEXT_MAX + 1, repaired, &repaired_size), TEXT_CUT);
    assert_int_equal(repaired_size, TEXT_MAX);
    memcpy(text + TEXT_MAX - 1, "\xE6\x97\xA5", 3);
    assert_int_equal(text_repair(text, TEXT_MAX + 2, repaired, &repaired_size), TEXT_CUT);
    assert_int_equal(repaired_size, TEXT_MAX - 1);
    assert_true(text_is_clean(repaired, repaired_size));
}

/* The eight-bytes-at-a-time path and the careful one must not disagree, wherever the bytes stand.
 */
static void every_pair_of_bytes_at_every_place_is_judged_alike(void **state)
{
    (void)state;
    for (unsigned pair = 0; pair < 0x10000; pair++) {
        char text[20];
        size_t place = pair % 17;
        memset(text, 'x', sizeof(text));
        text[place] = (char)(pair >> 8);
        text[place + 1] = (char)pair;
        unsigned repairs = text_repair(text, sizeof(text), repaired, &repaired_size);
        assert_int_equal(text_is_clean(text, sizeof(text)), repairs == TEXT_CLEAN);
        assert_true(text_is_clean(repaired, repaired_size));
        bool has_nul = memchr(text, '\0', sizeof(text)) != NULL;
        assert_int_equal(text_is_utf8(text, sizeof(text)), !has_nul && (repairs & TEXT_UTF8) == 0);
    }
}

static void blanks_around_a_text_are_taken_off(void **state)
{
    static const struct {
        const char *text, *wanted;
    } cases[] = {
        {"ann", "ann"},
        {"  ann\t\r\n", "ann"},
        {"\u00a0ann\u200b\u3000", "ann"},
        {" a\u00a0b ", "a\u00a0b"},
        {"\u0416", "\u0416"},
        {"\ufeff\u2003\xc2\x85 \u2028", ""},
        {"", ""},
        {"\xc2", "\xc2"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        size_t size = 99;
        const char *at = text_trim(cases[i].text, &size);
        assert_int_equal(size, strlen(cases[i].wanted));
        assert_memory_equal(at, cases[i].wanted, size);
        assert_int_equal(text_is_blank(cases[i].text), size == 0);
    }
}

static void assert_neutral(const char *given, const char *expected)
{
    char text[64];
    snprintf(text, sizeof(text), "%s", given);
    text_neutralise(text, strlen(text), "\n");
    assert_string_equal(text, expected);
}

static void what_a_terminal_would_obey_becomes_question_marks(void **state)
{
    (void)state;
    assert_neutral("Käse 日本 😀\nb", "Käse 日本 😀\nb");
    assert_neutral("a\x1b[31m\tb\x7f", "a?[31m?b?");
    assert_neutral("a\xc2\x9b"
                   "31m\x9b",
                   "a??31m?");
    assert_neutral("a\u202eb\u200bc\ufeff", "a???b???c???");
    assert_neutral("cut \xe6\x97", "cut ??");
}

static void the_distance_is_that_of_single_slips(void **state)
{
    (void)state;
    assert_int_equal(text_distance("alice", "Alice"), 0);
    assert_int_equal(text_distance("alicf", "alice"), 1);
    assert_int_equal(text_distance("alce", "alice"), 1);
    assert_int_equal(text_distance("aliice", "alice"), 1);
    assert_int_equal(text_distance("", "bob"), 3);
    assert_int_equal(text_distance("kitten", "sitting"), 3);
}

static void texts_of_any_length_have_a_distance(void **state)
{
    char a[1000];
    char b[1000];
    (void)state;
    memset(a, 'a', sizeof a - 1);
    memset(b, 'b', sizeof b - 1);
    a[sizeof a - 1] = b[sizeof b - 1] = '\0';
    assert_int_equal(text_distance(a, a), 0);
    assert_true(text_distance(a, b) > 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(well_formed_text_is_left_alone),
        cmocka_unit_test(each_maximal_ill_formed_subpart_becomes_one_replacement),
        cmocka_unit_test(control_characters_but_tab_and_newline_are_dropped),
        cmocka_unit_test(text_beyond_64_kib_is_cut_at_a_character),
        cmocka_unit_test(blanks_around_a_text_are_taken_off),
        cmocka_unit_test(what_a_terminal_would_obey_becomes_question_marks),
        cmocka_unit_test(the_distance_is_that_of_single_slips),
        cmocka_unit_test(texts_of_any_length_have_a_distance),
        cmocka_unit_test(every_pair_of_bytes_at_every_place_is_judged_alike),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

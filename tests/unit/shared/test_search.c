/* SPDX-License-Identifier: MIT
 * test_search.c - what people type finds what was written, however either is composed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "actors/shared/search.h"

static bool holds(const char *text, const char *typed)
{
    OWNED(free_text) char *key = search_key(typed);
    return search_holds(text, strlen(text), key);
}

static bool equals(const char *text, const char *typed)
{
    OWNED(free_text) char *key = search_key(typed);
    return search_equals(text, strlen(text), key);
}

static void case_accents_and_composition_do_not_count_in_any_alphabet(void **state)
{
    static const char *const pairs[][2] = {
        {"Der Himmel über München", "münchen"},
        {"MÜNCHEN", "münchen"},
        {"Mu\u0308nchen", "m\u00fcnchen"},
        {"M\u00fcnchen", "mu\u0308nchen"},
        {"München", "munchen"},
        {"Straße nach Łódź", "STRASSE NACH LODZ"},
        {"Amélie", "AMELIE"},
        {"Smørrebrød", "smorrebrod"},
        {"Æon Flux", "aeon"},
        {"ΟΔΥΣΣΕΥΣ", "οδυσσεύς"},
        {"Ёлки", "ЕЛКИ"},
        {"Ирония судьбы", "СУДЬБЫ"},
        {"İstanbul", "istanbul"},
        {"ｆｕｌｌ　ｗｉｄｔｈ", "full width"},
        {"ﾊｳﾙの動く城", "ハウル"},
        {"が", "か\u3099"},
        {"Schindler’s List", "schindler's"},
        {"1917 – a film", "1917 - a"},
        {"مُحَمَّد", "محمد"},
        {"Việt Nam", "viet"},
        {"한국", "\u1112\u1161\u11ab국"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(pairs); i++) {
        if (!holds(pairs[i][0], pairs[i][1])) {
            fail_msg("%s is not found in %s", pairs[i][1], pairs[i][0]);
        }
    }
}

static void what_tells_words_apart_does_count(void **state)
{
    (void)state;
    assert_false(holds("Munich", "münchen"));
    assert_false(holds("か", "が"));
    assert_false(holds("कि", "की"));
    assert_false(holds("a film", "a%m"));
    assert_false(equals("alice b", "alice"));
    assert_true(equals("ÁLICE", "alice"));
}

static void text_of_any_length_and_broken_text_are_searched_too(void **state)
{
    enum { REPEATS = 20000 };
    char *text = malloc(REPEATS * 3 + 8);
    (void)state;
    assert_non_null(text);
    for (size_t i = 0; i < REPEATS; i++) {
        memcpy(text + i * 3, "\u20ac", 3);
    }
    strcpy(text + (size_t)REPEATS * 3, "Übung");
    assert_true(holds(text, "ubung"));
    free(text);
    assert_true(holds("Bro\xe2\x82ken", "ken"));
    assert_true(holds("Bro\xe2\x82ken", "BRO"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(case_accents_and_composition_do_not_count_in_any_alphabet),
        cmocka_unit_test(what_tells_words_apart_does_count),
        cmocka_unit_test(text_of_any_length_and_broken_text_are_searched_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

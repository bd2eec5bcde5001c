/* SPDX-License-Identifier: MIT
 * test_query.c - queries are read strictly, and what is wrong is named as the caller wrote it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "gateway/guard/query.h"
#include "proto/wire/json.h"

static struct flaw flaw;

static enum err parse(const char *query, json_t **out)
{
    memset(&flaw, 0, sizeof flaw);
    return query_parse(query, desc_notes_list(), "job", "job_id", out, &flaw);
}

static void values_get_the_type_of_their_field(void **state)
{
    (void)state;
    OWNED(json_release) json_t *values = NULL;
    assert_int_equal(parse("job=abc&q=a+b%26%C3%A9&limit=5&repairs=1&", &values), OK);
    assert_string_equal(json_string_value(json_object_get(values, "job_id")), "abc");
    assert_string_equal(json_string_value(json_object_get(values, "q")), "a b&\xc3\xa9");
    assert_int_equal(json_integer_value(json_object_get(values, "limit")), 5);
    assert_true(json_is_true(json_object_get(values, "repairs")));
    assert_int_equal(json_object_size(values), 4);
}

static void no_query_is_an_empty_one(void **state)
{
    (void)state;
    OWNED(json_release) json_t *values = NULL;
    assert_int_equal(parse(NULL, &values), OK);
    assert_int_equal(json_object_size(values), 0);
}

static void what_is_wrong_is_refused_by_name(void **state)
{
    (void)state;
    static const struct {
        const char *query;
        enum err code;
        const char *field;
    } wrong[] = {
        {"limit=five", ERR_BAD_FIELD, "limit"},
        {"limit=", ERR_BAD_FIELD, "limit"},
        {"limit=5x", ERR_BAD_FIELD, "limit"},
        {"limit=+5", ERR_BAD_FIELD, "limit"},
        {"limit=1&limit=2", ERR_BAD_FIELD, "limit"},
        {"limit=99999999999999999999", ERR_BAD_FIELD, "limit"},
        {"repairs=yes", ERR_BAD_FIELD, "repairs"},
        {"q=%f", ERR_BAD_FIELD, "q"},
        {"q=%zz", ERR_BAD_FIELD, "q"},
        {"q=%00", ERR_BAD_FIELD, "q"},
        {"q=%ff", ERR_BAD_FIELD, "q"},
        {"job=a&job=b", ERR_BAD_FIELD, "job"},
        {"job_id=a", ERR_UNKNOWN_FIELD, "job_id"},
        {"=a", ERR_BAD_REQUEST, ""},
    };
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        json_t *values = NULL;
        assert_int_equal(parse(wrong[i].query, &values), wrong[i].code);
        assert_string_equal(flaw.field, wrong[i].field);
        assert_null(values);
    }
}

static void a_flood_of_parameters_is_refused(void **state)
{
    (void)state;
    char query[256] = "";
    for (int i = 0; i < 40; i++) {
        char pair[] = {(char)('a' + i % 26), (char)('a' + i / 26), '=', '1', '&', '\0'};
        strcat(query, pair);
    }
    json_t *values = NULL;
    assert_int_equal(parse(query, &values), ERR_BAD_REQUEST);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_get_the_type_of_their_field),
        cmocka_unit_test(no_query_is_an_empty_one),
        cmocka_unit_test(what_is_wrong_is_refused_by_name),
        cmocka_unit_test(a_flood_of_parameters_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

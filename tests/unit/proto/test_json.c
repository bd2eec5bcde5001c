/* SPDX-License-Identifier: MIT
 * test_json.c - every record of the schema through JSON text and back, and how strict requests are.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
/* clang-format off: cmocka wants the four above first */
#include <cmocka.h>
/* clang-format on */

#include "proto/wire/json.h"
#include "proto/wire/json_text.h"
#include "tests/support/fill.h"

#define ROUNDS 20

struct fixture {
    struct arena *arena;
    struct flaw flaw;
};

static int set_up(void **state)
{
    struct fixture *f = must_alloc(sizeof(*f));
    f->arena = arena_new();
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    arena_destroy(&f->arena);
    free_bytes(state);
    return 0;
}

static void send_through_json(const struct record_desc *r, void *context)
{
    struct fixture *f = context;
    for (uint64_t round = 0; round < ROUNDS; round++) {
        uint64_t seed = round;
        arena_reset(f->arena);
        void *sent = arena_alloc(f->arena, r->size);
        void *got = arena_alloc(f->arena, r->size);
        fill_record(r, &seed, f->arena, sent);
        OWNED(json_release) json_t *there = record_to_json(r, sent);
        OWNED(free_text) char *text = json_dumps(there, JSON_COMPACT);
        assert_non_null(text);
        OWNED(json_release)
        json_t *back = json_loadb(text, strlen(text), JSON_REJECT_DUPLICATES, NULL);
        assert_non_null(back);
        OWNED(buffer_release) struct buffer written = {0};
        record_to_json_text(r, sent, JSON_TEXT_RECORD, &written);
        if (written.size != strlen(text) || memcmp(written.data, text, written.size) != 0) {
            fail_msg("%s: written %.*s, printed %s", r->name, (int)written.size, written.data,
                     text);
        }
        if (record_from_json(r, back, NULL, f->arena, got, &f->flaw) != OK) {
            fail_msg("%s: %s", r->name, f->flaw.text);
        }
        const char *difference = record_difference(r, sent, got, f->arena);
        if (difference != NULL) {
            fail_msg("%s: %s differs", r->name, difference);
        }
    }
}

static void every_record_survives_json(void **state)
{
    for_each_record(send_through_json, *state);
}

static void absent_optional_fields_are_left_out_and_absent_nil_fields_are_null(void **state)
{
    (void)state;
    const struct jobs_listed page = {0};
    OWNED(json_release) json_t *json = record_to_json(desc_jobs_listed(), &page);
    OWNED(free_text) char *text = json_dumps(json, JSON_COMPACT);
    assert_string_equal(text, "{\"items\":[],\"next\":null}");
    const struct jobs_list question = {0};
    OWNED(json_release) json_t *empty = record_to_json(desc_jobs_list(), &question);
    assert_int_equal(json_object_size(empty), 0);
}

static void times_enums_and_bytes_are_text(void **state)
{
    (void)state;
    const struct resumable at = {.job_id = "j", .at = 1736433000123};
    OWNED(json_release) json_t *json = record_to_json(desc_resumable(), &at);
    assert_string_equal(json_string_value(json_object_get(json, "at")), "2025-01-09T14:30:00.123Z");
    const struct batch_item item = {.hash = 1, .body = {"\x00\xFF\x10", 3}};
    OWNED(json_release) json_t *bytes = record_to_json(desc_batch_item(), &item);
    assert_string_equal(json_string_value(json_object_get(bytes, "body")), "AP8Q");
    const struct job_stop stop = {.operation = operation_server_sync};
    OWNED(json_release) json_t *word = record_to_json(desc_job_stop(), &stop);
    assert_string_equal(json_string_value(json_object_get(word, "operation")), "server_sync");
}

/* Reads `text` as a request of this record. */
static enum err read_text(struct fixture *f, const struct record_desc *r, const char *text,
                          const char *const *ignored, void *out)
{
    OWNED(json_release)
    json_t *json = json_loadb(text, strlen(text), JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
    assert_non_null(json);
    f->flaw = (struct flaw){0};
    return record_from_json(r, json, ignored, f->arena, out, &f->flaw);
}

static void what_breaks_a_rule_is_refused_by_name(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *text, *field;
        enum err code;
    } wrong[] = {
        {"{\"limit\":0}", "limit", ERR_BAD_FIELD},
        {"{\"limit\":1001}", "limit", ERR_BAD_FIELD},
        {"{\"limit\":1.0}", "limit", ERR_BAD_FIELD},
        {"{\"limit\":\"5\"}", "limit", ERR_BAD_FIELD},
        {"{\"limit\":true}", "limit", ERR_BAD_FIELD},
        {"{\"from\":\"yesterday\"}", "from", ERR_BAD_FIELD},
        {"{\"from\":1736433000}", "from", ERR_BAD_FIELD},
        {"{\"detail\":\"some\"}", "detail", ERR_BAD_FIELD},
        {"{\"detail\":1}", "detail", ERR_BAD_FIELD},
        {"{\"q\":[]}", "q", ERR_BAD_FIELD},
        {"{\"q\":\"a\\u0000b\"}", "q", ERR_BAD_FIELD},
        {"{\"lmit\":5}", "lmit", ERR_UNKNOWN_FIELD},
        {"[]", "", ERR_BAD_FIELD},
        {"{\"user\":{}}", "user", ERR_BAD_FIELD},
    };
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        struct history_list got;
        assert_int_equal(read_text(f, desc_history_list(), wrong[i].text, NULL, &got),
                         wrong[i].code);
        assert_string_equal(f->flaw.field, wrong[i].field);
        assert_int_equal(f->flaw.code, wrong[i].code);
    }
    struct job_get got;
    assert_int_equal(read_text(f, desc_job_get(), "{}", NULL, &got), ERR_BAD_FIELD);
    assert_string_equal(f->flaw.field, "job_id");
    assert_int_equal(read_text(f, desc_job_get(), "{\"job_id\":null}", NULL, &got), ERR_BAD_FIELD);
}

static void numbers_a_browser_has_rounded_are_refused(void **state)
{
    struct fixture *f = *state;
    struct batch_committed got;
    assert_int_equal(
        read_text(f, desc_batch_committed(), "{\"next_id\":9007199254740991}", NULL, &got), OK);
    assert_true(got.next_id == INT64_C(9007199254740991));
    assert_int_equal(
        read_text(f, desc_batch_committed(), "{\"next_id\":9007199254740992}", NULL, &got),
        ERR_BAD_FIELD);
    assert_int_equal(
        read_text(f, desc_batch_committed(), "{\"next_id\":-9223372036854775808}", NULL, &got),
        ERR_BAD_FIELD);
}

static void a_field_the_request_may_not_set_is_unknown_and_need_not_be_there(void **state)
{
    struct fixture *f = *state;
    static const char *const ours[] = {"job_id", "asked_by", NULL};
    struct import_start got;
    assert_int_equal(
        read_text(f, desc_import_start(), "{\"resume\":true,\"db_path\":null}", ours, &got), OK);
    assert_null(got.job_id);
    assert_null(got.db_path);
    assert_true(got.has_resume && got.resume);
    assert_int_equal(read_text(f, desc_import_start(), "{\"job_id\":\"x\"}", ours, &got),
                     ERR_UNKNOWN_FIELD);
    assert_string_equal(f->flaw.field, "job_id");
}

static void a_real_field_takes_a_whole_number(void **state)
{
    struct fixture *f = *state;
    struct job_sample got;
    assert_int_equal(
        read_text(f, desc_job_sample(), "{\"t\":3,\"processed\":1,\"rate\":2.5}", NULL, &got), OK);
    assert_true(got.t == 3.0 && got.rate == 2.5);
}

static void a_long_unknown_name_is_cut_at_a_character(void **state)
{
    struct fixture *f = *state;
    struct job_get got;
    char text[256] = "{\"";
    for (int i = 0; i < 40; i++) {
        strcat(text, "日");
    }
    strcat(text, "\":1}");
    assert_int_equal(read_text(f, desc_job_get(), text, NULL, &got), ERR_UNKNOWN_FIELD);
    assert_int_equal(strlen(f->flaw.field) % 3, 0);
    OWNED(json_release) json_t *said = json_string(f->flaw.text);
    assert_non_null(said);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(every_record_survives_json),
        TEST(absent_optional_fields_are_left_out_and_absent_nil_fields_are_null),
        TEST(times_enums_and_bytes_are_text),
        TEST(what_breaks_a_rule_is_refused_by_name),
        TEST(numbers_a_browser_has_rounded_are_refused),
        TEST(a_field_the_request_may_not_set_is_unknown_and_need_not_be_there),
        TEST(a_real_field_takes_a_whole_number),
        TEST(a_long_unknown_name_is_cut_at_a_character),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

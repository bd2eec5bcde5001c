/* SPDX-License-Identifier: MIT
 * test_redact.c - what only administrators see is null for others, wherever it stands, and empty in
 * CSV, under the same columns. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "gateway/rest/csv.h"
#include "gateway/rest/redact.h"
#include "proto/base/error.h"
#include "proto/wire/json.h"

static const struct play_view play = {.id = "1",
                                      .native_id = "7",
                                      .media_type = "movie",
                                      .title = "The Example",
                                      .ip_address = "198.51.100.7",
                                      .location = "wan",
                                      .machine_id = "player-1"};

static void private_fields_are_null_at_any_depth(void **state)
{
    (void)state;
    OWNED(json_release)
    json_t *json =
        json_pack("{s:[o], s:{s:s, s:i}}", "items", record_to_json(desc_play_view(), &play), "job",
                  "db_path", "/srv/tautulli.db", "attempt", 2);
    redact_json(json);
    OWNED(free_text) char *text = json_dumps(json, JSON_COMPACT);
    const json_t *item = json_array_get(json_object_get(json, "items"), 0);
    assert_true(json_is_null(json_object_get(item, "ip_address")));
    assert_true(json_is_null(json_object_get(item, "location")));
    assert_true(json_is_null(json_object_get(item, "machine_id")));
    assert_null(strstr(text, "198.51.100.7"));
    assert_null(strstr(text, "player-1"));
    assert_null(strstr(text, "/srv"));
    assert_non_null(strstr(text, "The Example"));
    assert_non_null(strstr(text, "\"attempt\":2"));
}

/* What it met may say where a server of the house is. */
static void of_an_error_others_are_told_what_its_code_says(void **state)
{
    (void)state;
    const struct progress progress = {.error = "It sends to https://nas.example:8920/",
                                      .error_code = "SERVER_REDIRECTS"};
    OWNED(json_release)
    json_t *json =
        json_pack("{s:[{s:o}]}", "items", "progress", record_to_json(desc_progress(), &progress));
    redact_json(json);
    OWNED(free_text) char *text = json_dumps(json, JSON_COMPACT);
    assert_null(strstr(text, "nas.example"));
    assert_non_null(strstr(text, err_sentence(ERR_SERVER_REDIRECTS)));
}

/* Which rows were rejected is asked for below /import/errors, which is the administrators'. */
static void rejected_rows_are_told_to_administrators_alone(void **state)
{
    (void)state;
    const struct sync_error rejected = {
        .record_id = {.number = 4711}, .has_record_id = true, .message = "Its start is 'Mallory'"};
    const struct progress progress = {
        .errors = (struct sync_error *)&rejected, .errors_count = 1, .error_count = 1};
    OWNED(json_release)
    json_t *json =
        json_pack("{s:[{s:o}]}", "items", "progress", record_to_json(desc_progress(), &progress));
    redact_json(json);
    OWNED(free_text) char *text = json_dumps(json, JSON_COMPACT);
    assert_null(strstr(text, "4711"));
    assert_null(strstr(text, "Mallory"));
    assert_non_null(strstr(text, "\"error_count\":1"));
}

/* What a job did by month, by library or by reason tells when and what others watched. */
static void of_a_job_a_tied_viewer_sees_no_receipt_and_no_course(void **state)
{
    (void)state;
    struct receipt_line line = {.key = "Mallory", .imported = 4711};
    struct reason_count reason = {.key = "new", .n = 4711};
    const char *warning = "Mallory has 4711 rows";
    struct job_sample sample = {.processed = 4711};
    const struct job_got got = {
        .job = {.job_id = "job-1", .asked_by = "Mallory", .title = "Mallory"},
        .receipt = {.by_reason = &reason,
                    .by_reason_count = 1,
                    .by_user = &line,
                    .by_user_count = 1,
                    .by_month = &line,
                    .by_month_count = 1,
                    .by_library = &line,
                    .by_library_count = 1,
                    .repairs = &reason,
                    .repairs_count = 1,
                    .completed = &reason,
                    .completed_count = 1,
                    .changed = &reason,
                    .changed_count = 1,
                    .warnings = &warning,
                    .warnings_count = 1,
                    .not_reached = 4711,
                    .has_not_reached = true},
        .samples = &sample,
        .samples_count = 1};
    OWNED(json_release) json_t *json = record_to_json(desc_job_got(), &got);
    redact_others(json);
    OWNED(free_text) char *text = json_dumps(json, JSON_COMPACT);
    assert_null(strstr(text, "Mallory"));
    assert_null(strstr(text, "4711"));
    assert_non_null(strstr(text, "job-1"));
    assert_true(json_is_array(json_object_get(json_object_get(json, "receipt"), "by_month")));
}

static size_t cells_of(const struct buffer *line)
{
    size_t cells = 1;
    for (size_t i = 0; i < line->size; i++) {
        cells += line->data[i] == ',';
    }
    return cells;
}

static void private_cells_are_empty_and_the_columns_stay(void **state)
{
    (void)state;
    OWNED(buffer_release) struct buffer whole = {0};
    OWNED(buffer_release) struct buffer redacted = {0};
    csv_line(desc_play_view(), &play, false, &whole);
    csv_line(desc_play_view(), &play, true, &redacted);
    assert_int_equal(cells_of(&whole), cells_of(&redacted));
    buffer_append(&whole, "", 1);
    buffer_append(&redacted, "", 1);
    assert_non_null(strstr(whole.data, "198.51.100.7"));
    assert_null(strstr(redacted.data, "198.51.100.7"));
    assert_null(strstr(redacted.data, "wan"));
    assert_null(strstr(redacted.data, "player-1"));
    assert_non_null(strstr(redacted.data, "The Example"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(private_fields_are_null_at_any_depth),
        cmocka_unit_test(of_an_error_others_are_told_what_its_code_says),
        cmocka_unit_test(rejected_rows_are_told_to_administrators_alone),
        cmocka_unit_test(of_a_job_a_tied_viewer_sees_no_receipt_and_no_course),
        cmocka_unit_test(private_cells_are_empty_and_the_columns_stay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

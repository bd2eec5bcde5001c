/* SPDX-License-Identifier: MIT
 * test_snapshot.c - what is shown and pushed of the progress records that arrive. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "gateway/snapshot.h"
#include "proto/wire/json.h"

#define CURRENT SNAPSHOT_CURRENT(0)
#define ENDED SNAPSHOT_ENDED(0)

static struct snapshot_cache *cache;
static struct snapshot *snapshot;

static int open_both(void **state)
{
    (void)state;
    cache = snapshot_cache_new();
    snapshot = snapshot_new(cache);
    return 0;
}

static int close_both(void **state)
{
    (void)state;
    snapshot_destroy(&snapshot);
    snapshot_cache_destroy(&cache);
    return 0;
}

static struct progress record(uint64_t seq, enum status status)
{
    return (struct progress){.operation = operation_tautulli_import,
                             .status = status,
                             .job_id = "job-1",
                             .correlation_id = "job-1",
                             .processed_records = seq,
                             .seq = seq};
}

static bool put(uint64_t seq, enum status status, int64_t now_ms)
{
    struct progress r = record(seq, status);
    return snapshot_put(snapshot, &r, now_ms);
}

static json_t *shown(size_t slot)
{
    OWNED(shared_text_drop) struct shared_text *shared = snapshot_cache_get(cache, slot);
    return shared != NULL ? json_loadb(shared_text_bytes(shared), shared_text_size(shared), 0, NULL)
                          : NULL;
}

/* What the others see, who are no administrators. */
static bool tells(const struct shared_text *shown, const char *text)
{
    return memmem(shared_text_bytes(shown), shared_text_size(shown), text, strlen(text)) != NULL;
}

static json_int_t pushed_seq(size_t slot)
{
    OWNED(json_release) json_t *message = shown(slot);
    return json_integer_value(json_object_get(json_object_get(message, "data"), "seq"));
}

static void fill_empty(void)
{
    struct status_got none = {0};
    assert_false(snapshot_fill(snapshot, &none, 0));
}

static void nothing_is_shown_before_the_history_has_told(void **state)
{
    (void)state;
    assert_null(shown(SNAPSHOT_STATUS));
    fill_empty();
    OWNED(json_release) json_t *status = shown(SNAPSHOT_STATUS);
    assert_int_equal(json_object_size(status), 0);
}

static void status_stands_both_in_data_and_in_its_progress(void **state)
{
    (void)state;
    assert_true(put(1, status_running, 0));
    OWNED(json_release) json_t *message = shown(CURRENT);
    const json_t *data = json_object_get(message, "data");
    assert_string_equal(json_string_value(json_object_get(message, "type")), "sync_progress");
    assert_string_equal(json_string_value(json_object_get(data, "operation")), "tautulli_import");
    assert_string_equal(json_string_value(json_object_get(data, "status")), "running");
    assert_string_equal(json_string_value(json_object_get(data, "correlation_id")), "job-1");
    assert_string_equal(
        json_string_value(json_object_get(json_object_get(data, "progress"), "status")), "running");
}

static void a_running_job_is_pushed_about_once_a_second_but_always_shown(void **state)
{
    (void)state;
    fill_empty();
    assert_true(put(1, status_running, 0));
    assert_false(put(2, status_running, 250));
    OWNED(json_release) json_t *status = shown(SNAPSHOT_STATUS);
    const json_t *import = json_object_get(status, "tautulli_import");
    assert_int_equal(json_integer_value(json_object_get(import, "seq")), 2);
    assert_int_equal(pushed_seq(CURRENT), 1);
    assert_true(put(3, status_running, 1000));
    assert_int_equal(pushed_seq(CURRENT), 3);
}

static void a_change_of_status_is_pushed_at_once(void **state)
{
    (void)state;
    assert_true(put(1, status_running, 0));
    assert_true(put(2, status_completed, 1));
    assert_int_equal(pushed_seq(ENDED), 2);
    assert_null(shown(CURRENT));
}

static void the_end_of_a_job_outlives_the_start_of_the_next(void **state)
{
    (void)state;
    assert_true(put(1, status_completed, 0));
    struct progress next = record(2, status_running);
    next.job_id = "job-2";
    assert_true(snapshot_put(snapshot, &next, 1));
    assert_int_equal(pushed_seq(ENDED), 1);
    assert_int_equal(pushed_seq(CURRENT), 2);
}

static void rejected_rows_are_told_to_administrators_alone(void **state)
{
    (void)state;
    struct sync_error rejected = {
        .record_id = {.number = 4711}, .has_record_id = true, .message = "Its start is 'Mallory'"};
    struct progress r = record(1, status_running);
    r.errors = &rejected;
    r.errors_count = 1;
    r.error = "It sends to https://nas.example:8920/";
    r.error_code = "SERVER_REDIRECTS";
    fill_empty();
    assert_true(snapshot_put(snapshot, &r, 0));
    const size_t slots[] = {SNAPSHOT_STATUS, CURRENT};
    for (size_t i = 0; i < COUNT_OF(slots); i++) {
        OWNED(shared_text_drop) struct shared_text *all = snapshot_cache_get(cache, slots[i]);
        const struct shared_text *others = shared_text_for(all, false);
        assert_true(tells(all, "Mallory"));
        assert_false(tells(others, "Mallory"));
        assert_true(tells(all, "nas.example"));
        assert_false(tells(others, "nas.example"));
        assert_false(tells(others, "4711"));
        assert_true(tells(others, "\"seq\":1"));
    }
}

static void an_older_record_is_dropped(void **state)
{
    (void)state;
    assert_true(put(5, status_completed, 0));
    assert_false(put(4, status_running, 5000));
    assert_int_equal(pushed_seq(ENDED), 5);
}

static void a_job_gone_silent_waits_for_the_history_and_is_still_pushed(void **state)
{
    (void)state;
    fill_empty();
    assert_true(put(1, status_running, 0));
    assert_false(snapshot_tick(snapshot, 1000));
    assert_true(snapshot_tick(snapshot, 1600));
    assert_true(snapshot_tick(snapshot, 3200));
    OWNED(json_release) json_t *status = shown(SNAPSHOT_STATUS);
    const json_t *import = json_object_get(status, "tautulli_import");
    assert_string_equal(json_string_value(json_object_get(import, "phase")), "waiting");
    assert_string_equal(json_string_value(json_object_get(import, "waiting_for")), "history");
    assert_true(snapshot_needs_filling(snapshot));
    assert_true(put(2, status_running, 3300));
    assert_false(snapshot_needs_filling(snapshot));
    OWNED(json_release) json_t *back = shown(CURRENT);
    assert_null(json_object_get(json_object_get(back, "data"), "phase"));
}

static void an_operation_that_never_ran_is_not_shown(void **state)
{
    (void)state;
    assert_false(put(1, status_idle, 0));
    assert_null(shown(CURRENT));
}

static void every_server_that_there_may_be_is_shown(void **state)
{
    (void)state;
    fill_empty();
    for (uint64_t i = 0; i < SERVERS_MAX; i++) {
        char server[32];
        (void)snprintf(server, sizeof server, "server-%d", (int)i);
        struct progress r = record(i + 1, status_completed);
        r.operation = operation_server_sync;
        r.server_id = server;
        assert_true(snapshot_put(snapshot, &r, 0));
        assert_int_equal(pushed_seq(SNAPSHOT_ENDED(i)), i + 1);
    }
    assert_true(put(1, status_running, 0)); /* and the import beside them */
    OWNED(json_release) json_t *status = shown(SNAPSHOT_STATUS);
    assert_int_equal(json_object_size(json_object_get(status, "server_syncs")), SERVERS_MAX);
    assert_non_null(json_object_get(status, "tautulli_import"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_server_that_there_may_be_is_shown, open_both,
                                        close_both),
        cmocka_unit_test_setup_teardown(nothing_is_shown_before_the_history_has_told, open_both,
                                        close_both),
        cmocka_unit_test_setup_teardown(status_stands_both_in_data_and_in_its_progress, open_both,
                                        close_both),
        cmocka_unit_test_setup_teardown(
            a_running_job_is_pushed_about_once_a_second_but_always_shown, open_both, close_both),
        cmocka_unit_test_setup_teardown(a_change_of_status_is_pushed_at_once, open_both,
                                        close_both),
        cmocka_unit_test_setup_teardown(the_end_of_a_job_outlives_the_start_of_the_next, open_both,
                                        close_both),
        cmocka_unit_test_setup_teardown(rejected_rows_are_told_to_administrators_alone, open_both,
                                        close_both),
        cmocka_unit_test_setup_teardown(an_older_record_is_dropped, open_both, close_both),
        cmocka_unit_test_setup_teardown(a_job_gone_silent_waits_for_the_history_and_is_still_pushed,
                                        open_both, close_both),
        cmocka_unit_test_setup_teardown(an_operation_that_never_ran_is_not_shown, open_both,
                                        close_both),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT
 * test_operations.c - the table of the kinds of job: every column is filled, what excludes what,
 * and the subjects that records are published under. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "proto/schema/operations.h"

static void every_operation_has_its_words_a_coordinator_and_a_refusal(void **state)
{
    (void)state;
    for (int i = 0; i < operation_COUNT; i++) {
        assert_non_null(operations[i].title);
        assert_non_null(operations[i].noun);
        assert_non_null(operations[i].doing);
        assert_non_null(operations[i].works_on);
        assert_non_null(operations[i].waits_for);
        assert_non_null(operations[i].coordinator);
        assert_int_not_equal(operations[i].one_runs, OK);
    }
}

static void imports_exclude_each_other_and_a_sync_only_that_of_its_server(void **state)
{
    (void)state;
    const enum operation tautulli = operation_tautulli_import;
    const enum operation plex = operation_plex_historical;
    const enum operation sync = operation_server_sync;
    assert_true(operations_exclude(tautulli, "a", tautulli, "b"));
    assert_true(operations_exclude(tautulli, NULL, plex, "a"));
    assert_true(operations_exclude(plex, "a", tautulli, NULL));
    assert_false(operations_exclude(tautulli, "a", sync, "a"));
    assert_true(operations_exclude(sync, "a", plex, "a"));
    assert_true(operations_exclude(plex, "a", sync, "a"));
    assert_false(operations_exclude(sync, "a", plex, "b"));
    assert_false(operations_exclude(sync, "a", plex, NULL));
    assert_true(operations_exclude(sync, "a", sync, "a"));
    assert_false(operations_exclude(sync, "a", sync, "b"));
    assert_true(operations_exclude(sync, NULL, sync, ""));
}

static void what_changes_the_history_itself_runs_alone(void **state)
{
    (void)state;
    const enum operation own[] = {operation_undo, operation_regroup, operation_forget};
    for (size_t i = 0; i < COUNT_OF(own); i++) {
        for (int other = 0; other < operation_COUNT; other++) {
            assert_true(operations_exclude(own[i], NULL, other, "a"));
            assert_true(operations_exclude(other, "a", own[i], NULL));
        }
    }
}

static void only_an_operation_per_server_names_it_in_its_subject(void **state)
{
    (void)state;
    char subject[SUBJECT_SIZE];
    operation_subject(operation_tautulli_import, "a", subject);
    assert_string_equal(subject, "tautulli_import");
    operation_subject(operation_server_sync, "a", subject);
    assert_string_equal(subject, "server_sync/a");
}

static void a_job_per_server_has_one_that_fits_into_its_subject(void **state)
{
    (void)state;
    char subject[SUBJECT_SIZE];
    char longest[SUBJECT_SERVER_MAX + 2] = {0};
    memset(longest, 'x', SUBJECT_SERVER_MAX);
    assert_true(operation_allows_server(operation_server_sync, longest));
    operation_subject(operation_server_sync, longest, subject);
    assert_int_equal(strlen(subject), strlen("server_sync/") + SUBJECT_SERVER_MAX);
    longest[SUBJECT_SERVER_MAX] = 'x';
    assert_false(operation_allows_server(operation_server_sync, longest));
    assert_false(operation_allows_server(operation_server_sync, NULL));
    assert_true(operation_allows_server(operation_tautulli_import, NULL));
    assert_true(operation_allows_server(operation_tautulli_import, longest));
}

/* Databases hold these numbers. */
static void what_is_on_disk_is_never_renumbered(void **state)
{
    (void)state;
    static const struct {
        const struct enum_desc *of;
        const char *items[8];
    } stored[] = {
        {&enum_operation,
         {"tautulli_import", "plex_historical", "server_sync", "undo", "regroup", "forget"}},
        {&enum_status, {"idle", "running", "completed", "error", "cancelled"}},
        {&enum_source_kind, {"tautulli", "plex", "jellyfin", "emby"}},
        {&enum_time_quality, {"exact", "watched_at", "start_only"}},
    };
    for (size_t i = 0; i < COUNT_OF(stored); i++) {
        for (size_t n = 0; stored[i].items[n] != NULL; n++) {
            assert_string_equal(schema_enum_text(stored[i].of, (int)n), stored[i].items[n]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_operation_has_its_words_a_coordinator_and_a_refusal),
        cmocka_unit_test(imports_exclude_each_other_and_a_sync_only_that_of_its_server),
        cmocka_unit_test(what_changes_the_history_itself_runs_alone),
        cmocka_unit_test(only_an_operation_per_server_names_it_in_its_subject),
        cmocka_unit_test(a_job_per_server_has_one_that_fits_into_its_subject),
        cmocka_unit_test(what_is_on_disk_is_never_renumbered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

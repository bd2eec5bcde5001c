/* SPDX-License-Identifier: MIT
 * test_receipt.c - what the receipt in the terminal says of duplicates and of the source. */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "actors/cli/receipt.h"
#include "actors/cli/table.h"
#include "proto/base/own.h"

/* A repeated import: 1200 duplicates, of which 12 complete something and 399 say otherwise. */
static const char repeated[] =
    "{'job': {'job_id': 'j', 'progress': {'operation': 'tautulli_import', 'status': 'completed', "
    "'dry_run': %s,"
    "  'total_records': 1200, 'duplicate_records': 1200, 'updated_records': 12}},"
    " 'receipt': {'by_reason': [{'key': 'duplicate', 'n': 1200}, {'key': 'updated', 'n': 12},"
    "  {'key': 'changed', 'n': 399}],"
    "  'repairs': [], 'by_user': [], 'by_month': [], 'by_library': [],"
    "  'completed': [{'key': 'time', 'n': 12}, {'key': 'user', 'n': 1}],"
    "  'changed': [{'key': 'user', 'n': 399}, {'key': 'type', 'n': 1}, {'key': 'title', 'n': 1},"
    "   {'key': 'library', 'n': 1}, {'key': 'tomorrow', 'n': 2}],"
    "  'warnings': ['The -wal is missing: \\u001b[2J']}}";

/* For free. */
static char *printed(const char *text)
{
    char *bytes = NULL;
    size_t size = 0;
    OWNED(free_text) char *json = must_strdup(text);
    for (char *c = json; *c != '\0'; c++) {
        *c = *c == '\'' ? '"' : *c;
    }
    json_t *answer = json_loads(json, 0, NULL);
    assert_non_null(answer);
    FILE *out = open_memstream(&bytes, &size);
    receipt_print(out, answer, "playbus errors j --data /srv/p");
    assert_int_equal(fclose(out), 0);
    json_decref(answer);
    return bytes;
}

static char *printed_repeat(const char *dry)
{
    char text[2048];
    (void)snprintf(text, sizeof(text), repeated, dry);
    return printed(text);
}

static void assert_says(const char *text, const char *line)
{
    if (strstr(text, line) == NULL) {
        fail_msg("\"%s\" is not in:\n%s", line, text);
    }
}

static void what_was_completed_and_what_is_otherwise_is_said_of_some_of_the_duplicates(void **state)
{
    (void)state;
    OWNED(free_text) char *text = printed_repeat("false");
    assert_says(text, "  skipped               1,200   1,200 duplicates\n"
                      "                                12 of them completed a stored play\n"
                      "                                399 of them say otherwise now\n");
    assert_null(strstr(text, "Rejected rows"));
}

static void kinds_of_changes_are_said_in_words_for_one_row_and_for_many(void **state)
{
    (void)state;
    OWNED(free_text) char *text = printed_repeat("false");
    assert_says(text, "\nCompleted\n"
                      "          12 rows completed the stop, the pause or the position\n"
                      "           1 row completed the user\n");
    assert_says(text, "\nSaid otherwise now; what is stored stays\n"
                      "         399 rows name another user now\n"
                      "           1 row is of another type now\n"
                      "           1 row has other titles now\n"
                      "           1 row lies in another library now\n"
                      "           2 rows have another tomorrow now\n");
}

static void a_dry_run_says_what_would_happen(void **state)
{
    (void)state;
    OWNED(free_text) char *text = printed_repeat("true");
    assert_says(text, "12 of them would complete a stored play\n");
    assert_says(text, "\nWould be completed\n"
                      "          12 rows would complete the stop, the pause or the position\n"
                      "           1 row would complete the user\n");
    assert_says(text, "\nSaid otherwise now; what is stored would stay\n");
    assert_null(strstr(text, " completed "));
}

static void one_duplicate_that_says_otherwise_stands_beside_their_number(void **state)
{
    (void)state;
    OWNED(free_text)
    char *text = printed("{'job': {'job_id': 'j', 'progress': {'operation': 'tautulli_import', "
                         "'status': 'completed', "
                         "'total_records': 3, 'duplicate_records': 3}},"
                         " 'receipt': {'by_reason': [{'key': 'changed', 'n': 1}]}}");
    assert_says(text, "  skipped                   3   3 duplicates\n"
                      "                                1 of them says otherwise now\n");
    assert_null(strstr(text, "Completed\n"));
}

static void
the_warnings_of_the_source_stand_above_the_totals_and_cannot_harm_the_terminal(void **state)
{
    (void)state;
    OWNED(free_text) char *text = printed_repeat("false");
    assert_says(text, "  job j\n  note: The -wal is missing: ?[2J\n  source rows");
}

static void a_stopped_import_says_how_many_rows_were_not_reached(void **state)
{
    (void)state;
    OWNED(free_text)
    char *text = printed("{'job': {'job_id': 'j', 'progress': {'operation': 'tautulli_import', "
                         "'status': 'cancelled',"
                         "  'total_records': 9000, 'imported_records': 2000}, 'resumable': true},"
                         " 'receipt': {'by_reason': [], 'not_reached': 7000}}");
    assert_says(text, "  not reached           7,000   import --resume goes on with them\n");
}

static void
a_failed_import_begins_with_why_and_offers_no_resume_where_it_ends_at_damage(void **state)
{
    (void)state;
    OWNED(free_text)
    char *text = printed(
        "{'job': {'job_id': 'j', 'resumable': true, 'progress': {'operation': 'tautulli_import',"
        "  'status': 'error', 'error_code': 'DATABASE_DAMAGED', 'remedy': 'Mend it',"
        "  'error': 'This database is damaged: it can be read only up to the row before "
        "id 8', 'total_records': 9, 'imported_records': 7}},"
        " 'receipt': {'by_reason': [], 'not_reached': 2}}");
    assert_says(text, "  job j\n"
                      "  This database is damaged: it can be read only up to the row before id 8.\n"
                      "  Mend it.\n"
                      "  source rows");
    assert_says(text, "  not reached               2   from the damaged place on\n");
    assert_null(strstr(text, "--resume"));
}

static void another_operation_is_called_by_the_words_of_its_row(void **state)
{
    (void)state;
    OWNED(free_text)
    char *dry = printed("{'job': {'job_id': 'j', 'progress': {'operation': 'plex_historical',"
                        " 'status': 'completed', 'dry_run': true, 'total_records': 3}},"
                        " 'receipt': {'by_reason': []}}");
    assert_says(dry, "Dry run completed: this is what a sync would do\n");
    OWNED(free_text)
    char *stopped = printed("{'job': {'job_id': 'j', 'resumable': true, 'progress': {"
                            " 'operation': 'plex_historical', 'status': 'cancelled',"
                            " 'total_records': 3}},"
                            " 'receipt': {'by_reason': [], 'not_reached': 3}}");
    assert_says(stopped, "Sync stopped: what was stored stays\n");
    assert_says(stopped, "plex sync --resume goes on with them\n");
    OWNED(free_text)
    char *other = printed("{'job': {'job_id': 'j', 'resumable': true, 'progress': {"
                          " 'operation': 'server_sync', 'status': 'cancelled',"
                          " 'total_records': 3}},"
                          " 'receipt': {'by_reason': [], 'not_reached': 3}}");
    assert_null(strstr(other, "--resume")); /* no command runs it */
}

static void nothing_is_counted_where_there_was_nothing(void **state)
{
    (void)state;
    OWNED(free_text)
    char *empty = printed("{'job': {'job_id': 'j', 'progress': {'operation': 'tautulli_import', "
                          "'status': 'completed'}},"
                          " 'receipt': {'warnings': ['This database holds no plays']}}");
    assert_string_equal(empty, "Completed: there was nothing to import\n  job j\n"
                               "  note: This database holds no plays\n");
    OWNED(free_text)
    char *failed = printed(
        "{'job': {'job_id': 'j', 'progress': {'operation': 'tautulli_import', 'status': 'error',"
        "  'error_code': 'ARCHIVE_REFUSED', 'error': 'This archive is damaged'}},"
        " 'receipt': {'by_reason': []}}");
    assert_says(failed,
                "Failed before anything was imported\n  job j\n  This archive is damaged.\n");
    assert_null(strstr(failed, "source rows"));
}

static void every_kind_of_change_fits_a_terminal_of_80_columns(void **state)
{
    static const char *const kinds[] = {
#define CHANGE(kind, completed, otherwise) #kind,
#include "proto/schema/changes.def"
#undef CHANGE
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        char text[512];
        (void)snprintf(text, sizeof(text),
                       "{'job': {'job_id': 'j', 'progress': {'operation': 'tautulli_import', "
                       "'status': 'completed', 'dry_run': true}},"
                       " 'receipt': {'completed': [{'key': '%s', 'n': 1000000}],"
                       " 'changed': [{'key': '%s', 'n': 1000000}]}}",
                       kinds[i], kinds[i]);
        OWNED(free_text) char *receipt = printed(text);
        char *rest = NULL;
        for (char *line = strtok_r(receipt, "\n", &rest); line != NULL;
             line = strtok_r(NULL, "\n", &rest)) {
            assert_true(text_cells(line) < 80);
        }
    }
}

int main(void)
{
    assert_non_null(setlocale(LC_CTYPE, "C.UTF-8"));
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            what_was_completed_and_what_is_otherwise_is_said_of_some_of_the_duplicates),
        cmocka_unit_test(kinds_of_changes_are_said_in_words_for_one_row_and_for_many),
        cmocka_unit_test(a_dry_run_says_what_would_happen),
        cmocka_unit_test(one_duplicate_that_says_otherwise_stands_beside_their_number),
        cmocka_unit_test(
            the_warnings_of_the_source_stand_above_the_totals_and_cannot_harm_the_terminal),
        cmocka_unit_test(a_stopped_import_says_how_many_rows_were_not_reached),
        cmocka_unit_test(
            a_failed_import_begins_with_why_and_offers_no_resume_where_it_ends_at_damage),
        cmocka_unit_test(another_operation_is_called_by_the_words_of_its_row),
        cmocka_unit_test(nothing_is_counted_where_there_was_nothing),
        cmocka_unit_test(every_kind_of_change_fits_a_terminal_of_80_columns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

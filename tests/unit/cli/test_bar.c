/* SPDX-License-Identifier: MIT
 * test_bar.c - what is written on stderr while a job runs. */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "actors/cli/bar.h"
#include "actors/cli/table.h"
#include "proto/base/own.h"

static json_t *stats_of(const char *phase, const char *message)
{
    return json_pack("{s:s, s:s, s:s, s:f, s:i, s:i}", "operation", "tautulli_import", "phase",
                     phase, "message", message, "progress_percent", 50.0, "processed_records",
                     500000, "total_records", 1000000);
}

/* Shows the stats one after the other; what that wrote on stderr, for free. */
static char *shown(struct bar *bar, json_t *const *stats, size_t count)
{
    char *bytes = calloc(1, 8192);
    FILE *file = tmpfile();
    int stderr_before = dup(STDERR_FILENO);
    assert_non_null(bytes);
    assert_non_null(file);
    (void)fflush(stderr);
    (void)dup2(fileno(file), STDERR_FILENO);
    for (size_t i = 0; i < count; i++) {
        bar_show(bar, stats[i]);
    }
    (void)fflush(stderr);
    (void)dup2(stderr_before, STDERR_FILENO);
    (void)close(stderr_before);
    rewind(file);
    assert_true(fread(bytes, 1, 8191, file) > 0);
    (void)fclose(file);
    for (size_t i = 0; i < count; i++) {
        json_decref(stats[i]);
    }
    return bytes;
}

static const char warning[] = "The -wal of /srv/tautulli/\033tautulli.db is missing; what was "
                              "written last may be missing too";
static const char printed[] =
    "The -wal of /srv/tautulli/?tautulli.db is missing; what was written last may be missing too\n";

static void what_the_source_is_like_stands_once_above_the_bar(void **state)
{
    (void)state;
    struct bar bar;
    bar_init(&bar);
    bar.terminal = true;
    json_t *const stats[] = {stats_of("planning", ""), stats_of("importing", warning),
                             stats_of("importing", warning)};
    OWNED(free_text) char *text = shown(&bar, stats, COUNT_OF(stats));
    char *above = strstr(text, printed);
    assert_non_null(above);
    assert_null(strstr(above + 1, "The -wal"));
    /* The bar that was there is gone, and stands below, in one line of 80 columns. */
    assert_memory_equal(above - 4, "\r\033[K", 4);
    char *bar_line = above + strlen(printed);
    assert_memory_equal(bar_line, "\rimporting [", 12);
    *strstr(bar_line, "\033[K") = '\0';
    assert_in_range(text_cells(bar_line + 1), 20, 79);
}

static json_t *stats_at(double percent, int done, int rate, int seconds, int rejected)
{
    return json_pack("{s:s, s:s, s:f, s:i, s:i, s:i, s:i, s:i, s:i}", "operation",
                     "tautulli_import", "phase", "importing", "progress_percent", percent,
                     "processed_records", done, "total_records", 200000, "records_per_second", rate,
                     "estimated_remaining_seconds", seconds, "imported_records", done - rejected,
                     "error_count", rejected);
}

static void the_bar_stays_as_wide_as_it_is_while_the_figures_grow(void **state)
{
    (void)state;
    struct bar bar;
    size_t drawn = 0;
    bar_init(&bar);
    bar.terminal = true;
    json_t *const stats[] = {stats_at(0.1, 200, 0, 0, 0), stats_at(9.0, 18000, 98765, 2, 17),
                             stats_at(100.0, 200000, 126000, 754, 10164)};
    OWNED(free_text) char *text = shown(&bar, stats, COUNT_OF(stats));
    size_t cells = strcspn(strchr(text, '['), "]");
    assert_true(cells > 5);
    for (const char *at = text; (at = strstr(at, "importing [")) != NULL; at++, drawn++) {
        assert_memory_equal(strchr(at, '[') + cells, "] ", 2);
    }
    assert_int_equal(drawn, COUNT_OF(stats));
}

static void without_a_terminal_it_is_a_line_like_the_others(void **state)
{
    (void)state;
    struct bar bar;
    bar_init(&bar);
    bar.terminal = false;
    json_t *const stats[] = {stats_of("importing", warning), stats_of("importing", warning)};
    OWNED(free_text) char *text = shown(&bar, stats, COUNT_OF(stats));
    assert_memory_equal(text, printed, strlen(printed));
    assert_memory_equal(text + strlen(printed), "importing: ", 11);
    assert_null(strchr(text, '\033'));
}

static void what_it_waits_for_is_not_said_above(void **state)
{
    (void)state;
    struct bar bar;
    bar_init(&bar);
    bar.terminal = true;
    json_t *const stats[] = {stats_of("waiting", "The database is locked")};
    OWNED(free_text) char *text = shown(&bar, stats, COUNT_OF(stats));
    assert_null(strstr(text, "locked"));
}

int main(void)
{
    assert_non_null(setlocale(LC_CTYPE, "C.UTF-8"));
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_the_source_is_like_stands_once_above_the_bar),
        cmocka_unit_test(the_bar_stays_as_wide_as_it_is_while_the_figures_grow),
        cmocka_unit_test(without_a_terminal_it_is_a_line_like_the_others),
        cmocka_unit_test(what_it_waits_for_is_not_said_above),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

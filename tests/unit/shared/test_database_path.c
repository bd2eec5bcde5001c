/* SPDX-License-Identifier: MIT
 * test_database_path.c - the line that saves what can be read of a database names that database. */
#include "actors/shared/database_path.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define TO_SED " .dump | sed 's/^ROLLBACK.*/COMMIT;/' | sqlite3 "

static void the_line_names_the_file_and_another_beside_it(void **state)
{
    static const char *const lines[][2] = {
        {"/srv/damaged2.db", "sqlite3 /srv/damaged2.db" TO_SED "/srv/damaged2-mended.db"},
        {"/srv/it's my.db", "sqlite3 '/srv/it'\\''s my.db'" TO_SED "'/srv/it'\\''s my-mended.db'"},
        {"/srv/v2.1/plain", "sqlite3 /srv/v2.1/plain" TO_SED "/srv/v2.1/plain-mended.db"},
        {"/data/uploads/0123456789ab-my.db", "sqlite3 my.db" TO_SED "my-mended.db"},
        {"/srv/backup.zip", "sqlite3 tautulli.db" TO_SED "mended.db"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        char line[MENDING_COMMAND_SIZE];
        char words[MENDING_SIZE];
        mending_command(lines[i][0], line);
        assert_string_equal(line, lines[i][1]);
        mending_words(lines[i][0], words);
        assert_non_null(strstr(words, lines[i][1]));
    }
}

static void a_path_of_any_length_leaves_a_whole_line(void **state)
{
    char path[4096];
    char line[MENDING_COMMAND_SIZE];
    (void)state;
    for (size_t size = 300; size < sizeof path - 1; size += 100) {
        memset(path, '\'', size);
        path[0] = '/';
        path[size] = '\0';
        mending_command(path, line);
        assert_string_equal(line, "sqlite3 tautulli.db" TO_SED "mended.db");
    }
}

static void only_an_upload_has_a_name_of_its_own(void **state)
{
    (void)state;
    assert_string_equal(upload_name("/data/uploads/0123456789ab-my.db"), "my.db");
    assert_null(upload_name("/data/uploads/my.db"));
    assert_null(upload_name("/data/0123456789ab-my.db"));
    assert_string_equal(database_name("/data/uploads/my.db"), "/data/uploads/my.db");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_line_names_the_file_and_another_beside_it),
        cmocka_unit_test(a_path_of_any_length_leaves_a_whole_line),
        cmocka_unit_test(only_an_upload_has_a_name_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

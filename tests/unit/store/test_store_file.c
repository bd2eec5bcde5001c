/* SPDX-License-Identifier: MIT
 * test_store_file.c - what is opened, what is refused, and what is made anew. */
#include "proto/store/store_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "proto/store/health.h"
#include "proto/store/sqlite.h"

static const struct migration steps[] = {{.sql = "CREATE TABLE t (a)"}};

static int enter(void **state)
{
    static char place[64];
    snprintf(place, sizeof place, "/tmp/playbus-store-XXXXXX");
    *state = place;
    return mkdtemp(place) != NULL && chdir(place) == 0 ? 0 : -1;
}

static int leave(void **state)
{
    char command[128];
    snprintf(command, sizeof command, "rm -r %s", (const char *)*state);
    return chdir("/") == 0 ? system(command) : -1;
}

static enum err open_store(void)
{
    OWNED(db_close) sqlite3 *db = NULL;
    return store_file_open("a.db", "PRAGMA journal_mode=WAL", steps, 1, &db);
}

static void fill(const char *text, int times)
{
    FILE *file = fopen("a.db", "w");
    assert_non_null(file);
    for (int i = 0; i < times; i++) {
        fputs(text, file);
    }
    fclose(file);
}

static void a_new_one_is_made_and_marked(void **state)
{
    (void)state;
    assert_int_equal(open_store(), OK);
    assert_int_equal(access("a.db.made", F_OK), 0);
    assert_int_equal(open_store(), OK);
}

static void one_that_was_emptied_or_removed_is_lost_until_its_mark_is_removed(void **state)
{
    (void)state;
    assert_int_equal(open_store(), OK);
    fill("", 0);
    assert_int_equal(open_store(), ERR_STORE_LOST);
    assert_string_equal(err_about_text(), "a.db");
    unlink("a.db");
    assert_int_equal(open_store(), ERR_STORE_LOST);
    assert_int_not_equal(access("a.db", F_OK), 0);
    unlink("a.db.made");
    assert_int_equal(open_store(), OK);
}

static void garbage_and_the_databases_of_others_are_damaged(void **state)
{
    (void)state;
    char finding[HEALTH_TEXT_SIZE];
    fill("no database ", 1000);
    assert_int_equal(open_store(), ERR_STORE_DAMAGED);
    assert_non_null(strstr(err_about_text(), "a.db: "));
    assert_int_equal(health_check("a.db", finding), ERR_STORE_DAMAGED);
    unlink("a.db");
    OWNED(db_close) sqlite3 *db = NULL;
    assert_int_equal(db_open_writer("a.db", &db), OK);
    assert_int_equal(db_exec(db, "CREATE TABLE other (a)"), OK);
    assert_int_equal(open_store(), ERR_STORE_DAMAGED);
}

static void a_reference_to_nothing_is_found(void **state)
{
    (void)state;
    char finding[HEALTH_TEXT_SIZE];
    OWNED(db_close) sqlite3 *db = NULL;
    assert_int_equal(db_open_writer("a.db", &db), OK);
    assert_int_equal(db_exec(db, "CREATE TABLE p (a PRIMARY KEY); CREATE TABLE c (a REFERENCES p)"),
                     OK);
    assert_int_equal(health_check("a.db", finding), OK);
    assert_int_equal(db_exec(db, "INSERT INTO c VALUES (7)"), OK);
    assert_int_equal(health_check("a.db", finding), ERR_STORE_DAMAGED);
    assert_non_null(strstr(finding, "row of c"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_new_one_is_made_and_marked, enter, leave),
        cmocka_unit_test_setup_teardown(
            one_that_was_emptied_or_removed_is_lost_until_its_mark_is_removed, enter, leave),
        cmocka_unit_test_setup_teardown(garbage_and_the_databases_of_others_are_damaged, enter,
                                        leave),
        cmocka_unit_test_setup_teardown(a_reference_to_nothing_is_found, enter, leave),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT
 * test_source_found.c - which database a worker on another machine takes for that of a lease, and
 * what it says where there is none. */
#include "actors/tautulli/source_found.h"
#include "tests/unit/tautulli/fixture.h"

#include "actors/tautulli/rows_sum.h"
#include "actors/tautulli/worker_read.h"

/* A database that is meant, and the lease of its rows; the folder `films` is allowed. */
static struct config *begin(struct fixture *f, struct lease_taken *lease)
{
    struct config *config = NULL;
    struct rows_sum sum;
    char path[160];
    fixture_make(f, SCHEMA_V2_17_2, 50);
    assert_int_equal(fixture_open(f), OK);
    assert_int_equal(rows_sum(f->source, 1, 50, &sum), OK);
    *lease = (struct lease_taken){.job_id = "job", .path = "", .server_id = "server"};
    PUT(lease, attempt, 1);
    PUT(lease, first_id, 1);
    PUT(lease, last_id, 50);
    PUT(lease, planned_at, clock_wall_ms());
    PUT(lease, checked_from, 1);
    PUT(lease, checked_rows, sum.rows);
    PUT(lease, checksum, sum.sum);
    (void)snprintf(path, sizeof(path), "%s/films", f->folder);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_int_equal(setenv("PLAYBUS_IMPORT_ALLOWED_DIRS", path, 1), 0);
    (void)snprintf(path, sizeof(path), "%s/data", f->folder);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_int_equal(config_open(path, &config), OK);
    return config;
}

static void put(struct fixture *f, const char *name, uint64_t seed)
{
    char path[160];
    (void)snprintf(path, sizeof(path), "%s/films/%s", f->folder, name);
    struct tautulli_plan plan = tautulli_plan_default(path);
    plan.schema = SCHEMA_V2_17_2;
    plan.rows = 50;
    plan.seed = seed != 0 ? seed : plan.seed;
    assert_int_equal(tautulli_make(&plan, NULL, NULL), OK);
}

static void put_bytes(struct fixture *f, const char *name, const char *head)
{
    char path[160];
    char bytes[200] = {0};
    (void)snprintf(path, sizeof(path), "%s/films/%s", f->folder, name);
    (void)snprintf(bytes, sizeof(bytes), "%s", head);
    fixture_write(path, bytes, sizeof(bytes));
}

static void the_rows_tell_which_it_is(void **state)
{
    struct fixture *f = *state;
    struct lease_taken lease;
    OWNED(source_close) struct source *s = NULL;
    struct config *config = begin(f, &lease);
    put(f, "tautulli.db", 4711);
    put(f, "whatever.bak", 0);
    assert_int_equal(source_find(config, &lease, f->arena, &s, &f->why), OK);
    assert_non_null(strstr(source_path(s), "/films/whatever.bak"));
    config_close(&config);
}

static void what_could_not_be_read_is_said_and_packed_ones_are_passed_over(void **state)
{
    struct fixture *f = *state;
    struct lease_taken lease;
    struct source *s = NULL;
    struct config *config = begin(f, &lease);
    for (int i = 0; i < 40; i++) {
        char name[32];
        (void)snprintf(name, sizeof(name), "backup-%d.zip", i);
        put_bytes(f, name, "PK\3\4");
    }
    put(f, "other.db", 4711);
    put_bytes(f, "broken.db", "SQLite format 3");
    assert_int_equal(source_find(config, &lease, f->arena, &s, &f->why), ERR_ROWS_NOT_HERE);
    assert_non_null(strstr(f->why.text, "None of 1 databases"));
    assert_non_null(strstr(f->why.text, "; 1 could not be read, the last: "));
    assert_null(strstr(f->why.text, "no time"));
    config_close(&config);
}

static void file_systems_of_others_are_known(void **state)
{
    (void)state;
    assert_true(source_is_far_system(0x6969));
    assert_true(source_is_far_system(0x65735546));
    assert_true(source_is_far_system((int64_t)(int32_t)0xff534d42)); /* where it is a signed word */
    assert_true(source_is_far_system(0x786f4256));                   /* vboxsf */
    assert_true(source_is_far_system(0x7461636f));                   /* ocfs2 */
    assert_false(source_is_far_system(0xef53));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_rows_tell_which_it_is, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(
            what_could_not_be_read_is_said_and_packed_ones_are_passed_over, fixture_setup,
            fixture_teardown),
        cmocka_unit_test(file_systems_of_others_are_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

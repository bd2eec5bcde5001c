/* SPDX-License-Identifier: MIT
 * test_sync_plex.c - what a sync of a Plex server plans beside the rows of its history. */
#include "actors/server_sync/sync.h"
#include "actors/server_sync/watched_plays.h"
#include "actors/shared/plex/plex_job.h"

#include "tests/unit/server_sync/place.h"

#define BEGIN INT64_C(1777665600000)

static struct servers *servers;

static int enter(void **state)
{
    const struct server_add row = {
        .id = "one", .name = "Home", .address = "http://media.example:32400"};
    int e = place_enter(state);
    return e == 0 && servers_open(&servers) == OK && servers_add(servers, &row) == OK ? 0 : -1;
}

static int leave(void **state)
{
    servers_close(&servers);
    return place_leave(state);
}

static void keep_seen(size_t count)
{
    struct watched_play seen[2] = {{.key = "1:1001:7",
                                    .user = "1",
                                    .item = "1001",
                                    .started_at = BEGIN,
                                    .seen_at = BEGIN + 60000,
                                    .begin_seen = true}};
    seen[1] = seen[0];
    const struct watched_server server = {servers, "one", "machine"};
    const struct watched_plays none = {0};
    const struct watched_plays ended = {.items = seen, .count = count};
    assert_int_equal(watched_plays_keep(&server, &none, &ended, BEGIN + 60000), OK);
}

static uint64_t planned(uint64_t rows)
{
    struct sync sync = {.servers = servers, .id = "one"};
    struct job_plan plan = {0};
    struct runner_job *job = calloc(1, sync_reader_plex.job_size);
    job->runner = &sync.runner;
    sync_reader_plex.init(job);
    plex_job_of(job)->identity = "machine";
    plex_job_of(job)->total = rows;
    sync_reader_plex.fill_plan(job, &plan);
    sync_reader_plex.release(job);
    free(job);
    return plan.total;
}

static void what_was_seen_is_planned_and_never_makes_a_count_of_none(void **state)
{
    (void)state;
    assert_int_equal(planned(0), 0);
    keep_seen(2);
    assert_int_equal(planned(0), 2);
    assert_int_equal(planned(7), 9);
    assert_int_equal(planned(1), 1); /* not counted */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_was_seen_is_planned_and_never_makes_a_count_of_none,
                                        enter, leave),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

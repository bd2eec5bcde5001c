/* SPDX-License-Identifier: MIT
 * test_families.c - how many rows have to agree before two files are one source. */
#include "tests/unit/history/fixture.h"

#include "actors/history/families.h"

#define KEY(id, start)                                  \
    {                                                   \
        .native_id.number = (id), .started_at = (start) \
    }

static void store_three(struct fixture *f)
{
    struct active_job *active = fixture_planned_job(f, "job-1", 1, 9, 3);
    struct batch_maker b = {.first_id = 1, .last_id = 9, .planned = 3};
    maker_play(&b, 1, 1000, "alice");
    maker_play(&b, 2, 2000, "alice");
    maker_play(&b, 3, 3000, "alice");
    fixture_commit(f, active, &b, OK);
}

static size_t members(struct fixture *f, const struct file_rows *file)
{
    struct members found;
    assert_int_equal(family_match(f->h->store->db, source_kind_tautulli, file, &found), OK);
    return found.count;
}

static void one_row_that_agrees_by_chance_proves_nothing(void **state)
{
    struct fixture *f = *state;
    store_three(f);
    const struct row_key rows[] = {KEY(1, 1000), KEY(2, 2500), KEY(9, 9000)};
    const struct file_rows file = {.samples = rows, .samples_count = 3};
    assert_int_equal(members(f, &file), 0);
    /* found the other way round, it is the same row still */
    const struct file_rows both = {
        .samples = rows, .samples_count = 3, .found = rows, .found_count = 1};
    assert_int_equal(members(f, &both), 0);
}

static void two_rows_prove_it_whatever_the_others_say(void **state)
{
    struct fixture *f = *state;
    store_three(f);
    const struct row_key rows[] = {KEY(1, 1000), KEY(2, 2500), KEY(9, 9000)};
    const struct row_key found[] = {KEY(3, 3000)};
    const struct file_rows file = {
        .samples = rows, .samples_count = 3, .found = found, .found_count = 1};
    assert_int_equal(members(f, &file), 1);
}

static void one_row_is_enough_where_either_side_has_no_more(void **state)
{
    struct fixture *f = *state;
    store_three(f);
    const struct row_key single[] = {KEY(2, 2000)};
    const struct file_rows file = {.samples = single, .samples_count = 1};
    assert_int_equal(members(f, &file), 1);
    assert_int_equal(db_exec(f->h->store->db, "DELETE FROM plays WHERE native_id <> 3"), OK);
    const struct row_key rows[] = {KEY(1, 1000), KEY(2, 2500), KEY(3, 3000)};
    const struct file_rows whole = {.samples = rows, .samples_count = 3};
    assert_int_equal(members(f, &whole), 1);
}

static void joined_families_count_what_two_members_have(void **state)
{
    struct fixture *f = *state;
    store_three(f);
    assert_int_equal(
        db_exec(f->h->store->db,
                "INSERT INTO sources (no, kind, server_id, family, created_at) VALUES (7, 0, 's', "
                "7, 0);"
                "INSERT INTO plays (id, source_id, native_id, started_at, content_hash)"
                " SELECT id + 100, 7, native_id, started_at, 1 FROM plays WHERE native_id > 1;"
                "INSERT INTO plays (id, source_id, native_id, started_at, content_hash)"
                " VALUES (200, 7, 50, 50000, 1)"),
        OK);
    assert_int_equal(families_find(f->h->store->db), OK);
    uint64_t doubled = 0;
    assert_int_equal(family_doubled(f->h->store->db, NULL, &doubled), OK);
    assert_int_equal(doubled, 2);
    assert_int_equal(fixture_number(f, "SELECT count(DISTINCT family) FROM sources"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(one_row_that_agrees_by_chance_proves_nothing),
        FIXTURE_TEST(two_rows_prove_it_whatever_the_others_say),
        FIXTURE_TEST(one_row_is_enough_where_either_side_has_no_more),
        FIXTURE_TEST(joined_families_count_what_two_members_have),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

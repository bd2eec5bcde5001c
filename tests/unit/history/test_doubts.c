/* SPDX-License-Identifier: MIT
 * test_doubts.c - what is not completed, and what begins anew, because of a worker that is doubted.
 */
#include "tests/unit/history/fixture.h"

#include "actors/history/doubts.h"

static struct doubts about(struct fixture *f, const char *job_id)
{
    struct doubts d = {.h = f->h};
    d.items[3] = (struct doubt){.place = {.first_id = 5, .last_id = 9}, .worker = "w#1.1"};
    (void)snprintf(d.items[3].job_id, sizeof(d.items[3].job_id), "%s", job_id);
    return d;
}

static void a_job_is_not_completed_before_a_doubt_about_it_is_settled(void **state)
{
    struct fixture *f = *state;
    struct doubts d = about(f, "job-1");
    assert_true(doubts_hold(&d, "job-1"));
    assert_false(doubts_hold(&d, "job-2"));
    d.items[3].judged = true; /* it lied, and nothing of it is stored */
    assert_false(doubts_hold(&d, "job-1"));
    d.items[3].stored = 1;
    assert_true(doubts_hold(&d, "job-1")); /* it ends otherwise */
}

static void a_job_is_to_begin_anew_that_has_rows_of_a_liar(void **state)
{
    struct fixture *f = *state;
    struct doubts d = about(f, "job-1");
    struct active_job *active = fixture_planned_job(f, "job-1", 1, 10, 10);
    struct active_job *spoilt = NULL;
    d.items[3].stored = 4;
    assert_null(doubts_spoilt(&d, &spoilt)); /* nobody said yet that it lied */
    d.items[3].judged = true;
    assert_ptr_equal(doubts_spoilt(&d, &spoilt), &d.items[3]);
    assert_ptr_equal(spoilt, active);
    fixture_stop_import(f);
    assert_null(doubts_spoilt(&d, &spoilt));
}

/* Made by a version that had no doubts, too. */
static void the_next_process_has_the_doubts_of_jobs_that_may_go_on(void **state)
{
    struct fixture *f = *state;
    struct doubts d;
    char copy[128];
    fixture_planned_job(f, "job-1", 1, 10, 10);
    assert_int_equal(db_exec(f->h->store->db, "DROP TABLE doubts; PRAGMA user_version = 10"), OK);
    fixture_reopen(f);
    snprintf(copy, sizeof copy, "%s.before-10", f->path);
    assert_int_equal(access(copy, F_OK), 0);
    assert_int_equal(db_exec(f->h->store->db,
                             "INSERT INTO doubts SELECT no, 'w#1.1', 5, 9, zeroblob(16),"
                             " zeroblob(32) FROM jobs"),
                     OK);
    assert_int_equal(doubts_load(&d, f->h), OK);
    assert_true(doubts_hold(&d, "job-1"));
    assert_int_equal(d.items[0].place.last_id, 9);
    fixture_stop_import(f);
    assert_int_equal(db_exec(f->h->store->db, "UPDATE jobs SET resumable = 0"), OK);
    assert_int_equal(doubts_load(&d, f->h), OK);
    assert_false(doubts_hold(&d, "job-1"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(a_job_is_not_completed_before_a_doubt_about_it_is_settled),
        FIXTURE_TEST(a_job_is_to_begin_anew_that_has_rows_of_a_liar),
        FIXTURE_TEST(the_next_process_has_the_doubts_of_jobs_that_may_go_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

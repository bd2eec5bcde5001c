/* SPDX-License-Identifier: MIT
 * test_doubts.c - what is not completed, and what ends, because of a worker that is doubted. */
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

static void a_job_ends_that_has_rows_of_a_liar(void **state)
{
    struct fixture *f = *state;
    char text[LIED_TEXT_SIZE];
    struct doubts d = about(f, "job-1");
    struct active_job *active = fixture_planned_job(f, "job-1", 1, 10, 10);
    d.items[3].stored = 4;
    assert_null(doubts_spoilt(&d, text)); /* nobody said yet that it lied */
    d.items[3].judged = true;
    assert_ptr_equal(doubts_spoilt(&d, text), active);
    assert_non_null(strstr(text, "up to id 9, and 4 of its rows"));
    fixture_stop_import(f);
    assert_null(doubts_spoilt(&d, text));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(a_job_is_not_completed_before_a_doubt_about_it_is_settled),
        FIXTURE_TEST(a_job_ends_that_has_rows_of_a_liar),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

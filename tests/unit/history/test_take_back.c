/* SPDX-License-Identifier: MIT
 * test_take_back.c - a job that has rows of a liar: what it stored goes, what was there before is
 * as before, and read again the job is what an honest one is. */
#include "tests/unit/history/fixture.h"

#include "actors/history/take_back.h"

enum { BEFORE = 10, ROWS = 20 };

/* Rows first..last; with `lies` each says something else than it should. */
static void deliver(struct fixture *f, struct active_job *active, int64_t first, int64_t last,
                    bool lies)
{
    struct batch_maker b = {
        .first_id = first, .last_id = last, .planned = (uint64_t)(last - first + 1)};
    for (int64_t id = first; id <= last; id++) {
        struct play play = maker_base(id, id * 1000, "alice", id * 10 + lies);
        play.title = lies ? "No such film" : "A film";
        if (id == 13 && !lies) {
            maker_reject(&b, id, "no_start");
        } else {
            maker_row(&b, &play);
        }
    }
    fixture_commit(f, active, &b, OK);
}

static void import_first(struct fixture *f)
{
    deliver(f, fixture_planned_job(f, "before", 1, BEFORE, BEFORE), 1, BEFORE, false);
}

static char *dump(struct fixture *f, const char *sql)
{
    OWNED(stmt_finalize) sqlite3_stmt *list = NULL;
    bool row = true;
    char *all = arena_keep(f->arena, "");
    assert_int_equal(db_prepare(f->h->store->db, sql, &list), OK);
    while (stmt_row(list, &row) == OK && row) {
        all = arena_format(f->arena, "%s%s\n", all, row_text(list, 0));
    }
    return all;
}

static char *plays(struct fixture *f)
{
    return dump(f, "SELECT native_id || ' ' || started_at || ' ' || title || ' ' || content_hash"
                   " || ' ' || (SELECT job_id FROM jobs WHERE no = job_no) FROM plays ORDER BY 1");
}

static char *receipt(struct fixture *f)
{
    return dump(f, "SELECT dimension || ' ' || key || ' ' || outcome || ' ' || n FROM job_counts"
                   " WHERE job_no = (SELECT no FROM jobs WHERE job_id = 'job') ORDER BY 1");
}

static void again(struct fixture *f)
{
    fixture_reopen(f);
    assert_int_equal(take_back_load(f->h), OK);
}

static struct active_job *take_all_back(struct fixture *f)
{
    bool more = true;
    while (more) {
        again(f);
        assert_int_equal(take_back_step(f->h, &more), OK);
    }
    again(f);
    assert_int_equal(f->h->take_back.job_no, 0);
    return active_job_by_id(f->h, "job");
}

/* A job of which a liar delivered the first rows. */
static struct active_job *spoilt(struct fixture *f)
{
    struct active_job *active = fixture_planned_job(f, "job", 1, ROWS, ROWS);
    deliver(f, active, 1, 15, true);
    fixture_tick(f, 100);
    assert_int_equal(take_back_begin(f->h, active, "import-worker#k.1", 15, f->now), OK);
    return active;
}

static void read_again(struct fixture *f, struct active_job *active)
{
    struct job_plan plan = fixture_plan(f, "job", 1, ROWS, ROWS);
    struct job_planned planned;
    plan.attempt = active->job.attempt;
    assert_int_equal(lifecycle_plan(f->h, &plan, f->now, f->arena, &planned), OK);
    deliver(f, active, 1, 7, false);
    deliver(f, active, 8, ROWS, false);
    assert_int_equal(active->job.status, status_completed);
}

static void it_begins_anew_and_is_in_the_end_what_an_honest_one_is(void **state)
{
    struct fixture *f = *state;
    struct fixture *honest = NULL;
    import_first(f);
    const char *before = plays(f);
    const struct active_job *active = spoilt(f);
    assert_int_equal(active->job.attempt, 2);
    assert_int_equal(active->job.imported + active->job.duplicate, 0);
    assert_int_equal(fixture_number(f, "SELECT count(*) FROM audit_outbox"), 2);
    struct active_job *anew = take_all_back(f);
    assert_string_equal(plays(f), before);
    assert_int_equal(fixture_number(f, "SELECT count(*) FROM row_versions"), 0);
    read_again(f, anew);

    assert_int_equal(fixture_open((void **)&honest), 0);
    import_first(honest);
    deliver(honest, fixture_planned_job(honest, "job", 1, ROWS, ROWS), 1, ROWS, false);
    assert_string_equal(plays(f), plays(honest));
    assert_string_equal(receipt(f), receipt(honest));
    assert_int_equal(anew->job.imported, ROWS - BEFORE - 1);
    assert_int_equal(fixture_number(f, "SELECT count(*) FROM notes"), 1);
    assert_int_equal(fixture_number(f, "SELECT count(*) FROM sources"), 1);
    assert_int_equal(fixture_close((void **)&honest), 0);
}

static void of_the_first_job_of_a_source_nothing_is_left_not_even_items(void **state)
{
    struct fixture *f = *state;
    (void)spoilt(f);
    struct active_job *anew = take_all_back(f);
    assert_int_equal(fixture_number(f, "SELECT count(*) FROM plays"), 0);
    assert_int_equal(fixture_number(f, "SELECT count(*) FROM items"), 0);
    read_again(f, anew);
    assert_int_equal(fixture_number(f, "SELECT count(*) FROM sources"), 1);
    assert_int_equal(fixture_number(f, "SELECT sum(plays) FROM sources"), ROWS - 1);
}

static void until_then_it_is_not_planned_and_no_other_begins(void **state)
{
    struct fixture *f = *state;
    struct job_create ask = fixture_start(f, "other");
    struct job_plan plan = fixture_plan(f, "job", 1, ROWS, ROWS);
    struct job_planned planned;
    struct job_created made;
    struct refusal why = {0};
    (void)spoilt(f);
    plan.attempt = 2;
    assert_int_equal(lifecycle_plan(f->h, &plan, f->now, f->arena, &planned), ERR_BUSY);
    fixture_stop_import(f);
    again(f);
    assert_int_equal(lifecycle_create(f->h, &ask, f->now, f->arena, &made, &why),
                     ERR_IMPORT_RUNNING);
    (void)take_all_back(f);
    assert_int_equal(lifecycle_create(f->h, &ask, f->now, f->arena, &made, &why), OK);
}

static void of_a_dry_run_what_it_kept_goes(void **state)
{
    struct fixture *f = *state;
    f->dry_run = true;
    (void)spoilt(f);
    struct active_job *anew = take_all_back(f);
    assert_int_equal(fixture_number(f, "SELECT count(*) FROM dry_keys"), 0);
    read_again(f, anew);
    assert_int_equal(anew->job.imported, ROWS - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(it_begins_anew_and_is_in_the_end_what_an_honest_one_is),
        FIXTURE_TEST(of_the_first_job_of_a_source_nothing_is_left_not_even_items),
        FIXTURE_TEST(until_then_it_is_not_planned_and_no_other_begins),
        FIXTURE_TEST(of_a_dry_run_what_it_kept_goes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT
 * test_notes.c - rejected rows of repeated jobs: kept once, within a limit, and told truly. */
#include "tests/unit/history/fixture.h"

#include "actors/history/note_contents.h"
#include "actors/history/query.h"

/* A job over two rows, both rejected; `code` is that of the second. */
static void reject_two(struct fixture *f, const char *job_id, const char *code)
{
    struct active_job *active = fixture_planned_job(f, job_id, 1, 2, 2);
    struct batch_maker b = {.first_id = 1, .last_id = 2, .planned = 2};
    maker_reject(&b, 1, "USER_MISSING");
    maker_reject(&b, 2, code);
    fixture_commit(f, active, &b, OK);
    assert_int_equal(active->job.status, status_completed);
}

static int64_t contents(const struct fixture *f)
{
    return fixture_number(f, "SELECT count(*) FROM note_contents");
}

/* As a query finds them: how many rejected rows, and whether the receipt speaks of missing ones.
 */
static size_t listed(const struct fixture *f, const char *job_id, const char **out_warning)
{
    OWNED(db_close) sqlite3 *db = NULL;
    assert_int_equal(db_open_reader(f->path, &db), OK);
    struct reader r = {.db = db, .arena = f->arena};
    struct notes_list ask = {.job_id = job_id};
    struct notes_listed page = {0};
    struct job_get get = {.job_id = job_id};
    struct job_got got = {0};
    assert_int_equal(query_notes(&r, &ask, &page), OK);
    assert_int_equal(query_job(&r, &get, &got), OK);
    *out_warning = got.receipt.warnings_count > 0 ? got.receipt.warnings[0] : NULL;
    for (size_t i = 0; i < page.items_count; i++) {
        assert_string_equal(page.items[i].message, "Not good");
    }
    assert_int_equal(got.job.progress.errors_count, page.items_count);
    return page.items_count;
}

static void trim_all(struct fixture *f, int64_t max)
{
    f->h->notes_max = max;
    f->h->trim_due = true;
    for (int i = 0; i < 10; i++) {
        notes_trim(f->h);
    }
    assert_false(f->h->trim_due);
}

static void a_rejected_row_that_comes_again_is_kept_once_and_shown_with_each_job(void **state)
{
    struct fixture *f = *state;
    const char *warning = NULL;
    reject_two(f, "job-1", "STARTED_MISSING");
    f->dry_run = true;
    reject_two(f, "job-2", "STARTED_MISSING");
    f->dry_run = false;
    reject_two(f, "job-3", "STARTED_MISSING");
    assert_int_equal(contents(f), 2);
    reject_two(f, "job-4", "DATE_MISSING"); /* the same row, otherwise */
    assert_int_equal(contents(f), 3);
    for (int i = 1; i <= 4; i++) {
        assert_int_equal(listed(f, arena_format(f->arena, "job-%d", i), &warning), 2);
        assert_null(warning);
    }
}

static void beyond_the_limit_the_rows_of_the_oldest_jobs_go_and_their_receipts_say_so(void **state)
{
    struct fixture *f = *state;
    const char *warning = NULL;
    reject_two(f, "job-1", "STARTED_MISSING");
    reject_two(f, "job-2", "DATE_MISSING");
    reject_two(f, "job-3", "DATE_MISSING");
    trim_all(f, 3);
    assert_int_equal(listed(f, "job-1", &warning), 0);
    assert_string_equal(warning,
                        "2 rejected rows are counted, the raw rows of which are not kept: together "
                        "with those of other jobs they are more than history.notes_max allows");
    assert_int_equal(listed(f, "job-2", &warning), 1);
    assert_non_null(warning);
    assert_int_equal(listed(f, "job-3", &warning), 2);
    assert_null(warning);
    assert_int_equal(contents(f), 2); /* with the last that told of it a content goes too */
    assert_int_equal(fixture_number(f, "SELECT sum(notes) FROM jobs"), 3);
}

static void one_job_keeps_no_more_than_the_limit_and_counts_the_others(void **state)
{
    struct fixture *f = *state;
    const char *warning = NULL;
    f->h->notes_max = 1;
    reject_two(f, "job-1", "STARTED_MISSING");
    assert_int_equal(listed(f, "job-1", &warning), 1);
    assert_non_null(warning);
    assert_int_equal(fixture_number(f, "SELECT errors FROM jobs"), 2);
    trim_all(f, 0);
    assert_int_equal(listed(f, "job-1", &warning), 0);
    assert_int_equal(contents(f), 0);
}

/* The tables as the version before had them. */
static void put_back(struct fixture *f)
{
    assert_int_equal(
        db_exec(f->h->store->db,
                "DROP TABLE notes; DROP TABLE note_contents;"
                "CREATE TABLE notes (id INTEGER PRIMARY KEY, job_no INTEGER NOT NULL,"
                " repair INTEGER NOT NULL, record_id INTEGER NOT NULL, at INTEGER NOT NULL,"
                " code TEXT NOT NULL, message TEXT NOT NULL, raw BLOB NOT NULL);"
                "CREATE INDEX notes_job ON notes (job_no, repair, record_id)"),
        OK);
}

static void rows_that_a_version_before_kept_stay_and_are_not_kept_again(void **state)
{
    struct fixture *f = *state;
    const char *warning = NULL;
    reject_two(f, "job-1", "STARTED_MISSING");
    assert_int_equal(db_exec(f->h->store->db,
                             "CREATE TEMP TABLE was AS SELECT n.*, c.message, c.raw FROM notes n"
                             " JOIN note_contents c ON c.id = n.content"),
                     OK);
    fixture_back_to_4(f);
    put_back(f);
    assert_int_equal(db_exec(f->h->store->db,
                             "INSERT INTO notes SELECT id, job_no, repair, record_id, at, code,"
                             " message, raw FROM was; PRAGMA user_version = 3"),
                     OK);
    fixture_reopen(f);
    assert_int_equal(listed(f, "job-1", &warning), 2);
    reject_two(f, "job-2", "STARTED_MISSING");
    assert_int_equal(listed(f, "job-2", &warning), 2);
    assert_int_equal(contents(f), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(a_rejected_row_that_comes_again_is_kept_once_and_shown_with_each_job),
        FIXTURE_TEST(beyond_the_limit_the_rows_of_the_oldest_jobs_go_and_their_receipts_say_so),
        FIXTURE_TEST(one_job_keeps_no_more_than_the_limit_and_counts_the_others),
        FIXTURE_TEST(rows_that_a_version_before_kept_stay_and_are_not_kept_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

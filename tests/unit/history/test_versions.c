/* SPDX-License-Identifier: MIT
 * test_versions.c - versions of a row through the real store: what is kept of each, what the play
 * shows, and that each can be had back whole. */
#include "tests/unit/history/fixture.h"

#include "actors/history/version_body.h"

/* One row with other content, as a later import brings it. */
static struct active_job *import_row(struct fixture *f, const char *job_id, struct play *play)
{
    struct active_job *active = fixture_planned_job(f, job_id, 1, 9, 1);
    struct batch_maker b = {.first_id = 1, .last_id = 9, .planned = 1};
    maker_row(&b, play);
    fixture_commit(f, active, &b, OK);
    return active;
}

static struct play bare_play(int64_t hash)
{
    struct play play = maker_base(1, 1000, NULL, hash);
    play.title = NULL;
    play.user_id = "7";
    return play;
}

static size_t field_at(const char *name)
{
    const struct record_desc *r = desc_play();
    size_t at = 0;
    while (strcmp(r->fields[at].name, name) != 0) {
        at++;
    }
    return at;
}

/* The text of a column in the body of a version; "" if the body does not have it, NULL for nil. */
static const char *kept_text(struct fixture *f, int64_t version, const char *name)
{
    struct cell play[FOLD_COLUMNS_MAX] = {
        [0 ... FOLD_COLUMNS_MAX - 1] = {.type = CELL_STR, .bytes = ""}};
    struct cell stream[FOLD_COLUMNS_MAX] = {0};
    OWNED(db_free)
    char *sql =
        sqlite3_mprintf("SELECT body FROM row_versions WHERE version = %lld", (long long)version);
    OWNED(stmt_finalize) sqlite3_stmt *find = NULL;
    bool row = false;
    assert_int_equal(db_prepare(f->h->store->db, sql, &find), OK);
    assert_int_equal(stmt_row(find, &row), OK);
    assert_true(row);
    assert_int_equal(
        body_apply(row_bytes(find, 0), play, FOLD_COLUMNS_MAX, stream, FOLD_COLUMNS_MAX), OK);
    const struct cell *cell = &play[field_at(name)];
    return cell->type == CELL_NIL ? NULL : arena_text(f->arena, cell->bytes, cell->size);
}

static int64_t shows(struct fixture *f, const char *what)
{
    OWNED(db_free) char *sql = sqlite3_mprintf("SELECT count(*) FROM plays WHERE %s", what);
    return fixture_number(f, sql);
}

static void
each_version_is_kept_as_what_differs_and_the_play_shows_the_first_known_values(void **state)
{
    struct fixture *f = *state;
    struct play first = bare_play(1);
    import_row(f, "job-1", &first);
    assert_int_equal(fixture_number(f, "SELECT count(*) FROM row_versions"),
                     0); /* it is the play */

    struct play second = bare_play(2);
    second.title = "Second";
    second.player = "TV";
    assert_int_equal(import_row(f, "job-2", &second)->job.updated, 1);
    struct play third = bare_play(3);
    third.title = "Third";
    third.user = "carol";
    assert_int_equal(import_row(f, "job-3", &third)->job.updated, 1);
    assert_int_equal(shows(f, "title = 'Second' AND player = 'TV' AND user = 'carol'"), 1);

    assert_null(kept_text(f, 1, "title")); /* the first knew none of what was filled */
    assert_null(kept_text(f, 1, "player"));
    assert_null(kept_text(f, 1, "user"));
    assert_string_equal(kept_text(f, 2, "title"), "Second");
    assert_string_equal(kept_text(f, 2, "user"), ""); /* as in the first: nothing */
    assert_string_equal(kept_text(f, 3, "title"), "Third");
    assert_string_equal(kept_text(f, 3, "user"), "carol");

    assert_int_equal(import_row(f, "job-4", &second)->job.updated,
                     0); /* it is known by its content */
    assert_int_equal(fixture_number(f, "SELECT count(*) FROM row_versions"), 3);
}

static void each_job_keeps_which_version_it_saw(void **state)
{
    struct fixture *f = *state;
    struct play first = bare_play(1);
    struct play second = bare_play(2);
    second.title = "Second";
    import_row(f, "job-1", &first);
    import_row(f, "job-2", &second);
    import_row(f, "job-3", &first);
    OWNED(stmt_finalize) sqlite3_stmt *find = NULL;
    assert_int_equal(
        db_prepare(f->h->store->db, "SELECT runs FROM job_batches ORDER BY job_no", &find), OK);
    static const uint64_t versions[] = {1, 2, 1};
    for (size_t i = 0; i < COUNT_OF(versions); i++) {
        bool row = false;
        size_t at = 0;
        int64_t end = 0;
        struct run run;
        assert_int_equal(stmt_row(find, &row), OK);
        assert_true(row && runs_next(row_bytes(find, 0), &at, &end, &run));
        assert_int_equal(run.version, versions[i]);
        assert_int_equal(run.first_no, fixture_number(f, "SELECT id FROM plays"));
    }
}

static void a_number_is_never_given_twice(void **state)
{
    struct fixture *f = *state;
    struct play play = bare_play(1);
    import_row(f, "job-1", &play);
    int64_t no = fixture_number(f, "SELECT id FROM plays");
    assert_int_equal(db_exec(f->h->store->db, "DELETE FROM plays"), OK);
    fixture_reopen(f);
    f->samples[0] = (struct row_key){.native_id.number = 2, .started_at = 2000};
    struct play other = maker_base(2, 2000, "bob", 5);
    import_row(f, "job-2", &other);
    assert_true(fixture_number(f, "SELECT id FROM plays") > no);
}

static void figures_follow_from_the_folded_values(void **state)
{
    struct fixture *f = *state;
    struct play first = bare_play(1);
    PUT(&first, duration_ms, 100000);
    import_row(f, "job-1", &first);
    struct play second = bare_play(2);
    PUT(&second, view_offset_ms, 90000);
    PUT(&second, stopped_at, 101000);
    PUT(&second, paused_s, 30);
    import_row(f, "job-2", &second);
    assert_int_equal(
        shows(f, "percent_complete = 90 AND watched AND played_s = 70 AND time_quality = 0"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(
            each_version_is_kept_as_what_differs_and_the_play_shows_the_first_known_values),
        FIXTURE_TEST(each_job_keeps_which_version_it_saw),
        FIXTURE_TEST(a_number_is_never_given_twice),
        FIXTURE_TEST(figures_follow_from_the_folded_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT
 * test_store.c - the file itself: versions, backups, a full disk, and the reorder buffer before it.
 */
#include "tests/unit/history/fixture.h"

#include <sys/resource.h>
#include <sys/stat.h>

#include "actors/history/reorder_buffer.h"
#include "proto/store/migrations.h"

static void a_file_of_a_newer_version_is_refused_and_left_alone(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(db_exec(f->h->store->db, "PRAGMA user_version=99"), OK);
    history_close(&f->h);
    struct history *h = NULL;
    assert_int_equal(history_open(f->path, f->now, &h), ERR_STORE_NEWER);
    assert_null(h);
}

enum { STEPS_MAX = 64 };

/* Applies one step more than there are; `out_version`: what there was before. */
static enum err apply_later(struct fixture *f, const char *sql, size_t *out_version)
{
    struct migration steps[STEPS_MAX] = {0};
    *out_version = (size_t)fixture_number(f, "PRAGMA user_version");
    assert_in_range(*out_version, 1, STEPS_MAX - 1);
    steps[*out_version].sql = sql;
    return migrations_apply(f->h->store->db, f->path, steps, *out_version + 1);
}

static void a_migration_of_a_used_file_takes_a_backup_first(void **state)
{
    struct fixture *f = *state;
    size_t before = 0;
    fixture_planned_job(f, "job-1", 1, 2, 2);
    assert_int_equal(apply_later(f, "CREATE TABLE later (x)", &before), OK);
    assert_int_equal(fixture_number(f, "PRAGMA user_version"), before + 1);
    char copy[128];
    snprintf(copy, sizeof copy, "%s.before-%zu", f->path, before);
    OWNED(db_close) sqlite3 *db = NULL;
    assert_int_equal(db_open_reader(copy, &db), OK);
    int64_t jobs = 0;
    assert_int_equal(db_number(db, "SELECT count(*) FROM jobs", 0, &jobs), OK);
    assert_int_equal(jobs, 1);
}

static void a_failed_step_leaves_the_version_before_it(void **state)
{
    struct fixture *f = *state;
    size_t before = 0;
    assert_int_equal(apply_later(f, "CREATE TABLE later (x); not sql", &before), ERR_STORE_FAILED);
    assert_int_equal(fixture_number(f, "PRAGMA user_version"), before);
    assert_int_equal(fixture_number(f, "SELECT count(*) FROM sqlite_schema WHERE name='later'"), 0);
}

static void only_its_owner_may_read_the_history(void **state)
{
    struct fixture *f = *state;
    struct stat info;
    assert_int_equal(stat(f->path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
}

static void a_full_disk_stores_no_half_batch_and_the_job_can_be_resumed(void **state)
{
    struct fixture *f = *state;
    struct active_job *active = fixture_planned_job(f, "job-1", 1, 2, 2);
    int64_t pages = fixture_number(f, "PRAGMA page_count");
    OWNED(db_free) char *limit = sqlite3_mprintf("PRAGMA max_page_count=%lld", (long long)pages);
    assert_int_equal(db_exec(f->h->store->db, limit), OK);
    struct batch_maker b = {.first_id = 1, .last_id = 1, .planned = 1};
    char title[60000];
    memset(title, 'x', sizeof title - 1);
    title[sizeof title - 1] = '\0';
    struct play play = maker_base(1, 1000, "alice", 7);
    play.title = title;
    maker_row(&b, &play);
    fixture_commit(f, active, &b, ERR_DISK_FULL);
    assert_int_equal(fixture_number(f, "SELECT count(*) FROM plays"), 0);
    lifecycle_disk_full(f->h, active, f->now);
    assert_int_equal(active->job.status, status_error);
    assert_string_equal(active->job.error_code, "DISK_FULL");
    assert_int_equal(db_exec(f->h->store->db, "PRAGMA max_page_count=1000000"), OK);
    struct job_create again = fixture_start(f, "job-2");
    PUT(&again, resume, true);
    struct job_created made;
    struct refusal why;
    assert_int_equal(lifecycle_create(f->h, &again, f->now, f->arena, &made, &why), OK);
    assert_int_equal(made.task.next_id, 1);
}

static void early_batches_wait_for_their_turn_within_a_bound(void **state)
{
    (void)state;
    struct reorder_buffer w = {0};
    static struct batch_commit batches[REORDER_BUFFER_BATCHES + 1];
    for (int i = 0; i < REORDER_BUFFER_BATCHES + 1; i++) {
        batches[i] =
            (struct batch_commit){.first_id = 10 * i, .last_id = 10 * i + 9, .play_count = 10};
    }
    for (int i = 1; i < REORDER_BUFFER_BATCHES; i++) {
        assert_true(reorder_buffer_add(&w, 0, &batches[i], &batches[i]));
    }
    assert_false(reorder_buffer_add(&w, 0, &batches[REORDER_BUFFER_BATCHES],
                                    NULL)); /* the last place is for batch 0 */
    struct waiting group[GROUP_BATCHES];
    uint64_t rows = 0;
    assert_int_equal(reorder_buffer_group(&w, 0, group, &rows), 0);
    assert_true(reorder_buffer_add(&w, 0, &batches[0], &batches[0]));
    assert_int_equal(reorder_buffer_group(&w, 0, group, &rows), GROUP_BATCHES);
    assert_ptr_equal(group[3].token, &batches[3]);
    struct waiting taken;
    size_t count = 0;
    while (reorder_buffer_take_before(&w, 80, &taken)) {
        count++;
    }
    assert_int_equal(count, GROUP_BATCHES);
}

static void a_batch_that_is_sent_again_is_known_by_its_range_and_attempt(void **state)
{
    (void)state;
    struct reorder_buffer w = {0};
    struct batch_commit first = {.attempt = 1, .first_id = 10, .last_id = 19, .play_count = 10};
    struct batch_commit again = first;
    struct batch_commit next = {.attempt = 1, .first_id = 20, .last_id = 29, .play_count = 10};
    assert_true(reorder_buffer_add(&w, 0, &first, &first));
    assert_null(reorder_buffer_copy_of(&w, &next));
    assert_true(reorder_buffer_add(&w, 0, &next, &next));
    assert_ptr_equal(reorder_buffer_copy_of(&w, &again), &first);
    assert_true(reorder_buffer_take(&w, &first));
    assert_true(reorder_buffer_add(&w, 0, &again, &again));
    assert_int_equal(w.count, 2);
    assert_null(reorder_buffer_copy_of(&w, &(struct batch_commit){.attempt = 2, .first_id = 20}));
}

int main(void)
{
    umask(0077); /* as every process of ours (process.c) */
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(a_file_of_a_newer_version_is_refused_and_left_alone),
        FIXTURE_TEST(a_migration_of_a_used_file_takes_a_backup_first),
        FIXTURE_TEST(a_failed_step_leaves_the_version_before_it),
        FIXTURE_TEST(only_its_owner_may_read_the_history),
        FIXTURE_TEST(a_full_disk_stores_no_half_batch_and_the_job_can_be_resumed),
        cmocka_unit_test(a_batch_that_is_sent_again_is_known_by_its_range_and_attempt),
        cmocka_unit_test(early_batches_wait_for_their_turn_within_a_bound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

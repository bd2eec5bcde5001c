/* SPDX-License-Identifier: MIT
 * test_forget.c - persons that are joined, taken apart and forgotten, by jobs on the real store. */
#include "tests/unit/history/fixture.h"

#include "actors/history/forget.h"
#include "actors/history/own_jobs.h"
#include "actors/history/people_fold.h"
#include "proto/wire/codec.h"

/* ---- jobs ---- */

static struct active_job *start(struct fixture *f, const char *job_id, enum operation operation,
                                const struct record_desc *desc, const void *params)
{
    OWNED(buffer_release) struct buffer packed = {0};
    struct job_created made;
    struct refusal why = {0};
    assert_int_equal(record_pack(desc, params, &packed, NULL), OK);
    struct job_create ask = {
        .job_id = job_id, .operation = operation, .params = {packed.data, packed.size}};
    fixture_tick(f, 1000);
    assert_int_equal(lifecycle_create(f->h, &ask, f->now, f->arena, &made, &why), OK);
    return active_job_by_id(f->h, made.task.job_id);
}

static struct active_job *start_forget(struct fixture *f, const char *job_id, const char *id)
{
    const struct forget_params params = {.id = id};
    return start(f, job_id, operation_forget, desc_forget_params(), &params);
}

/* Accounts of the server a by their user ids; `from` NULL: they are joined. */
static struct active_job *start_change(struct fixture *f, const char *job_id, const char *from,
                                       const char *const *users, size_t count)
{
    struct account_ref accounts[8];
    for (size_t i = 0; i < count; i++) {
        accounts[i] = (struct account_ref){"a", users[i]};
    }
    const struct people_change params = {
        .split_from = from, .accounts = accounts, .accounts_count = count};
    return start(f, job_id, operation_regroup, desc_people_change(), &params);
}

#define CHANGE(f, job_id, from, ...)                                  \
    start_change(f, job_id, from, (const char *const[]){__VA_ARGS__}, \
                 sizeof(const char *const[]){__VA_ARGS__} / sizeof(const char *))

static void run(struct fixture *f, struct active_job *active)
{
    bool more = true;
    while (more) {
        fixture_tick(f, 10);
        assert_int_equal(own_job_step(f->h, active, f->now, &more), OK);
    }
    assert_int_equal(active->job.status, status_completed);
}

static void end_early(struct fixture *f, const struct active_job *active)
{
    const struct job_fail ask = {.job_id = active->job.job_id,
                                 .attempt = active->job.attempt,
                                 .code = err_code(ERR_TIMEOUT),
                                 .text = "As a test says"};
    struct active_job *ended = NULL;
    assert_int_equal(lifecycle_fail(f->h, &ask, f->now, &ended), OK);
    assert_int_equal(ended->job.status, status_error);
}

static void run_sql(const struct fixture *f, const char *sql)
{
    assert_int_equal(db_exec(f->h->store->db, sql), OK);
}

/* Sources 1 of the server a and 2 of b, both with the users u1 and 4711. */
static void make_sources(const struct fixture *f)
{
    run_sql(f, "INSERT INTO sources (kind, server_id, created_at, family)"
               " VALUES (1, 'a', 0, 1), (1, 'b', 0, 2);"
               "INSERT INTO users (source_no, user_id, name) VALUES (1, 'u1', 'Ann'),"
               " (2, 'u1', 'Ann'), (1, '4711', 'Eve'), (2, '4711', 'Eve')");
}

static bool forgot_name(const struct fixture *f, const char *server, const char *name)
{
    return people_forgot_name(f->h->store->people, server, name);
}

/* ---- marks ---- */

static void a_mark_is_not_lifted_while_rows_are_erased(void **state)
{
    struct fixture *f = *state;
    make_sources(f);
    struct active_job *forget = start_forget(f, "job-1", "a/u1");
    assert_int_equal(forget_lift(f->h, "a/u1"), ERR_FORGET_RUNNING);
    run(f, forget);
    assert_int_equal(forget_lift(f->h, "a/u1"), OK);
    assert_int_equal(forget_lift(f->h, "a/u1"), ERR_PERSON_NOT_FOUND);
}

static void who_is_forgotten_again_after_a_lifted_mark_is_marked_again(void **state)
{
    struct fixture *f = *state;
    make_sources(f);
    end_early(f, start_forget(f, "job-1", "a/u1"));
    assert_int_equal(forget_lift(f->h, "a/u1"), OK);
    run(f, start_forget(f, "job-2", "a/u1"));
    assert_int_equal(fixture_number(f, "SELECT count(*) FROM forgotten"), 1);
}

static void a_person_is_forgotten_and_the_mark_lifted_by_any_of_its_ids(void **state)
{
    struct fixture *f = *state;
    make_sources(f);
    run(f, start_forget(f, "job-1", "b/4711"));
    assert_int_equal(
        fixture_number(f, "SELECT count(*) FROM forgotten WHERE person = 'plex.tv/4711'"), 1);
    assert_int_equal(forget_lift(f->h, "a/4711"), OK);
    assert_int_equal(forget_lift(f->h, "plex.tv/4711"), ERR_PERSON_NOT_FOUND);
}

static void whom_nothing_tells_of_cannot_be_forgotten(void **state)
{
    struct fixture *f = *state;
    struct person_marks marks;
    make_sources(f);
    const struct people *people = f->h->store->people;
    sqlite3 *db = f->h->store->db;
    static const char *const none[] = {"a/u9", "plex.tv/9999", "p7", "c/u1", "nobody"};
    for (size_t i = 0; i < COUNT_OF(none); i++) {
        assert_int_equal(person_marks_of(db, people, none[i], f->arena, &marks),
                         ERR_PERSON_NOT_FOUND);
    }
    assert_int_equal(person_marks_of(db, people, "c/4711", f->arena, &marks), OK);
}

static void a_name_that_only_the_person_has_is_known_until_the_mark_is_lifted(void **state)
{
    struct fixture *f = *state;
    make_sources(f);
    run_sql(f, "UPDATE users SET name = 'Both' WHERE source_no = 1;"
               "UPDATE users SET name = 'Own' WHERE source_no = 1 AND user_id = 'u1'");
    run(f, start_forget(f, "job-1", "a/u1"));
    assert_true(forgot_name(f, "a", "Own"));
    assert_true(forgot_name(f, "a", "Ann")); /* as it was called before */
    assert_false(forgot_name(f, "a", "Both"));
    assert_false(forgot_name(f, "b", "Ann"));
    assert_int_equal(fixture_number(f, "SELECT count(*) FROM user_names WHERE user_id = 'u1'"), 0);
    assert_int_equal(forget_lift(f->h, "a/u1"), OK);
    assert_false(forgot_name(f, "a", "Own"));
}

static void two_accounts_of_one_person_share_their_name(void **state)
{
    struct fixture *f = *state;
    make_sources(f);
    run_sql(f, "UPDATE users SET name = 'Ann' WHERE user_id = '4711'");
    run(f, CHANGE(f, "job-1", NULL, "u1", "4711"));
    run(f, start_forget(f, "job-2", "p1"));
    assert_true(forgot_name(f, "a", "Ann"));
}

static void a_server_that_is_called_otherwise_takes_mapping_and_marks_along(void **state)
{
    struct fixture *f = *state;
    make_sources(f);
    run(f, CHANGE(f, "job-1", NULL, "u2", "u3"));
    run(f, start_forget(f, "job-2", "a/u1"));
    run_sql(f, "UPDATE sources SET server_id = 'c' WHERE no = 1");
    assert_int_equal(people_move_server(f->h->store, "a", "c"), OK);
    const struct people *people = f->h->store->people;
    assert_int_equal(person_number(people, "c", "u3"), 1);
    assert_int_equal(person_number(people, "a", "u3"), 0);
    assert_true(people_forgot(people, "c", "u1") && forgot_name(f, "c", "Ann"));
    assert_false(people_forgot(people, "a", "u1"));
    run_sql(f, "UPDATE sources SET server_id = 'c' WHERE no = 2");
    assert_int_equal(forget_lift(f->h, "c/u1"), OK);
}

static void a_dry_run_that_was_stopped_is_not_gone_on_with_after_somebody_is_forgotten(void **state)
{
    struct fixture *f = *state;
    make_sources(f);
    f->dry_run = true;
    struct active_job *dry = fixture_planned_job(f, "job-1", 1, 2, 2);
    fixture_stop_import(f);
    assert_true(dry->job.resumable);
    run(f, start_forget(f, "job-2", "a/u1"));
    assert_false(dry->job.resumable);
    assert_int_equal(fixture_number(f, "SELECT resumable FROM jobs WHERE no = 1"), 0);
}

/* ---- who is who ---- */

static void a_join_that_failed_and_was_taken_apart_can_be_asked_for_again(void **state)
{
    struct fixture *f = *state;
    end_early(f, CHANGE(f, "job-1", NULL, "u1", "u2"));
    assert_int_equal(person_number(f->h->store->people, "a", "u2"), 1);
    run(f, CHANGE(f, "job-2", "p1", "u2"));
    assert_int_equal(person_number(f->h->store->people, "a", "u2"), 0);
    run(f, CHANGE(f, "job-3", NULL, "u1", "u2"));
    assert_int_equal(person_number(f->h->store->people, "a", "u2"), 1);
}

/* The numbers of u1, u2, …, a digit each. */
static void assert_numbers(const struct fixture *f, const char *expected)
{
    char numbers[9] = "";
    for (size_t i = 0; i < strlen(expected); i++) {
        char user[8];
        snprintf(user, sizeof user, "u%zu", i + 1);
        numbers[i] = (char)('0' + person_number(f->h->store->people, "a", user));
    }
    assert_string_equal(numbers, expected);
}

static void undo(struct fixture *f, const char *undo_id, const char *job_id)
{
    const struct undo_params params = {.job_id = job_id};
    run(f, start(f, undo_id, operation_undo, desc_undo_params(), &params));
}

static void joins_that_are_undone_in_any_order_leave_what_the_others_say(void **state)
{
    struct fixture *f = *state;
    run(f, CHANGE(f, "job-1", NULL, "u3", "u4"));
    run(f, CHANGE(f, "job-2", NULL, "u1", "u2"));
    assert_numbers(f, "2211");
    run(f, CHANGE(f, "job-3", NULL, "u1", "u3"));
    assert_numbers(f, "1111");
    undo(f, "job-4", "job-2");
    assert_numbers(f, "1011");
    undo(f, "job-5", "job-3");
    assert_numbers(f, "0011");
    undo(f, "job-6", "job-1");
    assert_numbers(f, "0000");
}

static void a_person_that_was_joined_to_another_is_found_by_its_old_number(void **state)
{
    struct fixture *f = *state;
    struct account_ref account;
    run(f, CHANGE(f, "job-1", NULL, "u1", "u2"));
    run(f, CHANGE(f, "job-2", NULL, "u3", "u4"));
    run(f, CHANGE(f, "job-3", NULL, "u1", "u3"));
    assert_int_equal(person_of_id(f->h->store->people, "p2", f->arena, &account), 1);
    undo(f, "job-4", "job-3");
    assert_int_equal(person_of_id(f->h->store->people, "p2", f->arena, &account), 2);
}

static void who_is_forgotten_takes_no_other_person_along(void **state)
{
    struct fixture *f = *state;
    run(f, CHANGE(f, "job-1", NULL, "u1", "u2"));
    run(f, CHANGE(f, "job-2", NULL, "u3", "u4"));
    run(f, CHANGE(f, "job-3", NULL, "u1", "u3"));
    run(f, CHANGE(f, "job-4", NULL, "u5", "u6"));
    run(f, start_forget(f, "job-5", "p3"));
    assert_numbers(f, "111100");
    undo(f, "job-6", "job-3");
    assert_numbers(f, "112200");
}

static void an_account_that_is_taken_out_leaves_those_that_its_id_drew(void **state)
{
    struct fixture *f = *state;
    make_sources(f);
    run(f, CHANGE(f, "job-1", NULL, "4711", "u1"));
    assert_int_equal(person_number(f->h->store->people, "b", "4711"), 1);
    run(f, CHANGE(f, "job-2", "p1", "4711"));
    assert_int_equal(person_number(f->h->store->people, "b", "4711"), 1);
    assert_int_equal(person_number(f->h->store->people, "a", "4711"), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(a_mark_is_not_lifted_while_rows_are_erased),
        FIXTURE_TEST(who_is_forgotten_again_after_a_lifted_mark_is_marked_again),
        FIXTURE_TEST(a_person_is_forgotten_and_the_mark_lifted_by_any_of_its_ids),
        FIXTURE_TEST(whom_nothing_tells_of_cannot_be_forgotten),
        FIXTURE_TEST(a_name_that_only_the_person_has_is_known_until_the_mark_is_lifted),
        FIXTURE_TEST(two_accounts_of_one_person_share_their_name),
        FIXTURE_TEST(a_server_that_is_called_otherwise_takes_mapping_and_marks_along),
        FIXTURE_TEST(a_dry_run_that_was_stopped_is_not_gone_on_with_after_somebody_is_forgotten),
        FIXTURE_TEST(a_join_that_failed_and_was_taken_apart_can_be_asked_for_again),
        FIXTURE_TEST(joins_that_are_undone_in_any_order_leave_what_the_others_say),
        FIXTURE_TEST(a_person_that_was_joined_to_another_is_found_by_its_old_number),
        FIXTURE_TEST(who_is_forgotten_takes_no_other_person_along),
        FIXTURE_TEST(an_account_that_is_taken_out_leaves_those_that_its_id_drew),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

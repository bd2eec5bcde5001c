/* SPDX-License-Identifier: MIT
 * test_worker.c - a worker between a coordinator and a history that are played here: an answer that
 * is lost costs seconds, whoever lost it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "actors/tautulli/worker.h"
#include "proto/base/clock.h"
#include "tests/support/children.h"
#include "tests/support/tautulli_maker.h"

enum { ROWS = 50 };

/* ---- a coordinator with one lease ---- */

static bool given, named;

static enum err give_lease(struct actor *a, const struct msg *m)
{
    char path[4096];
    if (given) {
        (void)msg_keep(m); /* there is no more; the asker gives up by itself */
        return OK;
    }
    given = true;
    assert_non_null(getcwd(path, sizeof(path) - 30));
    strcat(path, "/uploads/tautulli.db");
    struct lease_taken lease = {.job_id = "job", .path = path, .server_id = "server"};
    PUT(&lease, attempt, 1);
    PUT(&lease, lease, 1);
    PUT(&lease, first_id, 1);
    PUT(&lease, last_id, 1000000);
    PUT(&lease, planned_rows, ROWS);
    PUT(&lease, watched_percent, 85);
    PUT(&lease, planned_at, clock_wall_ms());
    PUT(&lease, runner, 7);
    PUT(&lease, last, true);
    return reply_lease_taken(a, m, &lease);
}

static enum err renew_lease(struct actor *a, const struct msg *m)
{
    struct lease_renewed now = {.job_id = "job"};
    const struct lease_renew *body = msg_lease_renew(m);
    named = named || (body->held_count == 1 && body->held[0].lease == 1);
    PUT(&now, attempt, 1);
    return reply_lease_renewed(a, m, &now);
}

static enum err note_end(struct actor *a, const struct msg *m)
{
    const struct lease_done *done = msg_lease_done(m);
    const struct lease_noted noted = {};
    say("done: %s %llu, %s", done->code != NULL ? done->code : "OK", (unsigned long long)done->rows,
        named ? "renewed by its number" : "never renewed");
    return reply_lease_noted(a, m, &noted);
}

static const struct actor_spec coordinator = {
    .name = "tautulli",
    .summary = "Gives one lease.",
    .on = {[MSG_lease_take] = give_lease,
           [MSG_lease_renew] = renew_lease,
           [MSG_lease_done] = note_end},
};

/* ---- a history whose first answer is lost ---- */

static bool lost;

static enum err lose_first(struct actor *a, const struct msg *m)
{
    const struct batch_commit *b = msg_batch_commit(m);
    struct batch_committed done = {.next_id = b->last_id + 1};
    if (!lost) {
        lost = true;
        (void)msg_keep(m);
        say("lost");
        return OK;
    }
    say("answered runner %llu, %s", (unsigned long long)b->runner, b->last ? "the last" : "more");
    return reply_batch_committed(a, m, &done);
}

static const struct actor_spec history = {
    .name = "history", .summary = "Loses an answer.", .on = {[MSG_batch_commit] = lose_first}};

/* ---- the worker as it is ---- */

static enum err start_worker(struct actor *a)
{
    worker_start(actor_self(a), a);
    return OK;
}

static void stop_worker(struct actor *a)
{
    worker_stop(actor_self(a));
}

static const struct actor_spec worker = {.name = "import-worker",
                                         .summary = "Reads and delivers.",
                                         .self_size = sizeof(struct worker),
                                         .many = true,
                                         .start = start_worker,
                                         .stop = stop_worker};

static const struct role roles[] = {{"tautulli", &coordinator, NULL},
                                    {"history", &history, NULL},
                                    {"import-worker", &worker, NULL},
                                    {NULL, NULL, NULL}};

static void a_lost_answer_to_a_batch_costs_the_import_seconds(void **state)
{
    (void)state;
    OWNED(children_remove_folder) char *data = children_folder();
    char path[128];
    struct child broker;
    struct child giving;
    struct child storing;
    struct child reading;
    (void)snprintf(path, sizeof(path), "%s/uploads", data);
    assert_int_equal(mkdir(path, 0700), 0);
    (void)snprintf(path, sizeof(path), "%s/uploads/tautulli.db", data);
    struct tautulli_plan plan = tautulli_plan_default(path);
    plan.rows = ROWS;
    assert_int_equal(tautulli_make(&plan, NULL, NULL), OK);
    broker_start(&broker, data);
    child_start(&giving, "tautulli", data);
    child_start(&storing, "history", data);
    child_start(&reading, "import-worker", data);
    child_expect(&storing, "lost");
    int64_t began_ms = clock_monotonic_ms();
    child_expect(&storing, "answered runner 7, the last");
    assert_in_range(clock_monotonic_ms() - began_ms, 1000, 15000);
    child_expect(&giving, "done: OK 50, renewed by its number");
    assert_int_equal(child_end(&reading), 0);
    child_kill(&giving);
    child_kill(&storing);
    assert_int_equal(child_end(&broker), 0);
}

int main(int argc, char **argv)
{
    int status = 0;
    if (child_plays(argc, argv, roles, &status)) {
        return status;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_lost_answer_to_a_batch_costs_the_import_seconds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT
 * test_delivery.c - a batch on its way to the history, over the real bus: each answer there is, and
 * those that come late, twice or never. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "actors/shared/batch.h"
#include "actors/shared/delivery.h"
#include "tests/unit/shared/stand_in_history.h"

/* ---- an actor that delivers what it is told to ---- */

struct carrier {
    struct batch *batch;
    struct delivery delivery;
};

static void on_delivered(struct delivery *d, enum err code, int64_t next_id, const char *text)
{
    (void)d;
    (void)text;
    say("outcome %s %lld", err_code(code), (long long)next_id);
}

static void deliver(struct actor *a)
{
    struct carrier *c = actor_self(a);
    struct mapped_row row = {.position = 7, .play = {.media_type = "movie"}};
    batch_reset(c->batch);
    assert_true(batch_add(c->batch, &row));
    c->delivery.commit =
        (struct batch_commit){.job_id = "one", .attempt = 1, .first_id = 1, .last_id = 10};
    batch_fill(c->batch, &c->delivery.commit);
    delivery_begin(&c->delivery, a, on_delivered);
}

static void carrier_told(struct actor *a, const char *line)
{
    struct carrier *c = actor_self(a);
    if (strcmp(line, "deliver") == 0) {
        deliver(a);
    } else if (strcmp(line, "drop") == 0) {
        delivery_drop(&c->delivery);
        say("dropped");
    }
}

static enum err carrier_start(struct actor *a)
{
    struct carrier *c = actor_self(a);
    c->batch = batch_new();
    hear(a, carrier_told);
    return OK;
}

static void carrier_stop(struct actor *a)
{
    struct carrier *c = actor_self(a);
    batch_destroy(&c->batch);
}

static const struct actor_spec carrier = {.name = "carrier",
                                          .summary = "Delivers a batch",
                                          .self_size = sizeof(struct carrier),
                                          .start = carrier_start,
                                          .stop = carrier_stop};

static const struct role roles[] = {
    {"history", &stand_in_history, NULL}, {"carrier", &carrier, NULL}, {NULL, NULL, NULL}};

/* ---- the tests ---- */

static int setup(void **state)
{
    struct world *w = world_open();
    child_start(&w->coordinator, "carrier", w->data);
    *state = w;
    return 0;
}

static void a_batch_that_is_committed_tells_the_checkpoint(void **state)
{
    struct world *w = *state;
    child_tell(&w->coordinator, "deliver");
    child_expect(&w->history, "batch.commit 1 plays");
    child_expect_next(&w->coordinator, "outcome OK 11");
}

static void a_busy_history_gets_the_same_bytes_until_it_takes_them(void **state)
{
    struct world *w = *state;
    history_does(w, "refuse batch.commit BUSY 3");
    child_tell(&w->coordinator, "deliver");
    long bytes = child_expect_number(&w->history, "batch.commit 1 plays of ");
    for (int i = 0; i < 3; i++) {
        assert_int_equal(child_expect_number(&w->history, "batch.commit 1 plays of "), bytes);
    }
    child_expect_next(&w->coordinator, "outcome OK 11");
}

static void a_history_that_is_away_gets_the_batch_when_it_is_back(void **state)
{
    struct world *w = *state;
    child_kill(&w->history);
    child_tell(&w->coordinator, "deliver");
    child_tell(&w->coordinator, "none");
    child_start(&w->history, "history", w->data);
    child_expect(&w->history, "batch.commit");
    child_expect_next(&w->coordinator, "outcome OK 11");
}

static void an_answer_that_never_comes_is_asked_for_again_and_a_late_one_tells_nothing(void **state)
{
    struct world *w = *state;
    history_does(w, "keep batch.commit 1");
    child_tell(&w->coordinator, "deliver");
    child_expect(&w->history, "batch.commit");
    child_expect(&w->history, "batch.commit");
    child_expect_next(&w->coordinator, "outcome OK 11");
    history_does(w, "answer"); /* the first one, at last */
    child_tell(&w->coordinator, "deliver");
    child_expect(&w->history, "batch.commit");
    child_expect_next(&w->coordinator, "outcome OK 11");
    child_tell(&w->coordinator, "drop");
    child_expect_next(&w->coordinator, "dropped");
}

static void a_batch_of_a_job_that_is_over_is_not_sent_again(void **state)
{
    static const char *const codes[] = {"NOT_RUNNING", "STALE_ATTEMPT", "JOB_NOT_FOUND"};
    struct world *w = *state;
    for (size_t i = 0; i < COUNT_OF(codes); i++) {
        char line[64];
        (void)snprintf(line, sizeof(line), "refuse batch.commit %s 1", codes[i]);
        history_does(w, line);
        child_tell(&w->coordinator, "deliver");
        (void)snprintf(line, sizeof(line), "outcome %s 0", codes[i]);
        child_expect_next(&w->coordinator, line);
    }
}

static void a_refused_batch_is_told_as_that(void **state)
{
    struct world *w = *state;
    history_does(w, "refuse batch.commit BATCH_REFUSED 1");
    child_tell(&w->coordinator, "deliver");
    child_expect_next(&w->coordinator, "outcome BATCH_REFUSED 0");
}

static void a_batch_that_straddles_the_checkpoint_tells_where_that_is(void **state)
{
    struct world *w = *state;
    history_does(w, "job one 1");
    history_does(w, "silently 5");
    history_does(w, "refuse batch.commit BATCH_STRADDLES 1");
    child_tell(&w->coordinator, "deliver");
    child_expect_next(&w->coordinator, "outcome BATCH_STRADDLES 5");
}

static void a_batch_dropped_between_two_tries_is_not_sent_again(void **state)
{
    struct world *w = *state;
    history_does(w, "refuse batch.commit BUSY 100");
    child_tell(&w->coordinator, "deliver");
    for (int i = 0; i < 4; i++) {
        child_expect(&w->history, "batch.commit");
    }
    child_tell(&w->coordinator, "drop");
    child_expect_next(&w->coordinator, "dropped");
    child_expect_next(&w->coordinator, "outcome NOT_RUNNING 0");
}

static void a_batch_dropped_on_its_way_is_told_as_it_is_answered(void **state)
{
    struct world *w = *state;
    history_does(w, "keep batch.commit 1");
    child_tell(&w->coordinator, "deliver");
    child_expect(&w->history, "batch.commit");
    child_tell(&w->coordinator, "drop");
    child_expect_next(&w->coordinator, "dropped");
    history_does(w, "answer");
    child_expect_next(&w->coordinator, "outcome OK 11");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, world_close)

int main(int argc, char **argv)
{
    int status = 0;
    if (child_plays(argc, argv, roles, &status)) {
        return status;
    }
    const struct CMUnitTest tests[] = {
        TEST(a_batch_that_is_committed_tells_the_checkpoint),
        TEST(a_busy_history_gets_the_same_bytes_until_it_takes_them),
        TEST(a_history_that_is_away_gets_the_batch_when_it_is_back),
        TEST(an_answer_that_never_comes_is_asked_for_again_and_a_late_one_tells_nothing),
        TEST(a_batch_of_a_job_that_is_over_is_not_sent_again),
        TEST(a_refused_batch_is_told_as_that),
        TEST(a_batch_that_straddles_the_checkpoint_tells_where_that_is),
        TEST(a_batch_dropped_between_two_tries_is_not_sent_again),
        TEST(a_batch_dropped_on_its_way_is_told_as_it_is_answered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

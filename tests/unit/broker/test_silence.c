/* SPDX-License-Identifier: MIT
 * test_silence.c - a peer that hung is told the answer it asked for when it goes on, though it was
 * taken for gone meanwhile. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/children.h"

/* ---- a "history" that answers when the asker is taken for gone ---- */

static struct msg *later; /* kept until then, or until the actor stops before that */

static enum err say_started(struct actor *a)
{
    (void)a;
    say("started");
    return OK;
}

static void forget_question(struct actor *a)
{
    (void)a;
    msg_destroy(&later);
}

static enum err keep_question(struct actor *a, const struct msg *m)
{
    (void)a;
    later = msg_keep(m);
    say("asked");
    return OK;
}

static enum err answer_when_away(struct actor *a, const struct msg *m)
{
    const struct actor_changed *c = msg_actor_changed(m);
    if (later != NULL && strcmp(c->actor, "patient") == 0 && c->condition == actor_condition_away) {
        const struct jobs_listed none = {0};
        assert_int_equal(reply_jobs_listed(a, later, &none), OK);
        later = NULL;
        say("answered");
    }
    return OK;
}

static const struct actor_spec slow_history = {
    .name = "history",
    .summary = "Answers late.",
    .start = say_started,
    .stop = forget_question,
    .on = {[MSG_jobs_list] = keep_question, [MSG_actor_changed] = answer_when_away},
};

/* ---- an asker that may be stopped meanwhile ---- */

static void say_late(struct actor *a, const struct answer *answer, void *context)
{
    (void)a;
    (void)context;
    say("late: %s", err_code(answer->code));
}

static void ask_late(struct actor *a, void *context)
{
    (void)context;
    const struct jobs_list q = {0};
    ask_jobs_list(a, "history", &q, NULL, 30000, say_late, NULL);
}

static enum err start_patient(struct actor *a)
{
    actor_after(a, 500, ask_late, NULL); /* when the broker knows it */
    return OK;
}

static const struct actor_spec patient = {
    .name = "patient", .summary = "Asks once.", .many = true, .start = start_patient};

static const struct role roles[] = {
    {"patient", &patient, NULL}, {"slow", &slow_history, NULL}, {NULL, NULL, NULL}};

/* ---- the test ---- */

static void who_was_silent_on_a_busy_machine_still_gets_his_answer(void **state)
{
    (void)state;
    OWNED(children_remove_folder) char *data = children_folder();
    struct child broker;
    struct child answering;
    struct child asking;
    char line[128];
    broker_start(&broker, data);
    child_start(&answering, "slow", data);
    child_expect(&answering, "started");
    child_start(&asking, "patient", data);
    child_expect(&answering, "asked");
    kill(asking.pid, SIGSTOP);
    child_expect(&answering, "answered");
    kill(asking.pid, SIGCONT);
    child_line(&asking, line, sizeof(line));
    assert_string_equal(line, "late: OK");
    assert_int_equal(child_end(&asking), 0);
    assert_int_equal(child_end(&answering), 0);
    assert_int_equal(child_end(&broker), 0);
}

int main(int argc, char **argv)
{
    int status = 0;
    if (child_plays(argc, argv, roles, &status)) {
        return status;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_was_silent_on_a_busy_machine_still_gets_his_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT
 * test_broker.c - what the bus promises, proved with real processes over ipc: an answer always
 * comes, the newest event of each subject reaches everybody, and nothing a peer does or suffers
 * harms the others. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "proto/base/clock.h"
#include "tests/support/children.h"

/* ---- a "history" that answers in every way there is ---- */

static enum err reply_at_once(struct actor *a, const struct msg *m)
{
    const struct status_got none = {0};
    return reply_status_got(a, m, &none);
}

static enum err refuse_by_code(struct actor *a, const struct msg *m)
{
    (void)a;
    (void)m;
    return ERR_JOB_NOT_FOUND;
}

static enum err refuse_as_busy(struct actor *a, const struct msg *m)
{
    const struct refusal why = {.text = "Sixty-four wait already", .actor = "history"};
    return actor_refuse(a, m, ERR_BUSY, &why);
}

static struct msg *unanswered;

static enum err never_answer(struct actor *a, const struct msg *m)
{
    (void)a;
    msg_destroy(&unanswered);
    unanswered = msg_keep(m);
    return OK;
}

static enum err die(struct actor *a, const struct msg *m)
{
    (void)a;
    (void)m;
    kill(getpid(), SIGKILL);
    return OK;
}

static struct msg *later; /* kept until its timer, or until the actor stops before that */

static void answer_later(struct actor *a, void *context)
{
    (void)context;
    const struct jobs_listed none = {0};
    assert_int_equal(reply_jobs_listed(a, later, &none), OK);
    later = NULL;
}

static enum err reply_later(struct actor *a, const struct msg *m)
{
    if (later != NULL) {
        return ERR_BUSY;
    }
    later = msg_keep(m);
    actor_after(a, 50, answer_later, NULL);
    return OK;
}

static enum err say_started(struct actor *a)
{
    (void)a;
    say("started");
    return OK;
}

static void say_stopped(struct actor *a)
{
    (void)a;
    msg_destroy(&unanswered);
    msg_destroy(&later);
    say("stopped");
}

static const struct actor_spec history = {
    .name = "history",
    .summary = "A history for tests.",
    .start = say_started,
    .stop = say_stopped,
    .on = {[MSG_status_get] = reply_at_once,
           [MSG_job_get] = refuse_by_code,
           [MSG_notes_list] = refuse_as_busy,
           [MSG_import_status_get] = never_answer,
           [MSG_history_summary] = die,
           [MSG_jobs_list] = reply_later},
};

/* ---- an asker that says what it was told ---- */

static void say_answer(struct actor *a, const struct answer *answer, void *question)
{
    (void)a;
    const char *detail = "";
    if (answer->why != NULL) {
        detail = answer->why->field != NULL  ? answer->why->field
                 : answer->why->text != NULL ? answer->why->text
                                             : "";
    }
    say("%s: %s %s", (const char *)question, err_code(answer->code), detail);
}

static void ask_to_die(struct actor *a, void *context)
{
    (void)context;
    const struct history_summary q = {.by = summary_by_month};
    const struct import_status_get open = {};
    ask_import_status_get(a, "history", &open, NULL, 30000, say_answer,
                          (void *)"open while it dies");
    ask_history_summary(a, "history", &q, NULL, 30000, say_answer, (void *)"deadly");
}

static void ask_everything(struct actor *a)
{
    const struct job_get nameless = {0};
    const struct job_get job = {.job_id = "no-such-job"};
    const struct notes_list notes = {0};
    const struct jobs_list jobs = {0};
    const struct import_status_get forever = {};
    ask_job_get(a, "history", &job, "correlation", 30000, say_answer, (void *)"refused");
    ask_job_get(a, "history", &nameless, NULL, 30000, say_answer, (void *)"nameless");
    ask_notes_list(a, "history", &notes, NULL, 30000, say_answer, (void *)"busy");
    ask_jobs_list(a, "history", &jobs, NULL, 30000, say_answer, (void *)"later");
    ask_import_status_get(a, "history", &forever, NULL, 300, say_answer, (void *)"forever");
    ask_job_get(a, "nobody", &job, NULL, 30000, say_answer, (void *)"away");
    actor_after(a, 600, ask_to_die, NULL);
}

static void on_first_answer(struct actor *a, const struct answer *answer, void *context);

static void ask_until_answered(struct actor *a, void *context)
{
    const struct status_get q = {0};
    ask_status_get(a, "history", &q, NULL, 5000, on_first_answer, context);
}

static void on_first_answer(struct actor *a, const struct answer *answer, void *context)
{
    if (answer->code != OK) {
        actor_after(a, 20, ask_until_answered, context);
        return;
    }
    say("answered");
    ask_everything(a);
}

static enum err start_asking(struct actor *a)
{
    ask_until_answered(a, NULL);
    return OK;
}

static const struct actor_spec asker = {
    .name = "asker", .summary = "Asks.", .many = true, .start = start_asking};

/* ---- one that keeps eight commands under way and counts what it is told ---- */

enum { BUSY_ASKS = 3000, BUSY_AT_ONCE = 8 };

struct busy_asker {
    int asked, told, answered;
    bool failing;
    unsigned char times[BUSY_ASKS];
};

static void busy_told(struct actor *a, const struct answer *answer, void *number);

static void busy_ask(struct actor *a, void *context)
{
    (void)context;
    struct busy_asker *self = actor_self(a);
    if (self->asked == BUSY_ASKS) {
        return;
    }
    const struct status_get q = {0};
    unsigned char *number = &self->times[self->asked++];
    ask_status_get(a, "history", &q, NULL, 2000, busy_told, number);
}

static void busy_told(struct actor *a, const struct answer *answer, void *number)
{
    struct busy_asker *self = actor_self(a);
    unsigned char *times = number;
    ++*times;
    self->told++;
    self->answered += answer->code == OK;
    if (self->failing != (answer->code != OK)) {
        self->failing = !self->failing;
        say(self->failing ? "failing" : "working");
    }
    if (self->told == 100 || self->told == BUSY_ASKS) {
        size_t once = 0;
        for (size_t i = 0; i < BUSY_ASKS; i++) {
            once += self->times[i] == 1;
        }
        say("told %d, of these %zu once", self->told, once);
    }
    actor_after(a, answer->code == OK ? 1 : 20, busy_ask, NULL);
}

static enum err busy_start(struct actor *a)
{
    struct busy_asker *self = actor_self(a);
    self->failing = true;
    for (int i = 0; i < BUSY_AT_ONCE; i++) {
        actor_after(a, 100, busy_ask, NULL);
    }
    return OK;
}

static const struct actor_spec busy = {.name = "busy",
                                       .summary = "Asks much.",
                                       .self_size = sizeof(struct busy_asker),
                                       .start = busy_start};

/* ---- events ---- */

enum { PUBLISHED = 2000, ERRORS = 20 };

struct publisher {
    uint64_t seq;
};

static void publish_one(struct actor *a, const char *subject, uint64_t seq)
{
    static char text[1001];
    memset(text, 'x', sizeof(text) - 1);
    struct sync_error errors[ERRORS];
    for (size_t i = 0; i < ERRORS; i++) {
        errors[i] = (struct sync_error){.message = text};
    }
    struct sync_progress body = {.progress = {.seq = seq}};
    body.progress.errors = errors;
    body.progress.errors_count = ERRORS;
    publish_sync_progress(a, &body, subject, seq);
}

static void publish_next(struct actor *a, void *context)
{
    (void)context;
    struct publisher *self = actor_self(a);
    if (self->seq < PUBLISHED) {
        publish_one(a, "steady", ++self->seq);
    }
    if (self->seq == PUBLISHED) {
        self->seq++;
        say("published");
    }
}

static enum err start_publishing(struct actor *a)
{
    for (uint64_t seq = 1; seq <= 5; seq++) {
        publish_one(a, "one", seq);
        publish_one(a, "two", seq * 10);
    }
    publish_one(a, "two", 7); /* a straggler */
    say("started");
    actor_every(a, 1, publish_next, NULL);
    return OK;
}

static const struct actor_spec publisher = {.name = "publisher",
                                            .summary = "Publishes.",
                                            .self_size = sizeof(struct publisher),
                                            .start = start_publishing};

static enum err say_event(struct actor *a, const struct msg *m)
{
    (void)a;
    const struct sync_progress *p = msg_sync_progress(m);
    assert_int_equal(p->progress.errors_count, ERRORS);
    say("%s %llu", msg_subject(m), (unsigned long long)msg_seq(m));
    return OK;
}

static enum err say_change(struct actor *a, const struct msg *m)
{
    (void)a;
    const struct actor_changed *c = msg_actor_changed(m);
    say("%s is %s", c->actor, schema_enum_text(&enum_actor_condition, (int)c->condition));
    return OK;
}

static const struct actor_spec listener = {
    .name = "listener",
    .summary = "Listens.",
    .many = true,
    .start = say_started,
    .on = {[MSG_sync_progress] = say_event, [MSG_actor_changed] = say_change},
};

static const struct role roles[] = {{"history", &history, NULL},   {"asker", &asker, NULL},
                                    {"busy", &busy, NULL},         {"publisher", &publisher, NULL},
                                    {"listener", &listener, NULL}, {NULL, NULL, NULL}};

/* ---- the tests ---- */

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define __SANITIZE_ADDRESS__ 1
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
enum { BROKER_KIB = 512 * 1024 }; /* it keeps freed memory aside for a while */
#else
enum { BROKER_KIB = 24 * 1024 };
#endif

static void an_answer_always_comes(void **state)
{
    (void)state;
    OWNED(children_remove_folder) char *data = children_folder();
    struct child broker;
    struct child answering;
    struct child asking;
    broker_start(&broker, data);
    child_start(&answering, "history", data);
    child_start(&asking, "asker", data);
    child_expect(&asking, "answered");
    static const char *const answers[] = {"nameless: BAD_FIELD job_id",
                                          "refused: JOB_NOT_FOUND",
                                          "busy: BUSY Sixty-four wait already",
                                          "away: ACTOR_AWAY",
                                          "later: OK",
                                          "forever: TIMEOUT",
                                          NULL};
    child_expect_all(&asking, answers);
    int64_t began_ms = clock_monotonic_ms();
    child_expect(&asking, "open while it dies: ACTOR_AWAY");
    assert_true(clock_monotonic_ms() - began_ms < 15000); /* the deadline is far */
    child_kill(&answering);
    assert_int_equal(child_end(&asking), 0);
    assert_int_equal(child_end(&broker), 0);
}

static void a_late_joiner_gets_the_newest_event_of_each_subject(void **state)
{
    (void)state;
    OWNED(children_remove_folder) char *data = children_folder();
    struct child broker;
    struct child publishing;
    struct child listening;
    broker_start(&broker, data);
    child_start(&publishing, "publisher", data);
    child_expect(&publishing, "published");
    child_start(&listening, "listener", data);
    child_expect(&listening, "publisher is up");
    child_kill(&listening);
    child_start(&listening, "listener", data);
    static const char *const newest[] = {"one 5", "two 50", "steady 2000", NULL};
    child_expect_all(&listening, newest);
    assert_int_equal(child_end(&listening), 0);
    assert_int_equal(child_end(&publishing), 0);
    assert_int_equal(child_end(&broker), 0);
}

static void a_killed_broker_loses_no_ask_silently(void **state)
{
    (void)state;
    OWNED(children_remove_folder) char *data = children_folder();
    struct child broker;
    struct child answering;
    struct child asking;
    struct child publishing;
    broker_start(&broker, data);
    child_start(&answering, "history", data);
    child_start(&publishing, "publisher", data);
    child_start(&asking, "busy", data);
    child_expect(&asking, "told 100");
    for (int i = 0; i < 3; i++) {
        child_kill(&broker);
        child_expect(&asking, "failing");
        broker_start(&broker, data);
        child_expect(&asking, "working");
    }
    child_expect(&asking, "told 3000, of these 3000 once");
    struct child listening;
    child_start(&listening, "listener", data); /* publishers told the new broker everything */
    child_expect(&listening, "one 5");
    child_end(&listening);
    assert_int_equal(child_end(&asking), 0);
    assert_int_equal(child_end(&publishing), 0);
    assert_int_equal(child_end(&answering), 0);
    assert_int_equal(child_end(&broker), 0);
}

static void a_reader_that_stops_costs_little_and_delays_nobody(void **state)
{
    (void)state;
    OWNED(children_remove_folder) char *data = children_folder();
    struct child broker;
    struct child stuck;
    struct child reading;
    struct child publishing;
    broker_start(&broker, data);
    child_start(&stuck, "listener", data);
    child_start(&reading, "listener", data);
    child_start(&publishing, "publisher", data);
    child_expect(&stuck, "one 5");
    kill(stuck.pid, SIGSTOP);
    const long before = child_resident_kib(&broker);
    child_expect(&publishing, "published");
    while (child_expect_number(&reading, "steady ") < PUBLISHED) {
    }
    assert_true(child_resident_kib(&broker) - before < BROKER_KIB); /* of 40 MB published */
    kill(stuck.pid, SIGCONT);
    while (child_expect_number(&stuck, "steady ") < PUBLISHED) {
    }
    assert_int_equal(child_end(&stuck), 0);
    assert_int_equal(child_end(&reading), 0);
    assert_int_equal(child_end(&publishing), 0);
    assert_int_equal(child_end(&broker), 0);
}

static void a_new_instance_takes_the_name_over(void **state)
{
    (void)state;
    OWNED(children_remove_folder) char *data = children_folder();
    struct child broker;
    struct child first;
    struct child second;
    struct child listening;
    broker_start(&broker, data);
    child_start(&listening, "listener", data);
    child_start(&first, "history", data);
    child_expect(&listening, "history is up");
    child_start(&second, "history", data); /* waits for the lock of the first */
    assert_int_equal(child_end(&first), 0);
    child_expect(&listening, "history is away");
    child_expect(&listening, "history is up");
    struct child asking;
    child_start(&asking, "asker", data);
    child_expect(&asking, "answered");
    child_kill(&asking);
    assert_int_equal(child_end(&second), 0);
    assert_int_equal(child_end(&listening), 0);
    assert_int_equal(child_end(&broker), 0);
}

static void a_second_broker_on_a_folder_refuses_to_start(void **state)
{
    (void)state;
    OWNED(children_remove_folder) char *data = children_folder();
    struct child first;
    struct child second;
    struct child answering;
    struct child listening;
    broker_start(&first, data);
    child_start(&answering, "history", data);
    child_start(&listening, "listener", data);
    child_expect(&listening, "history is up"); /* so the first has the folder */
    broker_start(&second, data);
    assert_int_equal(child_wait(&second), 1);
    assert_int_equal(child_end(&answering), 0);
    assert_int_equal(child_end(&listening), 0);
    assert_int_equal(child_end(&first), 0);
}

int main(int argc, char **argv)
{
    int status = 0;
    if (child_plays(argc, argv, roles, &status)) {
        return status;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_always_comes),
        cmocka_unit_test(a_late_joiner_gets_the_newest_event_of_each_subject),
        cmocka_unit_test(a_killed_broker_loses_no_ask_silently),
        cmocka_unit_test(a_reader_that_stops_costs_little_and_delays_nobody),
        cmocka_unit_test(a_new_instance_takes_the_name_over),
        cmocka_unit_test(a_second_broker_on_a_folder_refuses_to_start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

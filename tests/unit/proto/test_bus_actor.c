/* SPDX-License-Identifier: MIT
 * test_bus_actor.c - the loop of an actor without a broker: how it starts and ends, its timers, its
 * threads, that asking nobody is answered too, and what it says first. Real processes, ended by
 * real signals. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "proto/base/clock.h"
#include "proto/bus/parts.h"
#include "proto/bus/remote.h"
#include "proto/wire/envelope.h"
#include "tests/support/children.h"

/* ---- one that works in threads ---- */

enum { LANE_LIMIT = 64 };

struct worker {
    int done;
    pid_t loop_thread;
};

static void work_slowly(void *task)
{
    int64_t end_ms = clock_monotonic_ms() + 3;
    while (clock_monotonic_ms() < end_ms) {
    }
    *(pid_t *)task = gettid();
}

static void work_done(struct actor *a, void *task)
{
    struct worker *self = actor_self(a);
    pid_t worked_in = *(pid_t *)task;
    free(task);
    if (worked_in == self->loop_thread || gettid() != self->loop_thread) {
        say("in the wrong thread");
    }
    self->done++;
    if (self->done == 1) {
        say("first done");
    }
}

static enum err start_work(struct actor *a)
{
    struct worker *self = actor_self(a);
    self->loop_thread = gettid();
    int taken = 0;
    enum err e = OK;
    while (e == OK && taken < 1000) {
        pid_t *task = must_alloc(sizeof(*task));
        e = actor_offload(a, 0, work_slowly, work_done, task);
        taken += e == OK;
        if (e != OK) {
            free(task);
        }
    }
    say("taken %d then %s", taken, err_code(e));
    return OK;
}

static void stop_work(struct actor *a)
{
    struct worker *self = actor_self(a);
    say("stopped after %d", self->done);
}

static const struct actor_spec worker = {.name = "worker",
                                         .summary = "Works in threads.",
                                         .self_size = sizeof(struct worker),
                                         .start = start_work,
                                         .stop = stop_work};

/* ---- one whose work takes too long to wait for ---- */

static void work_for_ever(void *task)
{
    (void)task;
    for (;;) {
        pause();
    }
}

static void never_done(struct actor *a, void *task)
{
    (void)a;
    (void)task;
}

static enum err start_endless(struct actor *a)
{
    say("started");
    return actor_offload(a, 3, work_for_ever, never_done, NULL);
}

static const struct actor_spec endless = {
    .name = "endless", .summary = "Never ends its work.", .start = start_endless};

/* ---- timers, own sockets, and asking nobody ---- */

struct lonely {
    int beats, every, told;
    zsock_t *here, *there;
};

static void say_told(struct actor *a, void *context)
{
    (void)context;
    const struct lonely *self = actor_self(a);
    say("told %d", self->told);
    actor_stop(a, 7);
}

static void on_told(struct actor *a, const struct answer *answer, void *context)
{
    struct lonely *self = actor_self(a);
    bool *asking = context;
    if (*asking) {
        say("told before actor_ask returned");
    }
    if (answer->code != ERR_ACTOR_AWAY) {
        say("told %s", err_code(answer->code));
    }
    if (++self->told == 1100) {
        actor_after(a, 600, say_told, NULL); /* beyond every deadline: a second time would show */
    }
}

static void must_not_ring(struct actor *a, void *context)
{
    (void)a;
    (void)context;
    say("a cancelled timer rang");
}

static void cancel_other(struct actor *a, void *other)
{
    actor_cancel(a, *(int *)other);
}

static void on_socket(struct actor *a, zsock_t *socket, void *context)
{
    (void)context;
    char *text = zstr_recv(socket);
    say("heard %s", text);
    zstr_free(&text);
    actor_unwatch(a, socket);
    static bool asking;
    const struct status_get q = {0};
    asking = true;
    for (int i = 0; i < 1100; i++) {
        ask_status_get(a, "history", &q, NULL, 500, on_told, &asking);
    }
    asking = false;
}

static void ring(struct actor *a, void *timer)
{
    struct lonely *self = actor_self(a);
    if (++self->beats == 3) {
        actor_cancel(a, *(int *)timer);
        zstr_send(self->there, "hello");
    }
}

static enum err start_lonely(struct actor *a)
{
    struct lonely *self = actor_self(a);
    static int due;
    self->here = zsock_new_pair("@inproc://lonely");
    self->there = zsock_new_pair(">inproc://lonely");
    actor_watch(a, self->here, on_socket, NULL);
    self->every = actor_every(a, 5, ring, &self->every);
    actor_after(a, 10, cancel_other, &due); /* due in the same turn, cancelled by the first */
    due = actor_after(a, 10, must_not_ring, NULL);
    return OK;
}

static void stop_lonely(struct actor *a)
{
    struct lonely *self = actor_self(a);
    zsock_destroy(&self->there);
    zsock_destroy(&self->here);
}

static const struct actor_spec lonely = {.name = "lonely",
                                         .summary = "Asks nobody.",
                                         .self_size = sizeof(struct lonely),
                                         .start = start_lonely,
                                         .stop = stop_lonely};

/* ---- many descriptors, for reading and for writing ---- */

enum { PAIRS = 40 };

struct listener {
    int pairs[PAIRS][2];
    int heard;
};

static void on_hang_up(struct actor *a, int fd, short ready, void *context)
{
    (void)context;
    char left = 0;
    say("hung up %d", (ready & ZMQ_POLLIN) != 0 && read(fd, &left, 1) == 0);
    actor_unwatch_fd(a, fd);
    actor_unwatch_fd(a, fd); /* harmless */
    actor_stop(a, 0);
}

static void on_writable(struct actor *a, int fd, short ready, void *context)
{
    const struct listener *self = context;
    say("writable %d", ready == ZMQ_POLLOUT);
    actor_watch_fd(a, fd, ZMQ_POLLIN, on_hang_up, NULL); /* replaces this one, from within it */
    close(self->pairs[0][1]);
}

static void on_byte(struct actor *a, int fd, short ready, void *context)
{
    struct listener *self = context;
    char byte = 0;
    if (ready != ZMQ_POLLIN || read(fd, &byte, 1) != 1) {
        say("woken for nothing");
    }
    actor_unwatch_fd(a, fd);
    if (++self->heard == PAIRS) {
        say("heard all");
        actor_watch_fd(a, self->pairs[0][0], ZMQ_POLLOUT, on_writable, self);
    }
}

static enum err start_listening(struct actor *a)
{
    struct listener *self = actor_self(a);
    for (int i = 0; i < PAIRS; i++) {
        if (socketpair(AF_UNIX, SOCK_STREAM, 0, self->pairs[i]) != 0 ||
            write(self->pairs[i][1], "x", 1) != 1) {
            return ERR_SYSTEM;
        }
        actor_watch_fd(a, self->pairs[i][0], ZMQ_POLLIN, on_byte, self);
    }
    return OK;
}

static const struct actor_spec listener = {.name = "listener",
                                           .summary = "Listens to many.",
                                           .self_size = sizeof(struct listener),
                                           .start = start_listening};

/* ---- one that asks before its loop has heard of the connection ---- */

static void on_early(struct actor *a, const struct answer *answer, void *context)
{
    (void)a;
    (void)context;
    say("early: %s", err_code(answer->code));
}

static enum err ask_when_told(struct actor *a)
{
    char word[8];
    const struct actors_get body = {};
    if (read(STDIN_FILENO, word, sizeof(word)) <= 0) {
        return ERR_SYSTEM;
    }
    ask_actors_get(a, "broker", &body, NULL, 30000, on_early, NULL);
    return OK;
}

static const struct actor_spec early = {
    .name = "early", .summary = "Asks at once.", .start = ask_when_told};

/* ---- one that starts another and dies ---- */

static int start_and_die(const char *data_dir)
{
    struct child orphan;
    child_start(&orphan, "worker", data_dir);
    child_expect(&orphan, "taken");
    say("pid %d", (int)orphan.pid);
    kill(getpid(), SIGKILL);
    return EXIT_FAILURE;
}

static const struct role roles[] = {{"worker", &worker, NULL}, {"endless", &endless, NULL},
                                    {"lonely", &lonely, NULL}, {"listener", &listener, NULL},
                                    {"early", &early, NULL},   {"parent", NULL, start_and_die},
                                    {NULL, NULL, NULL}};

/* ---- the tests ---- */

static void work_taken_is_finished_and_told_before_the_actor_stops(void **state)
{
    (void)state;
    OWNED(children_remove_folder) char *data = children_folder();
    struct child c;
    child_start(&c, "worker", data);
    child_expect(&c, "taken 64 then BUSY");
    child_expect(&c, "first done");
    kill(c.pid, SIGTERM);
    child_expect(&c, "stopped after 64");
    assert_int_equal(child_wait(&c), 0);
}

static void endless_work_does_not_keep_a_stopped_actor(void **state)
{
    (void)state;
    OWNED(children_remove_folder) char *data = children_folder();
    struct child c;
    child_start(&c, "endless", data);
    child_expect(&c, "started");
    int64_t began_ms = clock_monotonic_ms();
    kill(c.pid, SIGINT);
    assert_int_equal(child_wait(&c), 0);
    assert_true(clock_monotonic_ms() - began_ms < 30000);
}

static void asking_while_nobody_is_there_is_told_once_each(void **state)
{
    (void)state;
    OWNED(children_remove_folder) char *data = children_folder();
    struct child c;
    child_start(&c, "lonely", data);
    char line[512];
    child_line(&c, line, sizeof(line));
    assert_string_equal(line, "heard hello");
    child_line(&c, line, sizeof(line));
    assert_string_equal(line, "told 1100");
    assert_int_equal(child_wait(&c), 7);
}

static void many_descriptors_are_heard_and_given_up_within_their_own_callback(void **state)
{
    (void)state;
    OWNED(children_remove_folder) char *data = children_folder();
    struct child c;
    char line[512];
    child_start(&c, "listener", data);
    static const char *const said[] = {"heard all", "writable 1", "hung up 1"};
    for (size_t i = 0; i < COUNT_OF(said); i++) {
        child_line(&c, line, sizeof(line));
        assert_string_equal(line, said[i]);
    }
    assert_int_equal(child_wait(&c), 0);
}

/* Else whom it asked could hear of it, ask it, and be told by the broker that nobody has that name.
 */
static void the_first_thing_a_broker_hears_is_the_hello(void **state)
{
    (void)state;
    OWNED(children_remove_folder) char *data = children_folder();
    OWNED(zsock_destroy) zsock_t *broker = zsock_new(ZMQ_ROUTER);
    OWNED(zsock_destroy) zsock_t *monitor = zsock_new(ZMQ_PAIR);
    struct child c;
    char folder[256];
    (void)snprintf(folder, sizeof(folder), "%s/run", data);
    assert_int_equal(mkdir(folder, 0700), 0);
    assert_int_equal(zmq_socket_monitor(zsock_resolve(broker), "inproc://connected",
                                        ZMQ_EVENT_HANDSHAKE_SUCCEEDED),
                     0);
    assert_int_equal(zsock_connect(monitor, "inproc://connected"), 0);
    assert_true(zsock_bind(broker, "ipc://%s/bus.ipc", folder) >= 0);
    zsock_set_rcvtimeo(monitor, 60000);
    zsock_set_rcvtimeo(broker, 60000);
    child_start(&c, "early", data);
    OWNED(zmsg_destroy) zmsg_t *connected = zmsg_recv(monitor);
    assert_non_null(connected);
    child_tell(&c, "ask");
    OWNED(zmsg_destroy) zmsg_t *first = zmsg_recv(broker);
    assert_non_null(first);
    assert_int_equal(zmsg_size(first), 3);
    (void)zmsg_first(first); /* who says it */
    zframe_t *head = zmsg_next(first);
    OWNED(arena_destroy) struct arena *arena = arena_new();
    struct label label;
    assert_int_equal(envelope_read(zframe_data(head), zframe_size(head), arena, &label),
                     ENVELOPE_FINE);
    assert_string_equal(schema_messages[label.name].wire, "actor.hello");
    child_expect(&c, "early: ACTOR_AWAY");
    assert_int_equal(child_end(&c), 0);
}

static void an_actor_ends_with_the_process_that_started_it(void **state)
{
    (void)state;
    OWNED(children_remove_folder) char *data = children_folder();
    struct child parent;
    if (prctl(PR_SET_CHILD_SUBREAPER, 1) != 0) {
        skip(); /* an emulator of programs passes it on to no kernel */
    }
    child_start(&parent, "parent", data);
    pid_t orphan = (pid_t)child_expect_number(&parent, "pid ");
    assert_int_equal(child_wait(&parent), 128 + SIGKILL);
    int status = 0;
    assert_int_equal(waitpid(orphan, &status, 0), orphan); /* given to us, its next of kin */
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static int run_with(const char *const *arguments)
{
    pid_t pid = fork();
    if (pid == 0) {
        FILE *quiet = freopen("/dev/null", "w", stdout);
        FILE *silent = freopen("/dev/null", "w", stderr);
        if (quiet != NULL && silent != NULL) {
            execv("/proc/self/exe", (char *const *)arguments);
        }
        _exit(127);
    }
    struct child c = {.pid = pid, .out = -1};
    return child_wait(&c);
}

static void options_are_checked(void **state)
{
    (void)state;
    assert_int_equal(run_with((const char *[]){"worker", "--help", NULL}), 0);
    assert_int_equal(run_with((const char *[]){"worker", "--version", NULL}), 0);
    assert_int_equal(run_with((const char *[]){"worker", NULL}), 2);
    assert_int_equal(run_with((const char *[]){"worker", "--data", NULL}), 2);
    assert_int_equal(run_with((const char *[]){"worker", "--no-such", NULL}), 2);
    assert_int_equal(run_with((const char *[]){"worker", "--data", "/tmp", "more", NULL}), 2);
    assert_int_equal(run_with((const char *[]){"worker", "--data", "/tmp", "--name", "a/b", NULL}),
                     2);
    assert_int_equal(run_with((const char *[]){"worker", "--data", "/no/such/folder", NULL}), 1);
}

/* A connection to a door (`own` is only asked for being there) or to the broker of this machine. */
static void is_given_up_when_silent_for(struct connection c, int64_t most_ms)
{
    int64_t now_ms = 1000000;
    int64_t last_ms = now_ms;
    c.connected = true;
    c.heard_ms = c.beat_ms = c.hello_ms = now_ms;
    while (now_ms - last_ms < most_ms) { /* hellos go out all the time, and nothing is heard */
        now_ms += HELLO_EVERY_MS;
        connection_hello_due(&c, now_ms);
        assert_int_equal(connection_is_silent(&c, now_ms), now_ms - last_ms > most_ms);
    }
    connection_hello_due(&c, now_ms + HELLO_EVERY_MS);
    assert_true(connection_is_silent(&c, now_ms + HELLO_EVERY_MS));
    now_ms += 1000000; /* this process was suspended */
    connection_hello_due(&c, now_ms);
    assert_false(connection_is_silent(&c, now_ms));
}

static void silence_while_this_process_was_suspended_is_nobodys(void **state)
{
    (void)state;
    char own = 0;
    is_given_up_when_silent_for((struct connection){0}, HUNG_AFTER_MS);
    is_given_up_when_silent_for((struct connection){.own = (zcert_t *)(void *)&own},
                                REMOTE_SILENT_MS);
}

int main(int argc, char **argv)
{
    int status = 0;
    if (child_plays(argc, argv, roles, &status)) {
        return status;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(work_taken_is_finished_and_told_before_the_actor_stops),
        cmocka_unit_test(endless_work_does_not_keep_a_stopped_actor),
        cmocka_unit_test(asking_while_nobody_is_there_is_told_once_each),
        cmocka_unit_test(many_descriptors_are_heard_and_given_up_within_their_own_callback),
        cmocka_unit_test(the_first_thing_a_broker_hears_is_the_hello),
        cmocka_unit_test(an_actor_ends_with_the_process_that_started_it),
        cmocka_unit_test(options_are_checked),
        cmocka_unit_test(silence_while_this_process_was_suspended_is_nobodys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

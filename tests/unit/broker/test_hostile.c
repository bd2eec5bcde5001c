/* SPDX-License-Identifier: MIT
 * test_hostile.c - malformed, oversized, foreign and unknown messages end no process: not the
 * broker that gets them from an actor, not an actor that gets them from a broker. Each is counted
 * by reason. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "proto/wire/envelope.h"
#include "tests/support/children.h"

enum { ANSWER_WITHIN_MS = 8000 };

/* ---- an honest actor to be harmed ---- */

static enum err on_job_get(struct actor *a, const struct msg *m)
{
    (void)a;
    (void)m;
    return ERR_JOB_NOT_FOUND;
}

static enum err on_progress(struct actor *a, const struct msg *m)
{
    (void)a;
    say("progress of %s", msg_subject(m));
    return OK;
}

static enum err say_started(struct actor *a)
{
    (void)a;
    say("started");
    return OK;
}

/* Of whoever is up, itself too: from then on the broker has somebody to give its commands to. */
static enum err say_change(struct actor *a, const struct msg *m)
{
    (void)a;
    say("%s is known", msg_actor_changed(m)->actor);
    return OK;
}

static const struct actor_spec history = {
    .name = "history",
    .summary = "A history for tests.",
    .start = say_started,
    .on = {[MSG_job_get] = on_job_get,
           [MSG_sync_progress] = on_progress,
           [MSG_actor_changed] = say_change},
};

/* ---- raw sockets ---- */

static void *open_socket(void *context, int type, const char *data_dir, const char *identity)
{
    char endpoint[256];
    int linger_ms = 2000;
    void *socket = zmq_socket(context, type);
    snprintf(endpoint, sizeof(endpoint), "ipc://%s/run/bus.ipc", data_dir);
    zmq_setsockopt(socket, ZMQ_LINGER, &linger_ms, sizeof(linger_ms));
    if (type == ZMQ_ROUTER) {
        zmq_bind(socket, endpoint);
    } else {
        zmq_setsockopt(socket, ZMQ_ROUTING_ID, identity, strlen(identity));
        zmq_connect(socket, endpoint);
    }
    return socket;
}

static void send_text(void *socket, const char *bytes, size_t size, bool more)
{
    if (zmq_send(socket, bytes, size, more ? ZMQ_SNDMORE : 0) < 0) {
        say("cannot send: %s", zmq_strerror(zmq_errno()));
    }
}

static void send_envelope(void *socket, const struct envelope *e, enum envelope_kind kind,
                          const char *body, size_t size)
{
    struct buffer head = {0};
    envelope_write(e, kind, &head);
    send_text(socket, head.data, head.size, true);
    send_text(socket, body, size, false);
    buffer_release(&head);
}

/* Waits for the answer to this id and reads its body; prints what went wrong. */
static bool read_answer(void *socket, uint64_t id, struct arena *arena, struct label *out_label,
                        struct bytes *out_body)
{
    zmq_pollitem_t item = {.socket = socket, .events = ZMQ_POLLIN};
    while (zmq_poll(&item, 1, ANSWER_WITHIN_MS) > 0) {
        zmq_msg_t frames[2];
        if (frames_receive(socket, frames, 2) != FRAMES_TAKEN) {
            continue;
        }
        enum envelope_fault fault =
            envelope_read(zmq_msg_data(&frames[0]), zmq_msg_size(&frames[0]), arena, out_label);
        size_t size = zmq_msg_size(&frames[1]);
        out_body->data = arena_text(arena, zmq_msg_data(&frames[1]), size);
        out_body->size = size;
        frames_close(frames, 2);
        if (fault == ENVELOPE_FINE && out_label->envelope.id == id) {
            return true;
        }
    }
    say("no answer to %llu", (unsigned long long)id);
    return false;
}

static void say_refusal(void *socket, uint64_t id, const char *what)
{
    OWNED(arena_destroy) struct arena *arena = arena_new();
    struct label label;
    struct bytes body;
    struct refusal why = {0};
    struct flaw flaw;
    if (read_answer(socket, id, arena, &label, &body) &&
        record_unpack(desc_refusal(), body.data, body.size, arena, &why, &flaw) == OK) {
        say("%s: %s %s", what, why.code, why.field != NULL ? why.field : "");
    }
}

/* ---- a stranger who sends everything that is wrong ---- */

static const char me[] = "stranger#1";
static const char empty_map[] = "\x80";

static void send_wrong_frames(void *socket)
{
    static char large[ENVELOPE_MAX + 1];
    send_text(socket, "alone", 5, false);
    send_text(socket, "", 0, false);
    send_text(socket, "one", 3, true);
    send_text(socket, "two", 3, true);
    send_text(socket, "three", 5, false);
    send_text(socket, "\xdd\xff\xff\xff\xff", 5, true); /* promises four thousand million items */
    send_text(socket, "", 0, false);
    send_text(socket, "no envelope", 11, true);
    send_text(socket, "", 0, false);
    send_text(socket, large, sizeof(large), true);
    send_text(socket, "", 0, false);
}

static void send_wrong_envelopes(void *socket)
{
    const struct envelope unknown = {
        .name = "no.such", .id = 11, .sender = me, .target = "history"};
    const struct envelope wrong_kind = {
        .name = "sync.progress", .id = 12, .sender = me, .target = "history"};
    const struct envelope foreign = {
        .name = "job.get", .id = 13, .sender = "history#1", .target = "history"};
    const struct envelope homeless = {.name = "job.get", .id = 14, .sender = me};
    const struct envelope stray = {.name = "job.got", .id = 15, .sender = me, .target = "asker#1"};
    const struct envelope unnumbered = {
        .name = "sync.progress", .id = 0, .sender = me, .subject = "tautulli_import"};
    const struct envelope usurper = {.name = "actor.changed",
                                     .id = 0,
                                     .sender = me,
                                     .subject = "history#1",
                                     .seq = 1,
                                     .has_seq = true};
    send_envelope(socket, &unknown, ENVELOPE_COMMAND, empty_map, 1);
    say_refusal(socket, 11, "unknown name");
    send_envelope(socket, &wrong_kind, ENVELOPE_COMMAND, empty_map, 1);
    send_envelope(socket, &foreign, ENVELOPE_COMMAND, empty_map, 1);
    send_envelope(socket, &homeless, ENVELOPE_COMMAND, empty_map, 1);
    say_refusal(socket, 14, "no target");
    send_envelope(socket, &stray, ENVELOPE_REPLY, empty_map, 1);
    send_envelope(socket, &unnumbered, ENVELOPE_EVENT, empty_map, 1);
    send_envelope(socket, &usurper, ENVELOPE_EVENT, empty_map, 1);
}

static void send_wrong_bodies(void *socket)
{
    struct envelope e = {.name = "job.get", .id = 21, .sender = me, .target = "history"};
    send_envelope(socket, &e, ENVELOPE_COMMAND, empty_map, 1);
    say_refusal(socket, 21, "missing field");
    e.id = 22;
    send_envelope(socket, &e, ENVELOPE_COMMAND, "\xdf\xff\xff\xff\xff", 5);
    say_refusal(socket, 22, "garbage");
    e.id = 23;
    e.name = "lease.take";
    send_envelope(socket, &e, ENVELOPE_COMMAND, empty_map, 1);
    say_refusal(socket, 23, "not its command");
    e = (struct envelope){.name = "actor.hello", .id = 24, .sender = me, .target = "broker"};
    send_envelope(socket, &e, ENVELOPE_COMMAND, empty_map, 1);
    say_refusal(socket, 24, "empty hello");
    e = (struct envelope){.name = "sync.progress",
                          .id = 0,
                          .sender = me,
                          .subject = "garbage",
                          .seq = 1,
                          .has_seq = true};
    send_envelope(socket, &e, ENVELOPE_EVENT, "garbage", 7); /* history wants it, and drops it */
}

static void say_counts(void *socket)
{
    OWNED(arena_destroy) struct arena *arena = arena_new();
    const struct envelope e = {.name = "actors.get", .id = 31, .sender = me, .target = "broker"};
    struct label label;
    struct bytes body;
    struct actors_got got = {0};
    struct flaw flaw;
    send_envelope(socket, &e, ENVELOPE_COMMAND, empty_map, 1);
    if (read_answer(socket, 31, arena, &label, &body) &&
        record_unpack(desc_actors_got(), body.data, body.size, arena, &got, &flaw) == OK) {
        for (size_t i = 0; i < got.counters_count; i++) {
            say("%s %llu", got.counters[i].name, (unsigned long long)got.counters[i].n);
        }
    }
}

/* Bytes that are not even ZeroMQ's, and a message beyond the limit: the connection ends, no more.
 */
static void harass(void *context, const char *data_dir)
{
    static char large[BUS_MESSAGE_MAX + 1];
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int raw = socket(AF_UNIX, SOCK_STREAM, 0);
    snprintf(address.sun_path, sizeof(address.sun_path), "%s/run/bus.ipc", data_dir);
    if (connect(raw, (struct sockaddr *)&address, sizeof(address)) == 0 &&
        write(raw, "GET / HTTP/1.1\r\n\r\n", 18) == 18) {
        say("harassed");
    }
    close(raw);
    void *big = open_socket(context, ZMQ_DEALER, data_dir, "stranger#2");
    const struct envelope e = {
        .name = "job.get", .id = 1, .sender = "stranger#2", .target = "history"};
    int no_linger = 0;
    send_envelope(big, &e, ENVELOPE_COMMAND, large, sizeof(large));
    zmq_setsockopt(big, ZMQ_LINGER, &no_linger, sizeof(no_linger));
    zmq_close(big);
}

static int be_strange(const char *data_dir)
{
    void *context = zmq_ctx_new();
    void *socket = open_socket(context, ZMQ_DEALER, data_dir, me);
    harass(context, data_dir);
    send_wrong_frames(socket);
    send_wrong_envelopes(socket);
    send_wrong_bodies(socket);
    say_counts(socket);
    say("done");
    zmq_close(socket);
    zmq_ctx_term(context);
    return EXIT_SUCCESS;
}

/* ---- a broker that answers nonsense ---- */

static void answer_nonsense(void *socket, zmq_msg_t *peer, uint64_t hello_id, const char *target)
{
    const struct envelope broken = {
        .name = "actor.welcome", .id = hello_id, .sender = "broker#x", .target = target};
    const struct envelope wrong = {
        .name = "job.got", .id = hello_id, .sender = "broker#x", .target = target};
    const struct envelope event = {.name = "sync.progress",
                                   .id = 0,
                                   .sender = "x#1",
                                   .subject = "s",
                                   .seq = 1,
                                   .has_seq = true};
    const struct envelope anonymous = {.name = "job.get", .id = 1};
    const struct {
        const struct envelope *envelope;
        enum envelope_kind kind;
    } wrongs[] = {{&broken, ENVELOPE_REPLY},
                  {&wrong, ENVELOPE_REPLY},
                  {&broken, ENVELOPE_BEAT},
                  {&event, ENVELOPE_EVENT},
                  {&anonymous, ENVELOPE_COMMAND}};
    for (size_t i = 0; i < COUNT_OF(wrongs); i++) {
        zmq_send(socket, zmq_msg_data(peer), zmq_msg_size(peer), ZMQ_SNDMORE);
        send_envelope(socket, wrongs[i].envelope, wrongs[i].kind, "\xc1", 1);
    }
    zmq_send(socket, zmq_msg_data(peer), zmq_msg_size(peer), ZMQ_SNDMORE);
    send_wrong_frames(socket); /* the first goes to the peer, the others to nobody */
    zmq_send(socket, zmq_msg_data(peer), zmq_msg_size(peer), ZMQ_SNDMORE);
    send_text(socket, "\xdd\xff\xff\xff\xff", 5, true);
    send_text(socket, "", 0, false);
}

static int be_wrong_broker(const char *data_dir)
{
    void *context = zmq_ctx_new();
    void *socket = open_socket(context, ZMQ_ROUTER, data_dir, NULL);
    OWNED(arena_destroy) struct arena *arena = arena_new();
    zmq_pollitem_t item = {.socket = socket, .events = ZMQ_POLLIN};
    say("listening");
    for (int hellos = 0; hellos < 4;) {
        zmq_msg_t frames[3];
        struct label label;
        if (zmq_poll(&item, 1, ANSWER_WITHIN_MS) <= 0 ||
            frames_receive(socket, frames, 3) != FRAMES_TAKEN) {
            break;
        }
        if (envelope_read(zmq_msg_data(&frames[1]), zmq_msg_size(&frames[1]), arena, &label) ==
                ENVELOPE_FINE &&
            label.name == MSG_actor_hello) {
            answer_nonsense(socket, &frames[0], label.envelope.id, label.envelope.sender);
            say("hello %d", ++hellos); /* the actor lived to say it again */
        }
        frames_close(frames, 3);
    }
    zmq_close(socket);
    zmq_ctx_term(context);
    return EXIT_SUCCESS;
}

static const struct role roles[] = {{"history", &history, NULL},
                                    {"stranger", NULL, be_strange},
                                    {"wrong-broker", NULL, be_wrong_broker},
                                    {NULL, NULL, NULL}};

/* ---- the tests ---- */

static void nothing_a_stranger_sends_ends_the_broker_or_an_actor(void **state)
{
    (void)state;
    OWNED(children_remove_folder) char *data = children_folder();
    struct child broker;
    struct child honest;
    struct child stranger;
    broker_start(&broker, data);
    child_start(&honest, "history", data);
    child_expect(&honest, "started");
    child_expect(&honest, "history is known");
    child_start(&stranger, "stranger", data);
    child_expect(&stranger, "harassed");
    child_expect(&stranger, "unknown name: BAD_MESSAGE");
    child_expect(&stranger, "no target: BAD_MESSAGE");
    child_expect(&stranger, "missing field: BAD_FIELD job_id");
    child_expect(&stranger, "garbage: BAD_MESSAGE");
    child_expect(&stranger, "not its command: BAD_MESSAGE");
    child_expect(&stranger, "empty hello: BAD_FIELD");
    child_expect(&stranger, "events.dropped_malformed 2");
    child_expect(&stranger, "dropped.foreign_sender 1");
    child_expect(&stranger, "dropped.stray_reply 1");
    child_expect(&stranger, "dropped.wrong_frame_count 3");
    child_expect(&stranger, "dropped.oversized_envelope 1");
    child_expect(&stranger, "dropped.malformed_envelope 2");
    child_expect(&stranger, "dropped.unknown_name 1");
    child_expect(&stranger, "dropped.wrong_kind 1");
    child_expect(&stranger, "done");
    assert_int_equal(child_wait(&stranger), 0);
    assert_int_equal(child_end(&honest), 0);
    assert_int_equal(child_end(&broker), 0);
}

static void nothing_a_broker_sends_ends_an_actor(void **state)
{
    (void)state;
    OWNED(children_remove_folder) char *data = children_folder();
    char run[256];
    struct child broker;
    struct child honest;
    snprintf(run, sizeof(run), "%s/run", data);
    assert_int_equal(mkdir(run, 0700), 0);
    child_start(&broker, "wrong-broker", data);
    child_expect(&broker, "listening");
    child_start(&honest, "history", data);
    child_expect(&broker, "hello 4");
    child_wait(&broker);
    assert_int_equal(child_end(&honest), 0);
}

int main(int argc, char **argv)
{
    int status = 0;
    if (child_plays(argc, argv, roles, &status)) {
        return status;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_a_stranger_sends_ends_the_broker_or_an_actor),
        cmocka_unit_test(nothing_a_broker_sends_ends_an_actor),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

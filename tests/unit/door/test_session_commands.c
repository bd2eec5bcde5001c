/* SPDX-License-Identifier: MIT
 * test_session_commands.c - what the broker hears of a session, and in which order: it knows the
 * worker before it hears what that asks, so that its end is told to whoever gave it work. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
/* clang-format off: cmocka wants the four above first */
#include <cmocka.h>
/* clang-format on */

#include "actors/door/door.h"
#include "actors/door/session_commands.h"
#include "proto/bus/parts.h"

#define INSTANCE "import-worker#0011.22"

struct place {
    struct actor actor;
    struct door door;
    struct session session;
    zsock_t *router; /* the broker's */
    struct arena *arena;
};

static int set_up(void **state)
{
    struct place *p = must_alloc(sizeof(*p));
    p->door.actor = &p->actor;
    p->door.arena = arena_new();
    p->arena = arena_new();
    p->session = (struct session){.door = &p->door, .fits = true};
    (void)snprintf(p->session.instance, sizeof(p->session.instance), INSTANCE);
    p->session.broker = zsock_new(ZMQ_DEALER);
    zsock_set_sndtimeo(p->session.broker, 0);
    zsock_set_immediate(p->session.broker, 1);
    zsock_set_identity(p->session.broker, INSTANCE);
    *state = p;
    return 0;
}

static int tear_down(void **state)
{
    struct place *p = *state;
    zsock_destroy(&p->session.broker);
    zsock_destroy(&p->router);
    arena_destroy(&p->door.arena);
    arena_destroy(&p->arena);
    buffer_release(&p->door.head);
    buffer_release(&p->door.body);
    free(p);
    return 0;
}

static void be_known_to(struct place *p, const char *broker)
{
    (void)snprintf(p->actor.connection.broker, sizeof(p->actor.connection.broker), "%s", broker);
}

static enum err take(struct place *p, uint64_t id)
{
    zmq_msg_t body;
    zmq_msg_init(&body);
    struct label label = {.name = MSG_lease_take};
    label.envelope = (struct envelope){.name = schema_messages[MSG_lease_take].wire, .id = id};
    enum err e = session_forward(&p->session, &label, "tautulli", &body, ROWS_UNTOLD);
    zmq_msg_close(&body);
    return e;
}

/* What came to the broker next; "" if nothing did. */
static const char *came(struct place *p)
{
    zmq_msg_t frames[3];
    struct label label;
    if (frames_receive(zsock_resolve(p->router), frames, 3) != FRAMES_TAKEN) {
        return "";
    }
    assert_int_equal(
        envelope_read(zmq_msg_data(&frames[1]), zmq_msg_size(&frames[1]), p->arena, &label),
        ENVELOPE_FINE);
    assert_string_equal(label.envelope.sender, INSTANCE);
    frames_close(frames, 3);
    return schema_messages[label.name].wire;
}

static void connect_broker(struct place *p)
{
    static int number; /* what was bound before may not be free yet */
    number++;
    p->router = zsock_new(ZMQ_ROUTER);
    assert_int_equal(zsock_bind(p->router, "inproc://broker-%d", number), 0);
    assert_int_equal(zsock_connect(p->session.broker, "inproc://broker-%d", number), 0);
}

static void the_hello_goes_first_and_once(void **state)
{
    struct place *p = *state;
    be_known_to(p, "broker#1");
    connect_broker(p);
    assert_int_equal(take(p, 5), OK);
    assert_int_equal(take(p, 6), OK);
    assert_string_equal(came(p), "actor.hello");
    assert_string_equal(came(p), "lease.take");
    assert_string_equal(came(p), "lease.take");
    assert_string_equal(came(p), "");
}

static void a_broker_that_is_new_hears_it_again(void **state)
{
    struct place *p = *state;
    connect_broker(p);
    for (int i = 1; i < 3; i++) {
        char broker[16];
        (void)snprintf(broker, sizeof(broker), "broker#%d", i);
        be_known_to(p, broker);
        assert_int_equal(take(p, 4 + (uint64_t)i), OK);
        assert_string_equal(came(p), "actor.hello");
        assert_string_equal(came(p), "lease.take");
    }
}

static void what_is_asked_waits_for_a_broker_that_is_away(void **state)
{
    struct place *p = *state;
    be_known_to(p, "broker#1");
    assert_int_equal(take(p, 5), ERR_BUSY);
    connect_broker(p);
    assert_string_equal(came(p), "");
    assert_int_equal(take(p, 5), OK);
    assert_string_equal(came(p), "actor.hello");
    assert_string_equal(came(p), "lease.take");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_hello_goes_first_and_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_broker_that_is_new_hears_it_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_asked_waits_for_a_broker_that_is_away, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

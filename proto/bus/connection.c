/* SPDX-License-Identifier: MIT
 * connection.c - the one socket of an actor, to the broker: it is opened, comes and goes, and a
 * hello keeps the actor known there.
 *
 * Heartbeats are our own messages; ZMQ_HEARTBEAT_IVL ends the process in libzmq 4.3.4. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "proto/base/clock.h"
#include "proto/bus/parts.h"

enum { CONNECTION_QUEUE = 256, LINGER_MS = 1000, RECONNECT_MS = 50 };

static const char monitor_endpoint[] = "inproc://playbus-broker-monitor";

/* ---- hello ---- */

static void on_welcome(struct actor *a, const struct answer *answer, void *context)
{
    (void)context;
    if (answer->code != OK) {
        return; /* the next hello tries again */
    }
    const struct actor_welcome *welcome = msg_actor_welcome(answer->reply);
    a->connection.welcomed_ms = a->connection.heard_ms = clock_monotonic_ms();
    if (strcmp(welcome->broker, a->connection.broker) != 0) {
        log_info("known to the broker broker=%s", welcome->broker);
        snprintf(a->connection.broker, sizeof(a->connection.broker), "%s", welcome->broker);
        publisher_repeat_all(a);
    }
}

/* The broker ends who is silent for long; nobody else could end the broker. */
static void end_hung_broker(struct actor *a)
{
    int64_t now_ms = clock_monotonic_ms();
    bool paused = now_ms - a->connection.hello_ms > AWAY_AFTER_MS; /* we did not listen */
    a->connection.hello_ms = now_ms;
    if (paused) {
        a->connection.heard_ms = now_ms;
    }
    if (now_ms - a->connection.heard_ms > HUNG_AFTER_MS) {
        (void)process_end_hung(process_lock_holder(BROKER_LOCK), "broker");
        a->connection.heard_ms = now_ms;
    }
}

static void say_hello(struct actor *a, void *context)
{
    (void)context;
    if (!a->connection.connected) {
        return; /* said as soon as it is */
    }
    end_hung_broker(a);
    const char *events[MSG_COUNT];
    size_t count = 0;
    for (int id = 1; id < MSG_COUNT; id++) {
        if (a->spec->on[id] != NULL && schema_messages[id].kind == KIND_EVENT) {
            events[count++] = schema_messages[id].wire;
        }
    }
    struct actor_hello hello = {.actor = a->spec->name,
                                .instance = a->process.instance,
                                .pid = (uint64_t)getpid(),
                                .version = playbus_version(),
                                .events = events,
                                .events_count = count};
    PUT(&hello, memory_bytes, process_memory_bytes());
    PUT(&hello, many, a->spec->many);
    ask_actor_hello(a, "broker", &hello, NULL, AWAY_AFTER_MS, on_welcome, NULL);
    publisher_flush(a);
}

/* ---- the connection coming and going ---- */

static void on_connected(struct actor *a)
{
    a->connection.connected = true;
    a->connection.heard_ms = clock_monotonic_ms();
    say_hello(a, NULL);
}

static void on_disconnected(struct actor *a)
{
    if (!a->connection.connected) {
        return;
    }
    a->connection.connected = false;
    a->connection.welcomed_ms = 0;
    log_warn("the broker is away, connecting again");
    pending_broker_gone(a);
}

static int on_monitor(zloop_t *loop, zsock_t *monitor, void *actor)
{
    (void)loop;
    struct actor *a = actor;
    zmq_msg_t frames[2];
    while (frames_receive(zsock_resolve(monitor), frames, 2) == FRAMES_TAKEN) {
        uint16_t event = 0;
        memcpy(&event, zmq_msg_data(&frames[0]), sizeof(event));
        frames_close(frames, 2);
        if (event == ZMQ_EVENT_HANDSHAKE_SUCCEEDED) {
            on_connected(a);
        } else if (event == ZMQ_EVENT_DISCONNECTED) {
            on_disconnected(a);
        }
    }
    return loop_goes_on(a);
}

static enum err open_monitor(struct actor *a)
{
    if (zmq_socket_monitor(zsock_resolve(a->connection.dealer), monitor_endpoint,
                           ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_DISCONNECTED) != 0) {
        return ERR_SYSTEM;
    }
    a->connection.monitor = zsock_new(ZMQ_PAIR);
    if (a->connection.monitor == NULL ||
        zsock_connect(a->connection.monitor, "%s", monitor_endpoint) != 0) {
        return ERR_SYSTEM;
    }
    return zloop_reader(a->loop, a->connection.monitor, on_monitor, a) == 0 ? OK : ERR_SYSTEM;
}

enum err connection_open(struct actor *a)
{
    const char *endpoint = config_text(a->process.config, SETTING_bus_endpoint);
    zsock_t *dealer = zsock_new(ZMQ_DEALER);
    if (dealer == NULL) {
        return ERR_SYSTEM;
    }
    a->connection.dealer = dealer;
    zsock_set_linger(dealer, LINGER_MS);
    zsock_set_sndtimeo(dealer, 0);
    zsock_set_immediate(dealer, 1);
    zsock_set_sndhwm(dealer, CONNECTION_QUEUE);
    zsock_set_rcvhwm(dealer, CONNECTION_QUEUE);
    zsock_set_maxmsgsize(dealer, BUS_MESSAGE_MAX);
    zsock_set_reconnect_ivl(dealer, RECONNECT_MS);
    zsock_set_identity(dealer, a->process.instance);
    if (open_monitor(a) != OK || zloop_reader(a->loop, dealer, dispatcher_read, a) != 0 ||
        zsock_connect(dealer, "%s", endpoint) != 0) {
        log_error("cannot connect to the broker endpoint=%s reason=%s", endpoint, strerror(errno));
        return ERR_SYSTEM;
    }
    actor_every(a, HELLO_EVERY_MS, say_hello, NULL);
    return OK;
}

void connection_close(struct actor *a)
{
    if (a->connection.dealer != NULL) {
        zmq_socket_monitor(zsock_resolve(a->connection.dealer), NULL, 0);
    }
    zsock_destroy(&a->connection.monitor);
    zsock_destroy(&a->connection.dealer);
    buffer_release(&a->connection.head);
    buffer_release(&a->connection.body);
}

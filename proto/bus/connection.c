/* SPDX-License-Identifier: MIT
 * connection.c - the one socket of an actor, to the broker: it is opened, comes and goes, and a
 * hello keeps the actor known there.
 *
 * Heartbeats are our own messages; ZMQ_HEARTBEAT_IVL ends the process in libzmq 4.3.4. A worker on
 * another machine (an endpoint of tcp://) has a socket to the door instead, never without CURVE,
 * and opens a new one where no beat comes: a connection can be cut without either end being told.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "proto/base/clock.h"
#include "proto/bus/parts.h"
#include "proto/bus/remote.h"
#include "proto/schema/roles.h"

enum { CONNECTION_QUEUE = 256, LINGER_MS = 1000, RECONNECT_MS = 50 };

/* ---- hello ---- */

static void on_welcome(struct actor *a, const struct answer *answer, void *context)
{
    (void)context;
    if (answer->code == ERR_WORKER_DIFFERS && !a->connection.turned_away) {
        a->connection.turned_away = true;
        log_error("this worker gets no work reason=%s",
                  answer->why != NULL && answer->why->text != NULL ? answer->why->text : "");
    }
    if (answer->code != OK) {
        return; /* the next hello tries again */
    }
    a->connection.turned_away = false;
    const struct actor_welcome *welcome = msg_actor_welcome(answer->reply);
    a->connection.welcomed_ms = a->connection.heard_ms = clock_monotonic_ms();
    if (strcmp(welcome->broker, a->connection.broker) != 0) {
        log_info("known to the broker broker=%s", welcome->broker);
        snprintf(a->connection.broker, sizeof(a->connection.broker), "%s", welcome->broker);
        publisher_repeat_all(a);
    }
}

void connection_hello_due(struct connection *c, int64_t now_ms)
{
    if (now_ms - c->hello_ms > AWAY_AFTER_MS) { /* we did not listen */
        c->heard_ms = c->beat_ms = now_ms;
    }
    c->hello_ms = now_ms;
}

bool connection_is_silent(const struct connection *c, int64_t now_ms)
{
    return c->own != NULL ? now_ms - c->beat_ms > REMOTE_SILENT_MS
                          : c->connected && now_ms - c->heard_ms > HUNG_AFTER_MS;
}

/* The broker ends who is silent for long; nobody else could end the broker. */
static void end_hung_broker(struct actor *a, int64_t now_ms)
{
    if (connection_is_silent(&a->connection, now_ms)) {
        (void)process_end_hung(process_lock_holder(BROKER_LOCK), "broker");
        a->connection.heard_ms = now_ms;
    }
}

static void reopen_if_silent(struct actor *a, int64_t now_ms);

static void say_hello(struct actor *a, void *context)
{
    (void)context;
    int64_t now_ms = clock_monotonic_ms();
    connection_hello_due(&a->connection, now_ms);
    if (a->connection.own != NULL) {
        reopen_if_silent(a, now_ms);
    } else {
        end_hung_broker(a, now_ms);
    }
    if (!a->connection.connected) {
        return; /* said as soon as it is */
    }
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
    char machine[256];
    if (a->connection.own != NULL) {
        remote_machine(machine, sizeof(machine));
        hello.machine = machine;
        hello.schema_hash = schema_hash();
        PUT(&hello, mapping, MAPPING_VERSION);
    }
    ask_actor_hello(a, "broker", &hello, NULL, AWAY_AFTER_MS, on_welcome, NULL);
    publisher_flush(a);
}

/* ---- the connection coming and going ---- */

static void on_connected(struct actor *a)
{
    a->connection.connected = true;
    a->connection.heard_ms = a->connection.beat_ms = clock_monotonic_ms();
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
        } else if (event == ZMQ_EVENT_HANDSHAKE_FAILED_AUTH && !a->connection.turned_away) {
            a->connection.turned_away = true;
            log_error("the door does not let this worker in: its key was revoked, or never known");
        }
    }
    return loop_goes_on(a);
}

static enum err open_monitor(struct actor *a)
{
    struct connection *c = &a->connection;
    char endpoint[64];
    (void)snprintf(endpoint, sizeof(endpoint), "inproc://playbus-broker-monitor-%u", c->sockets);
    if (zmq_socket_monitor(zsock_resolve(c->dealer), endpoint,
                           ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_DISCONNECTED |
                               ZMQ_EVENT_HANDSHAKE_FAILED_AUTH) != 0) {
        return ERR_SYSTEM;
    }
    c->monitor = zsock_new(ZMQ_PAIR);
    if (c->monitor == NULL || zsock_connect(c->monitor, "%s", endpoint) != 0) {
        return ERR_SYSTEM;
    }
    return zloop_reader(a->loop, c->monitor, on_monitor, a) == 0 ? OK : ERR_SYSTEM;
}

static zsock_t *local_dealer(const struct actor *a)
{
    zsock_t *dealer = zsock_new(ZMQ_DEALER);
    if (dealer != NULL) {
        zsock_set_linger(dealer, LINGER_MS);
        zsock_set_sndtimeo(dealer, 0);
        zsock_set_immediate(dealer, 1);
        zsock_set_sndhwm(dealer, CONNECTION_QUEUE);
        zsock_set_rcvhwm(dealer, CONNECTION_QUEUE);
        zsock_set_maxmsgsize(dealer, BUS_MESSAGE_MAX);
        zsock_set_reconnect_ivl(dealer, RECONNECT_MS);
        zsock_set_identity(dealer, a->process.instance);
    }
    return dealer;
}

static zsock_t *door_dealer(const struct actor *a)
{
    const struct connection *c = &a->connection;
    char id[REMOTE_ID_SIZE];
    char route[REMOTE_ROUTE_SIZE];
    if (!remote_fingerprint(zcert_public_txt(c->own), id)) {
        return NULL;
    }
    (void)snprintf(route, sizeof(route), "%s.%.40s.%u", id, strchr(a->process.instance, '#') + 1,
                   c->sockets);
    return remote_dealer(c->own, zcert_meta(c->own, "door"), route);
}

static enum err open_socket(struct actor *a)
{
    const char *endpoint = config_text(a->process.config, SETTING_bus_endpoint);
    struct connection *c = &a->connection;
    c->sockets++;
    c->beat_ms = clock_monotonic_ms();
    c->dealer = c->own != NULL ? door_dealer(a) : local_dealer(a);
    if (c->dealer == NULL || open_monitor(a) != OK ||
        zloop_reader(a->loop, c->dealer, dispatcher_read, a) != 0 ||
        zsock_connect(c->dealer, "%s", endpoint) != 0) {
        log_error("cannot connect to the broker endpoint=%s reason=%s", endpoint, strerror(errno));
        return ERR_SYSTEM;
    }
    return OK;
}

static void close_socket(struct actor *a)
{
    struct connection *c = &a->connection;
    if (c->dealer != NULL) {
        zmq_socket_monitor(zsock_resolve(c->dealer), NULL, 0);
        zloop_reader_end(a->loop, c->dealer);
    }
    if (c->monitor != NULL) {
        zloop_reader_end(a->loop, c->monitor);
    }
    zsock_destroy(&c->monitor);
    zsock_destroy(&c->dealer);
}

static void reopen_if_silent(struct actor *a, int64_t now_ms)
{
    if (!connection_is_silent(&a->connection, now_ms)) {
        return;
    }
    on_disconnected(a);
    close_socket(a);
    if (open_socket(a) != OK) {
        a->stopping = true;
        a->exit_status = EXIT_FAILURE; /* its supervisor tries again */
    }
}

/* The bus is on another machine: nothing is said there without a key of one's own. */
static enum err load_own_key(struct actor *a)
{
    if (strncmp(config_text(a->process.config, SETTING_bus_endpoint), "tcp://", 6) != 0) {
        return OK;
    }
    a->connection.own = access(REMOTE_KEY, R_OK) == 0 ? zcert_load(REMOTE_KEY) : NULL;
    if (a->connection.own == NULL) {
        log_error("%s remedy=%s", err_sentence(ERR_WORKER_NOT_JOINED),
                  err_remedy(ERR_WORKER_NOT_JOINED));
        return ERR_WORKER_NOT_JOINED;
    }
    return OK;
}

enum err connection_open(struct actor *a)
{
    enum err e = load_own_key(a);
    e = e == OK ? open_socket(a) : e;
    if (e == OK) {
        actor_every(a, HELLO_EVERY_MS, say_hello, NULL);
    }
    return e;
}

void connection_close(struct actor *a)
{
    close_socket(a);
    zcert_destroy(&a->connection.own);
    buffer_release(&a->connection.head);
    buffer_release(&a->connection.body);
}

/* SPDX-License-Identifier: MIT
 * sessions.c - the table of workers' processes, who gives way where it is full, and what keeps them
 * up for the broker. What they ask for is in session_commands.c. */
#include "actors/door/sessions.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actors/door/door.h"
#include "actors/door/session_commands.h"
#include "actors/door/session_hello.h"
#include "proto/base/clock.h"

enum { BROKER_QUEUE = 16, LINGER_MS = 0 };

static zsock_t *connect_broker(const struct door *d, const char *instance)
{
    zsock_t *dealer = zsock_new(ZMQ_DEALER);
    if (dealer == NULL) {
        return NULL;
    }
    zsock_set_linger(dealer, LINGER_MS);
    zsock_set_sndtimeo(dealer, 0);
    zsock_set_immediate(dealer, 1);
    zsock_set_sndhwm(dealer, BROKER_QUEUE);
    zsock_set_rcvhwm(dealer, BROKER_QUEUE);
    zsock_set_maxmsgsize(dealer, BUS_MESSAGE_MAX);
    zsock_set_reconnect_ivl(dealer, 50);
    zsock_set_identity(dealer, instance);
    if (zsock_connect(dealer, "%s", config_text(actor_config(d->actor), SETTING_bus_endpoint)) !=
        0) {
        zsock_destroy(&dealer);
    }
    return dealer;
}

/* Without the number of its socket: of one process, however often it connects. */
static size_t process_part(const char *route)
{
    const char *dot = strrchr(route, '.');
    return dot != NULL ? (size_t)(dot - route) : strlen(route);
}

static unsigned long socket_number(const char *route)
{
    const char *dot = strrchr(route, '.');
    return dot != NULL ? strtoul(dot + 1, NULL, 10) : 0;
}

static struct session *find(const struct door *d, const char *route)
{
    size_t size = process_part(route);
    for (size_t i = 0; i < d->sessions.count; i++) {
        struct session *s = d->sessions.items[i];
        if (process_part(s->route) == size && memcmp(s->route, route, size) == 0) {
            return s;
        }
    }
    return NULL;
}

static size_t count_of_key(const struct sessions *all, const char *key_id)
{
    size_t count = 0;
    for (size_t i = 0; i < all->count; i++) {
        count += strcmp(all->items[i]->key_id, key_id) == 0 ? 1 : 0;
    }
    return count;
}

/* Only of one that has two more: else they would take turns. */
int sessions_place_for(const struct sessions *s, const char *key_id)
{
    size_t most = count_of_key(s, key_id) + 1;
    int place = -1;
    for (size_t i = 0; i < s->count; i++) {
        size_t has = count_of_key(s, s->items[i]->key_id);
        bool longer =
            place >= 0 && has == most && s->items[i]->heard_ms < s->items[place]->heard_ms;
        if (has > most || longer) {
            most = has;
            place = (int)i;
        }
    }
    return place;
}

/* Is there one for this key? What the one that goes has under way is asked again, from elsewhere.
 */
static bool make_room(struct door *d, const char *key_id)
{
    if (count_of_key(&d->sessions, key_id) >= SESSIONS_OF_KEY_MAX) {
        return false;
    }
    if (d->sessions.count < SESSIONS_MAX) {
        return true;
    }
    int place = sessions_place_for(&d->sessions, key_id);
    if (place >= 0) {
        session_end_commands(d->sessions.items[place]);
        sessions_drop(d, (size_t)place);
    }
    return place >= 0;
}

static struct session *open_session(struct door *d, const struct door_key *key, const char *route)
{
    if (!make_room(d, key->id)) {
        return NULL;
    }
    struct session *s = must_alloc(sizeof(*s));
    s->door = d;
    (void)snprintf(s->key_id, sizeof(s->key_id), "%s", key->id);
    (void)snprintf(s->instance, sizeof(s->instance), WORKER_INSTANCE "%.*s",
                   (int)process_part(route), route);
    s->broker = connect_broker(d, s->instance);
    if (s->broker == NULL) {
        free(s);
        return NULL;
    }
    session_watch(s);
    d->sessions.items[d->sessions.count++] = s;
    return s;
}

struct session *sessions_get(struct door *d, const struct door_key *key, const char *route, int fd,
                             const char *address)
{
    struct session *s = find(d, route);
    if (s == NULL) {
        s = open_session(d, key, route);
    }
    if (s != NULL && socket_number(route) >= socket_number(s->route)) { /* or it is a straggler */
        (void)snprintf(s->route, sizeof(s->route), "%s", route);
        (void)snprintf(s->address, sizeof(s->address), "%s", address);
        s->fd = fd;
        s->heard_ms = clock_monotonic_ms();
    }
    return s;
}

void sessions_drop(struct door *d, size_t at)
{
    struct session *s = d->sessions.items[at];
    d->sessions.items[at] = d->sessions.items[--d->sessions.count];
    session_drop_commands(s);
    zsock_destroy(&s->broker);
    free(s);
}

void sessions_drop_key(struct door *d, const char *key_id)
{
    for (size_t i = d->sessions.count; i-- > 0;) {
        if (strcmp(d->sessions.items[i]->key_id, key_id) == 0) {
            sessions_drop(d, i);
        }
    }
}

static void beat(struct session *s)
{
    const struct envelope e = {.name = "beat", .id = 0, .sender = "door"};
    zmq_msg_t head;
    zmq_msg_t body;
    buffer_reset(&s->door->head);
    envelope_write(&e, ENVELOPE_BEAT, &s->door->head);
    frame_from_buffer(&head, &s->door->head);
    zmq_msg_init(&body);
    (void)door_send(s->door, s->route, &head, &body);
}

bool session_is_there(struct session *s)
{
    int64_t heard_ms = listener_heard_ms(&s->door->listener, s->fd, s->route);
    s->heard_ms = heard_ms > s->heard_ms ? heard_ms : s->heard_ms;
    return heard_ms != 0 && clock_monotonic_ms() - s->heard_ms < REMOTE_SILENT_MS;
}

void sessions_beat(struct door *d)
{
    int64_t now_ms = clock_monotonic_ms();
    const char *broker = actor_broker(d->actor);
    bool other = d->sessions.broker[0] != '\0' && strcmp(d->sessions.broker, broker) != 0;
    (void)snprintf(d->sessions.broker, sizeof(d->sessions.broker), "%s", broker);
    for (size_t i = d->sessions.count; i-- > 0;) {
        struct session *s = d->sessions.items[i];
        bool there = session_is_there(s);
        if (now_ms - s->heard_ms > SESSION_KEPT_MS) {
            sessions_drop(d, i);
            continue;
        }
        if (other) {
            session_end_commands(s);
        }
        session_close_late(s);
        if (s->fits && there) {
            /* whose connection is gone is away for the broker, until it is back */
            (void)session_say_hello(s);
        }
        beat(s);
    }
}

void sessions_send_held(struct door *d)
{
    for (size_t i = 0; i < d->sessions.count; i++) {
        session_send_held(d->sessions.items[i]);
    }
}

void sessions_release(struct door *d)
{
    while (d->sessions.count > 0) {
        sessions_drop(d, d->sessions.count - 1);
    }
}

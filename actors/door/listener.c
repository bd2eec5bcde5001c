/* SPDX-License-Identifier: MIT
 * listener.c - libzmq accepts whom the kernel hears; its monitor tells of each, and those beyond
 * the limit are shut down before anything is read of them. A descriptor is libzmq's own: it is
 * never closed here. */
#include "actors/door/listener.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "actors/door/keys.h"
#include "actors/door/tcp_bytes.h"
#include "proto/base/clock.h"
#include "proto/wire/envelope.h"

#define OWN_KEY "door/door.key"
#define MONITOR "inproc://playbus-door-monitor"

/* ---- connections ---- */

static struct connection_seen *find(struct listener *l, int fd)
{
    for (size_t i = 0; i < l->count; i++) {
        if (l->connections[i].fd == fd) {
            return &l->connections[i];
        }
    }
    return NULL;
}

/* Events come late: a descriptor may be closed by now, and another socket's. */
static bool read_peer(int fd, struct sockaddr_storage *out)
{
    socklen_t size = sizeof(*out);
    memset(out, 0, sizeof(*out));
    return getpeername(fd, (struct sockaddr *)out, &size) == 0 &&
           (out->ss_family == AF_INET || out->ss_family == AF_INET6);
}

static void cut(struct connection_seen *c)
{
    struct sockaddr_storage now;
    if (!c->cut && read_peer(c->fd, &now) && memcmp(&now, &c->peer, sizeof(now)) == 0) {
        (void)shutdown(c->fd, SHUT_RDWR);
    }
    c->cut = true;
}

/* The place of who never said anything, for longest; NULL: all have. */
static struct connection_seen *oldest_stranger(struct listener *l)
{
    struct connection_seen *oldest = NULL;
    for (size_t i = 0; i < l->count; i++) {
        struct connection_seen *c = &l->connections[i];
        if (c->key_id[0] == '\0' && (oldest == NULL || c->came_ms < oldest->came_ms)) {
            oldest = c;
        }
    }
    return oldest;
}

static void came(struct listener *l, int fd)
{
    struct connection_seen new = {.fd = fd, .came_ms = clock_monotonic_ms()};
    new.heard_ms = new.came_ms;
    l->accepted++;
    bool there = read_peer(fd, &new.peer);
    strangers_came(&l->strangers, there ? &new.peer : NULL, new.came_ms);
    if (!there) {
        return; /* gone already */
    }
    struct connection_seen *place = find(l, fd); /* its end was not told of */
    if (place == NULL && l->count < CONNECTIONS_MAX) {
        place = &l->connections[l->count++];
    } else if (place == NULL) {
        l->too_many++;
        place = oldest_stranger(l);
        cut(place != NULL ? place : &new);
    }
    if (place != NULL) {
        *place = new;
    }
}

static void went(struct listener *l, int fd)
{
    struct connection_seen *gone = find(l, fd);
    if (gone != NULL) {
        *gone = l->connections[--l->count];
    }
}

/* Open ones of this key; `out_silent` is the most silent of them. */
static size_t count_of_key(struct listener *l, const char *key_id,
                           struct connection_seen **out_silent)
{
    size_t count = 0;
    for (size_t i = 0; i < l->count; i++) {
        struct connection_seen *c = &l->connections[i];
        if (!c->cut && strcmp(c->key_id, key_id) == 0) {
            count++;
            *out_silent =
                *out_silent == NULL || c->heard_ms < (*out_silent)->heard_ms ? c : *out_silent;
        }
    }
    return count;
}

/* Who of all keys gives its place to this one, a new one of its key, perhaps after a dead one. */
static struct connection_seen *of_key_with_most(struct listener *l, struct connection_seen *new)
{
    struct connection_seen *goes = NULL;
    size_t most = count_of_key(l, new->key_id, &goes);
    goes = clock_monotonic_ms() - goes->heard_ms > REMOTE_SILENT_MS ? goes : new;
    for (size_t i = 0; i < l->count; i++) {
        struct connection_seen *silent = NULL;
        const char *key_id = l->connections[i].key_id;
        size_t count = key_id[0] != '\0' ? count_of_key(l, key_id, &silent) : 0;
        if (count > most) {
            most = count;
            goes = silent;
        }
    }
    return goes;
}

static void limit_keys(struct listener *l, struct connection_seen *new)
{
    struct connection_seen *silent = NULL;
    struct connection_seen *none = NULL;
    size_t strangers = count_of_key(l, "", &none);
    size_t open = 0;
    for (size_t i = 0; i < l->count; i++) {
        open += l->connections[i].cut ? 0 : 1;
    }
    if (count_of_key(l, new->key_id, &silent) > CONNECTIONS_OF_KEY_MAX) {
        l->too_many++;
        cut(silent);
    } else if (open - strangers > CONNECTIONS_OF_KEYS_MAX) {
        l->too_many++;
        cut(of_key_with_most(l, new));
    }
}

void listener_heard(struct listener *l, int fd, const char *key_id, const char *route)
{
    struct connection_seen *c = find(l, fd);
    if (c == NULL) {
        return;
    }
    c->heard_ms = clock_monotonic_ms();
    c->spoke = true;
    (void)snprintf(c->route, sizeof(c->route), "%s", route);
    if (c->key_id[0] == '\0') {
        strangers_forgive(&l->strangers, &c->peer, c->heard_ms);
    }
    if (strcmp(c->key_id, key_id) != 0) {
        (void)snprintf(c->key_id, sizeof(c->key_id), "%s", key_id);
        limit_keys(l, c);
    }
}

int64_t listener_heard_ms(struct listener *l, int fd, const char *route)
{
    const struct connection_seen *c = find(l, fd);
    return c != NULL && !c->cut && strcmp(c->route, route) == 0 ? c->heard_ms : 0;
}

void listener_cut(struct listener *l, int fd)
{
    struct connection_seen *c = find(l, fd);
    if (c != NULL) {
        cut(c);
    }
}

void listener_cut_key(struct listener *l, const char *key_id)
{
    for (size_t i = 0; i < l->count; i++) {
        if (strcmp(l->connections[i].key_id, key_id) == 0) {
            cut(&l->connections[i]);
        }
    }
}

/* A long message on a slow line is a sign of life long before it is whole. */
static void count_bytes(struct connection_seen *c, int64_t now_ms)
{
    uint64_t bytes = tcp_bytes_received(c->fd);
    if (bytes > c->bytes) {
        c->bytes = bytes;
        c->heard_ms = now_ms;
    }
    c->bytes_then = c->spoke ? c->bytes : c->bytes_then;
    c->spoke = false;
}

/* What is not heard costs nothing; one line a minute says so. */
static void set_filter(struct listener *l)
{
    if (!l->strangers.changed || l->listening < 0) {
        return;
    }
    enum err e = strangers_apply(&l->strangers, l->listening);
    int64_t now_ms = clock_monotonic_ms();
    if (now_ms < l->next_line_ms) {
        return;
    }
    l->next_line_ms = now_ms + LINE_MS;
    if (e != OK) {
        log_warn("strangers who open too many connections are heard nevertheless code=%s",
                 err_code(e));
    } else {
        log_info(
            "strangers open too many connections, they are not heard for a while accepted=%llu",
            (unsigned long long)l->accepted);
    }
}

/* Of a message that does not end libzmq keeps every frame, and no limit of its own ends it. */
static uint64_t unended(const struct connection_seen *c)
{
    return c->cut ? 0 : c->bytes - c->bytes_then;
}

struct connection_seen *listener_heaviest(struct listener *l)
{
    struct connection_seen *heaviest = NULL;
    uint64_t sum = 0;
    for (size_t i = 0; i < l->count; i++) {
        struct connection_seen *c = &l->connections[i];
        sum += unended(c);
        heaviest = heaviest == NULL || unended(c) > unended(heaviest) ? c : heaviest;
    }
    return sum > BYTES_MAX ? heaviest : NULL;
}

void listener_tick(struct listener *l)
{
    int64_t now_ms = clock_monotonic_ms();
    strangers_tick(&l->strangers, now_ms);
    set_filter(l);
    for (size_t i = 0; i < l->count; i++) {
        struct connection_seen *c = &l->connections[i];
        count_bytes(c, now_ms);
        if (!c->cut &&
            (now_ms - c->heard_ms > CONNECTION_SILENT_MS || unended(c) > CONNECTION_BYTES_MAX)) {
            l->silent++;
            cut(c);
        }
    }
    for (struct connection_seen *c; (c = listener_heaviest(l)) != NULL;) {
        l->heavy++;
        cut(c);
    }
}

static void on_monitor(struct actor *a, zsock_t *monitor, void *context)
{
    (void)a;
    struct listener *l = context;
    zmq_msg_t frames[2];
    while (frames_receive(zsock_resolve(monitor), frames, 2) == FRAMES_TAKEN) {
        uint16_t event = 0;
        uint32_t value = 0;
        memcpy(&event, zmq_msg_data(&frames[0]), sizeof(event));
        memcpy(&value, (const char *)zmq_msg_data(&frames[0]) + sizeof(event), sizeof(value));
        frames_close(frames, 2);
        if (event == ZMQ_EVENT_LISTENING) {
            l->listening = (int)value;
        } else if (event == ZMQ_EVENT_ACCEPTED) {
            came(l, (int)value);
            set_filter(l);
        } else if (event == ZMQ_EVENT_DISCONNECTED) {
            went(l, (int)value);
        } else {
            l->not_let_in++;
        }
    }
}

/* ---- open and close ---- */

static enum err load_own_key(struct listener *l)
{
    if (access(OWN_KEY, R_OK) == 0) {
        l->own = zcert_load(OWN_KEY);
        return l->own != NULL ? OK : ERR_SYSTEM;
    }
    l->own = zcert_new();
    return zcert_save_secret(l->own, OWN_KEY ".new") == 0 ? remote_keep_key(OWN_KEY ".new", OWN_KEY)
                                                          : err_from_errno(errno);
}

void listener_reload(struct listener *l)
{
    if (zstr_sendx(l->zap, "CURVE", KEYS_FOLDER, NULL) == 0) {
        (void)zsock_wait(l->zap);
    }
}

static enum err open_monitor(struct listener *l)
{
    int events = ZMQ_EVENT_LISTENING | ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_DISCONNECTED |
                 ZMQ_EVENT_HANDSHAKE_FAILED_AUTH | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL |
                 ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL;
    if (zmq_socket_monitor(zsock_resolve(l->router), MONITOR, events) != 0) {
        return ERR_SYSTEM;
    }
    l->monitor = zsock_new(ZMQ_PAIR);
    return l->monitor != NULL && zsock_connect(l->monitor, MONITOR) == 0 ? OK : ERR_SYSTEM;
}

static enum err open_router(struct listener *l, const char *endpoint)
{
    l->router = zsock_new(ZMQ_ROUTER);
    if (l->router == NULL) {
        return ERR_SYSTEM;
    }
    zsock_set_linger(l->router, 0);
    zsock_set_sndtimeo(l->router, 0);
    zsock_set_router_mandatory(l->router, 1);
    zsock_set_sndhwm(l->router, ROUTER_QUEUE);
    zsock_set_rcvhwm(l->router, ROUTER_QUEUE);
    zsock_set_maxmsgsize(l->router, REMOTE_MESSAGE_MAX);
    zsock_set_handshake_ivl(l->router, HANDSHAKE_MS);
    zsock_set_backlog(l->router, BACKLOG);
    zsock_set_ipv6(l->router, 1);
    zsock_set_zap_domain(l->router, "playbus");
    zcert_apply(l->own, l->router);
    zsock_set_curve_server(l->router, 1);
    remote_watch_peer(l->router);
    enum err e = open_monitor(l);
    if (e == OK && zsock_bind(l->router, "%s", endpoint) == -1) {
        log_error("cannot listen for workers endpoint=%s reason=%s", endpoint, strerror(errno));
        e = ERR_BAD_SETTING;
    }
    return e;
}

enum err listener_open(struct listener *l, struct actor *a, const char *endpoint)
{
    l->listening = -1;
    if (strncmp(endpoint, "tcp://", 6) != 0) {
        log_error("setting bus.remote: tcp://ADDRESS:PORT is needed");
        return ERR_BAD_SETTING;
    }
    enum err e = load_own_key(l);
    l->zap = e == OK ? zactor_new(zauth, NULL) : NULL;
    if (l->zap == NULL) {
        return e != OK ? e : ERR_SYSTEM;
    }
    listener_reload(l);
    e = open_router(l, endpoint);
    if (e == OK) {
        actor_watch(a, l->monitor, on_monitor, l);
    }
    return e;
}

void listener_close(struct listener *l, struct actor *a)
{
    if (l->router != NULL) {
        actor_unwatch(a, l->router);
        zmq_socket_monitor(zsock_resolve(l->router), NULL, 0);
    }
    if (l->monitor != NULL) {
        actor_unwatch(a, l->monitor);
    }
    zsock_destroy(&l->monitor);
    zsock_destroy(&l->router);
    zactor_destroy(&l->zap);
    zcert_destroy(&l->own);
}

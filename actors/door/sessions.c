/* SPDX-License-Identifier: MIT
 * sessions.c - commands on their way in, answers on their way out. An answer that finds no room
 * waits here, and with it all that the broker has for that worker: nothing is dropped, nothing
 * piles up. */
#include "actors/door/sessions.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actors/door/door.h"
#include "proto/base/clock.h"

#define HELLO_ID 1 /* of hellos of our own; a worker's are higher */
enum { BROKER_QUEUE = 16, LINGER_MS = 0, READ_AT_ONCE = 16 };

/* ---- what is under way ---- */

static bool is_of_rows(enum msg_id name)
{
    return name == MSG_rows_ask || name == MSG_rows_names_get;
}

static void close_command(struct session *s, struct open_command *c)
{
    s->door->sessions.open_bytes -= c->bytes;
    s->door->sessions.open_rows -= c->id != 0 && is_of_rows(c->name) ? 1 : 0;
    *c = (struct open_command){0};
}

static struct open_command *find_open(struct session *s, uint64_t id)
{
    for (size_t i = 0; i < OPEN_MAX; i++) {
        if (s->open[i].id == id) {
            return &s->open[i];
        }
    }
    return NULL;
}

/* Nobody waits any more for what is past its deadline. */
static void close_late(struct session *s)
{
    int64_t now_ms = clock_monotonic_ms();
    for (size_t i = 0; i < OPEN_MAX; i++) {
        struct open_command *c = &s->open[i];
        if (c->id != 0 && c->until_ms < now_ms) {
            close_command(s, c);
        }
    }
}

static struct open_command *free_place(struct session *s)
{
    close_late(s);
    return find_open(s, 0);
}

/* ---- to the worker ---- */

/* False if it has to wait. A socket that is gone takes its answers with it: its worker asks again.
 */
static bool send_out(struct session *s, zmq_msg_t *head, zmq_msg_t *body)
{
    zmq_msg_t copies[2];
    zmq_msg_init(&copies[0]);
    zmq_msg_init(&copies[1]);
    zmq_msg_copy(&copies[0], head);
    zmq_msg_copy(&copies[1], body);
    return door_send(s->door, s->route, &copies[0], &copies[1]) != EAGAIN;
}

static void let_go(struct session *s)
{
    if (s->holds) {
        frames_close(s->held, 2);
        s->holds = false;
    }
}

static void hold(struct session *s, zmq_msg_t *head, zmq_msg_t *body)
{
    zmq_msg_init(&s->held[0]);
    zmq_msg_init(&s->held[1]);
    zmq_msg_move(&s->held[0], head);
    zmq_msg_move(&s->held[1], body);
    s->holds = true;
    actor_unwatch(s->door->actor, s->broker);
}

/* Rows count when the history says that it has them, by this and not before. */
static void note_rows(struct session *s, const struct open_command *c, zmq_msg_t *body)
{
    struct batch_committed done = {0};
    struct flaw flaw = {0};
    if (c->name == MSG_lease_done) {
        door_note_had(s->door, s->key_id, c->had);
    } else if (c->name == MSG_batch_commit &&
               record_unpack(desc_batch_committed(), zmq_msg_data(body), zmq_msg_size(body),
                             s->door->arena, &done, &flaw) == OK) {
        door_note_rows(s->door, s->key_id, done.has_rows ? done.rows : 0);
    }
}

/* A batch that no honest worker sends costs its key more; but not one that is to come again. */
static void charge(struct session *s, const struct open_command *c, zmq_msg_t *body)
{
    struct refusal why = {0};
    struct flaw flaw = {0};
    if (record_unpack(desc_refusal(), zmq_msg_data(body), zmq_msg_size(body), s->door->arena, &why,
                      &flaw) != OK) {
        return;
    }
    switch (err_from_code(why.code)) {
    case ERR_BAD_MESSAGE:
    case ERR_BAD_FIELD:
    case ERR_BATCH_NOT_LEASED:
    case ERR_BATCH_REFUSED:
    case ERR_SAMPLE_DIFFERS:
        keys_charge(keys_by_id(&s->door->keys, s->key_id), c->bytes);
        break;
    default:
        break;
    }
}

/* Only what the worker asked for comes back: no events, no beats of the broker's. */
static void take_answer(struct session *s, zmq_msg_t *frames)
{
    struct label label;
    arena_reset(s->door->arena);
    enum envelope_fault fault =
        envelope_read(zmq_msg_data(&frames[0]), zmq_msg_size(&frames[0]), s->door->arena, &label);
    bool answer =
        fault == ENVELOPE_FINE && (label.kind == ENVELOPE_REPLY || label.kind == ENVELOPE_REFUSED);
    struct open_command *c =
        answer && label.envelope.id != 0 ? find_open(s, label.envelope.id) : NULL;
    if (c == NULL) {
        return;
    }
    if (label.kind == ENVELOPE_REPLY) {
        note_rows(s, c, &frames[1]);
    } else if (c->name == MSG_batch_commit) {
        charge(s, c, &frames[1]);
    }
    close_command(s, c);
    if (!send_out(s, &frames[0], &frames[1])) {
        hold(s, &frames[0], &frames[1]);
    }
}

static void on_broker(struct actor *a, zsock_t *broker, void *context)
{
    (void)a;
    struct session *s = context;
    for (int i = 0; i < READ_AT_ONCE && !s->holds; i++) {
        zmq_msg_t frames[2];
        enum frames_got got = frames_receive(zsock_resolve(broker), frames, 2);
        if (got == FRAMES_NONE) {
            return;
        }
        if (got == FRAMES_TAKEN) {
            take_answer(s, frames);
            frames_close(frames, 2);
        }
    }
}

/* ---- to the broker ---- */

/* Each is unpacked by the history in its loop, whatever becomes of it. */
static bool may_deliver(const struct session *s)
{
    size_t open = 0;
    for (size_t i = 0; i < OPEN_MAX; i++) {
        open += s->open[i].id != 0 && s->open[i].name == MSG_batch_commit ? 1 : 0;
    }
    return open < BATCHES_OPEN_MAX;
}

static size_t rows_open(const struct session *s)
{
    size_t open = 0;
    for (size_t i = 0; i < OPEN_MAX; i++) {
        open += s->open[i].id != 0 && is_of_rows(s->open[i].name) ? 1 : 0;
    }
    return open;
}

/* What it asks for comes at once, and waits here if the line is slow. */
static bool may_ask_rows(const struct session *s)
{
    const struct sessions *all = &s->door->sessions;
    size_t of_key = 0;
    for (size_t i = 0; i < all->count; i++) {
        bool same = strcmp(all->items[i]->key_id, s->key_id) == 0;
        of_key += same ? rows_open(all->items[i]) : 0;
    }
    return rows_open(s) < ROWS_OPEN_MAX && of_key < ROWS_OPEN_KEY_MAX &&
           all->open_rows < ROWS_OPEN_ALL_MAX;
}

enum err session_forward(struct session *s, const struct label *label, const char *target,
                         zmq_msg_t *body, enum rows_had had)
{
    struct door *d = s->door;
    size_t bytes = zmq_msg_size(body);
    struct open_command *place =
        find_open(s, label->envelope.id) == NULL ? free_place(s) : NULL; /* a repeated id: busy */
    bool asks_rows = is_of_rows(label->name);
    if (place == NULL || d->sessions.open_bytes + bytes > OPEN_BYTES_MAX ||
        (asks_rows && !may_ask_rows(s)) || (label->name == MSG_batch_commit && !may_deliver(s))) {
        return ERR_BUSY;
    }
    struct envelope e = {.name = label->envelope.name,
                         .id = label->envelope.id,
                         .correlation_id = label->envelope.correlation_id,
                         .sender = s->instance,
                         .target = target};
    uint64_t ttl_ms = label->envelope.has_ttl_ms ? label->envelope.ttl_ms : TTL_MAX_MS;
    PUT(&e, ttl_ms, ttl_ms < TTL_MAX_MS ? ttl_ms : TTL_MAX_MS);
    zmq_msg_t frames[2];
    buffer_reset(&d->head);
    envelope_write(&e, ENVELOPE_COMMAND, &d->head);
    frame_from_buffer(&frames[0], &d->head);
    zmq_msg_init(&frames[1]);
    zmq_msg_move(&frames[1], body);
    if (frames_send(zsock_resolve(s->broker), frames, 2) != 0) {
        return ERR_BUSY; /* or the broker is away: it comes back */
    }
    *place = (struct open_command){.id = e.id,
                                   .name = label->name,
                                   .until_ms = clock_monotonic_ms() + (int64_t)e.ttl_ms,
                                   .bytes = bytes,
                                   .had = had};
    d->sessions.open_bytes += bytes;
    d->sessions.open_rows += asks_rows ? 1 : 0;
    return OK;
}

/* More than its socket has room for: what is not told now is told later, since a worker that hears
 * nothing waits for its deadline. */
static void tell_ended(struct session *s)
{
    for (size_t i = 0; i < OPEN_MAX; i++) {
        struct open_command *c = &s->open[i];
        if (c->ended && door_refuse(s->door, s->route, schema_messages[c->name].wire, c->id,
                                    ERR_ACTOR_AWAY, NULL)) {
            close_command(s, c);
        }
    }
}

/* Of a broker that is no more nothing is answered: whoever asked asks the new one. */
static void end_open(struct session *s)
{
    for (size_t i = 0; i < OPEN_MAX; i++) {
        s->open[i].ended = s->open[i].id != 0;
    }
    tell_ended(s);
}

/* ---- the table ---- */

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
        end_open(d->sessions.items[place]);
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
    actor_watch(d->actor, s->broker, on_broker, s);
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
    let_go(s);
    for (size_t i = 0; i < OPEN_MAX; i++) {
        close_command(s, &s->open[i]);
    }
    actor_unwatch(d->actor, s->broker);
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

enum err session_hello(struct session *s, zmq_msg_t *out_body)
{
    struct door *d = s->door;
    struct flaw flaw = {0};
    const struct door_key *key = keys_by_id(&d->keys, s->key_id);
    struct actor_hello hello = {.actor = "import-worker",
                                .instance = s->instance,
                                .pid = (uint64_t)getpid(),
                                .version = key != NULL ? key->version : ""};
    PUT(&hello, many, true);
    buffer_reset(&d->body);
    enum err e = record_pack(desc_actor_hello(), &hello, &d->body, &flaw);
    if (e == OK) {
        frame_from_buffer(out_body, &d->body);
    } else {
        zmq_msg_init(out_body);
    }
    return e;
}

/* Its own hello may wait behind a batch. The answer finds nobody who asked for it. */
static void say_hello(struct session *s)
{
    struct envelope e = {.name = schema_messages[MSG_actor_hello].wire,
                         .id = HELLO_ID,
                         .sender = s->instance,
                         .target = "broker"};
    zmq_msg_t frames[2];
    PUT(&e, ttl_ms, REMOTE_SILENT_MS);
    if (session_hello(s, &frames[1]) != OK) {
        return;
    }
    buffer_reset(&s->door->head);
    envelope_write(&e, ENVELOPE_COMMAND, &s->door->head);
    frame_from_buffer(&frames[0], &s->door->head);
    (void)frames_send(zsock_resolve(s->broker), frames, 2);
}

void sessions_beat(struct door *d)
{
    int64_t now_ms = clock_monotonic_ms();
    const char *broker = actor_broker(d->actor);
    bool other = d->sessions.broker[0] != '\0' && strcmp(d->sessions.broker, broker) != 0;
    (void)snprintf(d->sessions.broker, sizeof(d->sessions.broker), "%s", broker);
    for (size_t i = d->sessions.count; i-- > 0;) {
        struct session *s = d->sessions.items[i];
        int64_t heard_ms = listener_heard_ms(&d->listener, s->fd, s->route);
        s->heard_ms = heard_ms > s->heard_ms ? heard_ms : s->heard_ms;
        if (now_ms - s->heard_ms > SESSION_KEPT_MS) {
            sessions_drop(d, i);
            continue;
        }
        if (other) {
            end_open(s);
        }
        close_late(s);
        if (s->fits && heard_ms != 0 && now_ms - s->heard_ms < REMOTE_SILENT_MS) {
            say_hello(s); /* whose connection is gone is away for the broker, until it is back */
        }
        beat(s);
    }
}

void sessions_send_held(struct door *d)
{
    for (size_t i = 0; i < d->sessions.count; i++) {
        struct session *s = d->sessions.items[i];
        tell_ended(s);
        if (s->holds && send_out(s, &s->held[0], &s->held[1])) {
            let_go(s);
            actor_watch(d->actor, s->broker, on_broker, s);
        }
    }
}

void sessions_release(struct door *d)
{
    while (d->sessions.count > 0) {
        sessions_drop(d, d->sessions.count - 1);
    }
}

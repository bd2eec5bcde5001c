/* SPDX-License-Identifier: MIT
 * session_commands.c - commands on their way in, answers on their way out. An answer that finds no
 * room waits here, and with it all that the broker has for that worker: nothing is dropped, nothing
 * piles up. */
#include "actors/door/session_commands.h"

#include <errno.h>
#include <string.h>

#include "actors/door/door.h"
#include "actors/door/session_hello.h"
#include "proto/base/clock.h"

enum { READ_AT_ONCE = 16 };

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

void session_close_late(struct session *s)
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
    session_close_late(s);
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

/* A batch that an honest worker hardly ever sends costs its key more; but not one that is to come
 * again. */
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
    if (!session_greet(s)) {
        return ERR_BUSY; /* the broker is away: it comes back */
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
        return ERR_BUSY;
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

void session_end_commands(struct session *s)
{
    for (size_t i = 0; i < OPEN_MAX; i++) {
        s->open[i].ended = s->open[i].id != 0;
    }
    tell_ended(s);
}

/* ---- a session ---- */

void session_watch(struct session *s)
{
    actor_watch(s->door->actor, s->broker, on_broker, s);
}

void session_send_held(struct session *s)
{
    tell_ended(s);
    if (s->holds && send_out(s, &s->held[0], &s->held[1])) {
        let_go(s);
        session_watch(s);
    }
}

void session_drop_commands(struct session *s)
{
    let_go(s);
    for (size_t i = 0; i < OPEN_MAX; i++) {
        close_command(s, &s->open[i]);
    }
    actor_unwatch(s->door->actor, s->broker);
}

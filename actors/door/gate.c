/* SPDX-License-Identifier: MIT
 * gate.c - what comes in: whose key it is, whether that key may say this, and in whose name it goes
 * on.
 *
 * The key is asked for with every message, as libzmq keeps a connection that was let in once. Who
 * sent it is said by the connection alone: the envelope's sender and the body's `worker` are
 * written here. */
#include <stdio.h>
#include <string.h>

#include "actors/door/door.h"
#include "actors/door/session_commands.h"
#include "actors/door/session_hello.h"
#include "proto/base/clock.h"
#include "proto/base/text.h"
#include "proto/schema/roles.h"

enum { READ_AT_ONCE = 64 };

/* A message as it came, and what its connection says of it. */
struct visit {
    struct door *door;
    struct door_key *key;
    char route[REMOTE_ROUTE_SIZE];
    char address[64];
    int fd;
    struct label label;
    zmq_msg_t *body;
};

/* ---- refusing ---- */

static void refuse(const struct visit *v, enum err code, const char *text)
{
    const struct envelope *e = &v->label.envelope;
    (void)door_refuse(v->door, v->route, e->name, e->id, code, text);
}

static void note(const struct visit *v, enum audit_action action, enum audit_phase phase,
                 const char *about, const char *outcome)
{
    struct refusal_kind kind = {.action = action, .phase = phase};
    (void)snprintf(kind.key_id, sizeof(kind.key_id), "%s", v->key->id);
    (void)snprintf(kind.name, sizeof(kind.name), "%s", v->key->name);
    text_copy(kind.about, sizeof(kind.about), about);
    (void)snprintf(kind.address, sizeof(kind.address), "%s", v->address);
    (void)snprintf(kind.outcome, sizeof(kind.outcome), "%s", outcome);
    refusals_note(&v->door->refusals, &kind);
}

/* An invitation is good for one message, whatever that was; the key is not to be asked after it. */
static void use_up(const struct visit *v)
{
    if (v->key->role == bus_role_join) {
        bool off_disk = keys_remove(&v->door->keys, v->key->id) == OK;
        listener_reload(&v->door->listener);
        log_warn("an invitation was used for no join, it is over off_disk=%d", off_disk);
    }
}

static void note_malformed(const struct visit *v, const char *why)
{
    v->door->malformed++;
    v->key->refused++;
    note(v, audit_action_worker_message, audit_phase_refused, why, err_code(ERR_BAD_MESSAGE));
    use_up(v);
}

/* By its name, whatever it is: nothing of it goes any further. A beat is called what it likes. */
static void forbid(const struct visit *v)
{
    const char *name =
        v->label.kind == ENVELOPE_BEAT ? "beat" : schema_messages[v->label.name].wire;
    v->door->forbidden++;
    v->key->refused++;
    note(v, audit_action_worker_message, audit_phase_refused, name, err_code(ERR_NOT_FOR_ASKER));
    if (v->label.kind == ENVELOPE_COMMAND) {
        refuse(v, ERR_NOT_FOR_ASKER, NULL);
    }
    use_up(v);
}

/* ---- joining ---- */

static void cut(struct door *d, const char *key_id)
{
    sessions_drop_key(d, key_id);
    listener_cut_key(&d->listener, key_id);
}

enum err door_revoke_key(struct door *d, const char *key_id, const char *reason)
{
    enum err e = keys_revoke(&d->keys, key_id, reason);
    cut(d, key_id);
    return e;
}

enum err door_forget_key(struct door *d, const char *key_id)
{
    cut(d, key_id);
    for (size_t i = 0; i < KEYS_MAX; i++) {
        if (strcmp(d->delivered[i].key_id, key_id) == 0) {
            d->delivered[i] = (struct delivered){0};
        }
    }
    return keys_remove(&d->keys, key_id);
}

static void reply_joined(const struct visit *v, const struct door_key *new)
{
    struct door *d = v->door;
    const struct worker_joined joined = {.id = new->id, .name = new->name};
    const struct envelope e = {.name = schema_messages[MSG_worker_joined].wire,
                               .id = v->label.envelope.id,
                               .sender = "door",
                               .target = v->route};
    struct flaw flaw = {0};
    zmq_msg_t head;
    zmq_msg_t body;
    buffer_reset(&d->head);
    buffer_reset(&d->body);
    envelope_write(&e, ENVELOPE_REPLY, &d->head);
    if (record_pack(desc_worker_joined(), &joined, &d->body, &flaw) == OK) {
        frame_from_buffer(&head, &d->head);
        frame_from_buffer(&body, &d->body);
        (void)door_send(d, v->route, &head, &body);
    }
}

/* What must be alike at both ends; the sentence names both, and says nothing that a stranger wrote.
 * False: it is not. */
static bool fits(const char *hash, uint64_t mapping, char *out, size_t room)
{
    if (hash != NULL && strcmp(hash, schema_hash()) == 0 && mapping == MAPPING_VERSION) {
        return true;
    }
    bool digits = hash != NULL && strlen(hash) == SCHEMA_HASH_SIZE - 1 &&
                  strspn(hash, "0123456789abcdef") == SCHEMA_HASH_SIZE - 1;
    (void)snprintf(out, room, "Here messages are %s and the mapping %d, the worker has %s and %llu",
                   schema_hash(), MAPPING_VERSION, digits ? hash : "another",
                   (unsigned long long)mapping);
    return false;
}

static enum err add_worker(const struct visit *v, const struct worker_join *join)
{
    struct door *d = v->door;
    struct door_key new = {.role = bus_role_worker, .made_ms = clock_wall_ms()};
    (void)snprintf(new.public_z85, sizeof(new.public_z85), "%s", join->public_key);
    (void)snprintf(new.name, sizeof(new.name), "%s", v->key->name);
    keys_describe(&new, join->machine, join->version);
    enum err e = keys_add(&d->keys, &new);
    listener_reload(&d->listener); /* the invitation has gone, too */
    if (e == OK) {
        const struct door_key *added = keys_by_public(&d->keys, new.public_z85);
        reply_joined(v, added);
        log_info("a worker joined name=%s machine=%s id=%s", added->name, added->machine,
                 added->id);
    }
    return e;
}

/* The invitation goes first: what comes of a message that a crash cut short must not be had twice.
 * Where the versions differ it stays good: nothing came of it, and whoever installs the right one
 * is to need nothing else. */
static void take_join(const struct visit *v)
{
    char text[256];
    struct flaw flaw = {0};
    struct worker_join join = {0};
    enum err e = record_unpack(desc_worker_join(), zmq_msg_data(v->body), zmq_msg_size(v->body),
                               v->door->arena, &join, &flaw);
    if (e == OK && !fits(join.schema_hash, join.mapping, text, sizeof(text))) {
        note(v, audit_action_worker_message, audit_phase_refused, v->label.envelope.name,
             err_code(ERR_WORKER_DIFFERS));
        refuse(v, ERR_WORKER_DIFFERS, text);
        return;
    }
    struct door_key invitation = *v->key;
    struct visit last = *v;
    last.key = &invitation;
    enum err gone = keys_remove(&v->door->keys, invitation.id); /* its answer is still to leave */
    e = e == OK ? gone : e;
    e = e == OK ? add_worker(&last, &join) : e;
    note(&last, audit_action_worker_joined, e == OK ? audit_phase_outcome : audit_phase_refused,
         join.machine != NULL ? join.machine : "", e == OK ? "ok" : err_code(e));
    if (e != OK) {
        listener_reload(&v->door->listener);
        refuse(&last, e, NULL);
    }
}

/* ---- passing on ---- */

/* The body with the sender that the connection says; one without such a field stays as it came. */
static enum err write_sender(const struct visit *v, const char *instance, enum rows_had *out)
{
    struct door *d = v->door;
    const struct record_desc *record = schema_messages[v->label.name].record();
    size_t at = schema_field_at(record, "worker");
    if (at == record->count) {
        return OK;
    }
    struct flaw flaw = {0};
    char *value = arena_alloc(d->arena, record->size);
    enum err e =
        record_unpack(record, zmq_msg_data(v->body), zmq_msg_size(v->body), d->arena, value, &flaw);
    if (e != OK) {
        return e;
    }
    memcpy(value + record->fields[at].offset, &instance, sizeof(instance));
    if (v->label.name == MSG_lease_take) {
        PUT((struct lease_take *)(void *)value, remote, true);
    } else if (v->label.name == MSG_lease_done) {
        const struct lease_done *done = (const void *)value;
        *out = !done->has_last_id             ? ROWS_UNTOLD
               : done->has_sent && done->sent ? ROWS_SENT
                                              : ROWS_READ;
    }
    buffer_reset(&d->body);
    e = record_pack(record, value, &d->body, &flaw);
    if (e == OK) {
        zmq_msg_close(v->body);
        frame_from_buffer(v->body, &d->body);
    }
    return e;
}

/* To the broker it is a worker like those of this machine; what it wants of events is nothing. */
static enum err write_hello(const struct visit *v, struct session *s)
{
    struct door *d = v->door;
    struct flaw flaw = {0};
    struct actor_hello hello = {0};
    enum err e = record_unpack(desc_actor_hello(), zmq_msg_data(v->body), zmq_msg_size(v->body),
                               d->arena, &hello, &flaw);
    if (e != OK) {
        return e;
    }
    keys_describe(v->key, hello.machine != NULL ? hello.machine : "", hello.version);
    s->problem[0] = '\0';
    s->fits = fits(hello.schema_hash, hello.mapping, s->problem, sizeof(s->problem));
    struct delivered *known = door_delivered(d, s->key_id);
    if (known != NULL) {
        (void)snprintf(known->problem, sizeof(known->problem), "%s", s->problem);
    }
    if (!s->fits) {
        return ERR_WORKER_DIFFERS;
    }
    zmq_msg_close(v->body);
    return session_hello(s, v->body);
}

static void pass_on(const struct visit *v, const char *target)
{
    enum rows_had had = ROWS_UNTOLD;
    struct session *s = sessions_get(v->door, v->key, v->route, v->fd, v->address);
    if (s == NULL) {
        v->door->busy++;
        refuse(v, ERR_BUSY, NULL);
        return;
    }
    enum err e = OK;
    if (v->label.name == MSG_actor_hello) {
        e = write_hello(v, s);
    } else if (!s->fits) {
        e = ERR_WORKER_DIFFERS;
    } else {
        e = write_sender(v, s->instance, &had);
    }
    e = e == OK ? session_forward(s, &v->label, target, v->body, had) : e;
    if (e == OK) {
        v->door->passed++;
    } else {
        v->door->busy += e == ERR_BUSY ? 1 : 0;
        refuse(v, e, s->problem[0] != '\0' ? s->problem : NULL);
    }
}

static void take(const struct visit *v)
{
    const char *target =
        v->label.kind == ENVELOPE_COMMAND ? role_target(v->key->role, v->label.name) : NULL;
    if (target == NULL) {
        forbid(v);
    } else if (v->key->role == bus_role_join) {
        take_join(v);
    } else {
        pass_on(v, target);
    }
}

/* ---- receiving ---- */

/* A socket's id is printable, and begins with its key's fingerprint. */
static bool read_route(struct visit *v, zmq_msg_t *id)
{
    size_t size = zmq_msg_size(id);
    const char *bytes = zmq_msg_data(id);
    size_t print = strlen(v->key->id);
    if (size < print + 2 || size >= REMOTE_ROUTE_SIZE || memcmp(bytes, v->key->id, print) != 0 ||
        bytes[print] != '.') {
        return false;
    }
    memcpy(v->route, bytes, size);
    v->route[size] = '\0';
    return strspn(v->route, "0123456789abcdef.") == size;
}

/* Whose it is, by what the connection says with its first frame; false: it goes no further. */
static bool admit(struct visit *v, zmq_msg_t *id, zmq_msg_t *head)
{
    struct door *d = v->door;
    const char *address = zmq_msg_gets(head, "Peer-Address");
    bool mapped = address != NULL && strncmp(address, "::ffff:", 7) == 0; /* IPv4 on one of IPv6 */
    address = mapped ? address + 7 : address;
    (void)snprintf(v->address, sizeof(v->address), "%s", address != NULL ? address : "");
    v->fd = zmq_msg_get(head, ZMQ_SRCFD);
    v->key = keys_by_public(&d->keys, zmq_msg_gets(head, "User-Id"));
    if (v->key == NULL) {
        d->unknown_key++; /* revoked, or an invitation that is over: dropped, whatever it says */
    } else if (!read_route(v, id)) {
        d->wrong_id++;
    } else {
        listener_heard(&d->listener, v->fd, v->key->id, v->route);
        return true;
    }
    listener_cut(&d->listener, v->fd);
    return false;
}

static void take_message(struct visit *v, zmq_msg_t *head)
{
    struct door *d = v->door;
    arena_reset(d->arena);
    bool allowed = keys_allow(v->key, zmq_msg_size(v->body), clock_monotonic_ms());
    enum envelope_fault fault =
        envelope_read(zmq_msg_data(head), zmq_msg_size(head), d->arena, &v->label);
    bool nameless = fault == ENVELOPE_FINE && v->label.kind == ENVELOPE_COMMAND &&
                    v->label.envelope.id == 0; /* nobody could be answered */
    if (!allowed) {                            /* not even audited: what came before it was */
        d->busy++;
        if (fault == ENVELOPE_FINE && v->label.kind == ENVELOPE_COMMAND && !nameless) {
            refuse(v, ERR_BUSY, NULL);
        }
    } else if (fault != ENVELOPE_FINE || nameless) {
        note_malformed(v, nameless ? "without id" : envelope_fault_text(fault));
    } else {
        take(v);
    }
}

/* No worker sends another number of frames: who does is cut. */
static void take_frames(struct door *d, zmq_msg_t *id, void *router)
{
    zmq_msg_t head;
    zmq_msg_t body;
    struct visit v = {.door = d, .body = &body};
    zmq_msg_init(&head);
    bool whole = zmq_msg_recv(&head, router, ZMQ_DONTWAIT) >= 0 && zmq_msg_more(&head) &&
                 frames_receive(router, &body, 1) == FRAMES_TAKEN;
    bool admitted = admit(&v, id, &head);
    if (admitted && whole) {
        take_message(&v, &head);
    } else if (admitted) {
        note_malformed(&v, "frames");
        listener_cut(&d->listener, v.fd);
    }
    if (whole) {
        zmq_msg_close(&body);
    }
    zmq_msg_close(&head);
}

void gate_read(struct actor *a, zsock_t *socket, void *door)
{
    (void)a;
    void *router = zsock_resolve(socket);
    for (int i = 0; i < READ_AT_ONCE; i++) {
        zmq_msg_t id;
        zmq_msg_init(&id);
        bool came = zmq_msg_recv(&id, router, ZMQ_DONTWAIT) >= 0;
        if (came) {
            take_frames(door, &id, router);
        }
        zmq_msg_close(&id);
        if (!came) {
            return;
        }
    }
}

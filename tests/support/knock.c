/* SPDX-License-Identifier: MIT
 * knock.c - what the door says to a key: `knock KEYFILE` sends every message of the schema with it,
 * as a command, reply, refusal, event or beat, one after the other, and prints what each was
 * answered, a line a message; `--only KIND` sends those of one kind. `--hostile JOB` sends what a
 * worker may say, with bodies that keep every rule and mean harm, to a job of that id; `--differs`
 * joins as another version. `--as ID` says that its socket is another's, `--stranger` knocks with a
 * key that nobody knows, `--frames` says something in one frame, as no message is. Prints "not let
 * in" where the key is turned away, and "cut" where nothing more is answered. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/bus/remote.h"
#include "proto/schema/roles.h"
#include "proto/wire/envelope.h"
#include "tests/support/hostile.h"

#define MONITOR "inproc://knock"
enum { WAIT_MS = 4000, TTL_MS = 150 };

static const char *const kind_marks[ENVELOPE_KIND_COUNT] = {
    "", "reply:", "refused:", "event:", "beat:"};

struct visit {
    zcert_t *key;
    zsock_t *dealer, *monitor;
    struct arena *arena;
    uint64_t id; /* of what was said last */
};

static bool let_in(zsock_t *dealer, zsock_t *monitor, const char *endpoint)
{
    zmq_msg_t frames[2];
    zmq_pollitem_t item = {.socket = zsock_resolve(monitor), .events = ZMQ_POLLIN};
    uint16_t event = 0;
    if (zsock_connect(dealer, "%s", endpoint) != 0 || zmq_poll(&item, 1, WAIT_MS) != 1 ||
        frames_receive(zsock_resolve(monitor), frames, 2) != FRAMES_TAKEN) {
        return false;
    }
    memcpy(&event, zmq_msg_data(&frames[0]), sizeof(event));
    frames_close(frames, 2);
    return event == ZMQ_EVENT_HANDSHAKE_SUCCEEDED;
}

/* A message is sent as its kind is; a command's name goes as a refusal's, too. */
static bool is_of_kind(enum msg_id id, enum envelope_kind kind)
{
    static const enum message_kind of[ENVELOPE_KIND_COUNT] = {[ENVELOPE_COMMAND] = KIND_COMMAND,
                                                              [ENVELOPE_REPLY] = KIND_REPLY,
                                                              [ENVELOPE_REFUSED] = KIND_COMMAND,
                                                              [ENVELOPE_EVENT] = KIND_EVENT,
                                                              [ENVELOPE_BEAT] = KIND_COMMAND};
    return schema_messages[id].kind == of[kind];
}

/* False: the connection is no more. */
static bool say(struct visit *v, enum msg_id id, enum envelope_kind kind, struct buffer *body)
{
    struct buffer head = {0};
    zmq_msg_t frames[2];
    zmq_pollitem_t room = {.socket = zsock_resolve(v->dealer), .events = ZMQ_POLLOUT};
    struct envelope e = {.name = schema_messages[id].wire,
                         .id = ++v->id,
                         .sender = "history#x",
                         .target = "history"};
    PUT(&e, ttl_ms, TTL_MS);
    envelope_write(&e, kind, &head);
    frame_from_buffer(&frames[0], &head);
    frame_from_buffer(&frames[1], body);
    bool sent =
        zmq_poll(&room, 1, WAIT_MS) == 1 && frames_send(zsock_resolve(v->dealer), frames, 2) == 0;
    buffer_release(&head);
    return sent;
}

static bool say_nothing(struct visit *v, enum msg_id id, enum envelope_kind kind)
{
    struct buffer body = {0};
    buffer_append(&body, "\x80", 1); /* an empty map */
    bool said = say(v, id, kind, &body);
    buffer_release(&body);
    return said;
}

/* The code of the answer to what was said last; NULL: none came. Beats are passed over. */
static const char *hear(struct visit *v, int wait_ms)
{
    zmq_pollitem_t items[] = {{.socket = zsock_resolve(v->dealer), .events = ZMQ_POLLIN},
                              {.socket = zsock_resolve(v->monitor), .events = ZMQ_POLLIN}};
    int64_t until = zclock_mono() + wait_ms;
    while (zclock_mono() < until && zmq_poll(items, 2, wait_ms) >= 0) {
        zmq_msg_t frames[2];
        struct label label;
        struct refusal why = {0};
        struct flaw flaw = {0};
        if (frames_receive(zsock_resolve(v->dealer), frames, 2) != FRAMES_TAKEN) {
            if ((items[1].revents & ZMQ_POLLIN) != 0) {
                return NULL; /* disconnected */
            }
            continue;
        }
        bool ours = envelope_read(zmq_msg_data(&frames[0]), zmq_msg_size(&frames[0]), v->arena,
                                  &label) == ENVELOPE_FINE &&
                    label.envelope.id == v->id;
        bool refused = ours && label.kind == ENVELOPE_REFUSED &&
                       record_unpack(desc_refusal(), zmq_msg_data(&frames[1]),
                                     zmq_msg_size(&frames[1]), v->arena, &why, &flaw) == OK;
        frames_close(frames, 2);
        if (ours) {
            return refused ? why.code : "OK";
        }
    }
    return NULL;
}

/* Every message of these kinds, without anything in it. What is no command is not answered, so a
 * command behind it tells that the door hears. */
static void say_all(struct visit *v, enum envelope_kind first, enum envelope_kind last)
{
    for (int kind = (int)first; kind <= (int)last; kind++) {
        for (int id = 1; id < MSG_COUNT; id++) {
            const char *code = "unanswered";
            if (!is_of_kind((enum msg_id)id, (enum envelope_kind)kind)) {
                continue;
            }
            arena_reset(v->arena);
            if (!say_nothing(v, (enum msg_id)id, (enum envelope_kind)kind) ||
                (kind == ENVELOPE_COMMAND && (code = hear(v, WAIT_MS)) == NULL)) {
                printf("cut\n");
                return;
            }
            printf("%s%s %s\n", kind_marks[kind], schema_messages[id].wire, code);
        }
    }
    arena_reset(v->arena);
    bool heard = say_nothing(v, MSG_actor_hello, ENVELOPE_COMMAND) && hear(v, WAIT_MS) != NULL;
    printf(heard ? "heard at-last\n" : "cut\n");
}

static bool say_record(struct visit *v, enum msg_id id, const void *value)
{
    struct flaw flaw = {0};
    struct buffer body = {0};
    if (record_pack(schema_messages[id].record(), value, &body, &flaw) != OK) {
        fprintf(stderr, "knock: %s: %s\n", schema_messages[id].wire, flaw.text);
        exit(EXIT_FAILURE);
    }
    if (body.size > REMOTE_BODY_MAX) {
        fprintf(stderr, "knock: %s: %zu bytes\n", schema_messages[id].wire, body.size);
        exit(EXIT_FAILURE);
    }
    bool said = say(v, id, ENVELOPE_COMMAND, &body);
    buffer_release(&body);
    return said;
}

/* What a worker may say, with bodies that keep to every rule of the schema. Its hello says that it
 * is of our version: it would not get beyond the door without. */
static bool say_hostile(struct visit *v, enum msg_id id, enum hostility how, const char *job_id)
{
    const struct record_desc *r = schema_messages[id].record();
    void *value = arena_alloc(v->arena, r->size);
    hostile_record(r, how, job_id, v->arena, value);
    if (id == MSG_actor_hello) {
        struct actor_hello *hello = value;
        hello->schema_hash = schema_hash();
        PUT(hello, mapping, MAPPING_VERSION);
    }
    return say_record(v, id, value);
}

static void say_all_hostile(struct visit *v, const char *job_id)
{
    for (int how = 0; how < HOSTILE_COUNT; how++) {
        for (int id = 1; id < MSG_COUNT; id++) {
            if (role_target(bus_role_worker, (enum msg_id)id) == NULL) {
                continue;
            }
            arena_reset(v->arena);
            bool said = say_hostile(v, (enum msg_id)id, (enum hostility)how, job_id);
            const char *code = said ? hear(v, TTL_MS * 2) : NULL;
            printf("%s:%s %s\n", hostility_names[how], schema_messages[id].wire,
                   code != NULL ? code
                   : said       ? "unanswered"
                                : "cut");
        }
    }
}

/* One frame; nothing but the end of the connection can answer it. */
static void say_one_frame(zsock_t *dealer, zsock_t *monitor)
{
    zmq_pollitem_t item = {.socket = zsock_resolve(monitor), .events = ZMQ_POLLIN};
    (void)zmq_send(zsock_resolve(dealer), "x", 1, 0);
    printf("%s\n", zmq_poll(&item, 1, WAIT_MS) == 1 ? "cut" : "not cut");
}

/* As `playbus worker join` of another version does. */
static void say_differs(struct visit *v)
{
    struct worker_join join = {.public_key = zcert_public_txt(v->key),
                               .machine = "a machine",
                               .version = "0.0.1",
                               .schema_hash = "another"};
    PUT(&join, mapping, MAPPING_VERSION);
    const char *code = say_record(v, MSG_worker_join, &join) ? hear(v, WAIT_MS) : NULL;
    printf("worker.join %s\n", code != NULL ? code : "cut");
}

static void talk(struct visit *v, const char *how, const char *what)
{
    if (strcmp(how, "--frames") == 0) {
        say_one_frame(v->dealer, v->monitor);
    } else if (strcmp(how, "--hostile") == 0) {
        say_all_hostile(v, what);
    } else if (strcmp(how, "--differs") == 0) {
        say_differs(v);
    } else if (strcmp(how, "--only") == 0) {
        int kind = 0;
        while (kind < ENVELOPE_BEAT && strncmp(kind_marks[kind], what, strlen(what)) != 0) {
            kind++;
        }
        say_all(v, (enum envelope_kind)kind, (enum envelope_kind)kind);
    } else {
        say_all(v, ENVELOPE_COMMAND, ENVELOPE_BEAT);
    }
}

int main(int argc, char **argv)
{
    char id[REMOTE_ID_SIZE];
    char route[REMOTE_ROUTE_SIZE];
    zsys_handler_set(NULL);
    zcert_t *known = argc >= 2 ? zcert_load(argv[1]) : NULL;
    if (known == NULL) {
        fprintf(stderr,
                "Usage: knock KEYFILE [--stranger | --frames | --as ID | --only KIND | --differs | "
                "--hostile JOB]\n");
        return EXIT_FAILURE;
    }
    const char *how = argc >= 3 ? argv[2] : "";
    const char *what = argc >= 4 ? argv[3] : "";
    zcert_t *key = strcmp(how, "--stranger") == 0 ? zcert_new() : zcert_dup(known);
    if (!remote_fingerprint(zcert_public_txt(key), id)) {
        return EXIT_FAILURE;
    }
    (void)snprintf(route, sizeof(route), "%.32s.00000000000000000000000000000000.1",
                   strcmp(how, "--as") == 0 ? what : id);
    struct visit v = {.key = key,
                      .dealer = remote_dealer(key, zcert_meta(known, "door"), route),
                      .monitor = zsock_new(ZMQ_PAIR),
                      .arena = arena_new()};
    zmq_socket_monitor(zsock_resolve(v.dealer), MONITOR,
                       ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH |
                           ZMQ_EVENT_DISCONNECTED);
    (void)zsock_connect(v.monitor, MONITOR);
    if (let_in(v.dealer, v.monitor, zcert_meta(known, "endpoint"))) {
        talk(&v, how, what);
    } else {
        printf("not let in\n");
    }
    zmq_socket_monitor(zsock_resolve(v.dealer), NULL, 0);
    zsock_destroy(&v.monitor);
    zsock_destroy(&v.dealer);
    arena_destroy(&v.arena);
    zcert_destroy(&key);
    zcert_destroy(&known);
    return EXIT_SUCCESS;
}

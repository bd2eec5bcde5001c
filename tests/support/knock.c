/* SPDX-License-Identifier: MIT
 * knock.c - what the door says to a key: `knock KEYFILE` sends every command of the schema with the
 * key of a worker, one after the other, and prints what each was answered, a line a message. `--as
 * ID` says that its socket is another's, `--stranger` knocks with a key that nobody knows,
 * `--frames` says something in one frame, as no message is. Prints "not let in" where the key is
 * turned away, and "cut" where nothing more is answered. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/bus/remote.h"
#include "proto/schema/roles.h"
#include "proto/wire/envelope.h"

#define MONITOR "inproc://knock"
enum { WAIT_MS = 4000 };

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

static int say(zsock_t *dealer, enum msg_id id)
{
    static const unsigned char empty_map[] = {0x80};
    struct buffer head = {0};
    struct buffer body = {0};
    zmq_msg_t frames[2];
    const struct envelope e = {.name = schema_messages[id].wire,
                               .id = (uint64_t)id,
                               .sender = "history#x",
                               .target = "history"};
    envelope_write(&e, ENVELOPE_COMMAND, &head);
    buffer_append(&body, empty_map, sizeof(empty_map));
    frame_from_buffer(&frames[0], &head);
    frame_from_buffer(&frames[1], &body);
    int failed = frames_send(zsock_resolve(dealer), frames, 2);
    buffer_release(&head);
    buffer_release(&body);
    return failed;
}

/* The code of the answer to this command; false: none came. Beats are passed over. */
static bool hear(zsock_t *dealer, zsock_t *monitor, enum msg_id id, struct arena *arena)
{
    zmq_pollitem_t items[] = {{.socket = zsock_resolve(dealer), .events = ZMQ_POLLIN},
                              {.socket = zsock_resolve(monitor), .events = ZMQ_POLLIN}};
    int64_t until = zclock_mono() + WAIT_MS;
    while (zclock_mono() < until && zmq_poll(items, 2, WAIT_MS) >= 0) {
        zmq_msg_t frames[2];
        struct label label;
        struct refusal why = {0};
        struct flaw flaw = {0};
        if (frames_receive(zsock_resolve(dealer), frames, 2) != FRAMES_TAKEN) {
            if ((items[1].revents & ZMQ_POLLIN) != 0) {
                return false; /* disconnected */
            }
            continue;
        }
        bool ours = envelope_read(zmq_msg_data(&frames[0]), zmq_msg_size(&frames[0]), arena,
                                  &label) == ENVELOPE_FINE &&
                    label.envelope.id == (uint64_t)id;
        bool refused = ours && label.kind == ENVELOPE_REFUSED &&
                       record_unpack(desc_refusal(), zmq_msg_data(&frames[1]),
                                     zmq_msg_size(&frames[1]), arena, &why, &flaw) == OK;
        frames_close(frames, 2);
        if (ours) {
            printf("%s %s\n", schema_messages[id].wire, refused ? why.code : "OK");
            return true;
        }
    }
    return false;
}

static void say_all(zsock_t *dealer, zsock_t *monitor)
{
    struct arena *arena = arena_new();
    for (int id = 1; id < MSG_COUNT; id++) {
        if (schema_messages[id].kind != KIND_COMMAND) {
            continue;
        }
        arena_reset(arena);
        if (say(dealer, (enum msg_id)id) != 0 || !hear(dealer, monitor, (enum msg_id)id, arena)) {
            printf("cut\n");
            break;
        }
    }
    arena_destroy(&arena);
}

/* One frame; nothing but the end of the connection can answer it. */
static void say_one_frame(zsock_t *dealer, zsock_t *monitor)
{
    zmq_pollitem_t item = {.socket = zsock_resolve(monitor), .events = ZMQ_POLLIN};
    (void)zmq_send(zsock_resolve(dealer), "x", 1, 0);
    printf("%s\n", zmq_poll(&item, 1, WAIT_MS) == 1 ? "cut" : "not cut");
}

int main(int argc, char **argv)
{
    char id[REMOTE_ID_SIZE];
    char route[REMOTE_ROUTE_SIZE];
    zsys_handler_set(NULL);
    zcert_t *known = argc >= 2 ? zcert_load(argv[1]) : NULL;
    if (known == NULL) {
        fprintf(stderr, "Usage: knock KEYFILE [--stranger | --frames | --as ID]\n");
        return EXIT_FAILURE;
    }
    bool stranger = argc == 3 && strcmp(argv[2], "--stranger") == 0;
    bool frames = argc == 3 && strcmp(argv[2], "--frames") == 0;
    zcert_t *key = stranger ? zcert_new() : zcert_dup(known);
    if (!remote_fingerprint(zcert_public_txt(key), id)) {
        return EXIT_FAILURE;
    }
    (void)snprintf(route, sizeof(route), "%.32s.00000000000000000000000000000000.1",
                   argc == 4 ? argv[3] : id);
    zsock_t *dealer = remote_dealer(key, zcert_meta(known, "door"), route);
    zsock_t *monitor = zsock_new(ZMQ_PAIR);
    zmq_socket_monitor(zsock_resolve(dealer), MONITOR,
                       ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH |
                           ZMQ_EVENT_DISCONNECTED);
    (void)zsock_connect(monitor, MONITOR);
    if (let_in(dealer, monitor, zcert_meta(known, "endpoint"))) {
        if (frames) {
            say_one_frame(dealer, monitor);
        } else {
            say_all(dealer, monitor);
        }
    } else {
        printf("not let in\n");
    }
    zmq_socket_monitor(zsock_resolve(dealer), NULL, 0);
    zsock_destroy(&monitor);
    zsock_destroy(&dealer);
    zcert_destroy(&key);
    zcert_destroy(&known);
    return EXIT_SUCCESS;
}

/* SPDX-License-Identifier: MIT
 * session_hello.c - a hello is the door's own, made from what the worker's key says. The answer
 * finds nobody who asked for it. */
#include "actors/door/session_hello.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "actors/door/door.h"

#define HELLO_ID 1 /* of hellos of our own; a worker's are higher */

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

bool session_say_hello(struct session *s)
{
    struct envelope e = {.name = schema_messages[MSG_actor_hello].wire,
                         .id = HELLO_ID,
                         .sender = s->instance,
                         .target = "broker"};
    zmq_msg_t frames[2];
    PUT(&e, ttl_ms, REMOTE_SILENT_MS);
    if (session_hello(s, &frames[1]) != OK) {
        return false;
    }
    buffer_reset(&s->door->head);
    envelope_write(&e, ENVELOPE_COMMAND, &s->door->head);
    frame_from_buffer(&frames[0], &s->door->head);
    return frames_send(zsock_resolve(s->broker), frames, 2) == 0;
}

bool session_greet(struct session *s)
{
    const char *broker = actor_broker(s->door->actor);
    if (broker[0] != '\0' && strcmp(s->greeted, broker) == 0) {
        return true;
    }
    bool said = session_say_hello(s);
    (void)snprintf(s->greeted, sizeof(s->greeted), "%s", said ? broker : "");
    return said;
}

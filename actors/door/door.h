/* SPDX-License-Identifier: MIT
 * door.h - the parts of the door. Each calls only those below it: door; gate; sessions; delivered;
 * refusals, listener, keys; strangers, tcp_bytes. */
#ifndef PLAYBUS_ACTORS_DOOR_DOOR_H
#define PLAYBUS_ACTORS_DOOR_DOOR_H

#include "actors/door/keys.h"
#include "actors/door/listener.h"
#include "actors/door/refusals.h"
#include "actors/door/sessions.h"

#define RATE_SECONDS 10

/* What a worker has delivered; kept while it is known. */
struct delivered {
    char key_id[REMOTE_ID_SIZE];
    uint64_t rows;
    enum rows_had had; /* the last of them */
    uint64_t by_second[RATE_SECONDS];
    int64_t second;    /* of the newest */
    int64_t seen_ms;   /* UTC */
    char problem[512]; /* of its last hello; empty: none */
};

/* Whom an import leaves idle, as its coordinator says. */
struct idle {
    char key_id[REMOTE_ID_SIZE];
    enum idle_reason because;
    int64_t until_ms; /* UTC; 0: as long as the import runs */
};

struct door {
    struct actor *actor;
    struct door_keys keys;
    struct listener listener;
    struct sessions sessions;
    struct refusals refusals;
    struct delivered delivered[KEYS_MAX];
    struct idle idle[KEYS_MAX];
    size_t idle_count;
    uint64_t gone_seq;   /* of the last worker.gone */
    struct arena *arena; /* owned; of the message at hand */
    struct buffer head, body;
    uint64_t passed, malformed, forbidden, unknown_key, wrong_id, busy; /* counters */
};

/* gate.c: what comes in from the listener's socket. */
void gate_read(struct actor *a, zsock_t *router, void *door);
/* Lets a key in no more, and cuts what it has open; zauth is told by listener_reload(). An error:
 * it is on disk still. */
enum err door_forget_key(struct door *d, const char *key_id) NODISCARD;
/* The same, but the key stays in the list with the reason. */
enum err door_revoke_key(struct door *d, const char *key_id, const char *reason) NODISCARD;

/* delivered.c */
/* What is told of a worker besides its key, which was heard now; NULL: there is no room. */
struct delivered *door_delivered(struct door *d, const char *key_id);
void door_note_rows(struct door *d, const char *key_id, uint64_t rows);
void door_note_had(struct door *d, const char *key_id, enum rows_had had);
double delivered_rate(struct delivered *w); /* rows a second, of late */
/* Answers a command; `text` may be NULL. False: there was no room for it, the worker hears nothing.
 */
bool door_refuse(struct door *d, const char *route, const char *name, uint64_t id, enum err code,
                 const char *text);
/* Sends one message to a worker's socket; consumes both frames; as frames_send(). */
int door_send(struct door *d, const char *route, zmq_msg_t *head, zmq_msg_t *body);

#endif

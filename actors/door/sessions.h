/* SPDX-License-Identifier: MIT
 * sessions.h - one a worker's process: its way to the broker, where it is a peer like a local one,
 * and what it has asked and not been answered. Bounded in number, and each in what it may have
 * under way; where all places are taken, every key has its share of them. */
#ifndef PLAYBUS_ACTORS_DOOR_SESSIONS_H
#define PLAYBUS_ACTORS_DOOR_SESSIONS_H

#include "actors/door/keys.h"
#include "proto/bus/actor.h"
#include "proto/bus/process.h"
#include "proto/wire/envelope.h"

#define SESSIONS_MAX 64
#define SESSIONS_OF_KEY_MAX 16
#define WORKER_INSTANCE "import-worker#" /* before the id of its key */
#define OPEN_MAX 16 /* commands under way of one worker: it has six places, renewals and hellos */
enum {
    OPEN_BYTES_MAX = 16 * 1024 * 1024, /* of all that is under way, of all workers */
    BATCHES_OPEN_MAX = 8,   /* batches of one worker: of its six places, and two asked again */
    ROWS_OPEN_MAX = 3,      /* parcels and names that one worker may have asked for, … */
    ROWS_OPEN_KEY_MAX = 16, /* … all of its key: as many as leases are given out … */
    ROWS_OPEN_ALL_MAX = 48, /* … and all of them: each is 2 MiB at most */
    SEND_HELD_MS = 20,
    SESSION_KEPT_MS = 30000, /* a lost connection may come back as the same */
    TTL_MAX_MS = 60000
};

struct door;

/* What a lease.done tells of: how its worker had the rows. */
enum rows_had {
    ROWS_UNTOLD,
    ROWS_READ,
    ROWS_SENT /* to the worker, which has no file with them */
};

struct open_command {
    uint64_t id; /* 0: this place is free */
    enum msg_id name;
    int64_t until_ms;
    size_t bytes;
    enum rows_had had;
    bool ended; /* it has to be told so */
};

struct session {
    struct door *door;
    char key_id[REMOTE_ID_SIZE];
    char route[REMOTE_ROUTE_SIZE]; /* of the newest socket */
    char instance[INSTANCE_SIZE];  /* what the broker knows it by: made here, from the key */
    char greeted[INSTANCE_SIZE];   /* the broker that heard of it before what it asks; or empty */
    char address[64];              /* of the newest socket, as the two after it */
    int fd;
    int64_t heard_ms;
    bool fits;         /* its hello was of our version */
    char problem[512]; /* why not */
    zsock_t *broker;   /* owned */
    struct open_command open[OPEN_MAX];
    zmq_msg_t held[2]; /* an answer that waits for room on its way out */
    bool holds;
};

struct sessions {
    struct session *items[SESSIONS_MAX]; /* owned */
    size_t count;
    size_t open_bytes, open_rows;
    char broker[INSTANCE_SIZE]; /* that they ask */
};

/* Where all places are taken: the place that this key gets, which is of the key that has most, and
 * of its sessions the longest silent; -1: none, as it would not have fewer than that one. */
int sessions_place_for(const struct sessions *s, const char *key_id);
/* The session of this socket, made if there is none yet; NULL: there are too many. */
struct session *sessions_get(struct door *d, const struct door_key *key, const char *route, int fd,
                             const char *address);
void sessions_drop(struct door *d, size_t at);
void sessions_drop_key(struct door *d, const char *key_id);
/* Its newest connection is open, and was heard of late. */
bool session_is_there(struct session *s);
/* Every REMOTE_BEAT_MS: beats to who is there, and hellos to the broker in the name of who still
 * sends, be it one long batch; forgets who is gone for long. */
void sessions_beat(struct door *d);
/* Every SEND_HELD_MS: answers and refusals that found no room on their way out. */
void sessions_send_held(struct door *d);
void sessions_release(struct door *d);

#endif

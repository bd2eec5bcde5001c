/* SPDX-License-Identifier: MIT
 * keys.h - which keys the door knows: of workers, and of invitations until they end. One
 * certificate a key in door/keys, named by its fingerprint, as zauth reads them: what is not there
 * is not let in. A worker that Playbus itself revoked is kept beside, with the reason and without
 * its certificate. */
#ifndef PLAYBUS_ACTORS_DOOR_KEYS_H
#define PLAYBUS_ACTORS_DOOR_KEYS_H

#include <czmq.h>

#include "proto/base/error.h"
#include "proto/bus/remote.h"
#include "proto/schema/schema.h"

#define KEYS_FOLDER "door/keys"
#define KEYS_MAX 128
#define KEY_NAME_SIZE 65
#define KEY_MACHINE_SIZE 257
#define KEY_REASON_SIZE 257

/* What a key may send at once, and how fast that grows again: far above what its processes need. */
enum {
    KEY_MESSAGES = 2000,
    KEY_MESSAGES_PER_S = 1000,
    KEY_BYTES = 256 * 1024 * 1024,
    KEY_BYTES_PER_S = 128 * 1024 * 1024,
    KEY_REFUSED_TIMES = 10 /* as much is a batch that was refused */
};

struct door_key {
    char id[REMOTE_ID_SIZE];
    char public_z85[REMOTE_Z85_SIZE];
    enum bus_role role;
    char name[KEY_NAME_SIZE];
    char machine[KEY_MACHINE_SIZE]; /* of a worker, as it says */
    char version[65];
    char reason[KEY_REASON_SIZE]; /* why it is let in no more; empty: it is */
    int64_t made_ms, until_ms;    /* UTC; until_ms 0: without end */
    uint64_t refused;             /* messages it may not send; since the door was opened */
    int64_t counted_ms;           /* monotonic: of the two after it; 0: it has sent nothing yet */
    int64_t messages, bytes;      /* that it may send now */
    bool gone; /* removed, but its file could not be: known to nobody, and removed again */
};

struct door_keys {
    struct door_key items[KEYS_MAX];
    size_t count;
};

/* Reads the folder; a file that is no certificate of ours is left where it is and passed over. */
enum err keys_open(struct door_keys *k) NODISCARD;
/* NULL: not known, out of date, or gone. */
struct door_key *keys_by_public(struct door_keys *k, const char *public_z85);
struct door_key *keys_by_id(struct door_keys *k, const char *id);
/* On disk before it returns. WORKERS_FULL; BAD_FIELD if it is no key, or one that is there. */
enum err keys_add(struct door_keys *k, const struct door_key *key) NODISCARD;
/* Off the disk before it returns; else it is gone all the same, until the door starts again. */
enum err keys_remove(struct door_keys *k, const char *id) NODISCARD;
/* The key is let in no more, and stays known with the reason: on disk before it returns. */
enum err keys_revoke(struct door_keys *k, const char *id, const char *reason) NODISCARD;
/* What a worker says of itself, made printable. Not on disk: it is said anew. */
void keys_describe(struct door_key *key, const char *machine, const char *version);
/* Counts a message; false: there were too many, or too large ones, of late. */
bool keys_allow(struct door_key *key, size_t bytes, int64_t now_ms);
/* One of its batches was refused, which costs it more; it may owe as much as it may have. NULL: the
 * key has gone. */
void keys_charge(struct door_key *key, size_t bytes);
/* An invitation that is over, into `out_id`; false if there is none. */
bool keys_find_over(const struct door_keys *k, char out_id[static REMOTE_ID_SIZE]);

#endif

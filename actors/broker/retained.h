/* SPDX-License-Identifier: MIT
 * retained.h - the newest event of each subject, as it arrived: for late joiners and slow readers.
 *
 * A publisher's seq rises per subject, over its restarts too (it stores it, or takes the clock), so
 * an event that is not newer than the kept one is a repetition or a straggler and is dropped. */
#ifndef PLAYBUS_ACTORS_BROKER_RETAINED_H
#define PLAYBUS_ACTORS_BROKER_RETAINED_H

#include <czmq.h>
#include <stdbool.h>
#include <stdint.h>

#include "proto/schema/schema.h"

enum {
    RETAINED_MAX = 4096,                     /* subjects; a multiple of 64 */
    RETAINED_EVENT_BYTES = 256 * 1024,       /* of one body */
    RETAINED_TOTAL_BYTES = 16 * 1024 * 1024, /* of all bodies */
    PUBLISHER_SIZE = 129
};

struct retained_event {
    enum msg_id name; /* MSG_none: this slot is free */
    char *key;        /* owned */
    char publisher[PUBLISHER_SIZE];
    uint64_t seq;
    uint64_t order;       /* rises with every change: the lowest was changed longest ago */
    zmq_msg_t head, body; /* owned; sent as references, never copied */
};

struct retained {
    struct retained_event slots[RETAINED_MAX];
    zhashx_t *by_key; /* owned; "name subject" to the slot's address */
    size_t count;
    size_t bytes; /* of all bodies */
    uint64_t order;
};

enum retained_result { RETAINED_NEW, RETAINED_STALE, RETAINED_NO_ROOM };
typedef bool retained_alive_fn(void *context, const char *publisher);

struct retained_origin {
    enum msg_id name;
    const char *subject;
    const char *publisher; /* instance */
    uint64_t seq;
};

void retained_open(struct retained *n);
void retained_release(struct retained *n);
/* Keeps references to both frames, which stay the caller's. When full, the event that changed
 * longest ago of a publisher that `alive` denies makes room. `out_slot` is written when it took. */
enum retained_result retained_put(struct retained *n, const struct retained_origin *origin,
                                  zmq_msg_t *head, zmq_msg_t *body, retained_alive_fn *alive,
                                  void *context, size_t *out_slot);
uint64_t retained_seq(const struct retained *n, enum msg_id name,
                      const char *subject); /* 0: none */
/* Forgets one subject, if it is kept. */
void retained_forget(struct retained *n, enum msg_id name, const char *subject);

#endif

/* SPDX-License-Identifier: MIT
 * refusals.h - what the audit log is told of the door: who joined, and which messages were refused.
 * However many come, one entry a key, message and minute stands for them, and one an hour of what
 * goes on; joins have places of their own. Kept in memory until the log has them; a door that is
 * killed loses what its last seconds brought. */
#ifndef PLAYBUS_ACTORS_DOOR_REFUSALS_H
#define PLAYBUS_ACTORS_DOOR_REFUSALS_H

#include "actors/door/keys.h"
#include "proto/base/ids.h"
#include "proto/bus/actor.h"

#define REFUSALS_JOINS 64 /* the first places */
#define REFUSALS_MAX 512
#define REFUSALS_OF_KEY_MAX 96 /* kinds of message; what else it sends counts as "others" */

struct refusal_kind {
    char entry_id[ID_SIZE]; /* of what is under way to the log; empty: nothing */
    char key_id[REMOTE_ID_SIZE];
    char name[KEY_NAME_SIZE];
    char about[129]; /* the message's name; of a join the machine */
    char address[64];
    enum audit_action action;
    enum audit_phase phase;
    char outcome[64];
    uint64_t waiting, sent; /* how many it stands for: not told yet, and under way */
    int64_t at_ms;          /* UTC, of the newest */
    int64_t next_ms;        /* monotonic: not told again before */
    unsigned told;          /* how often, since it has this place */
};

struct refusals {
    struct refusal_kind kinds[REFUSALS_MAX]; /* without a key's id: free */
    uint64_t lost;                           /* more kinds than there is room for */
};

void refusals_note(struct refusals *r, const struct refusal_kind *kind);
/* Once a second: tells the log what waits. */
void refusals_tell(struct refusals *r, struct actor *a);

#endif

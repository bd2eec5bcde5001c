/* SPDX-License-Identifier: MIT
 * handoff.h - the queue that hands a request from the HTTP thread to the bus thread: it is
 * suspended, sent as a message on an inproc socket, and resumed with its answer. At most
 * HANDOFF_MAX are with the bus thread at once. */
#ifndef PLAYBUS_GATEWAY_REST_HANDOFF_H
#define PLAYBUS_GATEWAY_REST_HANDOFF_H

#include "gateway/rest/request.h"
#include "proto/bus/actor.h"

#define HANDOFF_MAX 2048 /* more than there are connections */

struct handoff;
struct audit_recorder;

/* Called in the bus thread, before the HTTP thread exists. */
struct handoff *handoff_new(struct actor *actor, struct audit_recorder *recorder) NODISCARD;
/* Answers what the bus thread has with ACTOR_AWAY and takes no more; the HTTP thread still runs. */
void handoff_close(struct handoff *handoff);
void handoff_destroy(struct handoff **handoff);

/* HTTP thread: suspends the request and hands it to the bus thread. BUSY when that has too many,
 * ACTOR_AWAY when the gateway ends; the request then stays with the HTTP thread. */
enum err handoff_send(struct handoff *handoff, struct request *r) NODISCARD;
/* HTTP thread: the request is over, or its connection is gone, and the audit log must be told. If
 * OK, the bus thread destroys it. */
enum err handoff_abandon(struct handoff *handoff, struct request *r) NODISCARD;
/* HTTP thread, before it reads a request that the bus thread may have had: makes what was written
 * there visible here. */
void handoff_acquire(struct request *r);

#endif

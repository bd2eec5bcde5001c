/* SPDX-License-Identifier: MIT
 * crossing.h - how a request gets from the HTTP thread to the bus thread and back: suspended, as a
 * message on an inproc socket, and resumed with its answer. At most CROSSING_MAX are across at
 * once. */
#ifndef PLAYBUS_GATEWAY_REST_CROSSING_H
#define PLAYBUS_GATEWAY_REST_CROSSING_H

#include "gateway/rest/request.h"
#include "proto/bus/actor.h"

#define CROSSING_MAX 2048 /* more than there are connections */

struct crossing;
struct trail;

/* Called in the bus thread, before the HTTP thread exists. */
struct crossing *crossing_new(struct actor *actor, struct trail *trail) NODISCARD;
/* Answers what is across with ACTOR_AWAY and lets no more over; the HTTP thread still runs. */
void crossing_close(struct crossing *crossing);
void crossing_destroy(struct crossing **crossing);

/* HTTP thread: suspends the request and sends it over. BUSY when too many are across, ACTOR_AWAY
 * when the gateway ends; the request then stays here. */
enum err crossing_send(struct crossing *crossing, struct request *r) NODISCARD;
/* HTTP thread: it is over, or its connection is gone, and the audit log must be told; destroyed
 * over there if OK. */
enum err crossing_give(struct crossing *crossing, struct request *r) NODISCARD;
/* HTTP thread, before it looks at a request that may have been over: what was done there is seen.
 */
void crossing_catch_up(struct request *r);

#endif

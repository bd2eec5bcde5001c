/* SPDX-License-Identifier: MIT
 * crossing.h - how a request gets from the HTTP thread to the bus thread and back: suspended, as a
 * message on an inproc socket, and resumed with its answer. At most CROSSING_MAX are across at
 * once. */
#ifndef PLAYBUS_GATEWAY_REST_CROSSING_H
#define PLAYBUS_GATEWAY_REST_CROSSING_H

#include "gateway/rest/request.h"

#define CROSSING_MAX 2048 /* more than there are connections */

struct crossing;

/* Called in the bus thread, before the HTTP thread exists. */
struct crossing *crossing_new(struct actor *actor) NODISCARD;
/* Answers what is across with ACTOR_AWAY and lets no more over; the HTTP thread still runs. */
void crossing_close(struct crossing *crossing);
void crossing_destroy(struct crossing **crossing);

/* HTTP thread: suspends the request and sends it over. BUSY when too many are across, ACTOR_AWAY
 * when the gateway ends; the request then stays here. */
enum err crossing_send(struct request *r) NODISCARD;
/* HTTP thread: it is over, or its connection is gone, and the audit log must be told; destroyed
 * over there if OK. */
enum err crossing_give(struct request *r) NODISCARD;
/* HTTP thread, before it looks at a request that may have been over: what was done there is seen.
 */
void crossing_catch_up(struct request *r);
/* Resumes a request that is with the bus thread; does nothing to one that never left. */
void crossing_return(struct request *r);

#endif

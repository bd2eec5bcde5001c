/* SPDX-License-Identifier: MIT
 * trail.h - what the gateway tells the audit log about requests.
 *
 * A changing call is recorded twice: `requested` is committed by playbus-audit before anything
 * starts (away: 503 AUDIT_AWAY), `outcome` goes to the outbox in accounts.db when it is answered. A
 * stop does not wait: both go to the outbox. A refusal goes to the outbox before it is answered;
 * beyond 10 of one kind from one address in a minute they only raise the count of one entry. */
#ifndef PLAYBUS_GATEWAY_AUDIT_TRAIL_H
#define PLAYBUS_GATEWAY_AUDIT_TRAIL_H

#include "gateway/access/access.h"
#include "gateway/rest/request.h"
#include "proto/bus/actor.h"

struct trail;

/* Bus thread. Delivers what waits in the outbox, now and whenever playbus-audit comes back. */
struct trail *trail_new(struct actor *actor, struct access *access) NODISCARD;
void trail_destroy(struct trail **trail);

/* Bus thread: records that `r` is about to be done, then calls `go` in the bus thread, or answers
 * it with AUDIT_AWAY. Calls `go` at once for a route that is not audited or that never waits. */
void trail_begin(struct trail *trail, struct request *r, void (*go)(struct request *r));
/* The thread the request is with: its outcome is set; the entry goes on its way. */
void trail_outcome(struct trail *trail, const struct request *r);
/* Is this refusal one the log tells of (sign-in, role, CSRF, origin, host, path, rate limit)? */
bool trail_tells_of(enum err code);
/* Bus thread: the refusal is in the outbox, then `answer` is called in the bus thread. */
void trail_refuse(struct trail *trail, struct request *r, void (*answer)(struct request *r));

#endif

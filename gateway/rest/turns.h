/* SPDX-License-Identifier: MIT
 * turns.h - questions wait for their turn before an actor is asked: so many at once in each lane,
 * callers one after the other. What would wait too long is refused while its client still listens:
 * RATE_LIMITED if its caller's own questions are in the way, else BUSY. When the turn of a walk
 * through the history comes, all who wait to ask the same get its answer: a hundred panels that
 * hear of a job's end ask the same at once. Bus thread. */
#ifndef PLAYBUS_GATEWAY_REST_TURNS_H
#define PLAYBUS_GATEWAY_REST_TURNS_H

#include "gateway/rest/request.h"
#include "proto/bus/actor.h"

struct turns;

struct turns *turns_new(struct actor *actor) NODISCARD;
void turns_close(struct turns *turns); /* from here on nobody's turn comes */
void turns_destroy(struct turns **turns);

/* Calls r->go now or later, or answers the request with a refusal. A stream that has begun is
 * never refused. */
void turns_take(struct request *r);
/* Its question was answered, or is not asked any more; nothing for one that has no turn. */
void turns_leave(struct request *r);

#endif

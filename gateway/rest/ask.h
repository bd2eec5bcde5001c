/* SPDX-License-Identifier: MIT
 * ask.h - the common answers to a question on the bus; `context` is the request. */
#ifndef PLAYBUS_GATEWAY_REST_ASK_H
#define PLAYBUS_GATEWAY_REST_ASK_H

#include "gateway/rest/request.h"
#include "proto/bus/actor.h"

#define ASK_MS 4000 /* every request is answered within 5 s */

/* What is left of that to a question that waited for its turn. */
int64_t ask_left_ms(const struct request *r);

/* The reply's fields after "success": true. */
void answer_record(struct actor *a, const struct answer *answer, void *context);
/* The same with "next": null where the reply has no pages. */
void answer_list(struct actor *a, const struct answer *answer, void *context);

#endif

/* SPDX-License-Identifier: MIT
 * admit.h - who may do what: everything that a request's head decides, and the little that it
 * does not. */
#ifndef PLAYBUS_GATEWAY_REST_ADMIT_H
#define PLAYBUS_GATEWAY_REST_ADMIT_H

#include "gateway/rest/request.h"

/* Fills the request from a head that head_check accepted: its route or file, what its body may be.
 * What is wrong is left in `refused` and `flaw`. */
void admit(struct request *r, const struct head *head);
/* What only the whole request can tell, its body there and its input read: fills `refused`. */
void admit_whole(struct request *r);

#endif

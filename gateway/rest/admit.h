/* SPDX-License-Identifier: MIT
 * admit.h - everything about a request that its head decides. */
#ifndef PLAYBUS_GATEWAY_REST_ADMIT_H
#define PLAYBUS_GATEWAY_REST_ADMIT_H

#include "gateway/rest/request.h"

/* Fills the request from a head that head_check accepted: its route or file, what its body may be.
 * What is wrong is left in `refused` and `flaw`. */
void admit(struct request *r, const struct head *head);

#endif

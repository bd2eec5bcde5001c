/* SPDX-License-Identifier: MIT
 * admit.h - who may do what: everything that a request's head decides, and the little that it
 * does not. */
#ifndef PLAYBUS_GATEWAY_REST_ADMIT_H
#define PLAYBUS_GATEWAY_REST_ADMIT_H

#include "gateway/guard/counts.h"
#include "gateway/guard/limits.h"
#include "gateway/guard/origin.h"
#include "gateway/rest/request.h"

/* What the guards go by, besides the accounts and settings of the request's services. */
struct gate {
    struct origins origins;
    struct proxies proxies;
    const struct assets *assets; /* borrowed */
    struct limits *limits;       /* owned, as is the next: of the HTTP thread */
    struct counts *files;        /* being sent, of each caller */
};

/* Fills the request from a head that head_check accepted: its route or file, what its body may be.
 * What is wrong is left in `refused` and `flaw`. */
void admit(const struct gate *gate, struct request *r, const struct head *head);
/* What only the whole request can tell, its body there and its input read: fills `refused`. */
void admit_whole(const struct gate *gate, struct request *r);

#endif

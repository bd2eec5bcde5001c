/* SPDX-License-Identifier: MIT
 * errand.h - a call that changes accounts: from the bus thread to the accounts lane and back. */
#ifndef PLAYBUS_GATEWAY_REST_ERRAND_H
#define PLAYBUS_GATEWAY_REST_ERRAND_H

#include "gateway/access/accounts.h"
#include "gateway/rest/request.h"

struct errand;
typedef enum err errand_work_fn(struct errand *errand); /* accounts lane */
typedef void errand_done_fn(struct errand *errand);     /* bus thread, only after OK: answers */

/* Lives in the request's arena. While it is in the lane, the request is nobody else's. */
struct errand {
    struct request *r;
    struct access *access;
    struct visit visit;
    errand_work_fn *work;
    errand_done_fn *done;
    bool takes_turn;
    enum err code;
    struct verdict verdict;
    struct admission admission; /* of a sign-in or set-up */
    union {                     /* what came of it */
        struct user_view user;
        struct token_created token;
    };
};

/* Bus thread, as the handler's last act. */
void errand_send(struct request *r, errand_work_fn *work, errand_done_fn *done);
/* The same for work that hashes a password: at most a few at once, RATE_LIMITED beyond. */
void errand_send_in_turn(struct request *r, errand_work_fn *work, errand_done_fn *done);

/* {"success": true, "message": …} */
void errand_answer_done(struct errand *errand, const char *message);

#endif

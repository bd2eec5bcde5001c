/* SPDX-License-Identifier: MIT
 * account_task.h - a call that changes accounts: from the bus thread to the accounts lane and
 * back. */
#ifndef PLAYBUS_GATEWAY_REST_ACCOUNT_TASK_H
#define PLAYBUS_GATEWAY_REST_ACCOUNT_TASK_H

#include "gateway/access/accounts.h"
#include "gateway/rest/request.h"

struct account_task;
typedef enum err account_task_work_fn(struct account_task *task); /* accounts lane */
typedef void
account_task_done_fn(struct account_task *task); /* bus thread, only after OK: answers */

/* Lives in the request's arena. While it is in the lane, the request is nobody else's. */
struct account_task {
    struct request *r;
    struct access *access;
    struct visit visit;
    account_task_work_fn *work;
    account_task_done_fn *done;
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
void account_task_send(struct request *r, account_task_work_fn *work, account_task_done_fn *done);
/* The same for work that hashes a password: at most a few at once, RATE_LIMITED beyond. */
void account_task_send_in_turn(struct request *r, account_task_work_fn *work,
                               account_task_done_fn *done);

/* {"success": true, "message": …} */
void account_task_answer_done(struct account_task *task, const char *message);

#endif

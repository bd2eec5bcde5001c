/* SPDX-License-Identifier: MIT
 * log_quota.h - lines that others can cause: so many a second are written, the rest is counted and
 * told in one line. Any thread. */
#ifndef PLAYBUS_GATEWAY_GUARD_LOG_QUOTA_H
#define PLAYBUS_GATEWAY_GUARD_LOG_QUOTA_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct log_quota {
    pthread_mutex_t lock; /* of what follows */
    unsigned lines;       /* a second */
    unsigned written;     /* in this second */
    int64_t second;
    uint64_t left_out;
};

#define LOG_QUOTA(count)                                    \
    {                                                       \
        .lock = PTHREAD_MUTEX_INITIALIZER, .lines = (count) \
    }

/* May this line be written? If not, it is counted. `now_ms` is of the monotonic clock. */
bool log_quota_take(struct log_quota *quota, int64_t now_ms);
/* How many lines were left out before the present second, each told once. */
uint64_t log_quota_left_out(struct log_quota *quota, int64_t now_ms);

#endif

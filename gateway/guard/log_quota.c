/* SPDX-License-Identifier: MIT
 * log_quota.c - a count for the present second, and one of what did not fit. */
#include "gateway/guard/log_quota.h"

bool log_quota_take(struct log_quota *quota, int64_t now_ms)
{
    pthread_mutex_lock(&quota->lock);
    if (quota->second != now_ms / 1000) {
        quota->second = now_ms / 1000;
        quota->written = 0;
    }
    bool fits = quota->written < quota->lines;
    if (fits) {
        quota->written++;
    } else {
        quota->left_out++;
    }
    pthread_mutex_unlock(&quota->lock);
    return fits;
}

uint64_t log_quota_left_out(struct log_quota *quota, int64_t now_ms)
{
    uint64_t count = 0;
    pthread_mutex_lock(&quota->lock);
    if (quota->second != now_ms / 1000) {
        count = quota->left_out;
        quota->left_out = 0;
    }
    pthread_mutex_unlock(&quota->lock);
    return count;
}

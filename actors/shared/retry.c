/* SPDX-License-Identifier: MIT
 * retry.c - the kinds of answers, and the pauses between two tries. */
#include "actors/shared/retry.h"

bool retry_is_due(enum err answer)
{
    return answer == ERR_ACTOR_AWAY || answer == ERR_TIMEOUT || answer == ERR_BUSY;
}

bool retry_job_is_over(enum err answer)
{
    return answer == ERR_NOT_RUNNING || answer == ERR_STALE_ATTEMPT || answer == ERR_JOB_NOT_FOUND;
}

int64_t retry_backoff_ms(unsigned tries)
{
    return tries >= 4 ? 2000 : 200LL << tries;
}

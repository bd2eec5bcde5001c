/* SPDX-License-Identifier: MIT
 * retry.h - what an answer means for who asked: ask the same again, and when, or forget the job. */
#ifndef PLAYBUS_ACTORS_SHARED_RETRY_H
#define PLAYBUS_ACTORS_SHARED_RETRY_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/base/error.h"

/* Nobody said no: the same can be asked again. */
bool retry_is_due(enum err answer);
/* The history says that the job, or this attempt of it, does not run any more. */
bool retry_job_is_over(enum err answer);
/* How long to wait before the same is sent for the `tries`-th time again: 0.2, 0.4, … 2 s. */
int64_t retry_backoff_ms(unsigned tries);

#endif

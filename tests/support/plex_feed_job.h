/* SPDX-License-Identifier: MIT
 * plex_feed_job.h - the driver of plex-feed's jobs. The path of the file is in the job's params, an
 * import_params, for people; the server is the job's. */
#ifndef PLAYBUS_TESTS_SUPPORT_PLEX_FEED_JOB_H
#define PLAYBUS_TESTS_SUPPORT_PLEX_FEED_JOB_H

#include "actors/shared/job_runner.h"
#include "proto/wire/codec.h"

extern const struct job_driver feed_driver;
extern struct buffer feed_source; /* the file, read before the process is confined */
extern int64_t feed_batch_rows;   /* in a batch, at most BATCH_ROWS_MAX */

#endif

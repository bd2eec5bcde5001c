/* SPDX-License-Identifier: MIT
 * jobs.h - jobs as the gateway gives them, and how they are listed: what each did, which database,
 * and who started it. */
#ifndef PLAYBUS_ACTORS_CLI_JOBS_H
#define PLAYBUS_ACTORS_CLI_JOBS_H

#include <jansson.h>
#include <stdio.h>

#include "proto/base/own.h"
#include "proto/schema/operations.h"

/* A job as GET /sync/jobs/{id} gives it: its record, and its progress in it. */
const json_t *job_record(const json_t *answer);
const json_t *job_progress(const json_t *job);
/* Of one that failed: why, and what to do. */
const char *job_error(const json_t *progress);
const char *job_remedy(const json_t *progress);
/* The row of its operation; of one that this version does not know one of plain words. */
const struct operation_desc *job_operation(const json_t *progress);
/* What it is of: the path of a database, or its title; NULL: nothing, or not to be told. */
const char *job_subject(const json_t *job);
/* "a" or "an". */
const char *article(const char *noun);
const char *job_id_of(const json_t *job);
/* As much of the id as a terminal has room for and commands take; all of it elsewhere. */
const char *job_id_shown(FILE *out, const json_t *job);

/* What it works on and for whom: "dry run of FILE, by NAME", FILE cut to fit behind `used` cells.
 */
void job_print_subject(FILE *out, const json_t *job, int used);

void jobs_print_titles(void);
void jobs_print(const json_t *job);

#endif

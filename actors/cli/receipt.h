/* SPDX-License-Identifier: MIT
 * receipt.h - what became of every source row of a finished job, as a table. */
#ifndef PLAYBUS_ACTORS_CLI_RECEIPT_H
#define PLAYBUS_ACTORS_CLI_RECEIPT_H

#include <jansson.h>
#include <stdio.h>

/* A job as GET /sync/jobs/{id} gives it: its record, and its progress in it. */
const json_t *job_record(const json_t *answer);
const json_t *job_progress(const json_t *job);
const char *job_id_of(const json_t *job);

void receipt_print(FILE *out, const json_t *answer);

#endif

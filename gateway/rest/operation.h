/* SPDX-License-Identifier: MIT
 * operation.h - what the routes of every kind of job have in common. A start asks its coordinator,
 * which answers once the job is made; the rest goes straight to the history, so it works while the
 * coordinator is away. */
#ifndef PLAYBUS_GATEWAY_REST_OPERATION_H
#define PLAYBUS_GATEWAY_REST_OPERATION_H

#include "gateway/rest/request.h"
#include "proto/bus/actor.h"

/* The answer to a start of r->job_id: that of an import.started, or why it was not done. */
void operation_answer_start(struct request *r, const struct answer *answer, bool resumed);
/* The answer to a stop: a job.state, or why nothing was stopped. */
void operation_answer_stop(struct request *r, const struct answer *answer);
/* Starts, or goes on with, what the history does itself; `params` as of `record`. */
void operation_start_own(struct request *r, enum operation operation,
                         const struct record_desc *record, const void *params);
void operation_stop(struct request *r, enum operation operation);
/* Of an operation per server. */
void operation_stop_of_server(struct request *r, enum operation operation, const char *server_id);
/* Only this job, or what undoes it. */
void operation_stop_of(struct request *r, enum operation operation, const char *job_id);
/* What could be resumed no longer can. */
void operation_clear(struct request *r, enum operation operation);
void operation_ask_standing(struct request *r, enum operation operation);

#endif

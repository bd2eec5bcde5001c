/* SPDX-License-Identifier: MIT
 * request_log.h - requests in the process log: calls that change something, and failures of ours.
 * Whoever sends them, they cannot fill the disk. */
#ifndef PLAYBUS_GATEWAY_REST_REQUEST_LOG_H
#define PLAYBUS_GATEWAY_REST_REQUEST_LOG_H

#include "gateway/rest/request.h"

/* HTTP thread: a request ended with this status; 0: it was cut before it had one. */
void request_log(const struct request *r, int status, int64_t took_ms, bool cut);
/* Any thread, a few times a second: one line for all that were left out. */
void request_log_left_out(int64_t now_ms);

#endif

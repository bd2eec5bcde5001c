/* SPDX-License-Identifier: MIT
 * send.h - gives a request's outcome to libmicrohttpd, with the headers every answer carries. */
#ifndef PLAYBUS_GATEWAY_REST_SEND_H
#define PLAYBUS_GATEWAY_REST_SEND_H

#include "gateway/rest/kept.h"

/* HTTP thread. */
enum MHD_Result send_outcome(struct kept *kept, struct request *r);
/* An inbound_refuse_fn: the one shape of errors, for bytes that are no request. */
void send_flaw(int fd, enum err code, const char *why);

#endif

/* SPDX-License-Identifier: MIT
 * kept.h - responses that outlive their request. Who asks for the same shared text again gets the
 * same response: only the date and the request's own id are set anew, instead of a dozen headers
 * that libmicrohttpd copies one by one. HTTP thread. */
#ifndef PLAYBUS_GATEWAY_REST_KEPT_H
#define PLAYBUS_GATEWAY_REST_KEPT_H

#include "gateway/rest/request.h"

struct kept;

struct kept *kept_new(void) NODISCARD;
void kept_destroy(struct kept **kept);

/* Makes an outcome's response with its headers, without date and correlation id. */
typedef struct MHD_Response *make_response_fn(struct request *r);

/* The response for r's outcome, whose shared text is not NULL and which differs from others of that
 * text in nothing but r->trustworthy; borrowed, and to be queued before the next call. */
struct MHD_Response *kept_response(struct kept *kept, struct request *r, make_response_fn *make);

#endif

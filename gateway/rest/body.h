/* SPDX-License-Identifier: MIT
 * body.h - bodies that are kept whole: what one may hold, what all of them may hold together, and
 * that nothing stays of them in memory, for passwords come in bodies. HTTP thread, but for the
 * release. */
#ifndef PLAYBUS_GATEWAY_REST_BODY_H
#define PLAYBUS_GATEWAY_REST_BODY_H

#include "gateway/rest/request.h"

#define BODY_MAX ((size_t)1024 * 1024)
#define BODY_SMALL ((size_t)16 * 1024)        /* always taken: sign-ins, starts, stops */
#define BODIES_MAX ((size_t)32 * 1024 * 1024) /* of all that are not small */

/* How large this request's body may be: strangers have nothing long to say. */
size_t body_limit(const struct request *r);
/* TOO_LARGE, or BUSY when the others hold too much. */
enum err body_append(struct request *r, const char *bytes, size_t size) NODISCARD;
/* Overwrites and frees it. Any thread. */
void body_release(struct request *r);

#endif

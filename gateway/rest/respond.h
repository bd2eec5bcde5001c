/* SPDX-License-Identifier: MIT
 * respond.h - the ways to answer a request. Each is called once, by the thread the request is with,
 * and passes the request on to where it goes then (r->done). */
#ifndef PLAYBUS_GATEWAY_REST_RESPOND_H
#define PLAYBUS_GATEWAY_REST_RESPOND_H

#include <jansson.h>

#include "gateway/rest/request.h"
#include "proto/bus/actor.h"
#include "proto/wire/json_text.h"

/* Takes the JSON. */
void respond_json(struct request *r, int status, json_t **json);
/* {"success": true, …the record's fields…}, with the route's own status. */
void respond_record(struct request *r, const struct record_desc *record, const void *value);
void respond_body(struct request *r, const struct record_desc *record, const void *value,
                  enum json_text_kind kind);
/* The same with "message" after success; NULL: none. */
json_t *success_json(const char *message, const struct record_desc *record, const void *value);
void respond_shared(struct request *r, const char *type,
                    struct shared_text *shared); /* keeps its own reference */
void respond_text(struct request *r, const char *type,
                  struct buffer *text); /* takes the buffer's memory */

/* What another was answered, who asked for the same with the same rights; its text becomes theirs
 * together. */
void respond_alike(struct request *r, struct outcome *other);

void respond_asset(struct request *r); /* the chosen one, or that it is unchanged */

/* The one shape of every error (api_error). `flaw` and `why` may be NULL. */
void respond_error(struct request *r, enum err code, const struct flaw *flaw,
                   const struct refusal *why);
/* 503, whatever the code's own status is: the service as a whole is not ready, and why. */
void respond_unready(struct request *r, enum err code, const struct refusal *why);
/* 503: that actor is not there. */
void respond_away(struct request *r, const char *actor);
/* True if the actor did not do it: the request is then answered with why. */
bool respond_refusal(struct request *r, const struct answer *answer);

#endif

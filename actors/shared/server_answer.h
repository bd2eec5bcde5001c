/* SPDX-License-Identifier: MIT
 * server_answer.h - what the answer of a media server, or of a Tautulli, that was not wanted means,
 * and for how long it is worth waiting for another one. */
#ifndef PLAYBUS_ACTORS_SHARED_SERVER_ANSWER_H
#define PLAYBUS_ACTORS_SHARED_SERVER_ANSWER_H

#include "actors/shared/http_client.h"

#define SERVER_ANSWER_TEXT_SIZE 512

/* Of one that is not HTTP_ANSWERED. `pinned`: a certificate was named that alone is trusted. */
enum err server_answer_end(const struct http_answer *answer, bool pinned);
/* Of one that is, with another status than 200. `forbidden` is what a 403 means there. A 503 is
 * maintenance where the body says so, by the kind of server, and where it is empty or tells when to
 * try again: a proxy's own is neither. */
enum err server_answer_status(const struct http_answer *answer, enum err forbidden,
                              bool says_maintenance);
/* What is to be said of it beside the code; "": nothing. */
void server_answer_text(enum err code, const struct http_answer *answer,
                        char out[static SERVER_ANSWER_TEXT_SIZE]);

/* How long it is waited for what may heal by itself; 0: it does not. */
int64_t server_wait_ms(enum err code);
bool server_may_heal(enum err code);

#endif

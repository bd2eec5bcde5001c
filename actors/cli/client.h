/* SPDX-License-Identifier: MIT
 * client.h - asks the gateway over HTTP. Paths are below /api/v1. */
#ifndef PLAYBUS_ACTORS_CLI_CLIENT_H
#define PLAYBUS_ACTORS_CLI_CLIENT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "proto/base/error.h"
#include "proto/base/own.h"

#define CLIENT_PATH_SIZE 8192

struct client;

struct reply {
    long status;  /* of HTTP */
    json_t *body; /* owned; NULL if it was no JSON */
    long wait_s;  /* Retry-After; 0 if it names none */
};

struct client *client_new(const char *address);
void client_destroy(struct client **client);
/* How long client_call waits for an answer; 10 s unless told. */
void client_set_patience(struct client *c, long ms); /* 0: the usual */

/* One request; `body` (borrowed) may be NULL. OK for every HTTP answer, whatever its status;
 * ACTOR_AWAY if the gateway cannot be reached, TIMEOUT if it says nothing for too long. */
enum err client_call(struct client *c, const char *method, const char *path, const json_t *body,
                     struct reply *out) NODISCARD;

/* GET, the body written to `out` as it comes if the status is 200, and its lines counted; else it
 * is in `out_refusal`. SYSTEM if it could not be written; what ended early is as with client_call.
 */
enum err client_stream(struct client *c, const char *path, const char *accept, FILE *out,
                       size_t *out_lines, struct reply *out_refusal) NODISCARD;

/* POST of all bytes of a descriptor's file as application/octet-stream. */
enum err client_upload(struct client *c, const char *path, int file, struct reply *out) NODISCARD;

/* Is it worth asking again? Yes where others have asked too much (429), or with `away` where a part
 * is away (503), and the reply says in how many seconds: they have then passed, within 30 s since
 * `begun_ms` (monotonic), or a signal came; that was said on stderr, and the reply is released. */
bool reply_waited_out(struct reply *reply, bool away, int64_t begun_ms);

void reply_release(struct reply *reply);
bool reply_is_good(const struct reply *reply);
const char *reply_code(const struct reply *reply); /* "" unless refused with a code */

/* Prints the gateway's own sentence and remedy, or what helps on a command line instead; returns
 * the exit status that fits: 3 for a conflict, 2 for what an option says, else 1. */
int reply_say_error(const struct reply *reply);

/* Appends ?name=value or &name=value, escaped; nothing if the value is NULL. */
void path_add(char path[static CLIENT_PATH_SIZE], const char *name, const char *value);

#endif

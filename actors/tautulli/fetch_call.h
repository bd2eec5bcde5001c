/* SPDX-License-Identifier: MIT
 * fetch_call.h - one question to a Tautulli, from the loop. Its key is in the body of the question
 * and nowhere else, and in memory that is wiped. */
#ifndef PLAYBUS_ACTORS_TAUTULLI_FETCH_CALL_H
#define PLAYBUS_ACTORS_TAUTULLI_FETCH_CALL_H

#include <jansson.h>

#include "actors/shared/http_client.h"
#include "actors/shared/server_answer.h"
#include "proto/schema/schema.h"
#include "proto/wire/arena.h"

struct fetch_server {
    struct arena *arena; /* owned; of the texts */
    const char *address, *certificate;
    char *key; /* owned */
};

struct fetch_call;

/* Called once, from the loop. */
typedef void fetch_answered(void *context, const struct http_answer *answer);

struct fetch_question {
    const char *call; /* as "cmd=get_history&length=1" */
    bool without_key;
    size_t body_max;
    int64_t answer_ms, silence_ms; /* at most, of the whole and between two bytes */
    http_take *take;               /* gets what comes of the body; NULL: it is kept */
    fetch_answered *done;
    void *context; /* of both; lives until `done`, or the call is dropped */
};

/* Takes over the credentials, and wipes the key in the message. */
void fetch_server_take(struct fetch_server *s, const struct server_credentials *given);
void fetch_server_release(struct fetch_server *s);

/* Copies what it needs of the question. */
struct fetch_call *fetch_call_new(struct http_client *client, const struct fetch_server *server,
                                  const struct fetch_question *question);
/* Nobody waits for it any more: `done` is not called. Harmless on NULL. */
void fetch_call_drop(struct fetch_call **call);

/* What an answer means that is not what was asked for; OK: its JSON is in *out_said (owned by the
 * caller), and what was asked for in *out_data. `text` is "" if the code says it all. */
enum err fetch_read(const struct http_answer *answer, bool with_key, bool pinned, json_t **out_said,
                    const json_t **out_data, char text[static SERVER_ANSWER_TEXT_SIZE]) NODISCARD;

#endif

/* SPDX-License-Identifier: MIT
 * server_questions.h - questions to media servers that somebody waits for. */
#pragma once

#include "actors/server_sync/servers.h"
#include "actors/shared/http_client.h"

/* Answers with a server's view as it stands now. */
typedef enum err server_tell(struct actor *a, const struct msg *m, const char *id);

struct server_questions {
    struct actor *actor;
    struct http_client *client;
    struct servers *servers;
    server_tell *tell;
    int asked; /* under way */
};

/* All are borrowed. */
void server_questions_init(struct server_questions *q, struct actor *a, struct http_client *client,
                           struct servers *servers, server_tell *tell);

/* Each answers later, or gives at once why it can't be asked: BUSY where as many are asked as are
 * at once, ONLY_PLEX, what the registry says of the server, or what is wrong with the input. */
enum err server_question_test(struct server_questions *q, const struct msg *m);
enum err server_question_libraries(struct server_questions *q, const struct msg *m);
enum err server_question_probe(struct server_questions *q, const struct msg *m);

/* SPDX-License-Identifier: MIT
 * server_test.h - connects to a media server and says whether it can be used: that it answers, is a
 * server of its kind, is the one that is meant, and takes the token as its owner's. Or asks it for
 * its libraries.
 *
 * The token is sent only after the server has said that it is the one that is meant. */
#ifndef PLAYBUS_ACTORS_SERVER_SYNC_SERVER_TEST_H
#define PLAYBUS_ACTORS_SERVER_SYNC_SERVER_TEST_H

#include "actors/server_sync/servers.h"
#include "actors/shared/http_client.h"

#define SERVER_TEST_MS 3500 /* at most, of the whole: who asked is answered within 5 s */

enum server_question {
    ASK_WHO_IT_IS, /* without a token */
    ASK_WHETHER_IT_WORKS,
    ASK_FOR_LIBRARIES,
    SERVER_QUESTIONS
};

struct server_test_subject {
    enum server_question question;
    enum server_kind kind;
    const char *address;
    const char *identity;           /* what it has to be; NULL: any */
    const char *certificate_sha256; /* the one to trust; NULL: as the system's authorities say */
    const char *client_id;
};

struct server_verdict {
    enum err code; /* OK: it can be used, or has told its libraries */
    struct server_facts facts;
    struct refusal why; /* else: what is said beside the code */
};

/* Called once, from the loop; the verdict lives as long as the call. */
typedef void server_test_done(struct actor *a, const struct server_verdict *verdict, void *context);

/* Copies the subject; takes the token, NULL for none. `done` is called later, never from within. */
void server_test_begin(struct http_client *client, const struct server_test_subject *subject,
                       struct secret **token, server_test_done *done, void *context);

#endif

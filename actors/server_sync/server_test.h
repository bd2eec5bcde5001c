/* SPDX-License-Identifier: MIT
 * server_test.h - connects to a media server and says whether it can be used: that it answers, is a
 * server of its kind, is the one that is meant, and takes the token as its owner's or an
 * administrator's. Or asks it for its libraries, or signs in to it for a token.
 *
 * What is secret is sent only after the server has said that it is the one that is meant. A token
 * that a sign-in made, and that is of no use, is ended on the server. */
#ifndef PLAYBUS_ACTORS_SERVER_SYNC_SERVER_TEST_H
#define PLAYBUS_ACTORS_SERVER_SYNC_SERVER_TEST_H

#include "actors/server_sync/servers.h"
#include "actors/shared/http_client.h"

#define SERVER_TEST_MS 3500 /* at most, of the whole: who asked is answered within 5 s */

enum server_question {
    ASK_WHO_IT_IS, /* without a token */
    ASK_WHETHER_IT_WORKS,
    ASK_FOR_LIBRARIES,
    ASK_TO_SIGN_IN,           /* with a name and a password; then as whether it works */
    ASK_TO_SIGN_OUT,          /* the token is ended */
    ASK_FOR_QUICK_CONNECT,    /* a code that a person types, and the secret that belongs to it */
    ASK_ABOUT_QUICK_CONNECT,  /* whether somebody has typed it */
    ASK_TO_END_QUICK_CONNECT, /* for the token; then as whether it works */
    SERVER_QUESTIONS
};

struct server_test_subject {
    enum server_question question;
    enum server_kind kind;
    const char *address;
    const char *identity;           /* what it has to be; NULL: any */
    const char *certificate_sha256; /* the one to trust; NULL: as the system's authorities say */
    const char *client_id;
    const char *username; /* who signs in, or NULL */
    int64_t within_ms;    /* 0: SERVER_TEST_MS */
};

struct server_verdict {
    enum err code;             /* OK: it can be used, or has told what it was asked */
    struct server_facts facts; /* its secrets may be taken, else they are wiped */
    struct refusal why;        /* else: what is said beside the code */
};

/* Called once, from the loop; the verdict lives as long as the call. */
typedef void server_test_done(struct actor *a, struct server_verdict *verdict, void *context);

/* Copies the subject; takes what is given, by question a token, a password or the secret of a Quick
 * Connect, or NULL. `done` is called later, never from within. */
void server_test_begin(struct http_client *client, const struct server_test_subject *subject,
                       struct secret **given, server_test_done *done, void *context);

/* Can servers of this kind be asked that? */
bool server_test_knows(enum server_kind kind, enum server_question question);

/* Ends a token that a sign-in made, on the server that the subject names; takes it, NULL is
 * harmless. What comes of it is not waited for: the server may be away, and its owner sees the
 * token among its devices. */
void server_sign_out(struct http_client *client, const struct server_test_subject *of,
                     struct secret **token);

#endif

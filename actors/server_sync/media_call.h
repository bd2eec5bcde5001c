/* SPDX-License-Identifier: MIT
 * media_call.h - questions to a media server, one at a time. */
#ifndef PLAYBUS_ACTORS_SERVER_SYNC_MEDIA_CALL_H
#define PLAYBUS_ACTORS_SERVER_SYNC_MEDIA_CALL_H

#include <jansson.h>

#include "actors/server_sync/sync.h"

enum {
    MEDIA_BODY_MAX = 8 * 1024 * 1024, /* of one answer */
    MEDIA_PATH_SIZE = 4096
};

/* How a server is reached, for one who asks it. */
struct media_server {
    struct actor *actor; /* borrowed, as the next two */
    struct sync *sync;   /* whose client and pace are used */
    void *owner;         /* of the answers */
    struct arena *arena; /* owned; of the texts */
    const char *address, *certificate, *client_id, *identity, *name;
    struct secret *token;    /* owned */
    struct media_call *call; /* under way; NULL: none */
};

struct media_answer {
    enum err code;      /* OK: a 200 whose body is JSON */
    const char *text;   /* "" if the code says it all */
    int status;         /* 0: there was no answer */
    const json_t *body; /* borrowed for the call; NULL unless OK */
    int64_t at_ms;      /* by the server's clock, which its records go by */
};
typedef void media_answered(void *owner, const struct media_answer *answer);

void media_server_init(struct media_server *s, struct actor *a, struct sync *sync, void *owner);
void media_server_release(struct media_server *s);
/* What the registry has of it, and what opens it. */
enum err media_server_read(struct media_server *s) NODISCARD;
/* What the answer to who it is says: it is the one that is meant. Texts are in the arena.
 * SERVER_PATH_MISSING, SERVER_WRONG_KIND, NOT_A_MEDIA_SERVER, SERVER_ANOTHER. */
enum err media_server_check(struct media_server *s, const struct media_answer *answer,
                            const char *wanted, struct server_facts *out) NODISCARD;
/* That question, which takes no token. */
void media_ask_who(struct media_server *s, media_answered *done);
/* Asks the server, when its pace allows. `post` NULL: a GET. */
void media_ask(struct media_server *s, const char *path, const char *post, media_answered *done);
void media_call_drop(struct media_server *s); /* nobody waits for it any more */

#endif

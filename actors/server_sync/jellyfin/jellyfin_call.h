/* SPDX-License-Identifier: MIT
 * jellyfin_call.h - questions to a Jellyfin or Emby server, one at a time. */
#ifndef PLAYBUS_ACTORS_SERVER_SYNC_JELLYFIN_JELLYFIN_CALL_H
#define PLAYBUS_ACTORS_SERVER_SYNC_JELLYFIN_JELLYFIN_CALL_H

#include <jansson.h>

#include "actors/server_sync/sync.h"

enum {
    JELLYFIN_BODY_MAX = 8 * 1024 * 1024, /* of one answer */
    JELLYFIN_PATH_SIZE = 4096
};

/* How a server is reached, for one who asks it. */
struct jellyfin_server {
    struct actor *actor; /* borrowed, as the next two */
    struct sync *sync;   /* whose client and pace are used */
    void *owner;         /* of the answers */
    struct arena *arena; /* owned; of the texts */
    const char *address, *certificate, *client_id, *identity, *name;
    struct secret *token;       /* owned */
    struct jellyfin_call *call; /* under way; NULL: none */
};

struct jellyfin_answer {
    enum err code;      /* OK: a 200 whose body is JSON */
    const char *text;   /* "" if the code says it all */
    int status;         /* 0: there was no answer */
    const json_t *body; /* borrowed for the call; NULL unless OK */
    int64_t at_ms;      /* by the server's clock, which its records go by */
};
typedef void jellyfin_answered(void *owner, const struct jellyfin_answer *answer);

void jellyfin_server_init(struct jellyfin_server *s, struct actor *a, struct sync *sync,
                          void *owner);
void jellyfin_server_release(struct jellyfin_server *s);
/* What the registry has of it, and what opens it. */
enum err jellyfin_server_read(struct jellyfin_server *s) NODISCARD;
/* What an answer to /System/Info/Public says: it is the one that is meant. Texts are in the arena.
 * SERVER_PATH_MISSING, SERVER_WRONG_KIND, NOT_A_MEDIA_SERVER, SERVER_ANOTHER. */
enum err jellyfin_server_check(struct jellyfin_server *s, const struct jellyfin_answer *answer,
                               const char *wanted, struct server_facts *out) NODISCARD;
/* That question, which takes no token. */
void jellyfin_ask_who(struct jellyfin_server *s, jellyfin_answered *done);
/* Asks the server, when its pace allows. `post` NULL: a GET. */
void jellyfin_ask(struct jellyfin_server *s, const char *path, const char *post,
                  jellyfin_answered *done);
void jellyfin_call_drop(struct jellyfin_server *s); /* nobody waits for it any more */

#endif
